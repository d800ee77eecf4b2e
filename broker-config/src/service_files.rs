//! The three TOML files: written once from a template, later edited in place.
//!
//! People add their own settings and comments to these files, so a later `init` changes the values it was
//! asked to change and nothing else.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;
use toml_edit::{Array, DocumentMut, Item, Table, Value, value};

use crate::files;

/// Why a file cannot be written or changed.
#[derive(Debug, Error)]
pub enum ServiceFileError {
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
    /// Not TOML.
    #[error("{path} is not valid TOML ({message}): correct it, or remove it to get a new one", path = path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        message: String,
    },
}

/// One TOML file, read from disk or from its template.
pub(crate) struct ServiceFile {
    path: PathBuf,
    on_disk: Option<String>,
    document: DocumentMut,
}

impl ServiceFile {
    /// Reads the file, or takes the template when there is none.
    pub(crate) fn open(path: PathBuf, template: &str) -> Result<Self, ServiceFileError> {
        let on_disk = match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(err) if err.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(io_error("read", &path, source)),
        };
        match on_disk.as_deref().unwrap_or(template).parse() {
            Ok(document) => Ok(Self { path, on_disk, document }),
            Err(err) => {
                let err: toml_edit::TomlError = err;
                Err(ServiceFileError::Syntax { path, message: err.message().trim().replace('\n', ", ") })
            }
        }
    }

    /// Sets a top-level key.
    pub(crate) fn set(&mut self, key: &str, new: impl Into<Value>) {
        put(self.document.as_table_mut(), key, new.into());
    }

    /// Sets a key of a table.
    pub(crate) fn set_in(&mut self, table: &str, key: &str, new: impl Into<Value>) {
        let table = self.document.entry(table).or_insert(Item::Table(Table::new()));
        if let Some(table) = table.as_table_mut() {
            put(table, key, new.into());
        }
    }

    /// A top-level text value.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.document.get(key)?.as_str()
    }

    /// A top-level list of texts.
    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        let items = self.document.get(key).and_then(Item::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Adds those texts that a list does not have yet.
    pub(crate) fn add_texts(&mut self, key: &str, texts: &[String]) {
        let mut all = self.texts(key);
        let before = all.len();
        for text in texts {
            if !all.contains(text) {
                all.push(text.clone());
            }
        }
        if all.len() != before {
            self.set(key, list(&all));
        }
    }

    /// Writes the file when it is new or changed.
    pub(crate) fn save(self) -> Result<(), ServiceFileError> {
        let text = self.document.to_string();
        if self.on_disk.as_ref() == Some(&text) {
            return Ok(());
        }
        files::replace(&self.path, text.as_bytes()).map_err(|source| io_error("write", &self.path, source))
    }
}

/// A TOML list of texts.
pub(crate) fn list(texts: &[String]) -> Value {
    Value::Array(texts.iter().collect::<Array>())
}

/// Changes the value alone: the comments before the key and behind the value stay.
fn put(table: &mut Table, key: &str, mut new: Value) {
    match table.get_mut(key) {
        Some(item) => {
            if let Some(old) = item.as_value() {
                *new.decor_mut() = old.decor().clone();
            }
            *item = value(new);
        }
        None => {
            table.insert(key, value(new));
        }
    }
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> ServiceFileError {
    ServiceFileError::Io { action, path: path.to_owned(), source }
}

/// `broker.toml`, read by this crate.
pub(crate) const BROKER: &str = r#"# The broker of CRM+ Chat. Every key has a default; an unknown key is an error.

# Name of the server on the bus. Opaque, made at random.
name = "office"

# The nats-server to use, 2.12 or newer. Without this line: PATH, then broker/bin, then fetched.
#nats_server = "/path/to/nats-server"

# Where the bus listens. It has no TLS, so only this computer can be allowed.
listen = "127.0.0.1:7420"

# The gateway whose key is keys/gateway.nk.
gateway_id = "gw1"

# How long nats-server may take to recover its store, and to stop before it is killed.
ready_within = "2m"
stop_within = "10s"
"#;

/// `gateway.toml`, read by the gateway.
pub(crate) const GATEWAY: &str = r#"# The gateway of CRM+ Chat. Every key has a default; an unknown key is an error.
# Relative paths start at the folder of this file.

id = "gw1"

# Identifies this office. Opaque, made at random, never changed.
office = ""

# Where extensions connect.
listen = ["127.0.0.1:7421"]

# The same, as the extensions on other computers see it; goes into invites.
addresses = ["ws://127.0.0.1:7421"]

# The key that the extension pins: whoever has it can pose as this gateway.
noise_key_file = "keys/gateway.noise"

# Which browser extensions may connect. A web page never may.
allowed_origins = ["moz-extension://*"]

# From which networks. These are the private ranges.
allowed_peers = [
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
    "::1/128", "fc00::/7", "fe80::/10",
]

[bus]
url = "nats://127.0.0.1:7420"
nkey_file = "keys/gateway.nk"
"#;

/// `sink.toml`, read by the audit sink.
pub(crate) const SINK: &str = r#"# The audit sink of CRM+ Chat. Every key has a default; an unknown key is an error.
# Relative paths start at the folder of this file.

# Where the audit files go: back this folder up.
dir = "audit"

# The name of this office's log inside that folder.
origin = "office"

[bus]
url = "nats://127.0.0.1:7420"
nkey_file = "keys/sink.nk"
"#;
