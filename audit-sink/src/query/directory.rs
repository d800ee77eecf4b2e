//! Names of people. The trail holds none; they are joined when an answer is printed.

use std::{collections::HashMap, fs, path::Path};

use protocol::id::UserId;
use serde::Deserialize;

/// Who is who: `{"users":[{"user":"<32 hex digits>","name":"..."}]}`; more fields may stand there.
#[derive(Debug, Default)]
pub struct Directory {
    names: HashMap<UserId, String>,
}

#[derive(Deserialize)]
struct Listing {
    users: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    user: UserId,
    name: String,
}

/// A person cannot be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// The file cannot be used.
    #[error("cannot use the directory file {0}: {1}")]
    Unusable(String, String),
    /// A name needs a directory.
    #[error("`{0}` is no user id (32 hexadecimal digits); to look for a name, give --directory FILE.json")]
    NoDirectory(String),
    /// Nobody has that name.
    #[error("nobody called `{0}` is in the directory; give the whole name, or the user id")]
    Nobody(String),
    /// Several have it.
    #[error("several people are called `{name}`; give the id of one: {}", join(ids))]
    Ambiguous {
        /// The name.
        name: String,
        /// Who has it.
        ids: Vec<UserId>,
    },
}

impl Directory {
    /// Reads the file.
    pub fn load(path: &Path) -> Result<Self, DirectoryError> {
        let unusable = |why: String| DirectoryError::Unusable(path.display().to_string(), why);
        let bytes = fs::read(path).map_err(|error| unusable(error.to_string()))?;
        let listing: Listing = serde_json::from_slice(&bytes).map_err(|error| unusable(error.to_string()))?;
        Ok(Self { names: listing.users.into_iter().map(|listed| (listed.user, listed.name)).collect() })
    }

    /// The name, fit for a screen: control characters could rewrite what stands there, and those that
    /// turn the direction of writing could make one person look like another.
    pub fn name(&self, user: UserId) -> Option<String> {
        let name = self.names.get(&user)?;
        Some(name.chars().map(|c| if is_harmless(c) { c } else { '\u{fffd}' }).collect())
    }

    /// The person whose id or name `text` is.
    pub fn find(&self, text: &str) -> Result<UserId, DirectoryError> {
        let text = text.trim();
        if let Ok(user) = text.parse() {
            return Ok(user);
        }
        if self.names.is_empty() {
            return Err(DirectoryError::NoDirectory(text.to_owned()));
        }
        let wanted = text.to_lowercase();
        let mut ids: Vec<_> = self
            .names
            .iter()
            .filter(|(_, name)| name.trim().to_lowercase() == wanted)
            .map(|(user, _)| *user)
            .collect();
        ids.sort_unstable();
        match *ids {
            [] => Err(DirectoryError::Nobody(text.to_owned())),
            [user] => Ok(user),
            _ => Err(DirectoryError::Ambiguous { name: text.to_owned(), ids }),
        }
    }
}

fn is_harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn join(ids: &[UserId]) -> String {
    ids.iter().map(UserId::to_string).collect::<Vec<_>>().join(", ")
}
