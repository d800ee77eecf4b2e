//! Which files are opened, and their lines.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, BufReader},
    path::{Path, PathBuf},
};

use protocol::audit::AuditRecord;

use super::{Problem, QueryError, filter::Filter, shown};
use crate::{
    layout::{Day, Layout, Origin, days_of_mark},
    lines::{LineReader, StoredLine},
    recovery::trail_days,
};

/// A file of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFile {
    /// Which file.
    pub path: PathBuf,
    /// It is the newest of its origin: the sink may be writing to it.
    pub growing: bool,
}

/// A wanted record.
#[derive(Debug)]
pub struct Found<'a> {
    /// What it says.
    pub record: AuditRecord,
    /// Its exact bytes, without the newline.
    pub line: &'a [u8],
}

/// The files that can hold wanted records, by day and then by origin.
pub fn files(dir: &Path, filter: &Filter) -> Result<Vec<DayFile>, QueryError> {
    let origins = origins(dir)?;
    let mut files = Vec::new();
    for origin in &origins {
        let layout = Layout::new(dir, origin);
        let days = trail_days(&layout).map_err(|error| QueryError::NoTrail(error.to_string()))?;
        let displaced = displaced(&layout, filter);
        let newest = days.last().copied();
        for day in days.into_iter().filter(|day| filter.wants_file(*day) || displaced.contains(day)) {
            let file = DayFile { path: layout.open_file(day), growing: Some(day) == newest };
            files.push((day, origin, file));
        }
    }
    files.sort_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
    Ok(files.into_iter().map(|(_, _, file)| file).collect())
}

/// Hands each wanted record of the file to `each`. A file that was pruned since is a problem, not the end.
pub fn read(
    file: &DayFile,
    filter: &Filter,
    problem: &mut dyn FnMut(Problem),
    each: &mut dyn FnMut(Found<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut tell = |line, what| problem(Problem { path: file.path.clone(), line, what });
    let opened = match File::open(&file.path) {
        Ok(opened) => opened,
        Err(error) => {
            tell(None, format!("cannot be read: {error}"));
            return Ok(());
        }
    };
    let mut reader = LineReader::new(BufReader::with_capacity(64 * 1024, opened));
    loop {
        let number = reader.number() + 1;
        match reader.next_line() {
            Ok(None) => return Ok(()),
            Ok(Some(StoredLine::Whole(line))) => match AuditRecord::from_line(line) {
                Ok(record) if filter.wants(&record) => each(Found { record, line })?,
                Ok(_) => {}
                Err(error) => tell(Some(number), error.to_string()),
            },
            Ok(Some(StoredLine::TooLong)) => tell(Some(number), "too long for a record".into()),
            Ok(Some(StoredLine::Unfinished)) if file.growing => return Ok(()),
            Ok(Some(StoredLine::Unfinished)) => tell(Some(number), "ends in the middle of the line".into()),
            Err(error) => {
                tell(Some(number), format!("cannot be read any further: {error}"));
                return Ok(());
            }
        }
    }
}

fn origins(dir: &Path) -> Result<Vec<Origin>, QueryError> {
    let unreadable = |error: io::Error| {
        QueryError::NoTrail(format!("cannot read the audit folder {}: {error}", shown(dir)))
    };
    let mut origins = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        let origin: Option<Origin> = name.to_str().and_then(|name| name.parse().ok());
        origins.extend(origin.filter(|origin| Layout::new(dir, origin).open_dir().is_dir()));
    }
    if origins.is_empty() {
        return Err(QueryError::NoTrail(format!(
            "there is no trail in {0}: expected {0}/<origin>/open; name the folder that `dir` in sink.toml names",
            shown(dir)
        )));
    }
    origins.sort();
    Ok(origins)
}

/// Files of days that are not wanted and hold wanted records all the same.
fn displaced(layout: &Layout, filter: &Filter) -> BTreeSet<Day> {
    let Ok(marks) = fs::read_dir(layout.displaced_dir()) else { return BTreeSet::new() };
    marks
        .filter_map(|mark| days_of_mark(mark.ok()?.file_name().to_str()?))
        .filter(|(told, _)| filter.wants_day(*told))
        .map(|(_, written)| written)
        .collect()
}
