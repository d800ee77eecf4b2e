//! The state folder of one office: its version and where everything lies in it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::{files, keys::Identity};

/// The layout this program reads and writes.
pub const VERSION: &str = "1";

/// An office's state folder, known to be of this program's [`VERSION`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateDir {
    root: PathBuf,
}

/// Why a folder cannot serve as a state folder.
#[derive(Debug, Error)]
pub enum StateError {
    /// Another release made it; nothing was touched.
    #[error(
        "the state folder {path} has version {found}, this program reads version {VERSION}: use the release \
         that made it, or choose another folder with --state; nothing was changed", path = path.display()
    )]
    OtherVersion {
        /// The folder.
        path: PathBuf,
        /// What its VERSION file says.
        found: String,
    },
    /// It holds something else.
    #[error(
        "the folder {path} is not empty and has no VERSION file, so it is not an office's state folder: choose \
         an empty or new folder with --state; nothing was changed", path = path.display()
    )]
    NotAnOffice {
        /// The folder.
        path: PathBuf,
    },
    /// Nothing has been made there yet.
    #[error("there is no office in {path} yet: run `broker-config init --state {path}` first", path = path.display())]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// The disk or its permissions.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl StateDir {
    /// Makes the folder tree, or takes an existing office's folder; closes it to other users.
    pub fn create(root: impl AsRef<Path>) -> Result<Self, StateError> {
        let state = Self::at(root.as_ref())?;
        if !state.is_office()? && !state.is_empty()? {
            return Err(StateError::NotAnOffice { path: state.root });
        }
        for dir in
            [state.root.clone(), state.broker_dir(), state.store_dir(), state.keys_dir(), state.audit_dir()]
        {
            files::private_dir(&dir).map_err(io_error("create the folder", &dir))?;
        }
        // Written before any key: a folder that holds keys always says which layout they follow.
        let version = state.version_file();
        files::write_new(&version, format!("{VERSION}\n").as_bytes()).map_err(io_error("write", &version))?;
        Ok(state)
    }

    /// Takes the folder of an office that `init` has made.
    pub fn open(root: impl AsRef<Path>) -> Result<Self, StateError> {
        let state = Self::at(root.as_ref())?;
        if state.is_office()? { Ok(state) } else { Err(StateError::Missing { path: state.root }) }
    }

    fn at(root: &Path) -> Result<Self, StateError> {
        let root = std::path::absolute(root).map_err(io_error("resolve", root))?;
        Ok(Self { root })
    }

    /// Whether it has a VERSION file; one of another version is an error.
    fn is_office(&self) -> Result<bool, StateError> {
        let file = self.version_file();
        match fs::read_to_string(&file) {
            Ok(text) if text.trim() == VERSION => Ok(true),
            Ok(text) => {
                let found = text.trim().chars().take(40).collect();
                Err(StateError::OtherVersion { path: self.root.clone(), found })
            }
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(err) => Err(io_error("read", &file)(err)),
        }
    }

    fn is_empty(&self) -> Result<bool, StateError> {
        match fs::read_dir(&self.root) {
            Ok(mut entries) => Ok(entries.next().is_none()),
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(err) => Err(io_error("read the folder", &self.root)(err)),
        }
    }
}

/// Where things are. All paths are absolute.
impl StateDir {
    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The text "1".
    pub fn version_file(&self) -> PathBuf {
        self.root.join("VERSION")
    }

    /// Everything of `nats-server`; also its working folder, so its configuration has relative paths.
    pub fn broker_dir(&self) -> PathBuf {
        self.root.join("broker")
    }

    /// `JetStream`'s files.
    pub fn store_dir(&self) -> PathBuf {
        self.broker_dir().join("store")
    }

    /// Held exclusively as long as a `nats-server` uses the store.
    pub fn lock_file(&self) -> PathBuf {
        self.broker_dir().join("lock")
    }

    /// Written by `nats-server`.
    pub fn pid_file(&self) -> PathBuf {
        self.broker_dir().join("nats.pid")
    }

    /// Written by `nats-server`.
    pub fn nats_log(&self) -> PathBuf {
        self.broker_dir().join("nats-server.log")
    }

    /// Rendered from `broker.toml` and the public keys at every start.
    pub fn nats_conf(&self) -> PathBuf {
        self.broker_dir().join("nats-server.conf")
    }

    /// The office's own `nats-server`, when it was fetched or put there by hand.
    pub fn own_nats_server(&self) -> PathBuf {
        self.broker_dir().join("bin").join(crate::nats_server::FILE_NAME)
    }

    /// All keys.
    pub fn keys_dir(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The nkey seed of one identity.
    pub fn nkey_file(&self, identity: Identity) -> PathBuf {
        self.keys_dir().join(format!("{}.nk", identity.name()))
    }

    /// The key that `JetStream` encrypts its files with.
    pub fn jetstream_key_file(&self) -> PathBuf {
        self.keys_dir().join("js.key")
    }

    /// The gateway's Noise static private key.
    pub fn noise_key_file(&self) -> PathBuf {
        self.keys_dir().join("gateway.noise")
    }

    /// The gateway's configuration.
    pub fn gateway_toml(&self) -> PathBuf {
        self.root.join("gateway.toml")
    }

    /// The audit sink's configuration.
    pub fn sink_toml(&self) -> PathBuf {
        self.root.join("sink.toml")
    }

    /// This crate's configuration.
    pub fn broker_toml(&self) -> PathBuf {
        self.root.join("broker.toml")
    }

    /// The sink's output.
    pub fn audit_dir(&self) -> PathBuf {
        self.root.join("audit")
    }
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StateError {
    let path = path.to_owned();
    move |source| StateError::Io { action, path, source }
}
