//! The files of one origin: which one is written to, and in which order.

use std::collections::BTreeSet;

use crate::durable::{AppendFile, StoreError, create_mark};
use crate::layout::{Day, Layout};
use crate::recovery;

/// A record may be a day off from its file before that is noted: clocks differ, and midnight passes.
pub const NEAR_DAYS: u64 = 1;

/// Bytes that belong together on the disk.
#[derive(Debug, Default)]
pub struct Entry {
    /// Lines of the trail.
    pub lines: Vec<u8>,
    /// Entries for the rejected file.
    pub rejected: Vec<u8>,
    /// Days of the records in `lines`.
    pub days: BTreeSet<Day>,
}

/// Appends to today's files.
#[derive(Debug)]
pub struct Store {
    layout: Layout,
    open: Option<(Day, AppendFile)>,
    rejected: Option<(Day, AppendFile)>,
    /// Newest file of the trail. Never is an older one written to again, whatever the clock says.
    newest: Option<Day>,
    /// Marks that exist, of the newest day.
    marked: BTreeSet<(Day, Day)>,
}

impl Store {
    /// Goes on behind the file of `newest`, which recovery has opened.
    pub const fn new(layout: Layout, newest: Option<(Day, AppendFile)>) -> Self {
        let day = match &newest {
            Some((day, _)) => Some(*day),
            None => None,
        };
        Self { layout, open: newest, rejected: None, newest: day, marked: BTreeSet::new() }
    }

    /// Where the files are.
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The day that a write now goes to.
    pub fn day(&self, now_ms: u64) -> Day {
        let today = Day::of_ms(now_ms);
        self.newest.map_or(today, |newest| newest.max(today))
    }

    /// Returns when everything is on the disk. After an error none of it counts, and the same may be tried again.
    pub fn append(&mut self, entry: &Entry, now_ms: u64) -> Result<(), StoreError> {
        let day = self.day(now_ms);
        // Before the trail: what is tried again after an error may stand twice here, but not in the trail.
        if !entry.rejected.is_empty() {
            rejected_file(&self.layout, &mut self.rejected, day)?.append(&entry.rejected)?;
        }
        if entry.lines.is_empty() {
            return Ok(());
        }
        for told in entry.days.iter().filter(|told| told.distance(day) > NEAR_DAYS) {
            if self.marked.insert((*told, day)) {
                let made = create_mark(&self.layout.displaced_mark(*told, day));
                if made.is_err() {
                    self.marked.remove(&(*told, day));
                }
                made?;
            }
        }
        let file = match &mut self.open {
            Some((open, file)) if *open == day => file,
            open => {
                self.marked.retain(|(_, written)| *written == day);
                &mut open.insert((day, AppendFile::begin(&self.layout.open_file(day))?)).1
            }
        };
        file.append(&entry.lines)?;
        self.newest = Some(day);
        Ok(())
    }
}

/// The rejected file of `day`, without the end that a crash may have torn: it was never acknowledged.
fn rejected_file<'a>(
    layout: &Layout,
    slot: &'a mut Option<(Day, AppendFile)>,
    day: Day,
) -> Result<&'a mut AppendFile, StoreError> {
    match slot.take() {
        Some(current) if current.0 == day => Ok(&mut slot.insert(current).1),
        _ => {
            let path = layout.rejected_file(day);
            let whole = recovery::whole_len(&path)?;
            Ok(&mut slot.insert((day, AppendFile::open(&path, whole)?)).1)
        }
    }
}
