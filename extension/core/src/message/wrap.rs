//! What goes through Olm to one device: the message root and all the context that Olm itself does not
//! bind.

use protocol::{
    codec,
    envelope::Header,
    id::{ConversationId, Curve25519Public, DeviceId, Hash, MessageId, UserId},
    limits::MAX_WRAP,
    signature::Nkey,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::VERSION;
use crate::{
    directory::{Device, Place},
    error::CoreError,
    refusal::Refusal,
    secret::Secret,
};

/// The only type so far.
pub(super) const MESSAGE: u8 = 1;

/// Plaintext of a wrap. Short names, since there is one for each device.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WrapBody {
    #[serde(rename = "v")]
    pub(super) version: u8,
    #[serde(rename = "t")]
    pub(super) kind: u8,
    #[serde(rename = "su")]
    pub(super) sender_user: UserId,
    #[serde(rename = "sd")]
    pub(super) sender_device: DeviceId,
    #[serde(rename = "sk")]
    pub(super) sender_key: Nkey,
    #[serde(rename = "so")]
    pub(super) sender_olm: Curve25519Public,
    #[serde(rename = "ru")]
    pub(super) recipient_user: UserId,
    #[serde(rename = "rd")]
    pub(super) recipient_device: DeviceId,
    #[serde(rename = "ro")]
    pub(super) recipient_olm: Curve25519Public,
    #[serde(rename = "c")]
    pub(super) conversation: ConversationId,
    #[serde(rename = "rl")]
    pub(super) roster_length: u64,
    #[serde(rename = "rh")]
    pub(super) roster_head: Hash,
    #[serde(rename = "m")]
    pub(super) message: MessageId,
    /// Number of the message among all of the sending device; the same for each recipient.
    #[serde(rename = "n")]
    pub(super) counter: u64,
    #[serde(rename = "k")]
    pub(super) root: Secret,
    #[serde(rename = "h")]
    pub(super) hash: Hash,
}

/// What is the same in all wraps of a message.
pub(crate) struct Common<'a> {
    pub(crate) header: &'a Header,
    /// Of header and payload.
    pub(crate) hash: Hash,
    pub(crate) root: &'a Secret,
    pub(crate) counter: u64,
    pub(crate) roster: Place,
    pub(crate) sender: &'a Device,
}

impl WrapBody {
    pub(crate) fn new(common: &Common<'_>, recipient: &Device) -> Self {
        Self {
            version: VERSION,
            kind: MESSAGE,
            sender_user: common.sender.user,
            sender_device: common.sender.device,
            sender_key: common.sender.signing_key.clone(),
            sender_olm: common.sender.olm_identity,
            recipient_user: recipient.user,
            recipient_device: recipient.device,
            recipient_olm: recipient.olm_identity,
            conversation: common.header.conversation,
            roster_length: common.roster.length,
            roster_head: common.roster.head,
            message: common.header.message,
            counter: common.counter,
            root: common.root.clone(),
            hash: common.hash,
        }
    }

    /// The message that it is of.
    #[cfg(any(test, feature = "targets"))]
    pub(crate) const fn message(&self) -> MessageId {
        self.message
    }

    pub(crate) fn encode(&self) -> Result<Zeroizing<Vec<u8>>, CoreError> {
        Ok(Zeroizing::new(codec::encode(self)?))
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        codec::decode(bytes, MAX_WRAP).map_err(|_| Refusal::WrapMalformed)
    }
}
