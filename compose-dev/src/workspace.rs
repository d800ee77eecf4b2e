//! Where things are: the repository, the build output, the user's cache.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use tokio::process::Command;

/// Set by cargo for the program that it runs. Handing them on to a cargo of our own would make build
/// scripts that watch them run again, and with them everything that depends on those.
const CARGO_RUN_VARIABLES: [&str; 4] =
    ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PRIMARY_PACKAGE", "OUT_DIR"];
const CARGO_RUN_PREFIXES: [&str; 3] = ["CARGO_PKG_", "CARGO_BIN_", "CARGO_CRATE_"];

/// The repository that this program was built from.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Finds the repository and its target folder, also when `CARGO_TARGET_DIR` moved that.
    pub fn locate() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().unwrap_or(manifest).to_path_buf();
        let exe = env::current_exe().context("the operating system does not say where this program is")?;
        // .../target/debug/dev, or .../target/debug/deps/something-hash for a test
        let target = exe
            .ancestors()
            .find(|folder| folder.join("CACHEDIR.TAG").is_file())
            .map_or_else(|| root.join("target"), Path::to_path_buf);
        Ok(Self { root, target })
    }

    /// For tests: a repository at `root` that builds into `root/target`.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_path_buf(), target: root.join("target") }
    }

    /// The folder with the workspace's `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's target folder.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The TypeScript side.
    pub fn extension(&self) -> PathBuf {
        self.root.join("extension")
    }

    /// A binary of this workspace as `cargo build` leaves it.
    pub fn binary(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// Where the stamps of finished build steps are kept.
    pub fn stamps(&self) -> PathBuf {
        self.target.join("cargo-dev")
    }

    /// A cargo command that builds exactly what the same command typed in a shell would.
    pub fn cargo(&self) -> Command {
        let mut command = self.command(env::var_os("CARGO").as_deref().unwrap_or(OsStr::new("cargo")));
        // The same folder that holds this program, whatever decided about it.
        command.env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// Any program, started in the root of the repository.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if CARGO_RUN_VARIABLES.contains(&text.as_ref())
                || CARGO_RUN_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
            {
                command.env_remove(&name);
            }
        }
        command
    }
}

/// Folder for tools that `cargo dev` obtains, kept between clones.
pub fn user_cache() -> Result<PathBuf> {
    let base = if cfg!(windows) {
        env::var_os("LOCALAPPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        env::home_dir().map(|home| home.join("Library/Caches"))
    } else {
        env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| env::home_dir().map(|home| home.join(".cache")))
    };
    base.map(|base| base.join("crmplus-chat"))
        .context("there is no home folder to keep downloaded tools in: set HOME (Windows: LOCALAPPDATA)")
}
