use std::{
    fmt::Write as _,
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::{
    super::{FILE_NAME, pins::Archive},
    *,
};

const BINARY: &[u8] = b"the binary";

#[test]
fn an_archive_is_fetched_once_and_then_taken_from_the_cache() {
    let dir = TempDir::new().unwrap();
    let page = Page::serving(tar_gz(BINARY));
    let sources = page.sources(&tar_gz(BINARY), Archive::TarGz);

    let fetched = fetch_from(&Cache::at(dir.path()), &sources).unwrap();
    let again = fetch_from(&Cache::at(dir.path()), &sources).unwrap();

    assert_eq!(fs::read(&fetched).unwrap(), BINARY);
    assert_eq!(again, fetched);
    assert_eq!(page.served(), 1);
}

#[test]
fn a_zip_is_unpacked_as_well() {
    let dir = TempDir::new().unwrap();
    let page = Page::serving(zip(BINARY));

    let fetched = fetch_from(&Cache::at(dir.path()), &page.sources(&zip(BINARY), Archive::Zip)).unwrap();

    assert_eq!(fs::read(fetched).unwrap(), BINARY);
}

#[test]
fn a_file_that_is_not_the_pinned_one_is_refused_and_deleted() {
    let dir = TempDir::new().unwrap();
    let page = Page::serving(tar_gz(b"something else"));
    let sources = page.sources(&tar_gz(BINARY), Archive::TarGz);

    let err = fetch_from(&Cache::at(dir.path()), &sources).unwrap_err().to_string();

    assert!(err.contains("the file that came is not the pinned one (SHA-256 "), "{err}");
    assert!(err.contains("and was deleted"), "{err}");
    assert_eq!(files(dir.path()), ["lock"]);
}

#[test]
fn a_damaged_archive_in_the_cache_is_fetched_again() {
    let dir = TempDir::new().unwrap();
    let page = Page::serving(tar_gz(BINARY));
    let sources = page.sources(&tar_gz(BINARY), Archive::TarGz);
    let fetched = fetch_from(&Cache::at(dir.path()), &sources).unwrap();
    fs::write(fetched.with_file_name("archive"), b"rotten").unwrap();

    let again = fetch_from(&Cache::at(dir.path()), &sources).unwrap();

    assert_eq!(fs::read(again).unwrap(), BINARY);
    assert_eq!(page.served(), 2);
}

#[test]
fn a_damaged_binary_in_the_cache_is_unpacked_again() {
    let dir = TempDir::new().unwrap();
    let page = Page::serving(tar_gz(BINARY));
    let sources = page.sources(&tar_gz(BINARY), Archive::TarGz);
    let fetched = fetch_from(&Cache::at(dir.path()), &sources).unwrap();
    fs::remove_file(&fetched).unwrap();
    fs::write(&fetched, b"rotten").unwrap();

    let again = fetch_from(&Cache::at(dir.path()), &sources).unwrap();

    assert_eq!(fs::read(again).unwrap(), BINARY);
    assert_eq!(page.served(), 1);
}

#[test]
fn a_binary_that_is_not_the_pinned_one_is_refused() {
    let dir = TempDir::new().unwrap();
    let page = Page::serving(tar_gz(b"something else"));
    let mut sources = page.sources(&tar_gz(b"something else"), Archive::TarGz);
    if let Some(official) = &mut sources.official {
        official.release.binary_sha256 = Some(leak(sha256(BINARY)));
    }

    let err = fetch_from(&Cache::at(dir.path()), &sources).unwrap_err().to_string();

    assert!(err.contains("the binary in the archive is not the pinned one and was refused"), "{err}");
    assert!(!files(dir.path()).iter().any(|name| name == FILE_NAME));
}

#[test]
fn without_network_it_says_what_was_tried_and_what_to_do() {
    let dir = TempDir::new().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let page = Page { base: format!("http://{closed}"), served: Arc::default() };

    let err = fetch_from(&Cache::at(dir.path()), &page.sources(b"", Archive::Zip)).unwrap_err().to_string();

    assert!(err.contains("official archive: curl failed"), "{err}");
    assert!(err.contains("name it as `nats_server` in broker.toml"), "{err}");
    assert_eq!(files(dir.path()), ["lock"]);
}

/// A release page of one file, which counts what it serves.
struct Page {
    base: String,
    served: Arc<AtomicUsize>,
}

impl Page {
    fn serving(body: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let served = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&served);
        // Ends with the test process.
        thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 4096];
                let _ = connection.read(&mut request).unwrap();
                write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).unwrap();
                connection.write_all(&body).unwrap();
            }
        });
        Self { base, served }
    }

    fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }

    fn sources(&self, pinned: &[u8], archive: Archive) -> Sources {
        let release = Release { archive_sha256: leak(sha256(pinned)), binary_sha256: None, archive };
        let official = OfficialArchive { file: "nats-server", release };
        Sources { official_base: self.base.clone(), official: Some(official), wheel: None }
    }
}

fn tar_gz(binary: &[u8]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, contents) in [("LICENSE", &b"text"[..]), (FILE_NAME, binary)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(0o755);
        tar.append_data(&mut header, format!("nats-server-v1/{name}"), contents).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

fn zip(binary: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    zip.start_file(format!("x.data/scripts/{FILE_NAME}"), zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(binary).unwrap();
    zip.finish().unwrap().into_inner()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// The names of all files in a folder and below.
fn files(dir: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            names.extend(files(&entry.path()));
        } else {
            names.push(entry.file_name().into_string().unwrap());
        }
    }
    names
}
