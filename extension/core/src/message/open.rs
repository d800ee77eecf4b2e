//! The one function that decides whether a decrypted message is what it seems to be.

use protocol::{
    envelope::{Header, SealedPayload},
    id::Hash,
    roster::RoomName,
};

use super::{
    MAX_TEXT, VERSION,
    payload::{Content, Payload},
    seal,
    wrap::{MESSAGE, WrapBody},
};
use crate::{
    chain::Link,
    directory::{Device, Directory, Place, Standing},
    refusal::Refusal,
};

/// A message that passed every check.
pub(crate) struct Opened {
    pub(crate) content: Content,
    /// Name of the room, as the sender knows it.
    pub(crate) room: Option<RoomName>,
    /// Its place in the sender's chain.
    pub(crate) link: Option<Link>,
    /// Its hash, for the next link.
    pub(crate) hash: Hash,
    pub(crate) counter: u64,
    /// How much of the roster the sender has.
    pub(crate) roster: Place,
}

/// Opens a message from what Olm decrypted. `sender` is the roster's word on the device whose session decrypted it;
/// `header` and `payload` are what the gateway delivered.
///
/// Everything that the wrap says is compared with the roster and with the header, before the payload is
/// touched; keys are compared as bytes. An order of checks that a reader can tick off beats a clever one.
pub(crate) fn open(
    plaintext: &[u8],
    header: &Header,
    payload: &SealedPayload,
    sender: &Device,
    me: &Device,
    directory: &Directory,
) -> Result<Opened, Refusal> {
    let wrap = WrapBody::decode(plaintext)?;
    require(wrap.version == VERSION && wrap.kind == MESSAGE, Refusal::WrapVersion)?;

    require(header.sender_user == sender.user, Refusal::SenderMismatch)?;
    require(header.sender_device == sender.device, Refusal::SenderMismatch)?;
    require(wrap.sender_user == sender.user, Refusal::WrapSender)?;
    require(wrap.sender_device == sender.device, Refusal::WrapSender)?;
    require(wrap.sender_key == sender.signing_key, Refusal::WrapSender)?;
    require(wrap.sender_olm == sender.olm_identity, Refusal::WrapSender)?;

    require(wrap.recipient_user == me.user, Refusal::WrapRecipient)?;
    require(wrap.recipient_device == me.device, Refusal::WrapRecipient)?;
    require(wrap.recipient_olm == me.olm_identity, Refusal::WrapRecipient)?;

    require(wrap.conversation == header.conversation, Refusal::WrapConversation)?;
    require(wrap.message == header.message, Refusal::WrapMessage)?;

    let roster = Place { length: wrap.roster_length, head: wrap.roster_head };
    require(directory.standing(roster) != Standing::Contradicts, Refusal::RosterFork)?;

    let hash = seal::hash(header, payload);
    require(wrap.hash == hash, Refusal::PayloadHash)?;
    let padded = seal::open(&wrap.root, payload)?;
    let (content, room, link) = Payload::from_padded(&padded)?.into_content(header)?;

    Ok(Opened { content, room, link, hash, counter: wrap.counter, roster })
}

/// Whether a text may be sent, and so may be received.
pub(crate) fn text_fits(text: &str) -> bool {
    // Counting ends early for a text that is far too long.
    !text.trim().is_empty() && text.chars().take(MAX_TEXT + 1).count() <= MAX_TEXT
}

fn require(holds: bool, otherwise: Refusal) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(otherwise) }
}
