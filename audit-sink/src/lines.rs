//! Reads files of lines, one line in memory at a time.

use std::io::{self, BufRead, Read};

/// Longest stored line: a rejected bus message of 1 MiB in base64, with what is said about it.
const MAX_STORED: u64 = 2 * 1024 * 1024;

/// What stands in the file next.
#[derive(Debug, PartialEq, Eq)]
pub enum StoredLine<'a> {
    /// A line, without its newline.
    Whole(&'a [u8]),
    /// A line that is too long to be one of ours.
    TooLong,
    /// The end of the file without a newline: being written, or torn by a crash.
    Unfinished,
}

/// Hands out the lines of a file.
#[derive(Debug)]
pub struct LineReader<R> {
    inner: R,
    line: Vec<u8>,
    number: u64,
    whole_len: u64,
}

impl<R: BufRead> LineReader<R> {
    /// Reads from where `inner` stands.
    pub const fn new(inner: R) -> Self {
        Self { inner, line: Vec::new(), number: 0, whole_len: 0 }
    }

    /// Number of the line that was handed out last, from 1.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// How many bytes the lines handed out so far have that end in a newline.
    pub const fn whole_len(&self) -> u64 {
        self.whole_len
    }

    /// The next line, or `None` at the end.
    pub fn next_line(&mut self) -> io::Result<Option<StoredLine<'_>>> {
        self.line.clear();
        let read = self.inner.by_ref().take(MAX_STORED).read_until(b'\n', &mut self.line)? as u64;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
            self.whole_len += read;
            return Ok(Some(StoredLine::Whole(&self.line)));
        }
        if read < MAX_STORED {
            return Ok(Some(StoredLine::Unfinished));
        }
        let (skipped, ended) = self.skip_to_newline()?;
        if !ended {
            return Ok(Some(StoredLine::Unfinished));
        }
        self.whole_len += read + skipped;
        Ok(Some(StoredLine::TooLong))
    }

    fn skip_to_newline(&mut self) -> io::Result<(u64, bool)> {
        let mut skipped = 0;
        loop {
            self.line.clear();
            let read = self.inner.by_ref().take(MAX_STORED).read_until(b'\n', &mut self.line)? as u64;
            skipped += read;
            if read == 0 || self.line.last() == Some(&b'\n') {
                return Ok((skipped, read > 0));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_last_line_is_told_from_a_whole_one() {
        let mut reader = LineReader::new(&b"one\n\nthr"[..]);
        assert_eq!(reader.next_line().unwrap(), Some(StoredLine::Whole(b"one")));
        assert_eq!(reader.next_line().unwrap(), Some(StoredLine::Whole(b"")));
        assert_eq!(reader.whole_len(), 5);
        assert_eq!(reader.next_line().unwrap(), Some(StoredLine::Unfinished));
        assert_eq!((reader.number(), reader.whole_len()), (3, 5));
        assert_eq!(reader.next_line().unwrap(), None);
    }

    #[test]
    fn a_giant_line_does_not_fill_the_memory_and_does_not_hide_the_next() {
        let mut text = vec![b'x'; 5 * 1024 * 1024];
        text.extend(b"\nnext\n");
        let mut reader = LineReader::new(&text[..]);
        assert_eq!(reader.next_line().unwrap(), Some(StoredLine::TooLong));
        assert_eq!(reader.next_line().unwrap(), Some(StoredLine::Whole(b"next")));
        assert_eq!(reader.whole_len(), text.len() as u64);
        let mut reader = LineReader::new(&text[..4 * 1024 * 1024]);
        assert_eq!(reader.next_line().unwrap(), Some(StoredLine::Unfinished));
        assert_eq!(reader.next_line().unwrap(), None);
    }
}
