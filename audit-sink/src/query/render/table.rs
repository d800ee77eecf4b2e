//! A table for people: short ids, names where they are known, columns as wide as what stands in them.

use std::io::{self, Write};

use protocol::{
    audit::{AuditRecord, EventKind},
    id::{DeviceId, UserId},
};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{
    super::{directory::Directory, trail::Found},
    Render, outcome_name, recipients,
};

const COLUMNS: usize = 8;
const HEADER: [&str; COLUMNS] = ["TIME", "KIND", "OUTCOME", "WHO", "DEVICE", "TO", "SIZE", "GATEWAY"];
/// Column of the size, aligned to the right.
const SIZE: usize = 6;
/// Widths come from so many rows; a later cell that is wider is cut. Keeps memory flat.
const LOOK_AHEAD: usize = 500;
/// Widest cell.
const MAX_WIDTH: usize = 32;
/// Hex digits of an id that are shown.
const SHORT_ID: usize = 8;
/// People named in column TO; the others are counted.
const NAMED: usize = 2;

type Row = [String; COLUMNS];

/// Prints a table.
#[derive(Debug)]
pub struct Table<'a, W> {
    out: W,
    directory: &'a Directory,
    waiting: Vec<Row>,
    widths: Option<[usize; COLUMNS]>,
}

impl<'a, W: Write> Table<'a, W> {
    /// Writes to `out`, with names from `directory`.
    pub const fn new(out: W, directory: &'a Directory) -> Self {
        Self { out, directory, waiting: Vec::new(), widths: None }
    }

    fn row(&self, record: &AuditRecord) -> Row {
        [
            record.ts.clone(),
            record.kind.to_string(),
            outcome(record),
            record.actor.map(|user| self.person(user)).unwrap_or_default(),
            record.device.map(short_device).unwrap_or_default(),
            self.target(record),
            record.bytes.map(size).unwrap_or_default(),
            record.gw.to_string(),
        ]
    }

    fn person(&self, user: UserId) -> String {
        self.directory.name(user).unwrap_or_else(|| short(&user.to_string()))
    }

    /// To whom, or what was changed.
    fn target(&self, record: &AuditRecord) -> String {
        match (record.kind, record.obj) {
            (EventKind::PersonRevoke | EventKind::PersonChange | EventKind::PassphraseSet, Some(person)) => {
                self.person(UserId::from_bytes(*person.as_bytes()))
            }
            // A message is known by the people it went to.
            (
                EventKind::MessageSent
                | EventKind::MessageDelivered
                | EventKind::MessageRefused
                | EventKind::AuditDuplicate,
                _,
            )
            | (_, None) => self.people(record),
            (_, Some(object)) => short(&object.to_string()),
        }
    }

    fn people(&self, record: &AuditRecord) -> String {
        let users = recipients(record);
        let mut text = users.iter().take(NAMED).map(|user| self.person(*user)).collect::<Vec<_>>().join(", ");
        if users.len() > NAMED {
            let more = format!(" +{}", users.len() - NAMED);
            text.push_str(&more);
        }
        text
    }

    /// Settles the widths and prints what has waited for them.
    fn settle(&mut self) -> io::Result<[usize; COLUMNS]> {
        if let Some(widths) = self.widths {
            return Ok(widths);
        }
        let mut widths = HEADER.map(UnicodeWidthStr::width);
        for row in &self.waiting {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width()).min(MAX_WIDTH);
            }
        }
        self.widths = Some(widths);
        print_row(&mut self.out, &HEADER, &widths)?;
        for row in std::mem::take(&mut self.waiting) {
            print_row(&mut self.out, &row, &widths)?;
        }
        Ok(widths)
    }
}

impl<W: Write> Render for Table<'_, W> {
    fn record(&mut self, found: &Found<'_>) -> io::Result<()> {
        let row = self.row(&found.record);
        if self.widths.is_none() && self.waiting.len() < LOOK_AHEAD {
            self.waiting.push(row);
            return Ok(());
        }
        let widths = self.settle()?;
        print_row(&mut self.out, &row, &widths)
    }

    fn end(&mut self) -> io::Result<()> {
        self.settle()?;
        self.out.flush()
    }
}

fn print_row<W: Write, S: AsRef<str>>(
    out: &mut W,
    row: &[S; COLUMNS],
    widths: &[usize; COLUMNS],
) -> io::Result<()> {
    let mut line = String::new();
    for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
        let cell = cut(cell.as_ref(), *width);
        let padding = " ".repeat(width - cell.width());
        if column > 0 {
            line.push_str("  ");
        }
        if column == SIZE {
            line.push_str(&padding);
            line.push_str(&cell);
        } else {
            line.push_str(&cell);
            line.push_str(&padding);
        }
    }
    writeln!(out, "{}", line.trim_end())
}

/// The text in at most `width` columns of a screen, with an ellipsis where something is missing.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut room = width.saturating_sub(1);
    let mut kept = String::new();
    for c in text.chars() {
        let Some(left) = room.checked_sub(c.width().unwrap_or(0)) else { break };
        room = left;
        kept.push(c);
    }
    kept.push('…');
    kept
}

fn outcome(record: &AuditRecord) -> String {
    let name = outcome_name(record.outcome);
    match &record.reason {
        // A gateway writes names of error codes here and the schema does not force it to.
        Some(reason) => format!("{name}: {}", reason.replace(|c: char| c.is_control(), "\u{fffd}")),
        None => name.to_owned(),
    }
}

fn short(id: &str) -> String {
    id.get(..SHORT_ID).unwrap_or(id).to_owned()
}

fn short_device(device: DeviceId) -> String {
    short(&device.to_string())
}

/// Size classes are powers of two.
fn size(bytes: u64) -> String {
    const KIB: u64 = 1_024;
    const MIB: u64 = KIB * KIB;
    match bytes {
        0..KIB => format!("{bytes} B"),
        KIB..MIB => format!("{} KiB", bytes / KIB),
        _ => format!("{} MiB", bytes / MIB),
    }
}
