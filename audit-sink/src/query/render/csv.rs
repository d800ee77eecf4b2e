//! CSV (RFC 4180) for spreadsheets: full ids, names beside them.

use std::io::{self, Write};

use protocol::audit::AuditRecord;

use super::{
    super::{directory::Directory, trail::Found},
    Render, outcome_name, recipients,
};

const HEADER: [&str; 18] = [
    "id",
    "time",
    "kind",
    "outcome",
    "reason",
    "actor",
    "actor_name",
    "device",
    "conversation",
    "object",
    "recipients",
    "recipient_names",
    "recipient_devices",
    "bytes",
    "ip",
    "gateway",
    "boot",
    "gseq",
];

/// Prints CSV.
#[derive(Debug)]
pub struct Csv<'a, W: Write> {
    out: csv::Writer<W>,
    directory: &'a Directory,
}

impl<'a, W: Write> Csv<'a, W> {
    /// Writes to `out`, with names from `directory`.
    pub fn new(out: W, directory: &'a Directory) -> Self {
        Self { out: csv::Writer::from_writer(out), directory }
    }

    fn row(&self, record: &AuditRecord) -> [String; HEADER.len()] {
        let users = recipients(record);
        let name = |user| self.directory.name(user).unwrap_or_default();
        [
            record.id.to_string(),
            record.ts.clone(),
            record.kind.to_string(),
            outcome_name(record.outcome).to_owned(),
            record.reason.clone().unwrap_or_default(),
            text(record.actor),
            record.actor.map(name).unwrap_or_default(),
            text(record.device),
            text(record.conv),
            text(record.obj),
            join(users.iter().map(ToString::to_string)),
            join(users.iter().map(|user| name(*user))),
            join(record.rcpt.iter().map(|recipient| recipient.device.to_string())),
            text(record.bytes),
            text(record.ip),
            record.gw.to_string(),
            record.boot.to_string(),
            record.gseq.to_string(),
        ]
    }
}

impl<W: Write> Render for Csv<'_, W> {
    fn begin(&mut self) -> io::Result<()> {
        self.out.write_record(HEADER).map_err(io_error)
    }

    fn record(&mut self, found: &Found<'_>) -> io::Result<()> {
        self.out.write_record(self.row(&found.record).map(inert)).map_err(io_error)
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A spreadsheet takes a cell that begins like this for a formula and runs it, `=HYPERLINK(..)` say. An
/// apostrophe in front makes it text (OWASP, "CSV injection").
fn inert(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{cell}")
    } else {
        cell
    }
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join("; ")
}

/// Keeps the kind of the error: a closed pipe is an end, not a fault.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
