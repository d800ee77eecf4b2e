//! What is no record is kept whole, with the reason, in a file of its own beside the trail.
//!
//! It may stand there twice: when the sink dies between this file and the acknowledgement, the
//! message comes again. That is the price for never losing it.

use data_encoding::BASE64;
use protocol::{audit::timestamp, id::Hash};
use serde::{Deserialize, Serialize};

use crate::intake::Reason;

/// Longest piece of one entry. A bus message is smaller, so only the torn end of a file is ever cut into several.
pub const MAX_PIECE: usize = 1024 * 1024;

/// One line of a rejected file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Version of this form.
    pub v: u8,
    /// When the sink rejected it.
    pub ts: String,
    /// Why.
    pub reason: Reason,
    /// The bus subject or the file that it stood in.
    pub from: String,
    /// SHA-256 of the bytes.
    pub hash: Hash,
    /// How many bytes.
    pub bytes: usize,
    /// The bytes themselves in base64: they may be anything.
    pub base64: String,
}

impl Rejected {
    /// An entry for `line`.
    pub fn new(reason: Reason, from: &str, line: &[u8], now_ms: u64) -> Self {
        Self {
            v: 1,
            ts: timestamp(now_ms),
            reason,
            from: from.to_owned(),
            hash: Hash::of(line),
            bytes: line.len(),
            base64: BASE64.encode(line),
        }
    }

    /// Appends the entry and its newline to `out`.
    pub fn write_to(&self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        serde_json::to_writer(&mut *out, self)?;
        out.push(b'\n');
        Ok(())
    }
}

/// Appends entries for `bytes` of any length to `out`.
pub fn write_pieces(
    reason: Reason,
    from: &str,
    bytes: &[u8],
    now_ms: u64,
    out: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    if bytes.is_empty() {
        return Rejected::new(reason, from, bytes, now_ms).write_to(out);
    }
    bytes.chunks(MAX_PIECE).try_for_each(|piece| Rejected::new(reason, from, piece, now_ms).write_to(out))
}
