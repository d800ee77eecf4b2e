//! Joining: from a pasted text to a member, and back if the gateway refuses for good.
//!
//! Keys are on disk before the first byte is sent. A crash before that leaves nothing; a crash after it
//! goes on with the same keys, and a gateway that stored the enrolment already knows the certificate again.

use protocol::{error::ErrorCode, invite::Invite};
use serde_bytes::ByteBuf;

use super::{Connection, Core, GatewayClock, member::Member, turn::Turn};
use crate::{
    effects::Write,
    error::CoreError,
    identity::Identity,
    olm::OlmAccount,
    store::{VaultKey, key},
    view::Problem,
};

impl Core {
    pub(super) fn begin_joining(&mut self, text: &str, turn: &mut Turn) -> Result<(), CoreError> {
        if self.member.as_ref().is_some_and(|member| member.identity.is_enrolled()) {
            return Err(CoreError::AlreadyMember);
        }
        let invite = Invite::from_text(text)?;
        if invite.expires_ms <= turn.now {
            return Err(CoreError::InviteExpired);
        }
        let account = OlmAccount::make();
        let identity = Identity::make(&invite, &account, turn.now, self.rng.as_mut())?;
        if self.connection_is_open() {
            turn.close();
        }
        if self.vault.is_none() {
            let vault = VaultKey::make(self.rng.as_mut())?;
            let value = Some(ByteBuf::from(vault.to_record()?));
            turn.raw_writes.push(Write { key: key::VAULT.to_owned(), value });
            self.vault = Some(vault);
        }
        self.link.start(identity.gateways().to_vec(), turn.now);
        self.connection = Connection::None;
        self.clock = GatewayClock::default();
        self.member = Some(Member::new(identity, account));
        self.problem = None;
        turn.changed = true;
        Ok(())
    }

    /// The gateway does not take the invite. It said so inside the channel, where nobody else can say it.
    pub(super) fn end_joining(&mut self, code: ErrorCode, turn: &mut Turn) {
        self.member = None;
        self.vault = None;
        self.link.stop();
        self.connection = Connection::None;
        turn.close();
        for name in [key::VAULT, key::IDENTITY, key::ACCOUNT] {
            turn.raw_writes.push(Write { key: name.to_owned(), value: None });
        }
        self.problem = Some(problem_of(code));
    }

    fn connection_is_open(&self) -> bool {
        !matches!(self.connection, Connection::None)
    }
}

/// Whether trying the same invite again cannot help.
pub(super) const fn ends_joining(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::InviteUnknown
            | ErrorCode::InviteExpired
            | ErrorCode::InviteUsed
            | ErrorCode::BadCertificate
            | ErrorCode::AuthenticationFailed
            | ErrorCode::DeviceRevoked
            | ErrorCode::NotYours
    )
}

/// What a person is told about a refusal of the session.
pub(super) fn problem_of(code: ErrorCode) -> Problem {
    let message = match code {
        ErrorCode::InviteUnknown => "This invite is not known to the office. Ask for a new one.",
        ErrorCode::InviteExpired => "This invite has expired. Ask for a new one.",
        ErrorCode::InviteUsed => "This invite was used already. Ask for a new one.",
        ErrorCode::DeviceRevoked => "This browser was removed from the office. Ask your office lead.",
        ErrorCode::AuthenticationFailed | ErrorCode::BadCertificate | ErrorCode::NotYours => {
            "The gateway does not accept this browser's keys. Ask your office lead for a new invite."
        }
        ErrorCode::UnsupportedVersion => "The gateway speaks another version. Update the extension.",
        _ => "The gateway refused this browser. Ask your office lead.",
    };
    Problem { code: code.name().to_owned(), message: message.to_owned() }
}
