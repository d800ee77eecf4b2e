//! What is sealed: the header again, the kind, the body; padded so that its length tells little.

use protocol::{codec, envelope::Header, limits::MAX_SEALED};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::VERSION;
use crate::{error::CoreError, refusal::Refusal};

/// Payloads are as long as a multiple of this.
const BUCKET: usize = 256;
/// Bytes that tell where the padding begins.
const LENGTH: usize = 4;
/// The only kind so far.
const TEXT: &str = "text";

/// Plaintext of a payload. No Debug: it is content.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Payload {
    version: u8,
    #[zeroize(skip)]
    header: Header,
    #[zeroize(skip)]
    kind: String,
    body: String,
}

impl Payload {
    pub(crate) fn text(header: Header, text: &str) -> Self {
        Self { version: VERSION, header, kind: TEXT.to_owned(), body: text.to_owned() }
    }

    /// Length, encoded value, zeros up to the next multiple of [`BUCKET`].
    pub(crate) fn to_padded(&self) -> Result<Zeroizing<Vec<u8>>, CoreError> {
        let value = Zeroizing::new(codec::encode(self)?);
        let length = u32::try_from(value.len()).map_err(|_| CoreError::Internal("padding a message"))?;
        let size = (LENGTH + value.len()).next_multiple_of(BUCKET);
        let mut padded = Zeroizing::new(Vec::with_capacity(size));
        padded.extend_from_slice(&length.to_be_bytes());
        padded.extend_from_slice(&value);
        padded.resize(size, 0);
        Ok(padded)
    }

    /// The reverse, as strict as possible: one payload has one padded form.
    pub(crate) fn from_padded(padded: &[u8]) -> Result<Self, Refusal> {
        let (length, rest) = padded.split_first_chunk::<LENGTH>().ok_or(Refusal::PayloadMalformed)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Refusal::PayloadMalformed)?;
        let (value, padding) = rest.split_at_checked(length).ok_or(Refusal::PayloadMalformed)?;
        let exact = padded.len() == (LENGTH + length).next_multiple_of(BUCKET);
        if !exact || padding.iter().any(|byte| *byte != 0) {
            return Err(Refusal::PayloadMalformed);
        }
        codec::decode(value, MAX_SEALED).map_err(|_| Refusal::PayloadMalformed)
    }

    /// The text, once version, kind and header are the expected ones.
    pub(crate) fn into_text(mut self, outer: &Header) -> Result<String, Refusal> {
        if self.version != VERSION || self.kind != TEXT {
            return Err(Refusal::PayloadVersion);
        }
        if self.header != *outer {
            return Err(Refusal::PayloadHeader);
        }
        if super::open::text_fits(&self.body) {
            Ok(std::mem::take(&mut self.body))
        } else {
            Err(Refusal::PayloadText)
        }
    }
}
