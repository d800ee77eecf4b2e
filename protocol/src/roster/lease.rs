//! Leases: an administrator's device says now and then how far the roster goes. A gateway that hides the newest
//! entries cannot make one up, so a device that gets none for long knows that it may be kept in the dark.

use serde::{Deserialize, Serialize};

use super::{error::RosterError, replay::Roster};
use crate::{
    codec,
    id::{Hash, OfficeId, Signature, UserId},
    signature::{Purpose, Role, SigningKey},
};

/// Largest encoded statement.
const MAX_STATEMENT: usize = 256;

/// "At this time the roster had so many entries and this head."
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseStatement {
    /// The office.
    pub office: OfficeId,
    /// Entries.
    pub length: u64,
    /// Hash of the last.
    pub head: Hash,
    /// Author's clock, milliseconds since 1970.
    pub at_ms: u64,
    /// Whose key signed it: an administrator's identity key, or the office key.
    pub author: Option<UserId>,
}

/// A [`LeaseStatement`] as the exact bytes that were signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedLease {
    /// Encoded [`LeaseStatement`].
    #[serde(with = "serde_bytes")]
    pub statement: Vec<u8>,
    /// [`Purpose::RosterLease`].
    pub signature: Signature,
}

impl SignedLease {
    /// Signs `statement`.
    pub fn make(statement: &LeaseStatement, author: &SigningKey) -> Result<Self, RosterError> {
        let bytes = codec::encode(statement)?;
        Ok(Self { signature: author.sign(Purpose::RosterLease, &bytes)?, statement: bytes })
    }

    /// Reads the statement and checks that somebody signed it who administers the office in `roster`. Whether `length`
    /// and `head` are in one's own log is the caller's to compare.
    pub fn verify(&self, roster: &Roster) -> Result<LeaseStatement, RosterError> {
        let statement: LeaseStatement = codec::decode(&self.statement, MAX_STATEMENT)?;
        if Some(statement.office) != roster.office() {
            return Err(RosterError::OtherOffice);
        }
        let (key, role) = match statement.author {
            None => (roster.office_key(), Role::Office),
            Some(user) => (roster.administrator(user).map(|user| &user.identity), Role::Person),
        };
        let key = key.ok_or(RosterError::NotAllowed)?;
        key.verify(role, Purpose::RosterLease, &self.statement, &self.signature)?;
        Ok(statement)
    }
}
