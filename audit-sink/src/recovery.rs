//! Start-up: nobody else writes here, the last file ends in a whole line, and what the last days hold is known.

use std::{
    fs::{self, File},
    io::{BufReader, ErrorKind, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use protocol::{
    audit::{AuditRecord, EventKind, SCHEMA_VERSION, timestamp},
    id::{EventId, Hash},
};
use serde::{Deserialize, Serialize};

use crate::{
    chain::Chains,
    dedupe::Dedupe,
    durable::{AppendFile, FolderLock, StoreError, create_dir, failed, write_new},
    intake::Reason,
    layout::{Day, Layout, Origin, day_of_file, lock_file},
    lines::{LineReader, StoredLine},
    rejected,
    sequencer::{Sequencer, link_of},
    store::Store,
};

/// What the sequencer needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The audit folder.
    pub dir: PathBuf,
    /// Whose trail it writes there.
    pub origin: Origin,
    /// How many days of files are read at start.
    pub window_days: u64,
    /// How many events are remembered at most.
    pub capacity: usize,
    /// For how long a number may be missing before it is told.
    pub gap_grace_ms: u64,
}

/// What was found at start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Files read.
    pub files: u64,
    /// Events known from them.
    pub events: u64,
    /// Lines in them that are no records. They stay where they are.
    pub unreadable: u64,
    /// Bytes of a torn last line, moved to the rejected file.
    pub torn: u64,
}

/// `log.json`: what an origin's folder says about itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct LogInfo {
    /// Schema version of its records.
    pub v: u8,
    /// Whose trail it is.
    pub origin: Origin,
    /// When it was begun.
    pub created: String,
}

/// Takes over the folder.
pub fn open(settings: &Settings, now_ms: u64) -> Result<(Sequencer, Recovered), StoreError> {
    create_dir(&settings.dir)?;
    let lock = FolderLock::take(&lock_file(&settings.dir))?;
    let layout = Layout::new(&settings.dir, &settings.origin);
    for dir in [layout.open_dir(), layout.rejected_dir(), layout.displaced_dir()] {
        create_dir(&dir)?;
    }
    check_log_info(&layout, &settings.origin, now_ms)?;

    let days = trail_days(&layout)?;
    let newest = days.last().copied();
    // Counted back from the newest file, not from today: after a month without a sink, what it wrote
    // last is still what the bus may deliver again.
    let from = newest.unwrap_or_else(|| Day::of_ms(now_ms)).min(Day::of_ms(now_ms));
    let from = from.back(settings.window_days.saturating_sub(1));

    let mut known = Known::new(settings.capacity, now_ms);
    let mut whole_len = 0;
    for day in days.into_iter().filter(|day| *day >= from || Some(*day) == newest) {
        whole_len = known.read(&layout.open_file(day))?;
    }
    known.chains.begin();
    known.recovered.events = known.dedupe.len() as u64;

    let current = match newest {
        Some(day) => {
            let path = layout.open_file(day);
            known.recovered.torn = save_torn_tail(&layout, day, whole_len, now_ms)?;
            Some((day, AppendFile::open(&path, whole_len)?))
        }
        None => None,
    };
    let store = Store::new(layout, current);
    let sequencer = Sequencer::new(lock, store, known.dedupe, known.chains, settings.gap_grace_ms);
    Ok((sequencer, known.recovered))
}

/// The days that an origin has files for, in order.
pub fn trail_days(layout: &Layout) -> Result<Vec<Day>, StoreError> {
    let dir = layout.open_dir();
    let mut days = Vec::new();
    for entry in fs::read_dir(&dir).map_err(failed("list", &dir))? {
        let name = entry.map_err(failed("list", &dir))?.file_name();
        days.extend(name.to_str().and_then(day_of_file));
    }
    days.sort_unstable();
    Ok(days)
}

/// Bytes of the file up to its last newline; 0 when there is no file.
pub(crate) fn whole_len(path: &Path) -> Result<u64, StoreError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        opened => opened.map_err(failed("open", path))?,
    };
    let mut reader = LineReader::new(BufReader::new(file));
    while reader.next_line().map_err(failed("read", path))?.is_some() {}
    Ok(reader.whole_len())
}

/// What the files say.
struct Known {
    dedupe: Dedupe,
    chains: Chains,
    recovered: Recovered,
    now_ms: u64,
}

impl Known {
    fn new(capacity: usize, now_ms: u64) -> Self {
        let dedupe = Dedupe::new(capacity);
        Self { dedupe, chains: Chains::default(), recovered: Recovered::default(), now_ms }
    }

    /// Reads a file and says how many of its bytes are whole lines.
    fn read(&mut self, path: &Path) -> Result<u64, StoreError> {
        let file = File::open(path).map_err(failed("open", path))?;
        let mut reader = LineReader::new(BufReader::new(file));
        while let Some(line) = reader.next_line().map_err(failed("read", path))? {
            match line {
                StoredLine::Whole(line) => match AuditRecord::from_line(line) {
                    Ok(record) => self.take(&record, Hash::of(line)),
                    // After a power cut a block in the middle of the last write may be missing. Its
                    // records were not acknowledged and come again; the line stays, and a query names it.
                    Err(_) => self.recovered.unreadable += 1,
                },
                StoredLine::TooLong => self.recovered.unreadable += 1,
                StoredLine::Unfinished => {}
            }
        }
        self.recovered.files += 1;
        Ok(reader.whole_len())
    }

    fn take(&mut self, record: &AuditRecord, line: Hash) {
        let told = if let (EventKind::AuditDuplicate, Some(event), Some(dropped)) =
            (record.kind, record.obj, record.hash)
        {
            self.dedupe.dropped(EventId::from_bytes(*event.as_bytes()), dropped.into());
            dropped
        } else {
            self.dedupe.written(record.id, line.into());
            line
        };
        // Faults of chains were told when they were written; what matters here is where the chains end.
        self.chains.observe(&link_of(record, told), self.now_ms, &mut Vec::new());
    }
}

fn check_log_info(layout: &Layout, origin: &Origin, now_ms: u64) -> Result<(), StoreError> {
    let path = layout.log_file();
    let foreign = |problem: String| StoreError::Foreign { path: path.clone(), problem };
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let info = LogInfo { v: SCHEMA_VERSION, origin: origin.clone(), created: timestamp(now_ms) };
            let mut bytes = serde_json::to_vec(&info)
                .map_err(|error| StoreError::Encode(format!("log.json: {error}")))?;
            bytes.push(b'\n');
            return write_new(&path, &bytes);
        }
        Err(error) => return Err(failed("read", &path)(error)),
    };
    let info: LogInfo = serde_json::from_slice(&bytes)
        .map_err(|error| foreign(format!("cannot be read ({error}); restore it from a backup")))?;
    if info.v != SCHEMA_VERSION {
        return Err(foreign(format!(
            "is of schema version {}, this program writes {SCHEMA_VERSION}; \
             use the version that wrote it, or another folder",
            info.v
        )));
    }
    if info.origin != *origin {
        return Err(foreign(format!(
            "belongs to origin {}, not to {origin}; correct `origin` or `dir` in the configuration",
            info.origin
        )));
    }
    Ok(())
}

/// Keeps what a crash left of the last line, before it is cut off. It was never acknowledged, so
/// the whole line comes again; this is only so that no byte ever vanishes from the trail unseen.
fn save_torn_tail(layout: &Layout, day: Day, whole_len: u64, now_ms: u64) -> Result<u64, StoreError> {
    let path = layout.open_file(day);
    let mut tail = Vec::new();
    File::open(&path)
        .and_then(|mut file| {
            file.seek(SeekFrom::Start(whole_len))?;
            file.read_to_end(&mut tail)
        })
        .map_err(failed("read", &path))?;
    if tail.is_empty() {
        return Ok(0);
    }
    let mut entries = Vec::new();
    rejected::write_pieces(Reason::TornTail, &format!("open/{day}.jsonl"), &tail, now_ms, &mut entries)
        .map_err(|error| StoreError::Encode(format!("a torn line: {error}")))?;
    let path = layout.rejected_file(day);
    AppendFile::open(&path, self::whole_len(&path)?)?.append(&entries)?;
    Ok(tail.len() as u64)
}
