//! The state folder: version, exclusive use, the record of the running office.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use super::Record;

/// Version of the folder's layout that this program knows.
const VERSION: &str = "1";
/// The record of the running office.
const RECORD: &str = "office.json";

/// The folder of one office.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

/// The right to run the office in a folder, held until dropped. The operating system takes it back
/// when the process dies, whatever way.
#[derive(Debug)]
pub struct Held {
    folder: Folder,
    _lock: File,
}

impl Folder {
    /// Names a folder; `path` is as typed, relative to the current folder.
    pub fn new(path: &Path) -> Result<Self> {
        let path =
            std::path::absolute(path).with_context(|| format!("{} is not a usable path", path.display()))?;
        Ok(Self { path })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The gateway's configuration.
    pub fn gateway_config(&self) -> PathBuf {
        self.path.join("gateway.toml")
    }

    /// The sink's configuration.
    pub fn sink_config(&self) -> PathBuf {
        self.path.join("sink.toml")
    }

    /// The administrator that `cargo dev invite` makes where nobody has opened the office: a device without a
    /// browser.
    pub fn admin(&self) -> PathBuf {
        self.path.join("admin")
    }

    /// Where the sink writes.
    pub fn audit(&self) -> PathBuf {
        self.path.join("audit")
    }

    /// What the services say.
    pub fn logs(&self) -> PathBuf {
        self.path.join("logs")
    }

    /// Takes the folder for this process, making it when it is new. Touches nothing in a folder that a
    /// different version of the product has made.
    pub fn hold(&self) -> Result<Held> {
        if !self.is_made()? {
            self.make()?;
        }
        let file = self.path.join("office.lock");
        let lock = private_options().create(true).truncate(false).write(true).open(&file);
        let lock = lock.with_context(|| format!("cannot open {}", file.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("{}", self.already_running()),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", file.display()));
            }
        }
        make_private(&self.logs())?;
        Ok(Held { folder: self.clone(), _lock: lock })
    }

    /// The record of the office that runs in this folder.
    pub fn running(&self) -> Result<Record> {
        self.is_made()?;
        match self.read_record() {
            // A record without its lock was left by an office that was killed.
            Some(record) if self.is_held() => Ok(record),
            _ => bail!(
                "no office is running in {}: start it with `cargo dev up`, or name another one with --state",
                self.path.display()
            ),
        }
    }

    /// Writes a file that its owner alone may read. Readers see the old one or the new one, never half of it.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let file = self.path.join(name);
        let new = self.path.join(format!("{name}.new"));
        let write = || -> io::Result<()> {
            let mut out = private_options().create(true).truncate(true).write(true).open(&new)?;
            out.write_all(content)?;
            drop(out);
            fs::rename(&new, &file)
        };
        write().with_context(|| format!("cannot write {}", file.display()))?;
        Ok(file)
    }

    /// Whether this is an office's folder of the version that this program knows.
    fn is_made(&self) -> Result<bool> {
        let file = self.path.join("VERSION");
        match fs::read_to_string(&file) {
            Ok(text) if text.trim() == VERSION => Ok(true),
            Ok(text) => bail!(
                "{} was made by another version of this program (folder version {:?}, this one knows {VERSION:?}): \
                 nothing was changed; use the program that made it, or another folder with --state",
                self.path.display(),
                text.trim().chars().take(20).collect::<String>()
            ),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
        }
    }

    /// Makes a new folder; its keys and configuration come later, from `broker-config init`.
    fn make(&self) -> Result<()> {
        if fs::read_dir(&self.path).is_ok_and(|mut entries| entries.next().is_some()) {
            bail!(
                "{} holds something else than an office: nothing was changed; name an empty or a new folder with --state",
                self.path.display()
            );
        }
        make_private(&self.path)?;
        self.write("VERSION", format!("{VERSION}\n").as_bytes())?;
        Ok(())
    }

    fn already_running(&self) -> String {
        let which = self
            .read_record()
            .map_or_else(String::new, |record| format!(" (process {}, {})", record.pids.dev, record.page));
        format!(
            "an office is already running in {}{which}: use that one, stop it with Ctrl-C, or start a second one \
             with other --state and --port-base",
            self.path.display()
        )
    }

    fn is_held(&self) -> bool {
        let Ok(file) = OpenOptions::new().write(true).open(self.path.join("office.lock")) else {
            return false;
        };
        matches!(file.try_lock(), Err(TryLockError::WouldBlock))
    }

    fn record_file(&self) -> PathBuf {
        self.path.join(RECORD)
    }

    fn read_record(&self) -> Option<Record> {
        serde_json::from_slice(&fs::read(self.record_file()).ok()?).ok()
    }
}

impl Held {
    /// Publishes the record.
    pub fn publish(&self, record: &Record) -> Result<()> {
        self.folder.write(RECORD, &serde_json::to_vec_pretty(record)?)?;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Before the lock goes, so that nobody sees a record of an office that has ended.
        let _ = fs::remove_file(self.folder.record_file());
    }
}

fn make_private(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).with_context(|| format!("cannot make the folder {}", path.display()))
}

/// Files that only their owner may read.
fn private_options() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "the mode is a Unix idea"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let temporary = tempfile::tempdir().expect("temporary folder");
        let folder = Folder::new(&temporary.path().join("office")).expect("path");
        (temporary, folder)
    }

    #[test]
    fn second_holder_is_told_who_runs_it() {
        let (_temporary, folder) = folder();
        let held = folder.hold().expect("first");
        held.publish(&Record::sample()).expect("published");
        let sentence = folder.hold().expect_err("second").to_string();
        assert!(sentence.contains("already running") && sentence.contains("process 1"), "{sentence}");
        assert_eq!(folder.running().expect("running").page, "http://127.0.0.1:7422/");
        drop(held);
        assert!(folder.running().expect_err("ended").to_string().contains("cargo dev up"));
        folder.hold().expect("free again");
    }

    #[test]
    fn record_left_by_a_killed_office_is_not_believed() {
        let (_temporary, folder) = folder();
        drop(folder.hold().expect("made"));
        fs::write(folder.record_file(), serde_json::to_vec(&Record::sample()).expect("json"))
            .expect("left over");
        folder.running().expect_err("nobody holds the lock");
    }

    #[test]
    fn folder_of_another_version_is_left_alone() {
        let (_temporary, folder) = folder();
        fs::create_dir(folder.path()).expect("folder");
        fs::write(folder.path().join("VERSION"), "7\n").expect("version");
        let sentence = folder.hold().expect_err("other version").to_string();
        assert!(sentence.contains("another version") && sentence.contains("\"7\""), "{sentence}");
        let left: Vec<_> = fs::read_dir(folder.path()).expect("list").collect();
        assert_eq!(left.len(), 1, "nothing was added");
    }

    #[test]
    fn folder_of_somebody_else_is_left_alone() {
        let (_temporary, folder) = folder();
        fs::create_dir(folder.path()).expect("folder");
        fs::write(folder.path().join("thesis.txt"), "years of work").expect("file");
        let sentence = folder.hold().expect_err("not an office").to_string();
        assert!(sentence.contains("something else than an office"), "{sentence}");
        assert_eq!(fs::read_dir(folder.path()).expect("list").count(), 1, "nothing was added");
    }

    #[cfg(unix)]
    #[test]
    fn folder_and_record_are_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_temporary, folder) = folder();
        let held = folder.hold().expect("held");
        held.publish(&Record::sample()).expect("published");
        let mode = |path: &Path| fs::metadata(path).expect("exists").permissions().mode() & 0o777;
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(mode(&folder.record_file()), 0o600);
    }
}
