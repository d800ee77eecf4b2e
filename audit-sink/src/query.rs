//! The auditor's view: reads the files of all origins and never writes.
//!
//! ```text
//! trail      which files, which lines                [trail]
//! filter     which of their records                  [filter] [when]
//! directory  names, joined only when printing        [directory]
//! render     table, JSON lines, CSV                  [render]
//! ```
//! A line that cannot be read is told with file and number and does not stop the rest. The end of the
//! file that the sink is writing may be half a line; that is no fault.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
};

use protocol::audit::AuditRecord;

pub mod directory;
pub mod filter;
pub mod render;
pub mod trail;
pub mod when;

use filter::Filter;
use render::Render;
use trail::{DayFile, Found};

/// What is asked.
#[derive(Debug)]
pub struct Query {
    /// The audit folder.
    pub dir: PathBuf,
    /// Which records.
    pub filter: Filter,
    /// At most that many, the newest ones.
    pub limit: Option<usize>,
}

/// A fault in a file, for the person who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which file.
    pub path: PathBuf,
    /// Which line, where it is a line.
    pub line: Option<u64>,
    /// What is wrong.
    pub what: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}, line {line}: {}", self.path.display(), self.what),
            None => write!(f, "{}: {}", self.path.display(), self.what),
        }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// There is nothing to read.
    #[error("{0}")]
    NoTrail(String),
    /// The answer cannot be written out.
    #[error("cannot write the answer: {0}")]
    Output(#[from] std::io::Error),
}

/// Answers the query in the order of the trail. `problem` is called for each fault in the files.
pub fn run(
    query: &Query,
    render: &mut dyn Render,
    problem: &mut dyn FnMut(Problem),
) -> Result<(), QueryError> {
    let files = trail::files(&query.dir, &query.filter)?;
    render.begin()?;
    match query.limit {
        Some(limit) => newest(query, &files, limit, render, problem)?,
        None => {
            for file in &files {
                trail::read(file, &query.filter, problem, &mut |found| render.record(&found))?;
            }
        }
    }
    render.end()?;
    Ok(())
}

/// Reads from the newest file back until there are enough, so that "the last twenty" does not read six years.
fn newest(
    query: &Query,
    files: &[DayFile],
    limit: usize,
    render: &mut dyn Render,
    problem: &mut dyn FnMut(Problem),
) -> std::io::Result<()> {
    let mut kept: VecDeque<(AuditRecord, Vec<u8>)> = VecDeque::new();
    for file in files.iter().rev() {
        let room = limit - kept.len();
        if room == 0 {
            break;
        }
        let mut of_file: VecDeque<(AuditRecord, Vec<u8>)> = VecDeque::new();
        trail::read(file, &query.filter, problem, &mut |found| {
            if of_file.len() == room {
                of_file.pop_front();
            }
            of_file.push_back((found.record, found.line.to_vec()));
            Ok(())
        })?;
        of_file.append(&mut kept);
        kept = of_file;
    }
    kept.into_iter().try_for_each(|(record, line)| render.record(&Found { record, line: &line }))
}

/// The folder as a person would name it in a sentence.
fn shown(dir: &Path) -> String {
    dir.display().to_string()
}
