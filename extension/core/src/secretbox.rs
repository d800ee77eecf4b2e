//! XSalsa20-Poly1305, used for payloads and for records at rest. The cipher has no associated data and
//! does not commit to its key: its two users bind context inside the plaintext and compare it after opening.

use crypto_secretbox::{
    Key, Nonce, XSalsa20Poly1305,
    aead::{Aead, KeyInit},
};
use zeroize::Zeroizing;

use crate::{
    error::CoreError,
    rng::{Rng, make_bytes},
    secret::Secret,
};

/// Bytes of a nonce; 192 bits, so random ones do not meet.
pub(crate) const NONCE: usize = 24;

/// Nonce, then ciphertext with its tag.
pub(crate) fn seal(key: &Secret, plain: &[u8], rng: &mut dyn Rng) -> Result<Vec<u8>, CoreError> {
    let nonce: [u8; NONCE] = make_bytes(rng)?;
    let cipher = XSalsa20Poly1305::new(Key::from_slice(key.expose()));
    let sealed =
        cipher.encrypt(Nonce::from_slice(&nonce), plain).map_err(|_| CoreError::Internal("sealing"))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// The plaintext, or nothing where key or bytes are not the ones that were sealed.
pub(crate) fn open(key: &Secret, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, ciphertext) = sealed.split_at_checked(NONCE)?;
    let cipher = XSalsa20Poly1305::new(Key::from_slice(key.expose()));
    cipher.decrypt(Nonce::from_slice(nonce), ciphertext).ok().map(Zeroizing::new)
}
