//! libsodium's public-key boxes: what sealing for many devices costs without a ratchet. One `crypto_box_easy` a device, so
//! one Curve25519 agreement and one XSalsa20-Poly1305 of the whole payload each.

use std::ptr::from_mut;

use anyhow::{Result, ensure};
use libsodium_sys as ffi;

const PUBLIC: usize = ffi::crypto_box_PUBLICKEYBYTES as usize;
const SECRET: usize = ffi::crypto_box_SECRETKEYBYTES as usize;
const NONCE: usize = ffi::crypto_box_NONCEBYTES as usize;
const MAC: usize = ffi::crypto_box_MACBYTES as usize;

/// The library, ready for use.
pub(crate) struct Sodium(());

/// A pair of keys.
pub(crate) struct Pair {
    public: [u8; PUBLIC],
    secret: [u8; SECRET],
}

/// A sealed payload for one device.
pub(crate) struct Sealed {
    nonce: [u8; NONCE],
    bytes: Vec<u8>,
}

impl Sodium {
    pub(crate) fn begin() -> Result<Self> {
        // SAFETY: may be called at any time, from any thread.
        ensure!(unsafe { ffi::sodium_init() } >= 0, "libsodium does not start");
        Ok(Self(()))
    }

    #[expect(clippy::unused_self, reason = "who has a Sodium has begun it")]
    pub(crate) fn pair(&self) -> Result<Pair> {
        let mut pair = Pair { public: [0; PUBLIC], secret: [0; SECRET] };
        // SAFETY: both arrays have the lengths that the library asks for.
        let done = unsafe { ffi::crypto_box_keypair(pair.public.as_mut_ptr(), pair.secret.as_mut_ptr()) };
        ensure!(done == 0, "libsodium makes no keys");
        Ok(pair)
    }

    #[expect(clippy::unused_self, reason = "who has a Sodium has begun it")]
    pub(crate) fn seal(&self, payload: &[u8], to: &Pair, from: &Pair) -> Result<Sealed> {
        let mut sealed = Sealed { nonce: [0; NONCE], bytes: vec![0; payload.len() + MAC] };
        // SAFETY: nonce and keys have the lengths that the library asks for, and the output is longer than the payload by
        // one MAC.
        let done = unsafe {
            ffi::randombytes_buf(from_mut(&mut sealed.nonce).cast(), NONCE);
            ffi::crypto_box_easy(
                sealed.bytes.as_mut_ptr(),
                payload.as_ptr(),
                payload.len() as u64,
                sealed.nonce.as_ptr(),
                to.public.as_ptr(),
                from.secret.as_ptr(),
            )
        };
        ensure!(done == 0, "libsodium does not seal");
        Ok(sealed)
    }

    #[expect(clippy::unused_self, reason = "who has a Sodium has begun it")]
    pub(crate) fn open(&self, sealed: &Sealed, from: &Pair, at: &Pair) -> Result<Vec<u8>> {
        let mut payload = vec![0; sealed.bytes.len().saturating_sub(MAC)];
        // SAFETY: as above; the output is shorter than the input by one MAC.
        let done = unsafe {
            ffi::crypto_box_open_easy(
                payload.as_mut_ptr(),
                sealed.bytes.as_ptr(),
                sealed.bytes.len() as u64,
                sealed.nonce.as_ptr(),
                from.public.as_ptr(),
                at.secret.as_ptr(),
            )
        };
        ensure!(done == 0, "libsodium does not open");
        Ok(payload)
    }
}
