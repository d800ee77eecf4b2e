//! Inviting people: one entry for all of them, then a capsule for each code, then the sheets to hand out.

use protocol::{
    frame::StoreCapsule,
    id::{InviteId, UserId},
    limits::{MAX_CAPSULE_LIFE_MS, MAX_INVITES},
    roster::{Change, InviteIssued, InvitesIssued, InvitesWithdrawn, StaffRole},
    text::{Code, CodeLink, Invite, InviteSecret},
};

use super::{
    Core,
    append::{Author, Then},
    connection::Request,
    member::Member,
    turn::Turn,
};
use crate::{
    Effects,
    capsule::{self, Content},
    error::CoreError,
    people_table::NewPerson,
    qr::Qr,
    rng::make_bytes,
    view::{JobResult, Problem, Sheet},
};

/// An invite whose secret is here and nowhere else.
pub(super) struct MadeInvite {
    issued: InviteIssued,
    secret: InviteSecret,
    code: Code,
}

/// Sheets whose capsules are on the way, one after the other.
pub(super) struct HandingOut {
    job: Option<String>,
    sheets: Vec<Sheet>,
    capsules: std::collections::VecDeque<Parcel>,
    /// The request that stores the capsule at the front.
    request: Option<u32>,
}

struct Parcel {
    sheet: usize,
    code: Code,
    sealed: Vec<u8>,
    expires_ms: u64,
}

impl Core {
    /// Invites people: all of them or none. The job's result are their sheets.
    pub fn invite(
        &mut self,
        people: &[NewPerson],
        ttl_ms: u64,
        job: &str,
        now_ms: u64,
    ) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let mut made = Vec::new();
            for person in people.iter().take(MAX_INVITES + 1) {
                let user = UserId::from_bytes(make_bytes(core.rng.as_mut())?);
                made.push(core.make_invite(user, person, ttl_ms, turn.now)?);
            }
            core.issue(made, job, turn)
        })
    }

    /// A new identity for somebody who lost every device and the passphrase.
    pub fn invite_again(
        &mut self,
        user: UserId,
        ttl_ms: u64,
        job: &str,
        now_ms: u64,
    ) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let member = core.member.as_ref().ok_or(CoreError::NotMember)?;
            let known = member.directory.person(user).ok_or(CoreError::UnknownPerson)?;
            let person = NewPerson { name: known.name.clone(), role: known.role, group: known.group.clone() };
            let made = core.make_invite(user, &person, ttl_ms, turn.now)?;
            core.issue(vec![made], job, turn)
        })
    }

    /// Takes back an invite that was not used.
    pub fn withdraw_invite(
        &mut self,
        invite: InviteId,
        job: &str,
        now_ms: u64,
    ) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let change = InvitesWithdrawn { invites: vec![invite] };
            core.append(Some(job), Author::Me, change.into(), Then::Nothing, turn)
        })
    }

    fn make_invite(
        &mut self,
        user: UserId,
        person: &NewPerson,
        ttl_ms: u64,
        now: u64,
    ) -> Result<MadeInvite, CoreError> {
        let expires_ms = self.clock.wall(now).saturating_add(ttl_ms.min(MAX_CAPSULE_LIFE_MS));
        let rng = self.rng.as_mut();
        let secret = InviteSecret::from_bytes(make_bytes(rng)?);
        let issued = InviteIssued {
            invite: InviteId::from_bytes(make_bytes(rng)?),
            key: secret.signing_key()?.public().clone(),
            user,
            name: person.name.trim().to_owned(),
            role: person.role,
            group: person.group.clone(),
            expires_ms,
        };
        Ok(MadeInvite { issued, secret, code: Code::from_bytes(make_bytes(rng)?) })
    }

    fn issue(&mut self, made: Vec<MadeInvite>, job: &str, turn: &mut Turn) -> Result<(), CoreError> {
        let invites: Vec<_> = made.iter().map(|made| made.issued.clone()).collect();
        let admins = self.member.as_ref().is_some_and(|member| {
            let again = |issued: &InviteIssued| {
                member.directory.person(issued.user).is_some_and(|user| user.role == StaffRole::Admin)
            };
            invites.iter().any(|issued| issued.role == StaffRole::Admin || again(issued))
        });
        let author = if admins { Author::Office } else { Author::Me };
        self.append(Some(job), author, Change::from(InvitesIssued { invites }), Then::Sheets(made), turn)
    }

    /// The invites are in the roster: makes their texts, and leaves a capsule for each code.
    pub(super) fn hand_out(
        &mut self,
        job: Option<String>,
        made: Vec<MadeInvite>,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        let Some(member) = &self.member else { return Ok(()) };
        let (mut sheets, mut capsules) = (Vec::new(), std::collections::VecDeque::new());
        for MadeInvite { issued, secret, code } in made {
            let invite = to_invite(member, &issued, secret);
            let gateways = invite.gateways.clone();
            let link = invite.to_text()?;
            let short = CodeLink { gateways: gateways.clone(), code: code.clone() }.to_text()?;
            let sheet = Sheet {
                name: issued.name.clone(),
                role: issued.role,
                group: issued.group.clone(),
                office: invite.office_name.clone(),
                link,
                address: address_of(&gateways),
                code: code.to_text()?,
                // The short link: a denser code is hard to scan from paper.
                qr: Qr::of(&short)?,
                expires_at: issued.expires_ms,
            };
            let sealed = capsule::seal(&code, Content::Invite(Box::new(invite)), self.rng.as_mut())?;
            let expires_ms = issued.expires_ms;
            capsules.push_back(Parcel { sheet: sheets.len(), code, sealed, expires_ms });
            sheets.push(sheet);
        }
        self.handing_out = Some(HandingOut { job, sheets, capsules, request: None });
        self.pump_capsules(turn)
    }

    /// Sends the next capsule, or shows the sheets when there is none.
    pub(super) fn pump_capsules(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        let Some(out) = &mut self.handing_out else { return Ok(()) };
        if out.request.is_some() {
            return Ok(());
        }
        let Some(parcel) = out.capsules.front() else {
            if let Some(HandingOut { job: Some(job), sheets, .. }) = self.handing_out.take() {
                self.jobs.done(&job, Some(JobResult::Sheets { sheets }));
            }
            turn.changed = true;
            return Ok(());
        };
        let Some(session) = self.connection.session_mut() else { return Ok(()) };
        let request = session.begin(Request::StoreCapsule);
        let store = StoreCapsule {
            request,
            capsule: parcel.code.capsule(),
            sealed: parcel.sealed.clone(),
            expires_ms: parcel.expires_ms,
            once: false,
        };
        turn.send(&mut session.channel, &store.into())?;
        out.request = Some(request);
        Ok(())
    }

    /// A connection ended: the capsule that was under way is sent again.
    pub(super) fn settle_lost_capsule(&mut self) {
        if let Some(out) = &mut self.handing_out {
            out.request = None;
        }
    }

    /// The gateway has a capsule, or does not want it: then the sheet goes without a code, its link works.
    pub(super) fn take_capsule_stored(
        &mut self,
        request: u32,
        refused: bool,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        if let Some(out) = self.handing_out.as_mut().filter(|out| out.request == Some(request)) {
            out.request = None;
            if let Some(parcel) = out.capsules.pop_front()
                && refused
                && let Some(sheet) = out.sheets.get_mut(parcel.sheet)
            {
                sheet.code.clear();
                sheet.qr = Qr::of(&sheet.link)?;
            }
        } else if let Some(job) = self.pairing.take_if(|pairing| pairing.request == Some(request)) {
            if refused {
                let problem = Problem::new("refused", "The gateway did not take the code. Try again.");
                self.jobs.fail(&job.job, problem);
            } else {
                self.jobs.done(&job.job, Some(JobResult::Code { sheet: job.sheet }));
            }
            turn.changed = true;
        }
        self.pump_capsules(turn)
    }
}

fn to_invite(member: &Member, issued: &InviteIssued, secret: InviteSecret) -> Invite {
    let (home, here) = (member.identity.home(), member.directory.place());
    Invite {
        office: home.office,
        office_name: member.directory.office_name().unwrap_or_default().to_owned(),
        roster_root: home.roster_root,
        known_length: here.length,
        known_head: here.head,
        gateways: home.gateways.clone(),
        gateway_key: home.gateway_key,
        invite: issued.invite,
        secret,
        user: issued.user,
        name: issued.name.clone(),
        role: issued.role,
        expires_ms: issued.expires_ms,
    }
}

/// The first address as a person types it.
pub(super) fn address_of(gateways: &[String]) -> String {
    gateways.first().map(|first| first.trim_start_matches("ws://").to_owned()).unwrap_or_default()
}
