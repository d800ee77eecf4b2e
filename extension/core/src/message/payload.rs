//! What is sealed: the header again, what kind of thing it is, the content; padded so that its length tells little.

use protocol::{
    codec,
    envelope::Header,
    id::{Hash, MessageId},
    limits::MAX_SEALED,
    roster::RoomName,
};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::VERSION;
use crate::{chain::Link, comparison::step::Compare, error::CoreError, refusal::Refusal};

/// Payloads are as long as a multiple of this.
const BUCKET: usize = 256;
/// Bytes that tell where the padding begins.
const LENGTH: usize = 4;
/// Messages that one report can name.
const MAX_LOST: usize = 200;

/// What a message says. No Debug: it is content.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Content {
    /// Words.
    Text(String),
    /// Nothing but the name of the room that comes with it.
    RoomInfo,
    /// Nothing: it turns the ratchet.
    Turn,
    /// "I cannot open these messages of yours."
    Lost(Vec<MessageId>),
    /// What another message said, for a device that could not open it.
    Again(Again),
    /// A step of comparing keys by pictures.
    Compare(Compare),
}

/// A message that is sealed again, for one device.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Again {
    /// Which.
    pub(crate) message: MessageId,
    /// What it said: words, or a room's name. A turn, where it said nothing to people and need not be missed.
    pub(crate) content: Box<Content>,
    /// Of the room that it was for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) room: Option<RoomName>,
    /// Its place in its chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) link: Option<Link>,
    /// Its hash.
    pub(crate) hash: Hash,
}

/// What a payload holds: content, the name of its room, its place in a chain.
pub(crate) type Parts = (Content, Option<RoomName>, Option<Link>);

impl Drop for Payload {
    fn drop(&mut self) {
        let mut content = &mut self.content;
        while let Content::Again(again) = content {
            content = &mut again.content;
        }
        if let Content::Text(text) = content {
            text.zeroize();
        }
    }
}

/// Plaintext of a payload.
#[derive(Serialize, Deserialize)]
pub(crate) struct Payload {
    version: u8,
    header: Header,
    content: Content,
    /// Of the room that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    room: Option<RoomName>,
    /// Its place among the messages of its device in this conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<Link>,
}

impl Payload {
    pub(crate) const fn new(
        header: Header,
        content: Content,
        room: Option<RoomName>,
        link: Option<Link>,
    ) -> Self {
        Self { version: VERSION, header, content, room, link }
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

    /// What it holds, once version and header are the expected ones.
    pub(crate) fn into_content(mut self, outer: &Header) -> Result<Parts, Refusal> {
        if self.version != VERSION {
            return Err(Refusal::PayloadVersion);
        }
        if self.header != *outer {
            return Err(Refusal::PayloadHeader);
        }
        check(&self.content)?;
        let content = std::mem::replace(&mut self.content, Content::Turn);
        Ok((content, self.room.take(), self.link))
    }
}

fn check(content: &Content) -> Result<(), Refusal> {
    match content {
        Content::Text(text) if !super::open::text_fits(text) => Err(Refusal::PayloadText),
        Content::Lost(ids) if ids.is_empty() || ids.len() > MAX_LOST => Err(Refusal::PayloadMalformed),
        Content::Again(again)
            if !matches!(*again.content, Content::Text(_) | Content::RoomInfo | Content::Turn) =>
        {
            Err(Refusal::PayloadMalformed)
        }
        Content::Again(again) => check(&again.content),
        _ => Ok(()),
    }
}
