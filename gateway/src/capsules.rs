//! Capsules: left by a device for whoever has the code, fetched by a stranger or a visitor. Ciphertext for the gateway.
//!
//! One that is for one is deleted before it is given: of several who ask at the same moment, one gets it.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_nats::jetstream::message::PublishMessage;
use protocol::{
    bus::StoredCapsule,
    codec,
    error::ErrorCode,
    frame::{Capsule, FetchCapsule, StoreCapsule},
    id::{CapsuleId, DeviceId},
    limits::{MAX_CAPSULE, MAX_CAPSULE_LIFE_MS, MAX_CLOCK_AHEAD_MS},
    subject,
};
use tokio::time::Instant;

use crate::{
    audit::{AuditLog, events},
    bus::{Bus, BusError},
    clock,
    principal::Principal,
    rate::TokenBucket,
};

/// Largest stored capsule.
const MAX_STORED: usize = MAX_CAPSULE + 128;
/// Capsules that a device may leave a second, and at once: as many as invites for a large office.
const STORES: (u32, u32) = (1, 600);
/// Capsules of one device that wait at the same time.
const MOST_WAITING: usize = 1000;
/// Codes that may be tried from one address a second, and at once. A code has 128 bits.
const FETCHES: (u32, u32) = (1, 20);
/// Addresses that are told apart.
const ADDRESSES: usize = 4096;
/// Questions in vain that are recorded a second, and at once.
const RECORDED_MISSES: (u32, u32) = (5, 100);

/// Capsules of the office.
#[derive(Debug)]
pub struct Capsules {
    bus: Bus,
    audit: AuditLog,
    bounds: Mutex<Bounds>,
}

/// Who asks for a capsule.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Absent for who is no device.
    pub principal: Option<&'a Principal>,
    /// From where.
    pub ip: IpAddr,
}

#[derive(Debug)]
struct Bounds {
    devices: HashMap<DeviceId, Left>,
    addresses: HashMap<IpAddr, Asked>,
    misses: TokenBucket,
}

/// What a device has left at this gateway.
#[derive(Debug)]
struct Left {
    rate: TokenBucket,
    /// When each of them ends, milliseconds since 1970.
    ends: Vec<u64>,
}

#[derive(Debug)]
struct Asked {
    rate: TokenBucket,
    last: Instant,
}

impl Capsules {
    /// On this bus.
    pub fn new(bus: Bus, audit: AuditLog) -> Self {
        let misses = TokenBucket::new(RECORDED_MISSES.0, RECORDED_MISSES.1);
        let bounds = Bounds { devices: HashMap::new(), addresses: HashMap::new(), misses };
        Self { bus, audit, bounds: Mutex::new(bounds) }
    }

    /// Stores a capsule. The same one may be stored again, by a device that did not hear of it.
    pub async fn store(&self, principal: &Principal, frame: &StoreCapsule) -> Result<(), ErrorCode> {
        let stored = self.check_and_store(principal, frame).await;
        let event = events::capsule_stored(principal, frame.capsule, frame.sealed.len(), stored.err())
            .map_err(|_| ErrorCode::Internal)?;
        match stored {
            Ok(()) => self.audit.record_fact(event).await.map_err(|_| ErrorCode::AuditUnavailable),
            Err(code) => {
                self.audit.note(event);
                Err(code)
            }
        }
    }

    async fn check_and_store(&self, principal: &Principal, frame: &StoreCapsule) -> Result<(), ErrorCode> {
        if frame.sealed.len() > MAX_CAPSULE {
            return Err(ErrorCode::FrameTooLarge);
        }
        let now_ms = clock::now_ms();
        let life_ms = frame.expires_ms.saturating_sub(now_ms);
        if frame.sealed.is_empty() {
            return Err(ErrorCode::BadFrame);
        }
        if life_ms == 0 || life_ms > MAX_CAPSULE_LIFE_MS + MAX_CLOCK_AHEAD_MS {
            return Err(ErrorCode::ClockSkew);
        }
        self.bounds().may_store(principal.device, now_ms, frame.expires_ms)?;
        let capsule =
            StoredCapsule { sealed: frame.sealed.clone(), expires_ms: frame.expires_ms, once: frame.once };
        let payload = codec::encode(&capsule).map_err(|_| ErrorCode::Internal)?;
        // A code names one capsule: nobody who knows it may put another in its place.
        let message = PublishMessage::build()
            .payload(payload.into())
            .expected_last_subject_sequence(0)
            .ttl(Duration::from_secs(life_ms.div_ceil(1000)));
        match self.bus.store(subject::capsule(frame.capsule), message).await {
            Ok(_) => Ok(()),
            Err(BusError::Conflict) => match self.read(frame.capsule).await {
                Ok(Some((_, there))) if there == capsule => Ok(()),
                Ok(_) => Err(ErrorCode::NotAllowed),
                Err(_) => Err(ErrorCode::BusUnavailable),
            },
            Err(error) => {
                tracing::warn!(%error, "a capsule could not be stored");
                Err(ErrorCode::BusUnavailable)
            }
        }
    }

    /// Gives a capsule, once the record of it is stored.
    pub async fn fetch(&self, asker: Asker<'_>, frame: &FetchCapsule) -> Result<Capsule, ErrorCode> {
        let found = self.find(asker, frame.capsule).await;
        let event =
            events::capsule_fetched(asker.principal, asker.ip, frame.capsule, found.as_ref().err().copied())
                .map_err(|_| ErrorCode::Internal)?;
        match found {
            Ok(sealed) => {
                self.audit.record_fact(event).await.map_err(|_| ErrorCode::AuditUnavailable)?;
                Ok(Capsule { request: frame.request, sealed })
            }
            Err(code) => {
                let worth_recording = matches!(code, ErrorCode::CodeUnknown | ErrorCode::TooManyAttempts);
                if worth_recording && self.bounds().misses.take(1) {
                    self.audit.note(event);
                }
                Err(code)
            }
        }
    }

    async fn find(&self, asker: Asker<'_>, capsule: CapsuleId) -> Result<Vec<u8>, ErrorCode> {
        if !self.bounds().may_ask(asker.ip.to_canonical()) {
            return Err(ErrorCode::TooManyAttempts);
        }
        let unavailable = |_| ErrorCode::BusUnavailable;
        let (sequence, stored) =
            self.read(capsule).await.map_err(unavailable)?.ok_or(ErrorCode::CodeUnknown)?;
        let mine =
            !stored.once || self.bus.take(subject::STATE_STREAM, sequence).await.map_err(unavailable)?;
        if mine && clock::now_ms() < stored.expires_ms {
            Ok(stored.sealed)
        } else {
            Err(ErrorCode::CodeUnknown)
        }
    }

    async fn read(&self, capsule: CapsuleId) -> Result<Option<(u64, StoredCapsule)>, BusError> {
        let stored = self.bus.last(subject::STATE_STREAM, &subject::capsule(capsule)).await?;
        Ok(stored.and_then(|stored| Some((stored.sequence, decode(&stored.payload)?))))
    }

    fn bounds(&self) -> MutexGuard<'_, Bounds> {
        self.bounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bounds {
    fn may_store(&mut self, device: DeviceId, now_ms: u64, end_ms: u64) -> Result<(), ErrorCode> {
        let left = self
            .devices
            .entry(device)
            .or_insert_with(|| Left { rate: TokenBucket::new(STORES.0, STORES.1), ends: Vec::new() });
        left.ends.retain(|&end| end > now_ms);
        if left.ends.len() >= MOST_WAITING || !left.rate.take(1) {
            return Err(ErrorCode::RateLimited);
        }
        left.ends.push(end_ms);
        Ok(())
    }

    fn may_ask(&mut self, ip: IpAddr) -> bool {
        let now = Instant::now();
        if self.addresses.len() >= ADDRESSES && !self.addresses.contains_key(&ip) {
            // Whoever rested for so long may ask as much as a newcomer.
            let rested = Duration::from_secs(u64::from(FETCHES.1 / FETCHES.0));
            self.addresses.retain(|_, asked| now.duration_since(asked.last) < rested);
            if self.addresses.len() >= ADDRESSES {
                return false;
            }
        }
        let fresh = || Asked { rate: TokenBucket::new(FETCHES.0, FETCHES.1), last: now };
        let asked = self.addresses.entry(ip).or_insert_with(fresh);
        asked.last = now;
        asked.rate.take(1)
    }
}

fn decode(payload: &[u8]) -> Option<StoredCapsule> {
    let capsule = codec::decode(payload, MAX_STORED);
    capsule.inspect_err(|error| tracing::error!(%error, "a capsule is damaged")).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bounds() -> Bounds {
        Bounds { devices: HashMap::new(), addresses: HashMap::new(), misses: TokenBucket::new(1, 1) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_device_leaves_a_thousand_at_most_and_again_when_they_have_ended() {
        let (mut bounds, device) = (bounds(), DeviceId::from_bytes([1; 16]));

        for _ in 0..MOST_WAITING {
            tokio::time::advance(Duration::from_secs(1)).await;
            bounds.may_store(device, 0, 10).unwrap();
        }
        tokio::time::advance(Duration::from_secs(1)).await;

        assert_eq!(bounds.may_store(device, 9, 20), Err(ErrorCode::RateLimited));
        assert_eq!(bounds.may_store(DeviceId::from_bytes([2; 16]), 9, 20), Ok(()));
        assert_eq!(bounds.may_store(device, 10, 20), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_at_once_and_then_one_a_second() {
        let (mut bounds, device) = (bounds(), DeviceId::from_bytes([1; 16]));

        let at_once = (0..2000).filter(|_| bounds.may_store(device, 0, 10).is_ok()).count();
        tokio::time::advance(Duration::from_secs(3)).await;
        let later = (0..2000).filter(|_| bounds.may_store(device, 0, 10).is_ok()).count();

        assert_eq!((at_once, later), (600, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn crowds_of_addresses_take_no_more_memory_than_some_and_lock_nobody_out_for_long() {
        let mut bounds = bounds();
        let address = |number: u32| IpAddr::from(number.to_be_bytes());

        let served = (0..20_000).filter(|&number| bounds.may_ask(address(number))).count();
        assert_eq!((served, bounds.addresses.len()), (ADDRESSES, ADDRESSES));
        tokio::time::advance(Duration::from_secs(20)).await;

        assert!(bounds.may_ask(address(2_000_000)));
    }

    proptest! {
        #[test]
        fn whatever_lies_in_the_stream_is_a_capsule_or_nothing(
            bytes in proptest::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), to in any::<u8>()
        ) {
            let _ = decode(&bytes);
            let capsule = StoredCapsule { sealed: bytes, expires_ms: 1, once: true };
            let mut encoded = codec::encode(&capsule).unwrap();
            prop_assert_eq!(decode(&encoded), Some(capsule));
            let at = at.index(encoded.len());
            encoded[at] = to;
            let _ = decode(&encoded);
            prop_assert!(decode(&encoded[..at]).is_none());
        }
    }
}
