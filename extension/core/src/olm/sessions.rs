//! Sessions with other devices. Several for one device are normal: both sides may start one at the same
//! moment. The one that last decrypted something is used for sending, so that both sides end up with the same.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    envelope::{Wrap, WrapKind},
    id::{Curve25519Public, DeviceId},
    limits::MAX_WRAP,
};
use serde::{Deserialize, Serialize};
use vodozemac::{
    Curve25519PublicKey,
    olm::{OlmMessage, Session, SessionCreationError, SessionPickle},
};
use zeroize::Zeroizing;

use super::{OlmAccount, account::Accepted, config, key_form};
use crate::{
    error::CoreError,
    refusal::Refusal,
    store::{Batch, Keep, damaged, key, read},
};

/// Sessions kept for one device. Older ones only matter for messages that were under way when both
/// sides started one.
const MAX_SESSIONS: usize = 5;

/// First byte of the messages of a session of version 2.
const MESSAGE_VERSION: u8 = 4;

/// Messages received without sending one, after which the ratchet is turned.
const TURN_AFTER: u32 = 20;

/// All sessions of this device.
#[derive(Default)]
pub(crate) struct Sessions {
    peers: BTreeMap<DeviceId, Peer>,
    changed: BTreeSet<DeviceId>,
    /// Devices with which a new session is wanted although there is one.
    renewed: BTreeSet<DeviceId>,
}

#[derive(Default)]
struct Peer {
    /// The one to send with first.
    sessions: Vec<Session>,
    /// Messages received since the last one was sent.
    unanswered: u32,
}

#[derive(Serialize, Deserialize)]
struct Record {
    sessions: Vec<SessionPickle>,
    #[serde(default)]
    unanswered: u32,
}

/// What Olm says to a message, and what becomes of the session if the message is accepted.
pub(crate) struct Decrypted {
    pub(crate) plaintext: Zeroizing<Vec<u8>>,
    device: DeviceId,
    change: Change,
}

enum Change {
    /// A known session moved on.
    Advanced { index: usize, session: Box<Session> },
    /// The other device started a session.
    Started { session: Box<Session>, accepted: Box<Accepted> },
}

impl Sessions {
    pub(crate) fn restore(&mut self, name: &str, device: DeviceId, bytes: &[u8]) -> Result<(), CoreError> {
        let record: Record = read(name, bytes)?;
        let sessions: Vec<_> = record.sessions.into_iter().map(Session::from_pickle).collect();
        // A pickle without the field comes back as version 1, with a MAC of 8 bytes.
        if sessions.iter().any(|session| session.session_config() != config()) {
            return Err(damaged(name, "it holds a session of another version"));
        }
        self.peers.insert(device, Peer { sessions, unanswered: record.unanswered });
        Ok(())
    }

    pub(crate) fn has(&self, device: DeviceId) -> bool {
        self.peers.get(&device).is_some_and(|peer| !peer.sessions.is_empty())
    }

    /// The next session is made although there is one: the other side lost it, or this one did.
    pub(crate) fn renew(&mut self, device: DeviceId) {
        self.renewed.insert(device);
    }

    /// Whether a session is to be made before something is sent.
    pub(crate) fn needs_one(&self, device: DeviceId) -> bool {
        self.renewed.contains(&device) || !self.has(device)
    }

    /// There is no key for a new session now: the old one has to do.
    pub(crate) fn make_do(&mut self, device: DeviceId) {
        self.renewed.remove(&device);
    }

    /// Whether so much came without an answer that the ratchet should be turned.
    pub(crate) fn is_due_for_a_turn(&self, device: DeviceId) -> bool {
        self.peers.get(&device).is_some_and(|peer| peer.unanswered >= TURN_AFTER)
    }

    /// Adds a session that was made to send.
    pub(crate) fn add(&mut self, device: DeviceId, session: Session) {
        let sessions = &mut self.peers.entry(device).or_default().sessions;
        sessions.insert(0, session);
        sessions.truncate(MAX_SESSIONS);
        self.changed.insert(device);
        self.renewed.remove(&device);
    }

    /// Encrypts for a device. None without a session that can: one whose other side gave a useless
    /// ratchet key is dropped, so that nobody can stop this device from sending.
    pub(crate) fn encrypt(&mut self, device: DeviceId, plaintext: &[u8]) -> Result<Option<Wrap>, CoreError> {
        let Some(Peer { sessions, unanswered }) = self.peers.get_mut(&device) else { return Ok(None) };
        *unanswered = 0;
        while let Some(session) = sessions.first_mut() {
            self.changed.insert(device);
            let Ok(message) = session.encrypt(plaintext) else {
                sessions.remove(0);
                continue;
            };
            let kind = match message {
                OlmMessage::Normal(_) => WrapKind::Normal,
                OlmMessage::PreKey(_) => WrapKind::Prekey,
            };
            let (_, body) = message.to_parts();
            if body.len() > MAX_WRAP {
                return Err(CoreError::Internal("keeping a wrap short"));
            }
            return Ok(Some(Wrap { device, kind, body }));
        }
        Ok(None)
    }

    /// Decrypts what `device`, whose identity key is `identity` in the roster, sent. Nothing changes until
    /// [`Self::accept`].
    pub(crate) fn decrypt(
        &self,
        device: DeviceId,
        identity: &Curve25519Public,
        wrap: &Wrap,
        account: &OlmAccount,
    ) -> Result<Decrypted, Refusal> {
        if wrap.body.len() > MAX_WRAP {
            return Err(Refusal::OlmMalformed);
        }
        let message = OlmMessage::from_parts(usize::from(u8::from(wrap.kind)), &wrap.body)
            .map_err(|_| Refusal::OlmMalformed)?;
        check_form(&message, identity)?;
        for (index, session) in
            self.peers.get(&device).into_iter().flat_map(|peer| &peer.sessions).enumerate()
        {
            let mut session = Box::new(Session::from_pickle(session.pickle()));
            if let Ok(plaintext) = session.decrypt(&message) {
                let plaintext = Zeroizing::new(plaintext);
                return Ok(Decrypted { plaintext, device, change: Change::Advanced { index, session } });
            }
        }
        let OlmMessage::PreKey(message) = message else { return Err(Refusal::CannotDecrypt) };
        let (accepted, result) = account.accept_session(identity, message).map_err(|error| match error {
            SessionCreationError::MissingOneTimeKey(_) => Refusal::NoOneTimeKey,
            SessionCreationError::MismatchedIdentityKey(..) => Refusal::IdentityKey,
            SessionCreationError::MismatchedSessionConfig { .. } => Refusal::OlmMalformed,
            SessionCreationError::NonContributoryKey => Refusal::KeyForm,
            SessionCreationError::Decryption(_) => Refusal::CannotDecrypt,
        })?;
        let change = Change::Started { session: Box::new(result.session), accepted: Box::new(accepted) };
        Ok(Decrypted { plaintext: Zeroizing::new(result.plaintext), device, change })
    }

    /// Keeps what a decryption changed, once the message has passed every check.
    pub(crate) fn accept(&mut self, decrypted: Decrypted, account: &mut OlmAccount) {
        let Peer { sessions, unanswered } = self.peers.entry(decrypted.device).or_default();
        *unanswered = unanswered.saturating_add(1);
        match decrypted.change {
            Change::Advanced { index, session } => {
                if index < sessions.len() {
                    sessions.remove(index);
                }
                sessions.insert(0, *session);
            }
            Change::Started { session, accepted } => {
                self.renewed.remove(&decrypted.device);
                sessions.insert(0, *session);
                account.adopt(*accepted);
            }
        }
        sessions.truncate(MAX_SESSIONS);
        self.changed.insert(decrypted.device);
    }
}

/// The keys that stand in clear in a message are not covered by its MAC, so another form of one gives the
/// same session under another name.
fn check_form(message: &OlmMessage, identity: &Curve25519Public) -> Result<(), Refusal> {
    let (prekey, normal) = match message {
        OlmMessage::Normal(message) => (None, message),
        OlmMessage::PreKey(message) => (Some(message), message.message()),
    };
    if normal.version() != MESSAGE_VERSION {
        return Err(Refusal::OlmMalformed);
    }
    let sound = |key: Curve25519PublicKey| key_form::is_sound(&Curve25519Public::from_bytes(key.to_bytes()));
    if let Some(prekey) = prekey {
        if prekey.identity_key().as_bytes() != identity.as_bytes() {
            return Err(Refusal::IdentityKey);
        }
        if !sound(prekey.base_key()) || !sound(prekey.one_time_key()) {
            return Err(Refusal::KeyForm);
        }
    }
    if sound(normal.ratchet_key()) { Ok(()) } else { Err(Refusal::KeyForm) }
}

impl Keep for Sessions {
    fn flush(&mut self, batch: &mut Batch) -> Result<(), CoreError> {
        for device in std::mem::take(&mut self.changed) {
            let Some(peer) = self.peers.get(&device) else { continue };
            let sessions = peer.sessions.iter().map(Session::pickle).collect();
            batch.put(key::sessions(device), &Record { sessions, unanswered: peer.unanswered })?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions").field("devices", &self.peers.len()).finish_non_exhaustive()
    }
}
