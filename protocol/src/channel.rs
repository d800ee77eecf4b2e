//! The encrypted channel between a device and a gateway: `Noise_IK_25519_ChaChaPoly_BLAKE2s`.
//!
//! Security goals and who is kept out:
//! * somebody on the network reads and changes nothing: every WebSocket message is a Noise message;
//! * somebody who runs another gateway is found out: the client knows the gateway's static key from its invite;
//! * Noise IK's first message can be replayed, so nothing sensitive is in it, and the client proves itself
//!   afresh by signing the handshake hash inside the channel (`frame::Authenticate`).
//!
//! Somebody who does not know the gateway's key yet (signing in on a new workstation, typing a code) is introduced by
//! `Noise_NX_25519_ChaChaPoly_BLAKE2s`: the gateway shows its key, and what comes back through that channel, sealed under
//! passphrase or code, says whether it was the right one. Until then the client gives nothing away but a guess.
//!
//! The prologue binds protocol, version and gateway key, so a downgrade ends the handshake. Frames
//! longer than a Noise message are cut: each plaintext starts with one byte, 1 if more of the same
//! frame follows, else 0. After 2^16 messages in a direction both sides rekey it.

use std::fmt;

use snow::{Builder, HandshakeState, TransportState};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    VERSION,
    id::{Curve25519Public, Hash},
    limits::{MAX_FRAME, MAX_NOISE_MESSAGE},
};

const PATTERN: &str = "Noise_IK_25519_ChaChaPoly_BLAKE2s";
const INTRODUCTION_PATTERN: &str = "Noise_NX_25519_ChaChaPoly_BLAKE2s";
/// First byte of a connection that begins with an introduction.
const INTRODUCTION: u8 = 0x80 | VERSION;
const TAG: usize = 16;
const MARK: usize = 1;
/// Frame bytes that fit into one Noise message.
const CHUNK: usize = MAX_NOISE_MESSAGE - TAG - MARK;
const LAST: u8 = 0;
const MORE: u8 = 1;
/// Messages in one direction between two rekeys.
const REKEY_AFTER: u64 = 1 << 16;
/// Size of both handshake messages at most: two keys, two tags and the version.
const MAX_HANDSHAKE: usize = 128;

/// A Noise static private key. Cannot be printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct NoisePrivateKey([u8; 32]);

impl NoisePrivateKey {
    /// Takes 32 random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For storing, sealed.
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The public key that belongs to it.
    pub fn public(&self) -> Result<Curve25519Public, ChannelError> {
        use snow::{
            params::DHChoice,
            resolvers::{CryptoResolver, DefaultResolver},
        };
        let mut dh = DefaultResolver.resolve_dh(&DHChoice::Curve25519).ok_or(ChannelError::Unsupported)?;
        dh.set(&self.0);
        Curve25519Public::try_from(dh.pubkey()).map_err(|_| ChannelError::Unsupported)
    }
}

impl fmt::Debug for NoisePrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoisePrivateKey(..)")
    }
}

/// Why a channel cannot be opened or used. After any of these the connection is over.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// The connection starts with another version.
    #[error("protocol version {0} is not spoken here; this side speaks {VERSION}")]
    Version(u8),
    /// The handshake failed: other gateway key, other prologue, or bytes that are no handshake.
    #[error("the Noise handshake failed")]
    Handshake,
    /// A message that does not decrypt: changed, repeated, dropped or reordered on the way.
    #[error("a Noise message does not decrypt")]
    Decrypt,
    /// A frame over the limit.
    #[error("a frame of more than {MAX_FRAME} bytes")]
    FrameTooLarge,
    /// The first byte of a plaintext is neither 0 nor 1.
    #[error("a Noise message without its continuation mark")]
    Mark,
    /// The Noise library lacks what the pattern needs.
    #[error("the Noise pattern is not supported by this build")]
    Unsupported,
}

fn builder(pattern: &str) -> Result<Builder<'static>, ChannelError> {
    Ok(Builder::new(pattern.parse().map_err(|_| ChannelError::Unsupported)?))
}

fn introduction_prologue() -> Vec<u8> {
    format!("crmplus-chat/{VERSION} introduction\0").into_bytes()
}

fn prologue(gateway: &Curve25519Public) -> Vec<u8> {
    let mut prologue = format!("crmplus-chat/{VERSION} channel\0").into_bytes();
    prologue.extend_from_slice(gateway.as_bytes());
    prologue
}

/// Handshake messages carry no payload: in the first one of an introduction it would not even be encrypted.
const fn nothing(payload: usize) -> Result<(), ChannelError> {
    if payload == 0 { Ok(()) } else { Err(ChannelError::Handshake) }
}

/// The client's side of a handshake that has begun.
pub struct Initiator(HandshakeState);

impl Initiator {
    /// Begins: gives the first WebSocket message.
    pub fn start(own: &NoisePrivateKey, gateway: &Curve25519Public) -> Result<(Self, Vec<u8>), ChannelError> {
        let prologue = prologue(gateway);
        let state = builder(PATTERN)?
            .prologue(&prologue)
            .and_then(|b| b.local_private_key(&own.0))
            .and_then(|b| b.remote_public_key(gateway.as_bytes()))
            .and_then(Builder::build_initiator)
            .map_err(|_| ChannelError::Unsupported)?;
        Self::begin(state, VERSION)
    }

    /// Begins with a gateway whose key is not known yet; [`Channel::remote`] tells it afterwards.
    pub fn introduce() -> Result<(Self, Vec<u8>), ChannelError> {
        let state = builder(INTRODUCTION_PATTERN)?
            .prologue(&introduction_prologue())
            .and_then(Builder::build_initiator)
            .map_err(|_| ChannelError::Unsupported)?;
        Self::begin(state, INTRODUCTION)
    }

    fn begin(mut state: HandshakeState, first: u8) -> Result<(Self, Vec<u8>), ChannelError> {
        let mut noise = [0; MAX_HANDSHAKE];
        let length = state.write_message(&[], &mut noise).map_err(|_| ChannelError::Handshake)?;
        let mut message = vec![first];
        message.extend(noise.iter().take(length));
        Ok((Self(state), message))
    }

    /// Ends it with the gateway's answer.
    pub fn finish(mut self, answer: &[u8]) -> Result<Channel, ChannelError> {
        let mut payload = [0; MAX_HANDSHAKE];
        let length = self.0.read_message(answer, &mut payload).map_err(|_| ChannelError::Handshake)?;
        nothing(length)?;
        Channel::new(self.0)
    }
}

impl fmt::Debug for Initiator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Initiator(..)")
    }
}

/// The gateway's side: takes the first WebSocket message, gives the channel and the answer to send.
pub fn respond(own: &NoisePrivateKey, first: &[u8]) -> Result<(Channel, Vec<u8>), ChannelError> {
    let (version, noise) = first.split_first().ok_or(ChannelError::Handshake)?;
    let (pattern, prologue) = match *version {
        VERSION => (PATTERN, prologue(&own.public()?)),
        INTRODUCTION => (INTRODUCTION_PATTERN, introduction_prologue()),
        other => return Err(ChannelError::Version(other)),
    };
    let mut state = builder(pattern)?
        .prologue(&prologue)
        .and_then(|b| b.local_private_key(&own.0))
        .and_then(Builder::build_responder)
        .map_err(|_| ChannelError::Unsupported)?;
    let mut buffer = [0; MAX_HANDSHAKE];
    nothing(state.read_message(noise, &mut buffer).map_err(|_| ChannelError::Handshake)?)?;
    let length = state.write_message(&[], &mut buffer).map_err(|_| ChannelError::Handshake)?;
    let answer = buffer.iter().take(length).copied().collect();
    Ok((Channel::new(state)?, answer))
}

/// An open channel. Messages must be opened in the order in which they were sealed.
pub struct Channel {
    state: TransportState,
    handshake_hash: Hash,
    remote: Option<Curve25519Public>,
    sealed: u64,
    opened: u64,
    /// The beginning of a frame of which more is to come.
    partial: Vec<u8>,
}

impl Channel {
    fn new(state: HandshakeState) -> Result<Self, ChannelError> {
        let handshake_hash =
            Hash::try_from(state.get_handshake_hash()).map_err(|_| ChannelError::Unsupported)?;
        let remote = state
            .get_remote_static()
            .map(|key| Curve25519Public::try_from(key).map_err(|_| ChannelError::Handshake))
            .transpose()?;
        let state = state.into_transport_mode().map_err(|_| ChannelError::Handshake)?;
        Ok(Self { state, handshake_hash, remote, sealed: 0, opened: 0, partial: Vec::new() })
    }

    /// The same on both sides and never the same twice: what a device signs to prove itself.
    pub const fn handshake_hash(&self) -> &Hash {
        &self.handshake_hash
    }

    /// The other side's static key; none for a gateway whose client came through an introduction.
    pub const fn remote(&self) -> Option<&Curve25519Public> {
        self.remote.as_ref()
    }

    /// Encrypts a frame: one WebSocket message, or several for a long one, to be sent in this order.
    pub fn seal(&mut self, frame: &[u8]) -> Result<Vec<Vec<u8>>, ChannelError> {
        if frame.len() > MAX_FRAME {
            return Err(ChannelError::FrameTooLarge);
        }
        let count = frame.len().div_ceil(CHUNK).max(1);
        let mut messages = Vec::with_capacity(count);
        let mut plain = Vec::with_capacity(frame.len().min(CHUNK) + MARK);
        let mut rest = frame;
        loop {
            let (chunk, next) = rest.split_at_checked(CHUNK).unwrap_or((rest, &[]));
            plain.clear();
            plain.push(if next.is_empty() { LAST } else { MORE });
            plain.extend_from_slice(chunk);
            let mut message = vec![0; plain.len() + TAG];
            let length = self.state.write_message(&plain, &mut message).map_err(|_| ChannelError::Decrypt)?;
            message.truncate(length);
            messages.push(message);
            self.sealed += 1;
            if self.sealed.is_multiple_of(REKEY_AFTER) {
                self.state.rekey_outgoing();
            }
            if next.is_empty() {
                return Ok(messages);
            }
            rest = next;
        }
    }

    /// Decrypts a WebSocket message; gives the frame when it is whole.
    pub fn open(&mut self, message: &[u8]) -> Result<Option<Vec<u8>>, ChannelError> {
        if message.len() > MAX_NOISE_MESSAGE {
            return Err(ChannelError::FrameTooLarge);
        }
        let mut plain = vec![0; message.len()];
        let length = self.state.read_message(message, &mut plain).map_err(|_| ChannelError::Decrypt)?;
        plain.truncate(length);
        self.opened += 1;
        if self.opened.is_multiple_of(REKEY_AFTER) {
            self.state.rekey_incoming();
        }
        let (mark, chunk) = plain.split_first().ok_or(ChannelError::Mark)?;
        if self.partial.len() + chunk.len() > MAX_FRAME {
            return Err(ChannelError::FrameTooLarge);
        }
        self.partial.extend_from_slice(chunk);
        match *mark {
            LAST => Ok(Some(std::mem::take(&mut self.partial))),
            MORE => Ok(None),
            _ => Err(ChannelError::Mark),
        }
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("sealed", &self.sealed)
            .field("opened", &self.opened)
            .finish_non_exhaustive()
    }
}
