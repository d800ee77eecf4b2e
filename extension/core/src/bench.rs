//! For the benchmarks alone, behind the feature `bench`: other people's devices with nothing but their keys and Olm
//! sessions. No records, no outbox, no connection, so that hundreds of them fit beside the one device that is measured;
//! and what they do is the message layer by itself: payload, wraps, Olm, every check on opening.

use std::collections::BTreeMap;

use protocol::{
    device::DeviceCertificate,
    envelope::{Addressed, Envelope, Header},
    frame::ClaimedPrekey,
    id::{ConversationId, DeviceId, Hash, MessageId, OfficeId, UserId},
    limits::MAX_MESSAGE_LIFE_MS,
    prekey::SignedPrekey,
    signature::{Role, SigningKey},
};
use serde_bytes::ByteBuf;

use crate::{
    chain::Chains,
    directory::{Device, Directory},
    error::CoreError,
    message::{
        open::open,
        payload::{Content, Payload},
        seal,
        wrap::{Common, WrapBody},
    },
    olm::{OlmAccount, Sessions, key_form},
    rng::{OsRng, make_bytes},
    secret::Secret,
};

/// Everybody in an office but the device that is measured: one device a person, one copy of the roster for all.
pub struct Crowd {
    directory: Directory,
    seats: BTreeMap<DeviceId, Seat>,
    rng: OsRng,
}

/// One device.
struct Seat {
    me: Device,
    signer: SigningKey,
    account: OlmAccount,
    sessions: Sessions,
    chains: Chains,
    counter: u64,
    prekeys: Vec<SignedPrekey>,
}

const NOBODY: CoreError = CoreError::Internal("finding somebody of the crowd");

impl Crowd {
    /// Of the office whose first entry has this hash.
    pub fn new(root: Hash) -> Self {
        Self { directory: Directory::pinned(root), seats: BTreeMap::new(), rng: OsRng }
    }

    /// The office was opened after its first device was made.
    pub fn pin(&mut self, root: Hash) {
        self.directory = Directory::pinned(root);
    }

    /// The roster goes on.
    pub fn follow(&mut self, first: u64, entries: &[ByteBuf], now: u64) -> Result<(), CoreError> {
        self.directory.take(first, entries, now).map_err(|_| CoreError::Internal("following the roster"))
    }

    /// Makes the keys of a new device of somebody, and its certificate for the roster.
    pub fn add(
        &mut self,
        office: OfficeId,
        user: UserId,
        person: &SigningKey,
        now: u64,
    ) -> Result<(DeviceId, DeviceCertificate), CoreError> {
        let account = OlmAccount::make();
        let signer = SigningKey::from_seed(Role::Device, make_bytes(&mut self.rng)?)?;
        let noise = protocol::channel::NoisePrivateKey::from_bytes(make_bytes(&mut self.rng)?);
        let me = Device {
            office,
            user,
            device: DeviceId::from_bytes(make_bytes(&mut self.rng)?),
            signing_key: signer.public().clone(),
            noise_key: noise.public()?,
            olm_identity: account.identity(),
            olm_signing: account.signing(),
            created_ms: now,
        };
        let certificate = DeviceCertificate::make(&me, &signer, person, |bytes| account.sign(bytes))?;
        let device = me.device;
        let (sessions, chains) = (Sessions::default(), Chains::default());
        let seat = Seat { me, signer, account, sessions, chains, counter: 0, prekeys: Vec::new() };
        self.seats.insert(device, seat);
        Ok((device, certificate))
    }

    /// A one-time key of a device.
    pub fn prekey(&mut self, device: DeviceId, now: u64) -> Result<SignedPrekey, CoreError> {
        let seat = self.seats.get_mut(&device).ok_or(NOBODY)?;
        if seat.prekeys.is_empty() {
            // As many as a refill gives when a device runs low.
            seat.prekeys = seat.account.refill(24, device, &seat.signer, now)?;
        }
        seat.prekeys.pop().ok_or(CoreError::Internal("making one-time keys"))
    }

    /// Starts a session from one device to another, whose claimed key this is.
    pub fn begin(&mut self, from: DeviceId, to: &ClaimedPrekey) -> Result<(), CoreError> {
        let device = self.directory.device(to.device).ok_or(NOBODY)?;
        let statement = to.prekey.verify(&device.signing_key)?;
        if !key_form::is_sound(&statement.key) {
            return Err(CoreError::Internal("checking a one-time key"));
        }
        let seat = self.seats.get_mut(&from).ok_or(NOBODY)?;
        let session = seat.account.open_session(&device.olm_identity, &statement.key);
        let session = session.map_err(|_| CoreError::Internal("starting a session"))?;
        seat.sessions.add(to.device, session);
        Ok(())
    }

    /// Seals a text for some devices: those of them with which there is a session.
    pub fn write(
        &mut self,
        from: DeviceId,
        conversation: ConversationId,
        to: &[DeviceId],
        text: &str,
        now: u64,
    ) -> Result<Envelope, CoreError> {
        let message = MessageId::new(now, make_bytes(&mut self.rng)?);
        let seat = self.seats.get_mut(&from).ok_or(NOBODY)?;
        let header = Header {
            message,
            conversation,
            sender_user: seat.me.user,
            sender_device: from,
            expires_ms: now + MAX_MESSAGE_LIFE_MS,
        };
        let root = Secret::make(&mut self.rng)?;
        let link = seat.chains.next(conversation);
        let content = Content::Text(text.to_owned());
        let padded = Payload::new(header.clone(), content, None, Some(link)).to_padded()?;
        let payload = seal::seal(&root, &padded, &mut self.rng)?;
        let hash = seal::hash(&header, &payload);
        let roster = self.directory.place();
        let common =
            Common { header: &header, hash, root: &root, counter: seat.counter, roster, sender: &seat.me };
        seat.counter += 1;
        let mut wraps = Vec::with_capacity(to.len());
        for id in to {
            let device = self.directory.device(*id).ok_or(NOBODY)?;
            let body = WrapBody::new(&common, device).encode()?;
            wraps.extend(seat.sessions.encrypt(*id, &body)?);
        }
        seat.chains.sealed(conversation, link, hash);
        Ok(Envelope { header, payload, wraps })
    }

    /// Opens a message at the device that it is for, with every check, and keeps the session. Gives the text; nothing
    /// for a message that says nothing to people.
    pub fn read(&mut self, addressed: &Addressed) -> Result<Option<String>, CoreError> {
        let header = &addressed.header;
        let sender = self.directory.sender(header.sender_device).ok_or(NOBODY)?;
        let seat = self.seats.get_mut(&addressed.wrap.device).ok_or(NOBODY)?;
        let refused = |_| CoreError::Internal("opening a message");
        let decrypted = seat
            .sessions
            .decrypt(sender.device, &sender.olm_identity, &addressed.wrap, &seat.account)
            .map_err(refused)?;
        let opened =
            open(&decrypted.plaintext, header, &addressed.payload, sender, &seat.me, &self.directory)
                .map_err(refused)?;
        seat.sessions.accept(decrypted, &mut seat.account);
        if let Some(link) = opened.link {
            seat.chains.take(header.conversation, sender.device, link, opened.hash);
        }
        Ok(if let Content::Text(text) = opened.content { Some(text) } else { None })
    }
}

impl std::fmt::Debug for Crowd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Crowd").field("devices", &self.seats.len()).finish_non_exhaustive()
    }
}
