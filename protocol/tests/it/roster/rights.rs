//! Who may do what.

use protocol::{
    error::ErrorCode,
    id::OfficeId,
    roster::{
        Change, DeviceAdded, DeviceRevoked, InvitesWithdrawn, PersonMoved, PersonRevoked, Policy,
        PolicyChanged, RevocationReason, RoleChanged, RosterError, StaffRole,
    },
};

use crate::samples::{
    Log, certificate, certify, device, identity_key, invite_id, invites, issued, joined, office_key, opening,
    statement, user,
};

/// Persons 1 and 4 administer, 2 and 3 are staff, 5 is an auditor, invite 6 is open.
fn peopled() -> Log {
    let mut log = Log::staffed();
    log.office(invites([issued(4, StaffRole::Admin)])).unwrap();
    log.by(4, joined(4, 4)).unwrap();
    log.by(1, invites([issued(5, StaffRole::Auditor), issued(6, StaffRole::Staff)])).unwrap();
    log.by(5, joined(5, 5)).unwrap();
    log
}

fn not_allowed(result: Result<(), RosterError>) -> bool {
    result
        .is_err_and(|error| matches!(error, RosterError::NotAllowed) && error.code() == ErrorCode::NotAllowed)
}

fn administration() -> Vec<Change> {
    let policy = Policy { history_ms: 3_600_000, ..Policy::default() };
    vec![
        invites([issued(7, StaffRole::Staff)]).into(),
        InvitesWithdrawn { invites: vec![invite_id(6)] }.into(),
        DeviceRevoked { device: device(3), reason: RevocationReason::Lost }.into(),
        PersonMoved { user: user(3), group: Some("Lab".into()) }.into(),
        RoleChanged { user: user(3), role: StaffRole::Auditor }.into(),
        PersonRevoked { user: user(3) }.into(),
        PolicyChanged { policy }.into(),
    ]
}

#[test]
fn administrators_and_the_office_key_administer() {
    for change in administration() {
        peopled().by(1, change.clone()).unwrap();
        peopled().by(4, change.clone()).unwrap();
        peopled().office(change).unwrap();
    }
}

#[test]
fn nobody_else_administers() {
    for change in administration() {
        for person in [2, 5] {
            assert!(not_allowed(peopled().by(person, change.clone())), "{} by {person}", change.name());
        }
    }
}

#[test]
fn somebody_who_is_not_in_the_office_does_nothing() {
    for change in administration() {
        assert!(not_allowed(peopled().by(7, change)));
    }
}

#[test]
fn an_administrator_who_left_administers_no_more() {
    for change in administration() {
        let mut left = peopled();
        left.office(PersonRevoked { user: user(4) }).unwrap();
        assert!(not_allowed(left.by(4, change.clone())));
        let mut unmade = peopled();
        unmade.office(RoleChanged { user: user(4), role: StaffRole::Staff }).unwrap();
        assert!(not_allowed(unmade.by(4, change)));
    }
}

#[test]
fn only_the_office_key_makes_administrators() {
    let make = RoleChanged { user: user(2), role: StaffRole::Admin };
    assert!(not_allowed(peopled().by(1, make.clone())));
    assert!(not_allowed(peopled().by(1, invites([issued(7, StaffRole::Admin)]))));
    let mut log = peopled();
    log.office(make).unwrap();
    log.by(2, PersonRevoked { user: user(3) }).unwrap();
}

#[test]
fn only_the_office_key_unmakes_administrators() {
    let another_identity = protocol::roster::InviteIssued {
        user: user(4),
        name: "Person 4".into(),
        ..issued(7, StaffRole::Admin)
    };
    let as_staff = protocol::roster::InviteIssued { role: StaffRole::Staff, ..another_identity.clone() };
    let changes: Vec<Change> = vec![
        PersonRevoked { user: user(4) }.into(),
        DeviceRevoked { device: device(4), reason: RevocationReason::Lost }.into(),
        RoleChanged { user: user(4), role: StaffRole::Staff }.into(),
        invites([another_identity.clone()]).into(),
        invites([as_staff]).into(),
    ];
    for change in changes {
        assert!(not_allowed(peopled().by(1, change)));
    }
    let mut log = peopled();
    log.office(invites([another_identity])).unwrap();
    log.office(RoleChanged { user: user(4), role: StaffRole::Staff }).unwrap();
    log.by(1, PersonRevoked { user: user(4) }).unwrap();
}

#[test]
fn an_administrator_neither_resigns_nor_goes_alone() {
    assert!(not_allowed(peopled().by(1, PersonRevoked { user: user(1) })));
    assert!(not_allowed(peopled().by(1, RoleChanged { user: user(1), role: StaffRole::Staff })));
}

#[test]
fn without_its_last_administrator_an_office_is_the_office_keys() {
    let mut log = Log::staffed();
    assert!(not_allowed(log.by(1, PersonRevoked { user: user(1) })));
    log.office(PersonRevoked { user: user(1) }).unwrap();
    assert_eq!(log.roster.users().filter(|user| user.is_administrator()).count(), 0);
    assert!(not_allowed(log.by(2, invites([issued(4, StaffRole::Staff)]))));
    log.office(RoleChanged { user: user(2), role: StaffRole::Admin }).unwrap();
    log.by(2, invites([issued(4, StaffRole::Staff)])).unwrap();
}

#[test]
fn an_invite_for_somebody_in_the_office_keeps_their_role() {
    let promoted = protocol::roster::InviteIssued {
        user: user(2),
        name: "Person 2".into(),
        ..issued(7, StaffRole::Auditor)
    };
    assert!(not_allowed(peopled().by(1, invites([promoted]))));
}

#[test]
fn a_person_adds_devices_and_nobody_for_them() {
    let added = DeviceAdded { certificate: certificate(2, 7) };
    peopled().by(2, added.clone()).unwrap();
    // Neither an administrator nor the office key, also not with the right certificate.
    assert!(matches!(peopled().by(1, added.clone()), Err(RosterError::Certificate(_))));
    assert!(not_allowed(peopled().office(added)));
}

#[test]
fn a_device_of_another_office_or_person_is_not_added() {
    let mut other_office = statement(2, 7);
    other_office.office = OfficeId::from_bytes([1; 16]);
    let mut other_person = statement(2, 7);
    other_person.user = user(3);
    for claimed in [other_office, other_person] {
        let certificate = certify(&claimed, 7, &identity_key(2));
        let error = peopled().by(2, DeviceAdded { certificate }).unwrap_err();
        assert!(matches!(error, RosterError::OtherPerson));
        assert_eq!(error.code(), ErrorCode::OtherOffice);
    }
}

#[test]
fn a_person_revokes_their_own_devices_and_not_a_colleagues() {
    let own = DeviceRevoked { device: device(2), reason: RevocationReason::SignedOut };
    let mut log = peopled();
    log.by(2, own.clone()).unwrap();
    assert!(log.roster.device(device(2)).is_none());
    assert!(matches!(log.by(2, own), Err(RosterError::Unknown("device"))));
    let theirs = DeviceRevoked { device: device(3), reason: RevocationReason::Lost };
    assert!(not_allowed(peopled().by(2, theirs)));
    let administrator = DeviceRevoked { device: device(4), reason: RevocationReason::Lost };
    peopled().by(4, administrator).unwrap();
}

#[test]
fn whoever_left_has_no_devices_and_no_key() {
    let mut log = peopled();
    log.by(1, PersonRevoked { user: user(2) }).unwrap();
    assert!(log.roster.user(user(2)).is_none());
    assert!(log.roster.device(device(2)).is_none());
    assert!(log.roster.any_user(user(2)).unwrap().revoked.is_some());
    assert!(log.roster.named("Person 2").is_none());
    assert!(not_allowed(log.by(2, DeviceAdded { certificate: certificate(2, 7) })));
    assert!(matches!(log.by(1, PersonRevoked { user: user(2) }), Err(RosterError::Unknown("person"))));
}

#[test]
fn rules_out_of_bounds_are_refused() {
    let fine = Policy::default();
    for policy in [
        Policy { idle_lock_ms: 59_999, ..fine },
        Policy { idle_lock_ms: u64::MAX, ..fine },
        Policy { stale_lock_ms: 0, ..fine },
        Policy { stale_wipe_ms: fine.stale_lock_ms - 1, ..fine },
        Policy { stale_wipe_ms: u64::MAX, ..fine },
        Policy { history_ms: 0, ..fine },
        Policy { history_ms: u64::MAX, ..fine },
    ] {
        assert!(matches!(peopled().by(1, PolicyChanged { policy }), Err(RosterError::Policy)));
        let opened = protocol::roster::OfficeOpened { policy, ..opening() };
        assert!(matches!(Log::default().office(opened), Err(RosterError::Policy)));
    }
    let mut log = peopled();
    let policy = Policy { idle_lock_ms: 60_000, ..fine };
    log.by(1, PolicyChanged { policy }).unwrap();
    assert_eq!(log.roster.policy(), policy);
}

#[test]
fn an_office_key_of_another_office_opens_nothing_here() {
    let other =
        protocol::signature::SigningKey::from_seed(protocol::signature::Role::Office, [7; 32]).unwrap();
    let mut log = peopled();
    let entry = log.next(None, PersonRevoked { user: user(2) });
    assert!(matches!(log.take(&entry, &other), Err(RosterError::Signature(_))));
    log.take(&entry, &office_key()).unwrap();
    let entry = Log::default().next(None, opening());
    assert!(matches!(Log::default().take(&entry, &other), Err(RosterError::Signature(_))));
}
