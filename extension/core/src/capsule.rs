//! What lies at the gateway for whoever has the code. Sealed under a key from the code, so the gateway cannot open
//! it; the true gateway key is inside, so somebody between a newcomer and the gateway is found out.

use protocol::text::{Code, Invite};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    directory::Place,
    error::CoreError,
    identity::{Home, Person},
    rng::Rng,
    secret::Secret,
    secretbox,
};

/// Names the use, since the cipher cannot bind it.
const LABEL: &str = "crmplus-chat/1 capsule";

/// What is in it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Content {
    /// An invite.
    Invite(Box<Invite>),
    /// A person's identity, for another device of that person.
    Identity(Box<Backup>),
}

/// What a new device of a person needs. No ratchet, no key of another device.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Backup {
    pub(crate) home: Home,
    pub(crate) person: Person,
    /// How much of the roster was known when it was made: a gateway that has less hides some.
    pub(crate) known: Place,
}

#[derive(Serialize, Deserialize)]
struct Labelled<T> {
    label: String,
    content: T,
}

/// Seals `content` for whoever has `code`.
pub(crate) fn seal(code: &Code, content: Content, rng: &mut dyn Rng) -> Result<Vec<u8>, CoreError> {
    let plain = protocol::codec::encode(&Labelled { label: LABEL.to_owned(), content })?;
    secretbox::seal(&Secret::from_bytes(code.key()), &Zeroizing::new(plain), rng)
}

/// Opens it; nothing where the code is another one or the bytes were changed.
pub(crate) fn open(code: &Code, sealed: &[u8]) -> Option<Content> {
    let plain = secretbox::open(&Secret::from_bytes(code.key()), sealed)?;
    let labelled: Labelled<Content> = protocol::codec::decode(&plain, plain.len()).ok()?;
    (labelled.label == LABEL).then_some(labelled.content)
}
