//! What a roster lets in and what it refuses.

use protocol::{
    codec,
    device::{CertificateError, DeviceCertificate},
    id::{Hash, OfficeId, Signature},
    roster::{Change, DeviceEnrolled, Entry, OfficeOpened, Roster, RosterError},
};

use crate::{
    samples,
    samples::{
        NOW_MS, certificate, device, invite_id, invite_issued, invite_secret, office, statement, user,
    },
};

fn append(roster: &mut Roster, change: impl Into<Change>) -> Result<Vec<u8>, RosterError> {
    let bytes = roster.next_entry(change.into(), NOW_MS)?;
    roster.apply(&bytes)?;
    Ok(bytes)
}

fn opened() -> Roster {
    let mut roster = Roster::new();
    append(&mut roster, OfficeOpened { office: office() }).unwrap();
    roster
}

fn with_invite() -> Roster {
    let mut roster = opened();
    append(&mut roster, invite_issued(1)).unwrap();
    roster
}

fn enrol(certificate: DeviceCertificate) -> DeviceEnrolled {
    DeviceEnrolled { invite: invite_id(1), certificate }
}

fn signed(change: impl FnOnce(&mut protocol::device::DeviceStatement)) -> DeviceCertificate {
    let mut statement = statement(1);
    change(&mut statement);
    let invite = invite_secret(1).signing_key().unwrap();
    DeviceCertificate::make(&statement, &samples::device_key(1), &invite, |_| Signature::from_bytes([0; 64]))
        .unwrap()
}

#[test]
fn an_invited_device_becomes_a_person_with_a_device() {
    let mut roster = with_invite();
    append(&mut roster, enrol(certificate(1))).unwrap();
    let person = roster.user(user(1)).unwrap();
    assert_eq!((person.name.as_str(), person.devices.as_slice()), ("Person 1", &[device(1)][..]));
    assert_eq!(roster.device(device(1)).unwrap(), &statement(1));
    assert_eq!(roster.invite(invite_id(1)).unwrap().used_by, Some(device(1)));
    assert_eq!(roster.length(), 3);
}

#[test]
fn an_invite_works_once() {
    let mut roster = with_invite();
    append(&mut roster, enrol(certificate(1))).unwrap();
    let again = append(&mut roster, enrol(signed(|s| s.device = device(2))));
    assert!(matches!(again, Err(RosterError::InviteUsed)));
}

#[test]
fn an_invite_ends_at_its_time() {
    let roster = with_invite();
    let late = NOW_MS + 86_400_000;
    assert!(roster.next_entry(enrol(certificate(1)).into(), late - 1).is_ok());
    assert!(matches!(roster.next_entry(enrol(certificate(1)).into(), late), Err(RosterError::InviteExpired)));
}

#[test]
fn an_invite_that_was_never_issued_is_unknown() {
    assert!(matches!(append(&mut opened(), enrol(certificate(1))), Err(RosterError::InviteUnknown)));
}

#[test]
fn a_device_that_another_invite_signed_is_refused() {
    let refused = append(&mut with_invite(), enrol(certificate(2)));
    assert!(matches!(refused, Err(RosterError::Certificate(CertificateError::Signature(_)))));
}

#[test]
fn a_device_in_another_name_or_office_is_refused() {
    let other_user = append(&mut with_invite(), enrol(signed(|s| s.user = user(2))));
    assert!(matches!(other_user, Err(RosterError::OtherPerson)));
    let other_office =
        append(&mut with_invite(), enrol(signed(|s| s.office = OfficeId::from_bytes([1; 16]))));
    assert!(matches!(other_office, Err(RosterError::OtherPerson)));
}

#[test]
fn a_key_of_somebody_else_is_refused() {
    let mut roster = with_invite();
    append(&mut roster, enrol(certificate(1))).unwrap();
    append(&mut roster, invite_issued(2)).unwrap();
    let mut copied = statement(2);
    copied.olm_identity = statement(1).olm_identity;
    let invite = invite_secret(2).signing_key().unwrap();
    let certificate = DeviceCertificate::make(&copied, &samples::device_key(2), &invite, |_| {
        Signature::from_bytes([0; 64])
    });
    let refused =
        append(&mut roster, DeviceEnrolled { invite: invite_id(2), certificate: certificate.unwrap() });
    assert!(matches!(refused, Err(RosterError::Duplicate("device key"))));
}

#[test]
fn a_statement_that_was_changed_after_signing_is_refused() {
    let mut certificate = certificate(1);
    let last = certificate.statement.len() - 1;
    certificate.statement[last] ^= 1;
    assert!(append(&mut with_invite(), enrol(certificate)).is_err());
}

#[test]
fn a_changed_left_out_or_repeated_entry_breaks_the_chain() {
    let mut source = opened();
    let second = append(&mut source, invite_issued(1)).unwrap();
    let third = append(&mut source, invite_issued(2)).unwrap();

    let left_out = opened().apply(&third);
    assert!(matches!(left_out, Err(RosterError::Index { expected: 1, got: 2 })));

    let mut repeated = opened();
    repeated.apply(&second).unwrap();
    assert!(matches!(repeated.apply(&second), Err(RosterError::Index { expected: 2, got: 1 })));

    let mut entry: Entry = codec::decode(&second, 8192).unwrap();
    entry.recorded_ms += 1;
    let mut changed = opened();
    changed.apply(&codec::encode(&entry).unwrap()).unwrap();
    assert!(matches!(changed.apply(&third), Err(RosterError::Chain(2))));
}

#[test]
fn a_pinned_roster_takes_only_its_own_first_entry() {
    let own = Roster::new().next_entry(OfficeOpened { office: office() }.into(), NOW_MS).unwrap();
    let other = Roster::new().next_entry(OfficeOpened { office: office() }.into(), NOW_MS + 1).unwrap();
    let mut roster = Roster::pinned(Hash::of(&own));
    assert!(matches!(roster.apply(&other), Err(RosterError::Root)));
    roster.apply(&own).unwrap();
}

#[test]
fn an_office_opens_once_and_first() {
    assert!(matches!(append(&mut Roster::new(), invite_issued(1)), Err(RosterError::OutOfPlace(0))));
    let again = append(&mut opened(), OfficeOpened { office: office() });
    assert!(matches!(again, Err(RosterError::OutOfPlace(1))));
}

#[test]
fn a_refused_entry_changes_nothing() {
    let mut roster = with_invite();
    let (length, head) = (roster.length(), roster.head());
    append(&mut roster, enrol(certificate(2))).unwrap_err();
    roster.apply(b"garbage").unwrap_err();
    assert_eq!((roster.length(), roster.head()), (length, head));
    append(&mut roster, enrol(certificate(1))).unwrap();
}
