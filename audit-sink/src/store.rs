//! The files of one origin: which one is written to, and in which order.

use std::collections::BTreeSet;

use crate::{
    durable::{AppendFile, StoreError, create_mark},
    layout::{Day, Layout},
    recovery,
};

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
        // Before the trail: after a crash these may stand twice here, but nothing does in the trail.
        if !entry.rejected.is_empty() {
            rejected_file(&self.layout, &mut self.rejected, day)?.append(&entry.rejected)?;
        }
        if entry.lines.is_empty() {
            return Ok(());
        }
        let written = self.append_trail(entry, day);
        if written.is_err()
            && let Some((_, rejected)) = &mut self.rejected
            && !entry.rejected.is_empty()
        {
            // A disk that stays full for a night must not gather a copy for each attempt.
            rejected.take_back(entry.rejected.len());
        }
        written
    }

    fn append_trail(&mut self, entry: &Entry, day: Day) -> Result<(), StoreError> {
        for told in entry.days.iter().filter(|told| told.distance(day) > NEAR_DAYS) {
            if !self.marked.contains(&(*told, day)) {
                create_mark(&self.layout.displaced_mark(*told, day))?;
                self.marked.insert((*told, day));
            }
        }
        let file = match &mut self.open {
            Some((open, file)) if *open == day => file,
            open => {
                if let Some((_, yesterday)) = open {
                    yesterday.settle()?;
                }
                let begun = AppendFile::begin(&self.layout.open_file(day))?;
                self.newest = Some(day);
                self.marked.retain(|(_, written)| *written == day);
                &mut open.insert((day, begun)).1
            }
        };
        file.append(&entry.lines)
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::durable::create_dir;

    const DAY_MS: u64 = 86_400_000;

    fn store(dir: &std::path::Path) -> Store {
        let layout = Layout::new(dir, &"office".parse().unwrap());
        for dir in [layout.open_dir(), layout.rejected_dir(), layout.displaced_dir()] {
            create_dir(&dir).unwrap();
        }
        Store::new(layout, None)
    }

    fn entry(line: &str, rejected: &str) -> Entry {
        Entry { lines: line.into(), rejected: rejected.into(), days: BTreeSet::new() }
    }

    #[test]
    fn lines_of_a_failed_write_do_not_stay_in_yesterdays_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = store(dir.path());
        store.append(&entry("one\n", ""), 0).unwrap();
        // The disk took a whole line and half of another; it works again after midnight.
        store.open.as_mut().unwrap().1.tear(b"two\nthr");
        store.append(&entry("two\nthree\n", ""), DAY_MS).unwrap();
        let read = |day| fs::read_to_string(store.layout.open_file(Day::of_ms(day))).unwrap();
        assert_eq!((read(0), read(DAY_MS)), ("one\n".into(), "two\nthree\n".into()));
    }

    #[test]
    fn attempts_that_fail_leave_one_copy_of_what_was_rejected() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = store(dir.path());
        let in_the_way = store.layout.open_file(Day::of_ms(0));
        fs::create_dir(&in_the_way).unwrap();
        for _ in 0..3 {
            store.append(&entry("one\n", "bad\n"), 0).unwrap_err();
        }
        fs::remove_dir(&in_the_way).unwrap();
        store.append(&entry("one\n", "bad\n"), 0).unwrap();
        assert_eq!(fs::read_to_string(store.layout.rejected_file(Day::of_ms(0))).unwrap(), "bad\n");
    }

    #[test]
    fn a_day_that_was_begun_and_not_written_stays_the_newest() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = store(dir.path());
        store.append(&entry("one\n", ""), 0).unwrap();
        store.append(&entry("two\n", ""), DAY_MS).unwrap();
        store.open.as_mut().unwrap().1.tear(b"thr");
        store.append(&entry("three\n", ""), 0).unwrap();
        let today = fs::read_to_string(store.layout.open_file(Day::of_ms(DAY_MS))).unwrap();
        assert_eq!(today, "two\nthree\n");
    }
}
