//! Public keys have one form each: canonical, and of high order. Everything else is refused, because
//! the same key in another form passes for another key wherever bytes are compared.

use protocol::id::{Curve25519Public, OlmSigningPublic, Signature};
use vodozemac::{Curve25519PublicKey, Ed25519PublicKey, Ed25519Signature};

/// Whether a key can be used: canonical, and not one of the few that make every shared secret zero. Compared with the list of
/// those few: an agreement to try it out would cost as much as the rest of opening a message.
pub(crate) fn is_sound(key: &Curve25519Public) -> bool {
    key.is_sound()
}

/// Whether an Olm account's key signed `message`.
pub(crate) fn signed(key: &OlmSigningPublic, message: &[u8], signature: &Signature) -> bool {
    Ed25519PublicKey::from_slice(key.as_bytes()).is_ok_and(|key| {
        Ed25519Signature::from_slice(signature.as_bytes())
            .is_ok_and(|signature| key.verify(message, &signature).is_ok())
    })
}

/// The same key in vodozemac's type.
pub(crate) fn olm_key(key: &Curve25519Public) -> Curve25519PublicKey {
    Curve25519PublicKey::from_bytes(*key.as_bytes())
}
