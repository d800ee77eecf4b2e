//! A device sets its person's passphrase.
//!
//! Each first step is an answer of the office's secret function, and whoever also has the answer to a sign-in could test
//! guesses with it. So first steps are limited like guesses, also for a device that is let in.

use std::{sync::PoisonError, time::Duration};

use protocol::{
    bus::PassphraseRecord,
    error::ErrorCode,
    frame::{BeginPassphrase, PassphraseAnswer, StorePassphrase},
    id::{DeviceId, UserId},
    limits::{MAX_BACKUP, MAX_OPAQUE_MESSAGE},
};
use tokio::time::Instant;

use super::{Passphrases, opaque::OpaqueServer};
use crate::{audit::events, principal::Principal};

/// How long a device may take from the first step to the second: a slow computer stretches for seconds.
const SECOND_STEP_WITHIN: Duration = Duration::from_secs(10 * 60);

impl Passphrases {
    /// First step.
    pub fn begin(
        &self,
        principal: &Principal,
        frame: &BeginPassphrase,
    ) -> Result<PassphraseAnswer, ErrorCode> {
        if frame.message.len() > MAX_OPAQUE_MESSAGE {
            return Err(ErrorCode::FrameTooLarge);
        }
        if !self.limits().settings.may(principal.user) {
            self.note_set(principal, ErrorCode::TooManyAttempts);
            return Err(ErrorCode::TooManyAttempts);
        }
        let message =
            self.server.begin_setting(principal.user, &frame.message).map_err(|_| ErrorCode::BadFrame)?;
        self.limits().settings.count(principal.user);
        self.begins(principal.device);
        Ok(PassphraseAnswer { request: frame.request, message })
    }

    /// Second step: takes the place of what was stored before.
    pub async fn store(&self, principal: &Principal, frame: &StorePassphrase) -> Result<(), ErrorCode> {
        let stored = self.check_and_store(principal, frame).await;
        match stored {
            Ok(()) => {
                let event = events::passphrase_set(principal, None).map_err(|_| ErrorCode::Internal)?;
                self.audit.record_fact(event).await.map_err(|_| ErrorCode::AuditUnavailable)
            }
            Err(code) => {
                self.note_set(principal, code);
                Err(code)
            }
        }
    }

    async fn check_and_store(&self, principal: &Principal, frame: &StorePassphrase) -> Result<(), ErrorCode> {
        if frame.message.len() > MAX_OPAQUE_MESSAGE || frame.backup.len() > MAX_BACKUP {
            return Err(ErrorCode::FrameTooLarge);
        }
        let registration = OpaqueServer::finish_setting(&frame.message).map_err(|_| ErrorCode::BadFrame)?;
        if frame.backup.is_empty() {
            return Err(ErrorCode::BadFrame);
        }
        // Cheap guesses for whoever steals the store; and a client would refuse to sign in with it.
        if !frame.stretch.is_acceptable() || !self.has_begun(principal.device) {
            return Err(ErrorCode::NotAllowed);
        }
        let record = PassphraseRecord { registration, stretch: frame.stretch, backup: frame.backup.clone() };
        self.put(principal.user, &record).await.map_err(|_| ErrorCode::BusUnavailable)?;
        // Revoked meanwhile: whoever deleted the record may have come too early.
        if !self.in_office(principal.user) {
            self.forget(principal.user).await.map_err(|_| ErrorCode::BusUnavailable)?;
            return Err(ErrorCode::PersonRevoked);
        }
        Ok(())
    }

    pub(super) fn in_office(&self, user: UserId) -> bool {
        self.roster.look(|roster| roster.user(user).is_some())
    }

    fn begins(&self, device: DeviceId) {
        let now = Instant::now();
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.retain(|_, at| now.duration_since(*at) < SECOND_STEP_WITHIN);
        begun.insert(device, now);
    }

    fn has_begun(&self, device: DeviceId) -> bool {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner).remove(&device);
        begun.is_some_and(|at| at.elapsed() < SECOND_STEP_WITHIN)
    }

    fn note_set(&self, principal: &Principal, code: ErrorCode) {
        if let Ok(event) = events::passphrase_set(principal, Some(code)) {
            self.audit.note(event);
        }
    }
}
