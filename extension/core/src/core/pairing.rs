//! Another workstation of the same person: the identity waits under a code, for ten minutes and for one.

use protocol::{
    frame::StoreCapsule,
    text::{Code, CodeLink},
};

use super::{Core, connection::Request, invites::address_of};
use crate::{
    Effects,
    capsule::{self, Backup, Content},
    error::CoreError,
    qr::Qr,
    rng::make_bytes,
    view::CodeSheet,
};

/// How long a code can be used.
const LIFE_MS: u64 = 10 * 60 * 1000;

/// A code whose capsule is on the way to the gateway.
pub(super) struct Pairing {
    pub(super) job: String,
    pub(super) sheet: CodeSheet,
    pub(super) request: Option<u32>,
}

impl Core {
    /// Makes a code with which another workstation becomes a device of this person.
    pub fn add_device(&mut self, job: &str, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let wall = core.clock.wall(turn.now);
            let backup = core.backup()?;
            let session = core.connection.session_mut().ok_or(CoreError::NotConnected)?;
            core.jobs.begin(job)?;
            let code = Code::from_bytes(make_bytes(core.rng.as_mut())?);
            let gateways = backup.home.gateways.clone();
            let link = CodeLink { gateways: gateways.clone(), code: code.clone() }.to_text()?;
            let expires_ms = wall + LIFE_MS;
            let sealed = capsule::seal(&code, Content::Identity(Box::new(backup)), core.rng.as_mut())?;
            let sheet = CodeSheet {
                qr: Qr::of(&link)?,
                link,
                address: address_of(&gateways),
                code: code.to_text()?,
                expires_at: expires_ms,
            };
            let request = session.begin(Request::StoreCapsule);
            let store = StoreCapsule { request, capsule: code.capsule(), sealed, expires_ms, once: true };
            turn.send(&mut session.channel, &store.into())?;
            core.pairing = Some(Pairing { job: job.to_owned(), sheet, request: Some(request) });
            turn.changed = true;
            Ok(())
        })
    }

    /// What a new device of this person needs.
    pub(super) fn backup(&self) -> Result<Backup, CoreError> {
        let member = self.member.as_ref().filter(|member| member.identity.is_enrolled());
        let member = member.ok_or(CoreError::NotMember)?;
        Ok(Backup {
            home: member.identity.home().clone(),
            person: member.identity.person().clone(),
            known: member.directory.place(),
        })
    }
}
