//! One-time and fallback keys that devices leave for others: stored on publish, handed out once.
//!
//! Two claimers may read the same key, but only one of them can delete its message, and the key is that
//! one's. A gateway that dies between the two has wasted a key and given none twice.

use std::sync::Arc;

use async_nats::jetstream::message::PublishMessage;
use futures_util::stream::{self, StreamExt};
use protocol::{
    codec,
    error::ErrorCode,
    frame::{ClaimedPrekey, PublishPrekeys},
    id::DeviceId,
    limits::MAX_ONE_TIME_KEYS,
    prekey::{PrekeyPurpose, PrekeyStatement, SignedPrekey},
    signature::Nkey,
    subject,
};

use crate::{
    bus::{Bus, BusError},
    clock,
    counters::{Counters, Happening},
    principal::Principal,
};

/// With fewer left, their owner is asked for more.
pub const LOW: u32 = 25;
/// Largest stored key.
const MAX_PREKEY: usize = 1024;
/// Claims of one request that run at the same time.
const AT_ONCE: usize = 16;

/// Why keys were not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishRefused {
    /// Too many of them.
    TooMany,
    /// Of another device.
    NotYours,
    /// Signature, purpose or time do not hold.
    Invalid,
    /// They could not be stored.
    Unavailable,
}

impl PublishRefused {
    /// What the client is told.
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::TooMany => ErrorCode::FrameTooLarge,
            Self::NotYours => ErrorCode::NotYours,
            Self::Invalid => ErrorCode::BadCertificate,
            Self::Unavailable => ErrorCode::BusUnavailable,
        }
    }
}

/// What a claim gave.
#[derive(Debug)]
pub struct Claim {
    /// The key, if there was any.
    pub key: Option<ClaimedPrekey>,
    /// Whose.
    pub device: DeviceId,
    /// One-time keys that are left.
    pub left: u32,
}

/// The keys of all devices. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Prekeys {
    bus: Bus,
    counters: Arc<Counters>,
}

impl Prekeys {
    /// On this bus.
    pub fn new(bus: Bus, counters: Arc<Counters>) -> Self {
        Self { bus, counters }
    }

    /// Checks and stores what a device publishes. All or, when the bus fails half way, some of it: the same
    /// keys may be published again.
    pub async fn publish(&self, owner: &Principal, keys: PublishPrekeys) -> Result<(), PublishRefused> {
        if keys.one_time.len() > MAX_ONE_TIME_KEYS {
            return Err(PublishRefused::TooMany);
        }
        let one_time = keys.one_time.iter().map(|key| (key, PrekeyPurpose::OneTime));
        let fallback = keys.fallback.iter().map(|key| (key, PrekeyPurpose::Fallback));
        let mut stores = Vec::new();
        for (key, purpose) in one_time.chain(fallback) {
            let statement = check(key, purpose, owner)?;
            stores.push(self.store(key, &statement)?);
        }
        let stored: Vec<_> = stream::iter(stores).buffered(AT_ONCE).collect().await;
        match stored.into_iter().find_map(Result::err) {
            None => Ok(()),
            Some(error) => {
                tracing::warn!(%error, "prekeys could not be stored");
                Err(PublishRefused::Unavailable)
            }
        }
    }

    /// One-time keys of a device that are left.
    pub async fn count(&self, device: DeviceId) -> Result<u32, BusError> {
        let page = self.bus.read(subject::PREKEYS_STREAM, &subject::one_time_keys(device), 1, 1).await?;
        Ok(remaining(page.messages.len() as u64 + page.left))
    }

    /// One key of each device, by whatever `signers` says is its signing key. Devices without any are
    /// left out; the bus failing is told only when nothing was claimed, as a key once claimed is spent.
    pub async fn claim(&self, devices: Vec<(DeviceId, Nkey)>) -> Result<Vec<Claim>, BusError> {
        let claims =
            stream::iter(devices).map(|(device, key)| async move { self.claim_one(device, &key).await });
        let claims: Vec<_> = claims.buffered(AT_ONCE).collect().await;
        let mut given = Vec::with_capacity(claims.len());
        let mut failed = None;
        for claim in claims {
            match claim {
                Ok(claim) => given.push(claim),
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) if given.iter().all(|claim| claim.key.is_none()) => Err(error),
            _ => Ok(given),
        }
    }

    async fn claim_one(&self, device: DeviceId, signer: &Nkey) -> Result<Claim, BusError> {
        let subject = subject::one_time_keys(device);
        let mut from = 1;
        loop {
            let page = self.bus.read(subject::PREKEYS_STREAM, &subject, from, 1).await?;
            let Some(stored) = page.messages.first() else {
                let key = self.fallback(device, signer).await?;
                return Ok(Claim { key, device, left: 0 });
            };
            from = stored.sequence + 1;
            let mine = self.bus.take(subject::PREKEYS_STREAM, stored.sequence).await?;
            // Lost to another claimer, or out of date and now out of the way: the next one.
            if let Some(prekey) = mine.then(|| usable(&stored.payload, signer)).flatten() {
                self.counters.count(Happening::PrekeyClaimed);
                let key = Some(ClaimedPrekey { device, prekey });
                return Ok(Claim { key, device, left: remaining(page.left) });
            }
        }
    }

    async fn fallback(&self, device: DeviceId, signer: &Nkey) -> Result<Option<ClaimedPrekey>, BusError> {
        let page = self.bus.read(subject::PREKEYS_STREAM, &subject::fallback_key(device), 1, 1).await?;
        let prekey = page.messages.first().and_then(|stored| usable(&stored.payload, signer));
        if prekey.is_some() {
            self.counters.count(Happening::FallbackClaimed);
        }
        Ok(prekey.map(|prekey| ClaimedPrekey { device, prekey }))
    }

    fn store(
        &self,
        key: &SignedPrekey,
        statement: &PrekeyStatement,
    ) -> Result<impl Future<Output = Result<u64, BusError>> + use<>, PublishRefused> {
        let payload = codec::encode(key).map_err(|_| PublishRefused::Invalid)?;
        let message = PublishMessage::build().payload(payload.into());
        let (subject, message) = match statement.purpose {
            PrekeyPurpose::OneTime => {
                let name = format!("{}.{}", statement.device, statement.key_id);
                (subject::one_time_keys(statement.device), message.message_id(name))
            }
            // Takes the place of the former one.
            PrekeyPurpose::Fallback => {
                (subject::fallback_key(statement.device), message.header("Nats-Rollup", "sub"))
            }
        };
        let bus = self.bus.clone();
        Ok(async move { bus.store(subject, message).await.map(|kept| kept.sequence) })
    }
}

fn check(
    key: &SignedPrekey,
    purpose: PrekeyPurpose,
    owner: &Principal,
) -> Result<PrekeyStatement, PublishRefused> {
    let statement = key.verify(&owner.key).map_err(|_| PublishRefused::Invalid)?;
    if statement.device != owner.device {
        return Err(PublishRefused::NotYours);
    }
    let holds = statement.purpose == purpose && statement.expires_ms > clock::now_ms();
    if holds { Ok(statement) } else { Err(PublishRefused::Invalid) }
}

/// A stored key that may still be handed out.
fn usable(payload: &[u8], signer: &Nkey) -> Option<SignedPrekey> {
    let prekey: SignedPrekey = codec::decode(payload, MAX_PREKEY).ok()?;
    let statement = prekey.verify(signer).ok()?;
    (statement.expires_ms > clock::now_ms()).then_some(prekey)
}

fn remaining(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
