//! The bus identities and the office's secrets: made once, then only read.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use nkeys::{KeyPair, KeyPairType};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{files, secret::Secret, state::StateDir};

/// Who speaks on the bus. Each has its own nkey and the fewest permissions that work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Identity {
    /// Relays between devices; writes audit events, cannot read them.
    Gateway,
    /// Reads audit events; cannot write anything.
    Sink,
    /// Makes streams and the sink's consumer; cannot read or write data.
    Provisioner,
    /// Hears `JetStream`'s administrative advisories; cannot say anything.
    Watcher,
}

impl Identity {
    /// All four, in the order of the rendered configuration.
    pub const ALL: [Self; 4] = [Self::Gateway, Self::Sink, Self::Provisioner, Self::Watcher];

    /// The name used for the key file and the connection.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Sink => "sink",
            Self::Provisioner => "provisioner",
            Self::Watcher => "watcher",
        }
    }
}

/// The public half of every identity's nkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeys {
    /// Of [`Identity::Gateway`].
    pub gateway: String,
    /// Of [`Identity::Sink`].
    pub sink: String,
    /// Of [`Identity::Provisioner`].
    pub provisioner: String,
    /// Of [`Identity::Watcher`].
    pub watcher: String,
}

impl PublicKeys {
    /// Derives the public keys from the seeds in the state folder.
    pub fn load(state: &StateDir) -> Result<Self, KeyError> {
        Ok(Self {
            gateway: public_key(state, Identity::Gateway)?,
            sink: public_key(state, Identity::Sink)?,
            provisioner: public_key(state, Identity::Provisioner)?,
            watcher: public_key(state, Identity::Watcher)?,
        })
    }

    /// The key of one identity.
    pub fn of(&self, identity: Identity) -> &str {
        match identity {
            Identity::Gateway => &self.gateway,
            Identity::Sink => &self.sink,
            Identity::Provisioner => &self.provisioner,
            Identity::Watcher => &self.watcher,
        }
    }
}

/// What went wrong with a key file. Never carries key material.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The disk or its permissions.
    #[error("cannot {action} the key file {path}: {source}", path = path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file does not hold what it should.
    #[error(
        "the key file {path} does not hold {wanted}: put the original back from a copy, or remove it and run \
         `broker-config init` to make a new key", path = path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        wanted: &'static str,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes for a key: {0}")]
    Random(getrandom::Error),
    /// Random bytes did not make an nkey.
    #[error("cannot make an nkey: {0}")]
    Nkey(nkeys::error::Error),
}

/// Makes the keys that are missing and checks those that are there; never overwrites one.
pub(crate) fn make_missing(state: &StateDir) -> Result<(), KeyError> {
    for identity in Identity::ALL {
        let path = state.nkey_file(identity);
        if !path.exists() {
            let seed = Zeroizing::new(new_user_seed()?);
            write_key(&path, &seed)?;
        }
        public_key(state, identity)?;
    }
    for path in [state.jetstream_key_file(), state.noise_key_file()] {
        if !path.exists() {
            write_key(&path, &random_hex::<32>()?)?;
        }
        read_hex32(&path)?;
    }
    Ok(())
}

/// The nkey seed of one identity.
pub fn load_seed(state: &StateDir, identity: Identity) -> Result<Secret, KeyError> {
    let path = state.nkey_file(identity);
    let seed = read_key(&path)?;
    match KeyPair::from_seed(seed.expose()).map(|pair| pair.key_pair_type()) {
        Ok(KeyPairType::User) => Ok(seed),
        _ => Err(KeyError::Malformed { path, wanted: "the seed of a user nkey (SU...)" }),
    }
}

/// The at-rest key of `JetStream`.
pub(crate) fn load_jetstream_key(state: &StateDir) -> Result<Secret, KeyError> {
    read_hex32(&state.jetstream_key_file())
}

/// `N` random bytes as lowercase hex.
pub(crate) fn random_hex<const N: usize>() -> Result<Zeroizing<String>, KeyError> {
    let bytes = random::<N>()?;
    let mut hex = Zeroizing::new(String::with_capacity(2 * N));
    for byte in bytes.iter() {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(hex)
}

fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, KeyError> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut()).map_err(KeyError::Random)?;
    Ok(bytes)
}

fn new_user_seed() -> Result<String, KeyError> {
    let pair = KeyPair::new_from_raw(KeyPairType::User, *random::<32>()?);
    pair.and_then(|pair| pair.seed()).map_err(KeyError::Nkey)
}

fn public_key(state: &StateDir, identity: Identity) -> Result<String, KeyError> {
    let seed = load_seed(state, identity)?;
    KeyPair::from_seed(seed.expose()).map(|pair| pair.public_key()).map_err(|_| KeyError::Malformed {
        path: state.nkey_file(identity),
        wanted: "the seed of a user nkey (SU...)",
    })
}

fn write_key(path: &Path, key: &str) -> Result<(), KeyError> {
    let line = Zeroizing::new(format!("{key}\n"));
    files::write_new(path, line.as_bytes()).map_err(|source| KeyError::Io {
        action: "write",
        path: path.to_owned(),
        source,
    })?;
    Ok(())
}

fn read_key(path: &Path) -> Result<Secret, KeyError> {
    let text = fs::read_to_string(path).map(Zeroizing::new).map_err(|source| KeyError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    Ok(Secret::new(text.trim().to_owned()))
}

fn read_hex32(path: &Path) -> Result<Secret, KeyError> {
    let key = read_key(path)?;
    let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if key.expose().len() == 64 && key.expose().bytes().all(is_hex) {
        Ok(key)
    } else {
        Err(KeyError::Malformed { path: path.to_owned(), wanted: "64 lowercase hex digits" })
    }
}
