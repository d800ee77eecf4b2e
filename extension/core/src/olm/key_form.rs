//! Public keys have one form each: canonical, and of high order. Everything else is refused, because
//! the same key in another form passes for another key wherever bytes are compared.

use protocol::id::{Curve25519Public, OlmSigningPublic, Signature};
use vodozemac::{Curve25519PublicKey, Curve25519SecretKey, Ed25519PublicKey, Ed25519Signature};

/// 2^255 - 19, little endian.
const PRIME: [u8; 32] = {
    let mut prime = [0xff; 32];
    prime[0] = 0xed;
    prime[31] = 0x7f;
    prime
};

/// Whether a Curve25519 public key is canonical (less than the prime, so also without the top bit).
pub(crate) fn is_canonical(key: &[u8; 32]) -> bool {
    key.iter().rev().lt(PRIME.iter().rev())
}

/// Whether a key can be used: canonical, and not one of the few that make every shared secret zero.
pub(crate) fn is_sound(key: &Curve25519Public) -> bool {
    // Any secret will do: a key of low order gives zero with all of them.
    let probe = Curve25519SecretKey::from_slice(&[0x42; 32]);
    is_canonical(key.as_bytes()) && probe.diffie_hellman(&olm_key(key)).is_some()
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
