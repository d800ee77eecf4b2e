//! Where things stand in the audit folder. Paths are built here and nowhere else.
//!
//! ```text
//! <dir>/lock                                one sink at a time
//! <dir>/<origin>/log.json                   schema version, origin, when it was begun
//! <dir>/<origin>/open/2026-11-22.jsonl      the trail: one line = one record = one leaf of the later tree
//! <dir>/<origin>/rejected/2026-11-22.jsonl  what was no record, whole, with the reason
//! <dir>/<origin>/displaced/2026-11-15_in_2026-11-22
//!                                           empty: the file of the 22nd holds records of the 15th
//! ```
//! A file is named after the day on which the sink wrote it, not after the day of its records: a
//! record that was late would otherwise reopen a day that is finished and, later, sealed. `displaced`
//! says where the few records are that stand more than a day off, so that a query by time opens
//! few files and still misses none.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    time::UNIX_EPOCH,
};

use serde::{Deserialize, Serialize};

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// A day in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u64);

impl Day {
    /// The day of a moment in milliseconds since 1970.
    pub const fn of_ms(ms: u64) -> Self {
        Self(ms / DAY_MS)
    }

    /// The first moment of the day in milliseconds since 1970.
    pub const fn start_ms(self) -> u64 {
        self.0.saturating_mul(DAY_MS)
    }

    /// That many days earlier.
    #[must_use]
    pub const fn back(self, days: u64) -> Self {
        Self(self.0.saturating_sub(days))
    }

    /// That many days later.
    #[must_use]
    pub const fn forward(self, days: u64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// How many days lie between the two.
    pub const fn distance(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = protocol::audit::timestamp(self.start_ms());
        f.write_str(moment.get(..10).unwrap_or(&moment))
    }
}

/// The text is not a day such as `2026-11-22`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a day such as 2026-11-22")]
pub struct ParseDayError;

impl FromStr for Day {
    type Err = ParseDayError;

    fn from_str(text: &str) -> Result<Self, ParseDayError> {
        if text.len() != 10 {
            return Err(ParseDayError);
        }
        parse_ms(&format!("{text}T00:00:00Z")).map(Self::of_ms).ok_or(ParseDayError)
    }
}

/// Milliseconds since 1970 of an RFC 3339 moment in UTC.
pub fn parse_ms(text: &str) -> Option<u64> {
    let moment = humantime::parse_rfc3339(text).ok()?;
    u64::try_from(moment.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// Name of the place that a trail comes from: 1 to 32 of `a-z`, `0-9` and `-`, so that it is a folder
/// name on every system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

/// The text is not the name of an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an origin has 1 to 32 characters of a-z, 0-9 and -")]
pub struct ParseOriginError;

impl Origin {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Origin {
    type Error = ParseOriginError;

    fn try_from(text: String) -> Result<Self, ParseOriginError> {
        let fits = (1..=32).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if fits { Ok(Self(text)) } else { Err(ParseOriginError) }
    }
}

impl FromStr for Origin {
    type Err = ParseOriginError;

    fn from_str(text: &str) -> Result<Self, ParseOriginError> {
        Self::try_from(text.to_owned())
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The lock file of an audit folder.
pub fn lock_file(dir: &Path) -> PathBuf {
    dir.join("lock")
}

/// The files of one origin.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The origin called `origin` in the audit folder `dir`.
    pub fn new(dir: &Path, origin: &Origin) -> Self {
        Self { root: dir.join(origin.as_str()) }
    }

    /// The folder of the origin.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What the folder says about itself.
    pub fn log_file(&self) -> PathBuf {
        self.root.join("log.json")
    }

    /// Folder of the trail.
    pub fn open_dir(&self) -> PathBuf {
        self.root.join("open")
    }

    /// The trail as written on `day`.
    pub fn open_file(&self, day: Day) -> PathBuf {
        self.open_dir().join(format!("{day}.jsonl"))
    }

    /// Folder of what was no record.
    pub fn rejected_dir(&self) -> PathBuf {
        self.root.join("rejected")
    }

    /// What was rejected on `day`.
    pub fn rejected_file(&self, day: Day) -> PathBuf {
        self.rejected_dir().join(format!("{day}.jsonl"))
    }

    /// Folder of the marks for records that stand in the file of another day.
    pub fn displaced_dir(&self) -> PathBuf {
        self.root.join("displaced")
    }

    /// The mark for records of `told` in the file of `written`.
    pub fn displaced_mark(&self, told: Day, written: Day) -> PathBuf {
        self.displaced_dir().join(format!("{told}_in_{written}"))
    }
}

/// Reads the name of a day file, `2026-11-22.jsonl`.
pub fn day_of_file(name: &str) -> Option<Day> {
    name.strip_suffix(".jsonl")?.parse().ok()
}

/// Reads the name of a mark: day of the records, day of the file.
pub fn days_of_mark(name: &str) -> Option<(Day, Day)> {
    let (told, written) = name.split_once("_in_")?;
    Some((told.parse().ok()?, written.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_and_read_alike() {
        let day: Day = "2024-02-29".parse().unwrap();
        assert_eq!(day.to_string(), "2024-02-29");
        assert_eq!(day.forward(1).to_string(), "2024-03-01");
        assert_eq!(Day::of_ms(day.start_ms() + DAY_MS - 1), day);
        for wrong in ["", "2024-2-29", "2023-02-29", "2024-02-29T", "today"] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn file_names_are_read_back() {
        let layout = Layout::new(Path::new("audit"), &"office".parse().unwrap());
        let (told, written) = ("2026-11-15".parse().unwrap(), "2026-11-22".parse().unwrap());
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(day_of_file(&name(&layout.open_file(written))), Some(written));
        assert_eq!(days_of_mark(&name(&layout.displaced_mark(told, written))), Some((told, written)));
        assert_eq!(day_of_file("notes.txt"), None);
    }

    #[test]
    fn an_origin_cannot_leave_its_folder() {
        for wrong in ["", "..", "a/b", "A", "a b", "é", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
        assert_eq!("north-clinic2".parse::<Origin>().unwrap().as_str(), "north-clinic2");
    }
}
