//! A stranger signs in with name and passphrase.
//!
//! A name that nobody has is answered like any other: a credential that is always the same for that name, one look into
//! the stream, an answer of the same form, the same waits. So is somebody without a passphrase.

use std::net::IpAddr;

use protocol::{
    error::ErrorCode,
    frame::{BeginSignIn, FinishSignIn, SignInAnswer, SignedIn},
    id::UserId,
    limits::{MAX_NAME, MAX_OPAQUE_MESSAGE},
    opaque::Stretch,
};

use super::{
    Passphrases,
    opaque::{HalfSignIn, OpaqueServer},
};
use crate::audit::events;

/// A sign-in between its two steps. To be finished or [abandoned](Passphrases::abandon): a client sees from the answer
/// to the first step alone that the passphrase was wrong, and need not come back.
#[derive(Debug)]
pub struct SignIn {
    half: HalfSignIn,
    who: Who,
    backup: Option<Vec<u8>>,
}

/// Who signs in, from where.
#[derive(Debug, Clone, Copy)]
struct Who {
    /// The person, or what stands for a name that nobody has.
    credential: UserId,
    /// The person, where there is one.
    user: Option<UserId>,
    ip: IpAddr,
}

impl Passphrases {
    /// First step.
    pub async fn begin_sign_in(
        &self,
        ip: IpAddr,
        frame: &BeginSignIn,
    ) -> Result<(SignInAnswer, SignIn), ErrorCode> {
        if frame.name.len() > MAX_NAME || frame.message.len() > MAX_OPAQUE_MESSAGE {
            return Err(ErrorCode::FrameTooLarge);
        }
        OpaqueServer::check_request(&frame.message).map_err(|_| ErrorCode::BadFrame)?;
        let who = self.who(&frame.name, ip);
        self.count(who)?;
        let record = self.record(who.credential).await.map_err(|_| {
            self.take_back(who);
            ErrorCode::BusUnavailable
        })?;
        let registration = record.as_ref().map(|record| record.registration.as_slice());
        let (message, half) = self
            .server
            .begin_sign_in(who.credential, registration, &frame.message)
            // The request was looked at already: it is the stored registration.
            .map_err(|_| ErrorCode::Internal)?;
        let (stretch, backup) = match record {
            Some(record) => (record.stretch, Some(record.backup)),
            None => (Stretch::STANDARD, None),
        };
        let answer = SignInAnswer { request: frame.request, office: self.office, message, stretch };
        Ok((answer, SignIn { half, who, backup }))
    }

    /// Second step: gives the backup to whoever has proved to know the passphrase.
    pub async fn finish_sign_in(&self, sign_in: SignIn, frame: &FinishSignIn) -> Result<SignedIn, ErrorCode> {
        let SignIn { half, who, backup } = sign_in;
        let proved = self.server.finish_sign_in(half, &frame.message);
        let in_office = who.user.is_some_and(|user| self.in_office(user));
        let Some(backup) = backup.filter(|_| proved && in_office) else {
            self.note(who, ErrorCode::WrongPassphrase);
            return Err(ErrorCode::WrongPassphrase);
        };
        let event = events::sign_in(who.user, None, who.ip).map_err(|_| ErrorCode::Internal)?;
        self.audit.record(event).await.map_err(|_| ErrorCode::AuditUnavailable)?;
        let mut limits = self.limits();
        limits.people.forgive(who.credential);
        limits.addresses.take_back(who.ip);
        Ok(SignedIn { request: frame.request, backup })
    }

    /// The client left after the first step, or began another one.
    pub fn abandon(&self, sign_in: &SignIn) {
        self.note(sign_in.who, ErrorCode::WrongPassphrase);
    }

    fn who(&self, name: &str, ip: IpAddr) -> Who {
        let user = self.roster.look(|roster| roster.named(name).map(|user| user.user));
        // Also for a name that somebody has, so that both take as long.
        let nobody = self.server.nobody(name);
        Who { credential: user.unwrap_or(nobody), user, ip: ip.to_canonical() }
    }

    /// Counts an attempt if it may be made.
    fn count(&self, who: Who) -> Result<(), ErrorCode> {
        let mut limits = self.limits();
        if limits.people.may(who.credential) && limits.addresses.may(who.ip) {
            limits.people.count(who.credential);
            limits.addresses.count(who.ip);
            return Ok(());
        }
        if limits.excess.take(1) {
            drop(limits);
            self.note(who, ErrorCode::TooManyAttempts);
        }
        Err(ErrorCode::TooManyAttempts)
    }

    fn take_back(&self, who: Who) {
        let mut limits = self.limits();
        limits.people.take_back(who.credential);
        limits.addresses.take_back(who.ip);
    }

    fn note(&self, who: Who, code: ErrorCode) {
        if let Ok(event) = events::sign_in(who.user, Some(code), who.ip) {
            self.audit.note(event);
        }
    }
}
