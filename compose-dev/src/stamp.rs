//! Knows whether a build step would do anything: a stamp remembers what went in and what came out.
//!
//! Inputs are compared by content, so that switching branches back and forth costs nothing. Outputs are
//! compared by size and time, so that a step runs again when something else wrote its result.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What a build step reads.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    roots: Vec<PathBuf>,
    left_out: Vec<&'static str>,
    settings: Vec<String>,
}

impl Inputs {
    /// Files and folders; what does not exist counts as absent.
    pub fn of(roots: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { roots: roots.into_iter().collect(), ..Self::default() }
    }

    /// More files and folders.
    #[must_use]
    pub fn and(mut self, roots: impl IntoIterator<Item = PathBuf>) -> Self {
        self.roots.extend(roots);
        self
    }

    /// Names of files and folders that are not looked at, at any depth.
    #[must_use]
    pub fn without(mut self, names: impl IntoIterator<Item = &'static str>) -> Self {
        self.left_out.extend(names);
        self
    }

    /// Something else that decides about the result, such as the toolchain.
    #[must_use]
    pub fn with_setting(mut self, setting: impl Into<String>) -> Self {
        self.settings.push(setting.into());
        self
    }

    fn hash(&self) -> Result<String> {
        let mut hash = Sha256::new();
        for setting in &self.settings {
            add(&mut hash, b"setting", setting.as_bytes());
        }
        for root in &self.roots {
            self.hash_path(&mut hash, root, root)?;
        }
        Ok(format!("{:x}", hash.finalize()))
    }

    fn hash_path(&self, hash: &mut Sha256, root: &Path, path: &Path) -> Result<()> {
        let data = match fs::metadata(path) {
            Ok(data) => data,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error).with_context(|| format!("cannot look at {}", path.display())),
        };
        if data.is_dir() {
            let entries = fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))?;
            let mut children = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
            children.sort();
            for child in children.iter().filter(|child| !self.is_left_out(child)) {
                self.hash_path(hash, root, child)?;
            }
            return Ok(());
        }
        // Relative names, so that a moved folder is not a changed one.
        let name = path.strip_prefix(root.parent().unwrap_or(root)).unwrap_or(path);
        let content = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        add(hash, name.as_os_str().as_encoded_bytes(), &content);
        Ok(())
    }

    fn is_left_out(&self, path: &Path) -> bool {
        path.file_name().is_some_and(|name| self.left_out.iter().any(|left_out| name == *left_out))
    }
}

/// The stamp of one build step.
#[derive(Debug)]
pub struct Stamp {
    file: PathBuf,
    inputs: String,
    outputs: Vec<PathBuf>,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct Record {
    inputs: String,
    outputs: BTreeMap<PathBuf, (u64, u128)>,
}

impl Stamp {
    /// Looks at the inputs now. What changes after this moment is noticed by the next run.
    pub fn look(folder: &Path, name: &str, inputs: &Inputs, outputs: Vec<PathBuf>) -> Result<Self> {
        Ok(Self { file: folder.join(format!("{name}.json")), inputs: inputs.hash()?, outputs })
    }

    /// Whether the step was done on exactly these inputs and its outputs are as it left them.
    pub fn is_fresh(&self) -> bool {
        let Ok(text) = fs::read_to_string(&self.file) else { return false };
        let Ok(record) = serde_json::from_str::<Record>(&text) else { return false };
        self.record().is_ok_and(|now| now == record)
    }

    /// Remembers that the step is done.
    pub fn write(&self) -> Result<()> {
        let record = self.record()?;
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        fs::write(&self.file, serde_json::to_string_pretty(&record)?)
            .with_context(|| format!("cannot write {}", self.file.display()))
    }

    fn record(&self) -> Result<Record> {
        let mut outputs = BTreeMap::new();
        for path in &self.outputs {
            let data =
                fs::metadata(path).with_context(|| format!("the build did not make {}", path.display()))?;
            let changed = data.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
            outputs.insert(path.clone(), (data.len(), changed));
        }
        Ok(Record { inputs: self.inputs.clone(), outputs })
    }
}

/// Lengths first: no content can pass for a name or for two contents.
fn add(hash: &mut Sha256, name: &[u8], content: &[u8]) {
    hash.update((name.len() as u64).to_le_bytes());
    hash.update(name);
    hash.update((content.len() as u64).to_le_bytes());
    hash.update(content);
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixture {
        folder: tempfile::TempDir,
    }

    impl Fixture {
        fn new() -> Self {
            let fixture = Self { folder: tempfile::tempdir().expect("temporary folder") };
            fixture.write("src/a.rs", "one");
            fixture.write("out", "result");
            fixture
        }

        fn write(&self, name: &str, content: &str) {
            let file = self.folder.path().join(name);
            fs::create_dir_all(file.parent().expect("has a parent")).expect("folder");
            fs::write(file, content).expect("file");
        }

        fn look(&self) -> Stamp {
            let inputs = Inputs::of([self.folder.path().join("src")]).without(["node_modules"]);
            Stamp::look(self.folder.path(), "step", &inputs, vec![self.folder.path().join("out")])
                .expect("stamp")
        }
    }

    #[test]
    fn unchanged_inputs_are_fresh() {
        let fixture = Fixture::new();
        assert!(!fixture.look().is_fresh(), "never done");
        fixture.look().write().expect("writes");
        assert!(fixture.look().is_fresh());
        fixture.write("src/a.rs", "one");
        fixture.write("src/node_modules/x.js", "ignored");
        assert!(fixture.look().is_fresh(), "written again with the same content");
    }

    #[test]
    fn any_change_of_an_input_is_stale() {
        let fixture = Fixture::new();
        fixture.look().write().expect("writes");
        fixture.write("src/a.rs", "two");
        assert!(!fixture.look().is_fresh(), "content");
        fixture.write("src/a.rs", "one");
        assert!(fixture.look().is_fresh());
        fixture.write("src/b.rs", "");
        assert!(!fixture.look().is_fresh(), "new file");
    }

    #[test]
    fn missing_or_foreign_output_is_stale() {
        let fixture = Fixture::new();
        fixture.look().write().expect("writes");
        fixture.write("out", "somebody else's result");
        assert!(!fixture.look().is_fresh());
        fs::remove_file(fixture.folder.path().join("out")).expect("removed");
        assert!(!fixture.look().is_fresh());
        assert!(fixture.look().write().is_err(), "a step that made nothing is not done");
    }

    #[test]
    fn change_during_the_build_is_noticed_afterwards() {
        let fixture = Fixture::new();
        let before = fixture.look();
        fixture.write("src/a.rs", "edited while building");
        before.write().expect("writes");
        assert!(!fixture.look().is_fresh());
    }
}
