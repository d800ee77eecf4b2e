//! A message between devices, in the shape of OMEMO: the payload sealed once, its root wrapped for each
//! recipient device.
//!
//! ```text
//! text ─► [payload] version, header, kind, body, padded to 256 bytes
//!            │ XSalsa20-Poly1305 under a key derived from the root        [seal]
//!            ▼
//!         SealedPayload { commitment, nonce + ciphertext }
//! root ─► [wrap] who, to whom, where, which, roster, number, root, hash of payload + header + commitment
//!            │ Olm, one session a device pair                             [crate::olm]
//!            ▼
//!         Wrap
//! ```
//!
//! Attackers, and what stops them:
//! * the gateway puts another payload under a wrap, or a co-recipient who knows the root seals other
//!   words: the wrap carries the hash of payload, header and commitment;
//! * the gateway changes the header: it stands again in payload and wrap;
//! * somebody passes a wrap on as if it were for or from somebody else: sender and recipient stand in it
//!   with their keys;
//! * a ciphertext that opens under two keys (the cipher does not commit): the commitment binds the root.
//!
//! [`open::open`] is the one place where all of that is checked.

pub(crate) mod open;
pub(crate) mod payload;
pub(crate) mod seal;
#[cfg(test)]
mod tests;
pub(crate) mod wrap;

/// Version of payload and wrap.
pub(crate) const VERSION: u8 = 1;
/// Longest text, in characters.
pub const MAX_TEXT: usize = 4_000;
