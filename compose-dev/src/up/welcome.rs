//! What a person reads when the office is ready.

use std::fmt::Write as _;

use crate::office::Record;

pub(super) fn text(record: &Record, took: &str) -> String {
    let Record { page, gateway, broker, nats_version, audit, logs, extension, pids, .. } = record;
    let gateway = gateway.join(", ");
    let mut text = format!(
        "
The office is running, ready after {took}.

  Gateway      {gateway}  (process {})
  Broker       {broker}  (process {}; nats-server {nats_version}, process {})
  Audit sink   {}  (process {})
  CRM page     {page}  (a stand-in to try the chat on)
  Logs         {}

Load the extension, once per browser:
  Chrome    open chrome://extensions, switch on \"Developer mode\", \"Load unpacked\", choose
            {}
  Edge      open edge://extensions, switch on \"Developer mode\", \"Load unpacked\", choose
            {}
  Firefox   open about:debugging#/runtime/this-firefox, \"Load Temporary Add-on\", choose
            {}
",
        pids.gateway,
        pids.broker,
        pids.nats,
        audit.display(),
        pids.sink,
        logs.display(),
        extension.chrome.display(),
        extension.edge.display(),
        extension.firefox.join("manifest.json").display(),
    );
    if let Some(founding) = &record.founding_text {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\nNobody has opened this office yet. Open the CRM page, press the chat button, choose\n\
             \"Open a new office\", paste:\n\n{founding}\n"
        );
    }
    text.push_str(
        "
More people   in the chat: \"Manage the office\"; or, without opening the office yourself, cargo dev invite NAME
Audit trail   cargo dev audit query
Stop          Ctrl-C here",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_a_person_needs_is_there() {
        let shown = text(&Record::sample(), "0.9 s");
        for part in ["ready after 0.9 s", "ws://127.0.0.1:7421", "chrome://extensions", "secret", "Ctrl-C"] {
            assert!(shown.contains(part), "{part} is missing in {shown}");
        }
    }
}
