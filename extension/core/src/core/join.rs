//! Entering: from a pasted text to a member, and back if the gateway refuses for good.
//!
//! Keys are on disk, under a passphrase where people use the device (see [`super::unsaved`]), before the first byte is sent. A
//! crash before that leaves nothing; a crash after it
//! goes on with the same keys, and a roster that has the device already lets it in.

use protocol::{
    error::ErrorCode,
    id::UserId,
    roster::{Entry, OfficeOpened, Policy, SignedEntry},
    text::{Founding, Invite, OfficeSecret},
};
use serde_bytes::ByteBuf;

use super::{
    Connection, Core, GatewayClock, member::Member, turn::Turn, unsaved::Unsaved, visit::opening_root,
};
use crate::{
    effects::Write,
    error::CoreError,
    identity::{Home, Identity, Pass, Person},
    olm::OlmAccount,
    rng::make_bytes,
    secret::Secret,
    store::{VaultKey, VaultRecord, key},
    view::Problem,
};

impl Core {
    /// Uses an invite.
    pub(super) fn begin_joining(&mut self, text: &str, turn: &mut Turn) -> Result<(), CoreError> {
        self.require_no_member()?;
        self.join_with(&Invite::from_text(text)?, turn)
    }

    pub(super) fn join_with(&mut self, invite: &Invite, turn: &mut Turn) -> Result<(), CoreError> {
        self.require_no_member()?;
        if invite.expires_ms <= turn.now {
            return Err(CoreError::InviteExpired);
        }
        let account = OlmAccount::make();
        let home = Home {
            office: invite.office,
            roster_root: invite.roster_root,
            gateways: invite.gateways.clone(),
            gateway_key: invite.gateway_key,
        };
        let rng = self.rng.as_mut();
        let person =
            Person { user: invite.user, name: invite.name.clone(), identity_seed: Secret::make(rng)? };
        let known = crate::directory::Place { length: invite.known_length, head: invite.known_head };
        let pass = Pass::Invited { invite: invite.invite, secret: invite.secret.clone(), known };
        let identity = Identity::make(home, person, &account, turn.now, rng, |_| Ok(pass))?;
        let mut member = Member::new(identity, account);
        member.directory.meet_colleague(known);
        self.begin_entering(member, turn)
    }

    /// Opens an office.
    pub(super) fn begin_founding(
        &mut self,
        text: &str,
        office_name: &str,
        name: &str,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        self.require_no_member()?;
        let founding = Founding::from_text(text)?;
        let account = OlmAccount::make();
        let rng = self.rng.as_mut();
        let office_key = OfficeSecret::from_bytes(make_bytes(rng)?);
        let signer = office_key.signing_key()?;
        let person = Person {
            user: UserId::from_bytes(make_bytes(rng)?),
            name: name.trim().to_owned(),
            identity_seed: Secret::make(rng)?,
        };
        let founder = person.clone();
        let mut home = Home {
            office: founding.office,
            // Known once the entry is signed, below.
            roster_root: protocol::id::Hash::from_bytes([0; 32]),
            gateways: founding.gateways.clone(),
            gateway_key: founding.gateway_key,
        };
        let now = turn.now;
        let mut identity = Identity::make(home.clone(), person, &account, now, rng, |certificate| {
            let change = OfficeOpened {
                office_key: signer.public().clone(),
                name: office_name.trim().to_owned(),
                policy: Policy::default(),
                founder: founder.user,
                founder_name: founder.name.clone(),
                identity: founder.identity()?.public().clone(),
                certificate: certificate.clone(),
            };
            let entry = Entry {
                office: founding.office,
                index: 0,
                previous: protocol::id::Hash::from_bytes([0; 32]),
                made_ms: now,
                author: None,
                change: change.into(),
            };
            let opening = SignedEntry::make(&entry, &signer)?;
            home.roster_root = opening_root(&opening, now)?;
            Ok(Pass::Founder { secret: founding.secret.clone(), opening: ByteBuf::from(opening) })
        })?;
        identity.set_root(home.roster_root);
        identity.keep_office_key(office_key);
        self.begin_entering(Member::new(identity, account), turn)
    }

    pub(super) fn require_no_member(&self) -> Result<(), CoreError> {
        if self.locked.is_some() {
            return Err(CoreError::AlreadyMember);
        }
        let enrolled = self.member.as_ref().is_some_and(|member| member.identity.is_enrolled());
        if enrolled { Err(CoreError::AlreadyMember) } else { Ok(()) }
    }

    /// Replaces what was begun before, and connects, or waits for a passphrase.
    pub(super) fn begin_entering(&mut self, member: Member, turn: &mut Turn) -> Result<(), CoreError> {
        turn.close();
        if self.member.is_some() {
            // Nothing of an earlier way in stays beside this one.
            self.forget_all(turn);
        }
        if self.vault.is_none() {
            let vault = VaultKey::make(self.rng.as_mut())?;
            if self.passphrase_first {
                turn.keep_in_session(key::SESSION_VAULT, Some(vault.to_session()));
                self.unsaved = Some(Unsaved::default());
            } else {
                let value = Some(ByteBuf::from(VaultRecord::unwrapped(&vault).to_bytes()?));
                turn.raw_writes.push(Write { key: key::VAULT.to_owned(), value });
            }
            self.vault = Some(vault);
        }
        self.link.stop();
        self.connection = Connection::None;
        self.clock = GatewayClock::default();
        self.member = Some(member);
        self.problem = None;
        self.removed = false;
        self.last_active = turn.now;
        turn.changed = true;
        self.connect_if_saved(turn);
        Ok(())
    }

    /// The gateway does not take the invite. It said so inside the channel, where nobody else can say it.
    pub(super) fn end_joining(&mut self, code: ErrorCode, turn: &mut Turn) {
        self.forget_all(turn);
        self.problem = Some(problem_of(code));
    }
}

/// Whether trying the same again cannot help.
pub(super) const fn ends_joining(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::InviteUnknown
            | ErrorCode::InviteExpired
            | ErrorCode::InviteUsed
            | ErrorCode::BadCertificate
            | ErrorCode::BadSignature
            | ErrorCode::BadEntry
            | ErrorCode::NameTaken
            | ErrorCode::OtherOffice
            | ErrorCode::OfficeOpen
            | ErrorCode::AuthenticationFailed
            | ErrorCode::DeviceRevoked
            | ErrorCode::PersonRevoked
            | ErrorCode::NotAllowed
            | ErrorCode::NotYours
    )
}

/// What a person is told about a refusal of the session.
pub(super) fn problem_of(code: ErrorCode) -> Problem {
    let message = match code {
        ErrorCode::InviteUnknown => "This invite is not known to the office. Ask for a new one.",
        ErrorCode::InviteExpired => "This invite has expired. Ask for a new one.",
        ErrorCode::InviteUsed => "This invite was used already. Ask for a new one.",
        ErrorCode::NameTaken => {
            "Somebody in the office has this name already. Ask for an invite with another one."
        }
        ErrorCode::OfficeOpen => "This office is open already. Ask its administrator for an invite.",
        ErrorCode::DeviceRevoked | ErrorCode::PersonRevoked => {
            "This browser was removed from the office. Ask your office lead."
        }
        ErrorCode::AuthenticationFailed
        | ErrorCode::BadCertificate
        | ErrorCode::BadSignature
        | ErrorCode::NotYours => {
            "The gateway does not accept this browser's keys. Ask your office lead for a new invite."
        }
        ErrorCode::UnsupportedVersion => "The gateway speaks another version. Update the extension.",
        _ => "The gateway refused this browser. Ask your office lead.",
    };
    Problem { code: code.name().to_owned(), message: message.to_owned() }
}
