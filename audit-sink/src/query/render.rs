//! How an answer looks.

use std::io::{self, Write};

use protocol::audit::{AuditRecord, Outcome};

use super::trail::Found;

mod csv;
mod table;

pub use csv::Csv;
pub use table::Table;

/// Takes records in order.
pub trait Render {
    /// Before the first record.
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// One record.
    fn record(&mut self, found: &Found<'_>) -> io::Result<()>;

    /// After the last record.
    fn end(&mut self) -> io::Result<()>;
}

/// The stored lines, byte for byte.
#[derive(Debug)]
pub struct JsonLines<W> {
    out: W,
}

impl<W: Write> JsonLines<W> {
    /// Writes to `out`.
    pub const fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Render for JsonLines<W> {
    fn record(&mut self, found: &Found<'_>) -> io::Result<()> {
        self.out.write_all(found.line)?;
        self.out.write_all(b"\n")
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The outcome in a word.
pub const fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "success",
        Outcome::MinorFailure => "minor",
        Outcome::SeriousFailure => "serious",
    }
}

/// The people to whom something went, each once, in order.
fn recipients(record: &AuditRecord) -> Vec<protocol::id::UserId> {
    let mut users = Vec::new();
    for recipient in &record.rcpt {
        if !users.contains(&recipient.user) {
            users.push(recipient.user);
        }
    }
    users
}
