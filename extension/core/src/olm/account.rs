//! The Olm account: identity keys, one-time keys, fallback key.
//!
//! A private one-time key is on disk before its public half leaves the device: generating marks the
//! account as changed, the turn's batch holds it, and the host commits before it sends. A crash
//! in between loses a few keys that nobody knows.

use std::cell::RefCell;

use protocol::{
    id::{Curve25519Public, DeviceId, OlmSigningPublic, Signature},
    limits::MAX_ONE_TIME_KEYS,
    prekey::{PrekeyPurpose, PrekeyStatement, SignedPrekey},
    signature::SigningKey,
};
use serde::{Deserialize, Serialize};
use vodozemac::{
    Curve25519PublicKey,
    olm::{Account, AccountPickle, InboundCreationResult, PreKeyMessage, Session, SessionCreationError},
};

use super::{config, key_form};
use crate::{
    error::CoreError,
    store::{Batch, Keep, countable, key, read},
};

/// Below this many published one-time keys, more are published.
const REFILL_BELOW: u32 = 25;
/// A fallback key is replaced after a week.
const FALLBACK_FOR_MS: u64 = 7 * 24 * 60 * 60 * 1000;
/// vodozemac keeps two fallback keys, so one is there for two weeks at least. A message made with it
/// may be under way for three days: a sender must not use it in the last of them.
const FALLBACK_VALID_MS: u64 = 10 * 24 * 60 * 60 * 1000;
/// One-time keys are kept until they are used; the date bounds for how long a gateway can hoard them.
const ONE_TIME_VALID_MS: u64 = 60 * 24 * 60 * 60 * 1000;

/// The account of this device.
pub(crate) struct OlmAccount {
    account: Account,
    /// The same once more, for first messages to be tried on: one that does not open changes nothing of it, and one that is taken
    /// is taken by both. To copy an account computes fifty public keys anew, which takes longer than all else together, and
    /// which a gateway that makes up first messages could have done at will.
    scratch: RefCell<Option<Account>>,
    next_key_id: u64,
    fallback: Option<Fallback>,
    changed: bool,
}

/// An account that has given a one-time key to a first message, and that message.
pub(super) struct Accepted {
    account: Account,
    identity: Curve25519PublicKey,
    message: PreKeyMessage,
}

/// The fallback key in use.
#[derive(Clone, Serialize, Deserialize)]
struct Fallback {
    made_ms: u64,
    prekey: SignedPrekey,
    /// Whether the gateway has it for sure. Until then each session publishes it again.
    settled: bool,
}

#[derive(Serialize)]
struct RecordRef<'a> {
    account: AccountPickle,
    next_key_id: u64,
    fallback: &'a Option<Fallback>,
}

#[derive(Deserialize)]
struct Record {
    account: AccountPickle,
    next_key_id: u64,
    fallback: Option<Fallback>,
}

impl OlmAccount {
    pub(crate) fn make() -> Self {
        Self {
            account: Account::new(),
            scratch: RefCell::default(),
            next_key_id: 0,
            fallback: None,
            changed: true,
        }
    }

    pub(crate) fn restore(bytes: &[u8]) -> Result<Self, CoreError> {
        let record: Record = read(key::ACCOUNT, bytes)?;
        countable(key::ACCOUNT, record.next_key_id)?;
        Ok(Self {
            account: Account::from_pickle(record.account),
            scratch: RefCell::default(),
            next_key_id: record.next_key_id,
            fallback: record.fallback,
            changed: false,
        })
    }

    pub(crate) fn identity(&self) -> Curve25519Public {
        Curve25519Public::from_bytes(self.account.curve25519_key().to_bytes())
    }

    pub(crate) fn signing(&self) -> OlmSigningPublic {
        OlmSigningPublic::from_bytes(*self.account.ed25519_key().as_bytes())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        Signature::from_bytes(self.account.sign(message).to_bytes())
    }

    /// New one-time keys, if the gateway has few left.
    pub(crate) fn refill(
        &mut self,
        published: u32,
        device: DeviceId,
        signer: &SigningKey,
        now: u64,
    ) -> Result<Vec<SignedPrekey>, CoreError> {
        if published >= REFILL_BELOW {
            return Ok(Vec::new());
        }
        let published = usize::try_from(published).unwrap_or(MAX_ONE_TIME_KEYS);
        let made = self.account.generate_one_time_keys(MAX_ONE_TIME_KEYS.saturating_sub(published));
        self.account.mark_keys_as_published();
        self.account_changed();
        let expires = now + ONE_TIME_VALID_MS;
        made.created
            .iter()
            .map(|key| self.sign_key(key, PrekeyPurpose::OneTime, expires, device, signer))
            .collect()
    }

    /// The fallback key to publish, if the gateway may not have the newest.
    pub(crate) fn fallback_to_publish(
        &mut self,
        device: DeviceId,
        signer: &SigningKey,
        now: u64,
    ) -> Result<Option<SignedPrekey>, CoreError> {
        let due = self
            .fallback
            .as_ref()
            .is_none_or(|fallback| now >= fallback.made_ms.saturating_add(FALLBACK_FOR_MS));
        if due {
            self.account.generate_fallback_key();
            let made = self.account.fallback_key().into_values().next();
            let key = made.ok_or(CoreError::Internal("making a fallback key"))?;
            self.account.mark_keys_as_published();
            let expires = now + FALLBACK_VALID_MS;
            let prekey = self.sign_key(&key, PrekeyPurpose::Fallback, expires, device, signer)?;
            self.fallback = Some(Fallback { made_ms: now, prekey, settled: false });
            self.account_changed();
        }
        Ok(self
            .fallback
            .as_ref()
            .filter(|fallback| !fallback.settled)
            .map(|fallback| fallback.prekey.clone()))
    }

    /// The gateway has the fallback key.
    pub(crate) fn fallback_settled(&mut self) {
        if let Some(fallback) = self.fallback.as_mut().filter(|fallback| !fallback.settled) {
            fallback.settled = true;
            self.changed = true;
        }
    }

    /// A session to a device, from its claimed key. The key's statement has been verified.
    pub(crate) fn open_session(
        &self,
        identity: &Curve25519Public,
        prekey: &Curve25519Public,
    ) -> Result<Session, SessionCreationError> {
        self.account.create_outbound_session(config(), key_form::olm_key(identity), key_form::olm_key(prekey))
    }

    /// A session from a first message, with the account as it is to be afterwards (the one-time key is
    /// used up). This account does not change; see [`Self::adopt`].
    pub(super) fn accept_session(
        &self,
        identity: &Curve25519Public,
        message: PreKeyMessage,
    ) -> Result<(Accepted, InboundCreationResult), SessionCreationError> {
        let mut scratch = self.scratch.borrow_mut();
        let mut account = scratch.take().unwrap_or_else(|| Account::from_pickle(self.account.pickle()));
        let identity = key_form::olm_key(identity);
        match account.create_inbound_session(config(), identity, &message) {
            Ok(result) => Ok((Accepted { account, identity, message }, result)),
            Err(error) => {
                *scratch = Some(account);
                Err(error)
            }
        }
    }

    /// Makes the account of [`Self::accept_session`] the one that counts.
    pub(super) fn adopt(&mut self, accepted: Accepted) {
        let Accepted { account, identity, message } = accepted;
        let mut former = std::mem::replace(&mut self.account, account);
        self.account_changed();
        // It gives up the same key, and is the same again.
        if former.create_inbound_session(config(), identity, &message).is_ok() {
            *self.scratch.get_mut() = Some(former);
        }
    }

    fn account_changed(&mut self) {
        self.scratch.take();
        self.changed = true;
    }

    fn sign_key(
        &mut self,
        key: &Curve25519PublicKey,
        purpose: PrekeyPurpose,
        expires_ms: u64,
        device: DeviceId,
        signer: &SigningKey,
    ) -> Result<SignedPrekey, CoreError> {
        let key_id = self.next_key_id;
        self.next_key_id += 1;
        let key = Curve25519Public::from_bytes(key.to_bytes());
        Ok(SignedPrekey::make(&PrekeyStatement { device, key_id, key, purpose, expires_ms }, signer)?)
    }
}

impl Keep for OlmAccount {
    fn flush(&mut self, batch: &mut Batch) -> Result<(), CoreError> {
        if std::mem::take(&mut self.changed) {
            let record = RecordRef {
                account: self.account.pickle(),
                next_key_id: self.next_key_id,
                fallback: &self.fallback,
            };
            batch.put(key::ACCOUNT.to_owned(), &record)?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for OlmAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OlmAccount").field("identity", &self.identity()).finish_non_exhaustive()
    }
}
