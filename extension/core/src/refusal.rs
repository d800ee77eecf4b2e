//! Why a received message, or a key to write to somebody with, is refused: each reason by its name, and how often it happened.
//!
//! The names reach the user interface as `reason` of an undecryptable message and tests; they say which check failed and
//! nothing of what was in the message.

use std::collections::BTreeMap;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// Which check failed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Refusal { $($(#[$doc])* $name,)* }

        impl Refusal {
            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

refusals! {
    /// The wrap is for another device.
    OtherDevice = "other_device";
    /// The header's sender device belongs to somebody else.
    SenderMismatch = "sender_mismatch";
    /// The sender's device failed this client's own check of its certificate.
    SenderDistrusted = "sender_distrusted";
    /// The sender's device had left the office when it wrote this.
    SenderLeft = "sender_left";
    /// The header claims to come from this very device.
    FromMyself = "from_myself";
    /// The conversation is not one of sender and recipient.
    Conversation = "conversation";
    /// The sender, or this person, does not belong to the room.
    NotAMember = "not_a_member";
    /// The message's own time is over.
    Expired = "expired";
    /// So old that nobody can tell any more whether it was received before.
    TooOld = "too_old";
    /// The header carries the id of a message of somebody else.
    MessageIdTaken = "message_id_taken";
    /// Not an Olm message of version 2.
    OlmMalformed = "olm_malformed";
    /// A key in it is not in its one canonical form, or of low order.
    KeyForm = "key_form";
    /// Its identity key is not the one of the sender's device in the roster.
    IdentityKey = "identity_key";
    /// It uses a one-time key that this device does not have (any more).
    NoOneTimeKey = "no_one_time_key";
    /// No session opens it: changed, repeated, or of a session that is lost.
    CannotDecrypt = "cannot_decrypt";
    /// What is inside cannot be read.
    WrapMalformed = "wrap_malformed";
    /// It is of another version or kind.
    WrapVersion = "wrap_version";
    /// The sender named inside is another than outside, or has other keys than in the roster.
    WrapSender = "wrap_sender";
    /// The recipient named inside is not this device.
    WrapRecipient = "wrap_recipient";
    /// The conversation named inside is another than outside.
    WrapConversation = "wrap_conversation";
    /// The message id inside is another than outside.
    WrapMessage = "wrap_message";
    /// Its number was used by another message of the same device.
    CounterUsed = "counter_used";
    /// The sender has seen another roster.
    RosterFork = "roster_fork";
    /// Payload, header and commitment are not the ones that the sender wrapped.
    PayloadHash = "payload_hash";
    /// The commitment does not belong to the message root.
    Commitment = "commitment";
    /// The payload does not open.
    PayloadCipher = "payload_cipher";
    /// What is inside the payload cannot be read, or its padding is wrong.
    PayloadMalformed = "payload_malformed";
    /// It is of another version or kind.
    PayloadVersion = "payload_version";
    /// The header inside the payload is another than outside.
    PayloadHeader = "payload_header";
    /// The message before it, in its device's chain, was another one than here. It is shown all the same.
    ChainContradiction = "chain_contradiction";
    /// The text is empty or longer than allowed.
    PayloadText = "payload_text";
    /// A one-time key that was handed out for a device is not that device's own, is of low order, or is out of date.
    ClaimedKey = "claimed_key";
    /// A step of a comparison in a room: only two people compare.
    ComparePlace = "compare_place";
    /// A step of a comparison that this device never heard of with this person, or forgot when it was locked.
    CompareUnknown = "compare_unknown";
    /// A step of a comparison that has ended here.
    CompareOver = "compare_over";
    /// A start that names another message than the one it came in.
    CompareReplayed = "compare_replayed";
    /// A start that lay somewhere for longer than a comparison may take.
    CompareStale = "compare_stale";
    /// A start while this device compares with the same person, or with too many others.
    CompareBusy = "compare_busy";
    /// A step at the wrong time. The comparison is broken off.
    CompareOrder = "compare_order";
    /// A step of a device that does not take part.
    CompareDevice = "compare_device";
    /// A device of this very person plays the other side.
    CompareSelf = "compare_self";
    /// The key shown is not the one that its sender committed to, or the two sides know different keys of each other. The
    /// comparison is broken off.
    CompareCommitment = "compare_commitment";
    /// An ephemeral key in no canonical form, or of low order. The comparison is broken off.
    CompareKey = "compare_key";
}

impl Refusal {
    /// Whether the sender may help by sealing the message again: bytes were changed or repeated on the way, or keys were
    /// lost. What a sender said on purpose stays refused.
    pub(crate) const fn is_repairable(self) -> bool {
        matches!(
            self,
            Self::OlmMalformed
                | Self::KeyForm
                | Self::IdentityKey
                | Self::NoOneTimeKey
                | Self::CannotDecrypt
                | Self::WrapMalformed
                | Self::PayloadHash
                | Self::Commitment
                | Self::PayloadCipher
        )
    }
}

/// How often each refusal happened since the core was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusals(BTreeMap<Refusal, u64>);

impl Refusals {
    pub(crate) fn count(&mut self, refusal: Refusal) {
        let times = self.0.entry(refusal).or_default();
        *times = times.saturating_add(1);
    }

    /// How often this one happened.
    pub fn of(&self, refusal: Refusal) -> u64 {
        self.0.get(&refusal).copied().unwrap_or(0)
    }

    /// All that happened.
    pub fn all(&self) -> impl Iterator<Item = (Refusal, u64)> {
        self.0.iter().map(|(refusal, times)| (*refusal, *times))
    }
}
