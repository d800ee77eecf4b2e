//! What the fuzz targets run: one function for each kind of bytes that somebody else can give a core. None of them may panic, a
//! gateway's bytes must leave the core usable, and after each step the core must open again from what was stored. Built for tests and
//! with the feature `targets`, so in no build of the product.
//!
//! With `--cfg fuzzing`, vodozemac checks no MAC and no signature. Then the fuzzer gets past them, to the decoders behind; and what is
//! forged opens, so the targets say nothing then of what must not be accepted.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "no product code"
)]

#[cfg(test)]
mod corpus;
mod desk;
#[cfg(test)]
mod extremes;
mod given;
mod inside;
mod script;
mod session;
mod stored;

use self::{
    given::{capsule, people_table, text},
    inside::{olm_message, payload, wrap},
    session::session,
    stored::{record, session_memory, vault},
};

/// A target.
type Target = fn(&[u8]);

/// Every target by its name, which is also its folder in the corpus.
const TARGETS: &[(&str, Target)] = &[
    ("wrap", wrap),
    ("payload", payload),
    ("olm_message", olm_message),
    ("session", session),
    ("capsule", capsule),
    ("record", record),
    ("vault", vault),
    ("session_memory", session_memory),
    ("people_table", people_table),
    ("text", text),
];

/// Whether MACs and signatures of Olm are checked.
#[expect(unexpected_cfgs, reason = "set on the command line by fuzzers")]
const CHECKED: bool = !cfg!(fuzzing);

/// Runs the target of this name.
#[cfg(feature = "targets")]
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|(target, _)| *target == name);
    target.expect("a target of this name").1(bytes);
}
