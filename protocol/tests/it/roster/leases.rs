//! Leases: who may say how far the roster goes.

use protocol::{
    id::{OfficeId, Signature},
    roster::{LeaseStatement, RoleChanged, RosterError, SignedLease, StaffRole},
    signature::{Purpose, SigningKey},
};

use crate::samples::{self, Log, identity_key, office_key, user};

fn refused(log: &Log, statement: LeaseStatement, key: &SigningKey) -> Option<RosterError> {
    SignedLease::make(&statement, key).unwrap().verify(&log.roster).err()
}

#[test]
fn an_administrator_or_the_office_key_says_how_far_the_roster_goes() {
    let log = Log::staffed();
    let statement = samples::lease_statement(&log);
    assert_eq!(samples::lease(&log).verify(&log.roster).unwrap(), statement);
    let by_office = LeaseStatement { author: None, ..statement };
    assert_eq!(SignedLease::make(&by_office, &office_key()).unwrap().verify(&log.roster).unwrap(), by_office);
}

#[test]
fn nobody_else_does() {
    let mut log = Log::staffed();
    let by = |person| LeaseStatement { author: Some(user(person)), ..samples::lease_statement(&log) };
    assert!(matches!(refused(&log, by(2), &identity_key(2)), Some(RosterError::NotAllowed)));
    assert!(matches!(refused(&log, by(7), &identity_key(7)), Some(RosterError::NotAllowed)));
    let former = by(1);
    log.office(RoleChanged { user: user(1), role: StaffRole::Staff }).unwrap();
    assert!(matches!(refused(&log, former, &identity_key(1)), Some(RosterError::NotAllowed)));
}

#[test]
fn a_forged_lease_is_refused() {
    let log = Log::staffed();
    let statement = samples::lease_statement(&log);
    for key in [identity_key(2), office_key(), samples::device_key(1)] {
        assert!(matches!(refused(&log, statement, &key), Some(RosterError::Signature(_))));
    }
    let good = samples::lease(&log);
    for at in 0..good.statement.len() {
        let mut changed = good.clone();
        changed.statement[at] ^= 1;
        assert!(changed.verify(&log.roster).is_err(), "byte {at}");
    }
    let unsigned = SignedLease { signature: Signature::from_bytes([0; 64]), ..good.clone() };
    assert!(unsigned.verify(&log.roster).is_err());
    let as_entry = identity_key(1).sign(Purpose::RosterEntry, &good.statement).unwrap();
    assert!(SignedLease { signature: as_entry, ..good }.verify(&log.roster).is_err());
}

#[test]
fn a_lease_of_another_office_is_refused() {
    let log = Log::staffed();
    let other = LeaseStatement { office: OfficeId::from_bytes([1; 16]), ..samples::lease_statement(&log) };
    assert!(matches!(refused(&log, other, &identity_key(1)), Some(RosterError::OtherOffice)));
    let unopened = Log::default();
    let statement = samples::lease_statement(&unopened);
    assert!(matches!(refused(&unopened, statement, &identity_key(1)), Some(RosterError::OtherOffice)));
}
