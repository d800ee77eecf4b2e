//! The statement in which a person's identity key enters the office: signed with the invite's key, whose
//! secret no gateway ever sees, so a gateway cannot use an invite that passes through it.

use serde::{Deserialize, Serialize};

use crate::{
    codec,
    device::CertificateError,
    id::{InviteId, OfficeId, Signature, UserId},
    signature::{Nkey, Purpose, Role, SigningKey},
};

/// Largest encoded statement.
const MAX_STATEMENT: usize = 512;

/// "Whoever holds this invite chose this identity key for this person."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityStatement {
    /// The office.
    pub office: OfficeId,
    /// The invite that is used.
    pub invite: InviteId,
    /// The person.
    pub user: UserId,
    /// The person's identity key, `A...`.
    pub identity: Nkey,
}

/// An [`IdentityStatement`] as the exact bytes that were signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityCertificate {
    /// Encoded [`IdentityStatement`].
    #[serde(with = "serde_bytes")]
    pub statement: Vec<u8>,
    /// [`Purpose::IdentityByInvite`].
    pub by_invite: Signature,
}

impl IdentityCertificate {
    /// Signs `statement` with the invite's key.
    pub fn make(statement: &IdentityStatement, invite: &SigningKey) -> Result<Self, CertificateError> {
        let bytes = codec::encode(statement)?;
        Ok(Self { by_invite: invite.sign(Purpose::IdentityByInvite, &bytes)?, statement: bytes })
    }

    /// Reads the statement and checks that the invite's key signed it and that it names an identity key.
    pub fn verify(&self, invite: &Nkey) -> Result<IdentityStatement, CertificateError> {
        invite.verify(Role::Invite, Purpose::IdentityByInvite, &self.statement, &self.by_invite)?;
        self.read()
    }

    /// Reads the statement and checks no signature: for what was verified before it was stored.
    pub fn read(&self) -> Result<IdentityStatement, CertificateError> {
        let statement: IdentityStatement = codec::decode(&self.statement, MAX_STATEMENT)?;
        statement.identity.require(Role::Person)?;
        Ok(statement)
    }
}
