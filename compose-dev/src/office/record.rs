//! What is known about a running office; kept in `office.json` while it runs.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Every address, path and process of a running office.
#[derive(Clone, Serialize, Deserialize)]
pub struct Record {
    /// The CRM stand-in page.
    pub page: String,
    /// What the extension connects to.
    pub gateway: Vec<String>,
    /// What gateway and sink connect to.
    pub broker: String,
    /// Version of the nats-server that runs.
    pub nats_version: String,
    /// The office's folder.
    pub state: PathBuf,
    /// The gateway's configuration.
    pub gateway_config: PathBuf,
    /// Where the audit trail is written.
    pub audit: PathBuf,
    /// What the services say, one file each.
    pub logs: PathBuf,
    /// The extension, built.
    pub extension: Extension,
    /// Processes by component.
    pub pids: Pids,
    /// What opens the office, while nobody has. A secret: the file is readable by its owner alone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub founding_text: Option<String>,
}

// The founding text admits whoever holds it.
impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("state", &self.state).field("pids", &self.pids).finish_non_exhaustive()
    }
}

/// The unpacked extension per browser.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Extension {
    /// Folder for Chrome.
    pub chrome: PathBuf,
    /// Folder for Edge.
    pub edge: PathBuf,
    /// Folder for Firefox.
    pub firefox: PathBuf,
}

/// Process ids.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Pids {
    /// This program.
    pub dev: u32,
    /// `broker-config run`.
    pub broker: u32,
    /// nats-server, a child of the former.
    pub nats: u32,
    /// The gateway.
    pub gateway: u32,
    /// The audit sink.
    pub sink: u32,
}

/// One invite.
#[derive(Clone, Serialize, Deserialize)]
pub struct Invite {
    /// For whom, as an id.
    pub user: String,
    /// For whom.
    pub name: String,
    /// What the person may do.
    pub role: String,
    /// What is pasted into the extension.
    pub invite: String,
    /// Until when.
    pub expires: String,
}

impl Invite {
    /// When it expires, as a person reads it: `2030-01-01 12:00 UTC`.
    pub fn expires_for_people(&self) -> String {
        self.expires
            .get(..16)
            .map_or_else(|| self.expires.clone(), |minute| minute.replace('T', " ") + " UTC")
    }
}

// An invite admits whoever holds it.
impl std::fmt::Debug for Invite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invite").field("role", &self.role).finish_non_exhaustive()
    }
}

#[cfg(test)]
impl Record {
    pub(crate) fn sample() -> Self {
        Self {
            page: "http://127.0.0.1:7422/".into(),
            gateway: vec!["ws://127.0.0.1:7421".into()],
            broker: "nats://127.0.0.1:7420".into(),
            nats_version: "2.15.1".into(),
            state: "state/dev".into(),
            gateway_config: "state/dev/gateway.toml".into(),
            audit: "state/dev/audit".into(),
            logs: "state/dev/logs".into(),
            extension: Extension { chrome: "c".into(), edge: "e".into(), firefox: "f".into() },
            pids: Pids { dev: 1, broker: 2, nats: 3, gateway: 4, sink: 5 },
            founding_text: Some("secret".into()),
        }
    }
}

#[cfg(test)]
impl Invite {
    pub(crate) fn sample() -> Self {
        Self {
            user: "00112233445566778899aabbccddeeff".into(),
            name: "Office lead".into(),
            role: "admin".into(),
            invite: "secret".into(),
            expires: "2030-01-01T12:00:00.000Z".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_is_readable() {
        let shown = Invite::sample().expires_for_people();
        assert_eq!(shown, "2030-01-01 12:00 UTC");
    }

    #[test]
    fn debug_shows_no_invite() {
        let shown = format!("{:?} {:?}", Record::sample(), Invite::sample());
        assert!(!shown.contains("secret"), "{shown}");
    }
}
