//! Records in one file: a journal of transactions, each with its length and hash.
//!
//! A commit appends one transaction and syncs. A crash while it is written leaves a tail that is cut off
//! or does not hash right; it is dropped on opening, and the transaction never happened. On opening the journal is
//! written anew without what was overwritten, to another file that then takes its place.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use extension_core::{StoredRecord, Write};
use sha2::{Digest, Sha256};

use super::Store;

const HASH: usize = 32;
const LENGTH: usize = 8;

/// Records in a file. Locked, so that no second process uses it.
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
    /// Held for its lock alone.
    _lock: File,
    journal: File,
}

impl FileStore {
    /// Opens the journal at `path`, or begins one.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).open(path.with_extension("lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::Error(error) => error,
            TryLockError::WouldBlock => {
                io::Error::new(io::ErrorKind::ResourceBusy, format!("{} is in use", path.display()))
            }
        })?;
        let records = replay(&read_or_empty(&path)?);
        let fresh = path.with_extension("new");
        let mut journal = File::create(&fresh)?;
        if !records.is_empty() {
            let writes: Vec<_> =
                records.iter().map(|(key, value)| (key.as_str(), Some(value.as_slice()))).collect();
            append(&mut journal, &writes)?;
        }
        journal.sync_all()?;
        fs::rename(&fresh, &path)?;
        let journal = OpenOptions::new().append(true).open(&path)?;
        Ok(Self { path, _lock: lock, journal })
    }
}

impl Store for FileStore {
    fn load(&mut self) -> io::Result<Vec<StoredRecord>> {
        let records = replay(&read_or_empty(&self.path)?);
        Ok(records.into_iter().map(|(key, value)| StoredRecord { key, value }).collect())
    }

    fn commit(&mut self, writes: &[Write]) -> io::Result<()> {
        let writes: Vec<_> = writes
            .iter()
            .map(|write| (write.key.as_str(), write.value.as_ref().map(|value| value.as_slice())))
            .collect();
        append(&mut self.journal, &writes)?;
        self.journal.sync_data()
    }
}

fn read_or_empty(path: &Path) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other,
    }
}

/// `[length][hash][records]`, each record `[length][key][1][length][value]` or `[length][key][0]`.
fn append(journal: &mut File, writes: &[(&str, Option<&[u8]>)]) -> io::Result<()> {
    let mut body = Vec::new();
    for (key, value) in writes {
        put(&mut body, key.as_bytes());
        body.push(u8::from(value.is_some()));
        if let Some(value) = value {
            put(&mut body, value);
        }
    }
    let mut entry = Vec::with_capacity(LENGTH + HASH + body.len());
    entry.extend_from_slice(&(body.len() as u64).to_be_bytes());
    entry.extend_from_slice(&Sha256::digest(&body));
    entry.extend_from_slice(&body);
    journal.write_all(&entry)
}

fn put(body: &mut Vec<u8>, bytes: &[u8]) {
    body.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    body.extend_from_slice(bytes);
}

/// The records after every whole transaction.
fn replay(mut journal: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut records = BTreeMap::new();
    while let Some((body, rest)) = whole(journal) {
        let mut body = body;
        while let Some((key, value)) = record(&mut body) {
            match value {
                Some(value) => records.insert(key, value),
                None => records.remove(&key),
            };
        }
        journal = rest;
    }
    records
}

fn whole(journal: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = journal.split_first_chunk::<LENGTH>()?;
    let (hash, rest) = rest.split_first_chunk::<HASH>()?;
    let (body, rest) = rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
    (Sha256::digest(body).as_slice() == hash).then_some((body, rest))
}

fn record(body: &mut &[u8]) -> Option<(String, Option<Vec<u8>>)> {
    let key = String::from_utf8(get(body)?.to_vec()).ok()?;
    let (present, rest) = body.split_first()?;
    *body = rest;
    let value = if *present == 1 { Some(get(body)?.to_vec()) } else { None };
    Some((key, value))
}

fn get<'a>(body: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = body.split_first_chunk::<LENGTH>()?;
    let (bytes, rest) = rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
    *body = rest;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(key: &str, value: Option<&[u8]>) -> Write {
        Write { key: key.to_owned(), value: value.map(|value| value.to_vec().into()) }
    }

    fn keys(store: &mut FileStore) -> Vec<String> {
        store.load().unwrap().into_iter().map(|record| record.key).collect()
    }

    #[test]
    fn what_was_committed_is_there_again_and_the_journal_is_tidied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device");
        let mut store = FileStore::open(&path).unwrap();
        for _ in 0..100 {
            store.commit(&[write("a", Some(&[1; 100])), write("b", Some(b"2"))]).unwrap();
        }
        store.commit(&[write("b", None), write("c", Some(b""))]).unwrap();
        drop(store);
        let long = fs::metadata(&path).unwrap().len();
        let mut store = FileStore::open(&path).unwrap();
        assert_eq!(keys(&mut store), ["a", "c"]);
        assert!(fs::metadata(&path).unwrap().len() < long / 50);
    }

    #[test]
    fn a_torn_transaction_never_happened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device");
        let mut store = FileStore::open(&path).unwrap();
        store.commit(&[write("a", Some(b"1"))]).unwrap();
        let whole = fs::read(&path).unwrap().len();
        store.commit(&[write("b", Some(b"2")), write("c", Some(b"3"))]).unwrap();
        drop(store);
        let bytes = fs::read(&path).unwrap();
        for cut in whole..bytes.len() {
            fs::write(&path, &bytes[..cut]).unwrap();
            assert_eq!(keys(&mut FileStore::open(&path).unwrap()), ["a"], "cut at {cut}");
        }
    }

    #[test]
    fn a_second_user_of_the_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device");
        let _first = FileStore::open(&path).unwrap();
        assert_eq!(FileStore::open(&path).unwrap_err().kind(), io::ErrorKind::ResourceBusy);
    }
}
