//! Olm: the account of this device and its sessions with other devices, on vodozemac.
//!
//! * Session version 2 (32-byte MAC) both ways, asserted after every restore: a stored session that
//!   lacks the field would come back as version 1.
//! * A message is decrypted on a copy, and the copy becomes the session only after every check of the
//!   message passed: a failed decryption can change a session.
//! * Account and sessions are serialised and sealed with all other records; vodozemac's own encryption of
//!   pickles has a fixed IV and a short MAC.
//! * Session ids are not trusted: a flipped top bit of a key gives the same session another id.

mod account;
pub(crate) mod key_form;
mod sessions;

pub(crate) use account::OlmAccount;
pub(crate) use sessions::{Decrypted, Sessions};
use vodozemac::olm::SessionConfig;

/// The only session version in use.
pub(crate) const fn config() -> SessionConfig {
    SessionConfig::version_2()
}

// `--cfg fuzzing` makes vodozemac skip MAC and signature checks.
#[expect(unexpected_cfgs, reason = "set on the command line by fuzzers")]
const _: () = assert!(
    cfg!(debug_assertions) || !cfg!(fuzzing),
    "a release build with --cfg fuzzing would accept forged messages"
);

#[cfg(test)]
mod tests;
