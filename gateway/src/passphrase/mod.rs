//! Passphrase sign-in, the gateway's side: OPAQUE (RFC 9807). The gateway never sees a passphrase.
//!
//! ```text
//! a device     BeginPassphrase, StorePassphrase  ──► [setting]  ──► record in state.passphrase.<user>
//! a stranger   BeginSignIn, FinishSignIn         ──► [sign_in]  ◄── record; the backup in it only once the proof holds
//!                                                       ├─ [attempts] how often, from where
//!                                                       └─ [opaque] the exchange itself, with the secrets of [key]
//! ```
//! Kept here and nowhere else: who tried how often, and who has begun to set a passphrase. A restart forgets both.

mod attempts;
mod key;
mod opaque;
mod setting;
mod sign_in;

use std::{
    collections::HashMap,
    net::IpAddr,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_nats::jetstream::message::PublishMessage;
use attempts::Attempts;
use opaque::OpaqueServer;
use protocol::{
    bus::PassphraseRecord,
    codec,
    id::{DeviceId, OfficeId, UserId},
    limits::{MAX_BACKUP, MAX_OPAQUE_MESSAGE},
    subject,
};
pub use sign_in::SignIn;
use tokio::time::Instant;

use crate::{
    audit::AuditLog,
    bus::{Bus, BusError},
    keys::KeyFileError,
    rate::TokenBucket,
    roster::RosterLog,
};

/// Largest stored record.
const MAX_RECORD: usize = MAX_OPAQUE_MESSAGE + MAX_BACKUP + 256;
/// People, and addresses, whose attempts are remembered.
const REMEMBERED: usize = 8192;
/// Attempts refused for being too many that are recorded a second, and at once.
const RECORDED_EXCESS: (u32, u32) = (5, 100);

/// Why there are no secrets for passphrases.
#[derive(Debug, thiserror::Error)]
pub enum PassphraseStartError {
    /// The file cannot be used or made.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The stream cannot be asked whether there should be a file.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// Passphrases were set with secrets that are gone.
    #[error(
        "the key file {path} is missing, and the passphrases of this office open nothing without it; restore it from \
         the backup of the state folder, or copy it from another gateway of the office"
    )]
    Lost {
        /// Which.
        path: String,
    },
}

/// Passphrases of the office.
#[derive(Debug)]
pub struct Passphrases {
    server: OpaqueServer,
    office: OfficeId,
    bus: Bus,
    audit: AuditLog,
    roster: Arc<RosterLog>,
    limits: Mutex<Limits>,
    /// Devices that have begun to set one, and when.
    begun: Mutex<HashMap<DeviceId, Instant>>,
}

#[derive(Debug)]
struct Limits {
    people: Attempts<UserId>,
    addresses: Attempts<IpAddr>,
    settings: Attempts<UserId>,
    excess: TokenBucket,
}

impl Passphrases {
    /// Reads the secrets from `key_file`; made there at the first start.
    pub async fn open(
        key_file: &Path,
        office: OfficeId,
        bus: Bus,
        audit: AuditLog,
        roster: Arc<RosterLog>,
    ) -> Result<Self, PassphraseStartError> {
        let unseen = |source| KeyFileError::Read { path: key_file.to_owned(), source };
        if !key_file.try_exists().map_err(unseen)? {
            let set = bus.read(subject::STATE_STREAM, "state.passphrase.*", 1, 1).await?;
            if !set.messages.is_empty() {
                return Err(PassphraseStartError::Lost { path: key_file.display().to_string() });
            }
            key::make(key_file)?;
        }
        let limits = Limits {
            people: Attempts::new(REMEMBERED),
            addresses: Attempts::new(REMEMBERED),
            settings: Attempts::new(REMEMBERED),
            excess: TokenBucket::new(RECORDED_EXCESS.0, RECORDED_EXCESS.1),
        };
        Ok(Self {
            server: key::load(key_file, office)?,
            office,
            bus,
            audit,
            roster,
            limits: Mutex::new(limits),
            begun: Mutex::default(),
        })
    }

    /// Whether the person has set a passphrase.
    pub async fn has(&self, user: UserId) -> Result<bool, BusError> {
        Ok(self.record(user).await?.is_some())
    }

    /// Deletes what is stored of somebody who left. Nothing there is as good as deleted.
    pub async fn forget(&self, user: UserId) -> Result<(), BusError> {
        if let Some(stored) = self.bus.last(subject::STATE_STREAM, &subject::passphrase(user)).await? {
            self.bus.take(subject::STATE_STREAM, stored.sequence).await?;
        }
        Ok(())
    }

    async fn record(&self, user: UserId) -> Result<Option<PassphraseRecord>, BusError> {
        let stored = self.bus.last(subject::STATE_STREAM, &subject::passphrase(user)).await?;
        Ok(stored.and_then(|stored| decode(&stored.payload)))
    }

    async fn put(&self, user: UserId, record: &PassphraseRecord) -> Result<(), BusError> {
        let payload = codec::encode(record)
            .map_err(|error| BusError::Refused { what: "store a passphrase", reason: error.to_string() })?;
        let message = PublishMessage::build().payload(payload.into());
        self.bus.store(subject::passphrase(user), message).await.map(drop)
    }

    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn decode(payload: &[u8]) -> Option<PassphraseRecord> {
    let record = codec::decode(payload, MAX_RECORD);
    record.inspect_err(|error| tracing::error!(%error, "a passphrase record is damaged")).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::opaque::Stretch;

    use super::*;

    proptest! {
        #[test]
        fn whatever_lies_in_the_stream_is_a_record_or_nothing(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), at in any::<prop::sample::Index>(), to in any::<u8>()
        ) {
            let _ = decode(&bytes);
            let record =
                PassphraseRecord { registration: bytes.clone(), stretch: Stretch::STANDARD, backup: bytes };
            let mut encoded = codec::encode(&record).unwrap();
            prop_assert_eq!(decode(&encoded), Some(record));
            let at = at.index(encoded.len());
            prop_assert!(decode(&encoded[..at]).is_none());
            encoded[at] = to;
            let _ = decode(&encoded);
        }
    }

    #[test]
    fn the_largest_record_fits() {
        let (registration, backup) = (vec![0; MAX_OPAQUE_MESSAGE], vec![0; MAX_BACKUP]);
        let record = PassphraseRecord { registration, stretch: Stretch::CEILING, backup };
        assert!(decode(&codec::encode(&record).unwrap()).is_some());
    }
}
