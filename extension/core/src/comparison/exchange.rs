//! The arithmetic of a comparison: a commitment, two ephemeral keys, seven numbers.
//!
//! The starter commits to its key before it sees the other's, and the other sends its key before it sees the starter's. So
//! whoever stands between two people, and runs one exchange with each, cannot choose keys until both show the same
//! pictures: one guess in 2^42. Both commitment and numbers hang on everything that the two sides believe of each other.

use protocol::{
    id::{Curve25519Public, DeviceId, Hash, MessageId, UserId},
    signature::Nkey,
};
use vodozemac::sas::Sas;

use crate::olm::key_form;

const COMMITMENT: &str = "crmplus-chat/1 comparison commitment";
const INFO: &str = "crmplus-chat/1 comparison emoji";

/// Numbers below 64 that people compare as pictures.
pub(crate) type Numbers = [u8; 7];

/// A person, as the roster of whoever computes has it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Whom {
    pub(crate) user: UserId,
    pub(crate) identity: Nkey,
}

/// A person and the device that takes part.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Party {
    pub(crate) whom: Whom,
    pub(crate) device: DeviceId,
    pub(crate) device_key: Nkey,
}

/// One's own ephemeral key.
pub(crate) struct Half(Sas);

impl Half {
    /// Vodozemac draws the key itself, see [`crate::rng`].
    pub(crate) fn make() -> Self {
        Self(Sas::new())
    }

    pub(crate) fn public(&self) -> Curve25519Public {
        Curve25519Public::from_bytes(self.0.public_key().to_bytes())
    }

    /// The shared numbers. None where the other key is in no canonical form or of low order. Uses the key up.
    pub(crate) fn finish(self, theirs: &Curve25519Public, agreed: &Agreed<'_>) -> Option<Numbers> {
        if !key_form::is_sound(theirs) {
            return None;
        }
        let shared = self.0.diffie_hellman(key_form::olm_key(theirs)).ok()?;
        Some(shared.bytes(&agreed.info()).emoji_indices())
    }
}

/// What the starter commits to.
pub(crate) fn commitment(
    root: Hash,
    id: MessageId,
    starter: &Party,
    accepter: &Whom,
    key: &Curve25519Public,
) -> Hash {
    Hash::of_parts(
        COMMITMENT,
        &[
            root.as_bytes(),
            id.as_bytes(),
            starter.whom.user.as_bytes(),
            starter.whom.identity.as_str().as_bytes(),
            accepter.user.as_bytes(),
            accepter.identity.as_str().as_bytes(),
            starter.device.as_bytes(),
            starter.device_key.as_str().as_bytes(),
            key.as_bytes(),
        ],
    )
}

/// Everything that both sides have to see alike.
pub(crate) struct Agreed<'a> {
    /// Hash of the roster's first entry: the office.
    pub(crate) root: Hash,
    pub(crate) id: MessageId,
    pub(crate) starter: &'a Party,
    pub(crate) starter_key: Curve25519Public,
    pub(crate) accepter: &'a Party,
    pub(crate) accepter_key: Curve25519Public,
}

impl Agreed<'_> {
    /// As text, since vodozemac takes no other.
    pub(crate) fn info(&self) -> String {
        let (starter, accepter) = (self.starter, self.accepter);
        let hash = Hash::of_parts(
            INFO,
            &[
                self.root.as_bytes(),
                self.id.as_bytes(),
                starter.whom.user.as_bytes(),
                starter.whom.identity.as_str().as_bytes(),
                starter.device.as_bytes(),
                starter.device_key.as_str().as_bytes(),
                self.starter_key.as_bytes(),
                accepter.whom.user.as_bytes(),
                accepter.whom.identity.as_str().as_bytes(),
                accepter.device.as_bytes(),
                accepter.device_key.as_str().as_bytes(),
                self.accepter_key.as_bytes(),
            ],
        );
        format!("{INFO} {hash}")
    }
}
