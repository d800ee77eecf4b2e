//! Invites: one person, one use, in time.

use protocol::{
    device::CertificateError,
    error::ErrorCode,
    id::OfficeId,
    identity::{IdentityCertificate, IdentityStatement},
    limits::{MAX_ENTRY_BACKDATED_MS, MAX_INVITES},
    roster::{
        InviteIssued, InvitesWithdrawn, PersonJoined, PersonRevoked, RoleChanged, RosterError, Source,
        StaffRole,
    },
};

use crate::samples::{
    self, DAY_MS, Log, NOW_MS, certificate, certify, device, identity, identity_key, identity_statement,
    invite_id, invite_key, invites, issued, joined, statement, user,
};

fn invited() -> Log {
    let mut log = Log::opened();
    log.by(1, invites([issued(2, StaffRole::Staff)])).unwrap();
    log
}

/// An invite of another number for person 2.
fn reissued(number: u8, role: StaffRole) -> InviteIssued {
    InviteIssued { user: user(2), name: "Person 2".into(), group: None, ..issued(number, role) }
}

/// Person 2 uses it, with a new identity key that is that number's.
fn rejoined(number: u8) -> PersonJoined {
    let mut claimed = identity_statement(2, number);
    claimed.identity = identity_key(number).public().clone();
    let identity = IdentityCertificate::make(&claimed, &invite_key(number)).unwrap();
    let certificate = certify(&statement(2, number), number, &identity_key(number));
    PersonJoined { identity, certificate }
}

fn rejoin(log: &mut Log, number: u8) -> Result<(), RosterError> {
    let entry = log.next(Some(2), rejoined(number));
    log.take(&entry, &identity_key(number))
}

#[test]
fn an_invited_person_joins_as_the_invite_says() {
    let mut log = invited();
    assert!(log.roster.invite(invite_id(2)).unwrap().is_open(NOW_MS));
    log.by(2, joined(2, 2)).unwrap();
    let invite = log.roster.invite(invite_id(2)).unwrap();
    assert_eq!((invite.used_by, invite.by), (Some(device(2)), Some(user(1))));
    let person = log.roster.user(user(2)).unwrap();
    assert_eq!((person.role, person.group.as_deref()), (StaffRole::Staff, Some("Reception")));
    assert_eq!(&person.identity, identity_key(2).public());
}

#[test]
fn an_invite_works_once() {
    let mut log = invited();
    log.by(2, joined(2, 2)).unwrap();
    let error = log.by(2, joined(2, 4)).unwrap_err();
    assert!(matches!(error, RosterError::InviteUsed));
    assert_eq!(error.code(), ErrorCode::InviteUsed);
}

#[test]
fn an_invite_ends_at_its_time() {
    let mut log = invited();
    let late = NOW_MS + DAY_MS;
    let office = samples::office();
    let key = identity_key(2);
    let join = |now_ms| log.roster.next_entry(office, Some(user(2)), &key, joined(2, 2).into(), now_ms);
    assert!(join(late - 1).is_ok());
    let error = join(late).unwrap_err();
    assert!(matches!(error, RosterError::InviteExpired));
    assert_eq!(error.code(), ErrorCode::InviteExpired);
    assert!(log.by(2, joined(2, 2)).is_ok());
}

#[test]
fn an_expired_invite_is_not_used_by_going_back_in_time() {
    let log = invited();
    let now_ms = NOW_MS + DAY_MS + MAX_ENTRY_BACKDATED_MS + 1;
    let office = samples::office();
    let bytes = log
        .roster
        .next_entry(office, Some(user(2)), &identity_key(2), joined(2, 2).into(), NOW_MS + DAY_MS - 1)
        .unwrap();
    let error = log.roster.consider(&bytes, Source::New { now_ms }).unwrap_err();
    assert!(matches!(error, RosterError::BackDated(2)));
    assert_eq!(error.code(), ErrorCode::EntryClock);
    // Who reads the log later takes what was let in at its time.
    log.roster.consider(&bytes, Source::Wire { now_ms }).unwrap();
    log.roster.consider(&bytes, Source::New { now_ms: now_ms - 2 }).unwrap();
}

#[test]
fn an_invite_that_was_never_issued_or_was_taken_back_is_unknown() {
    let error = Log::opened().by(2, joined(2, 2)).unwrap_err();
    assert!(matches!(error, RosterError::InviteUnknown));
    assert_eq!(error.code(), ErrorCode::InviteUnknown);
    let mut log = invited();
    log.by(1, InvitesWithdrawn { invites: vec![invite_id(2)] }).unwrap();
    assert!(matches!(log.by(2, joined(2, 2)), Err(RosterError::InviteUnknown)));
    let again = log.by(1, InvitesWithdrawn { invites: vec![invite_id(2)] });
    assert!(matches!(again, Err(RosterError::InviteUnknown)));
}

#[test]
fn a_used_invite_is_not_taken_back() {
    let mut log = Log::staffed();
    let refused = log.by(1, InvitesWithdrawn { invites: vec![invite_id(2)] });
    assert!(matches!(refused, Err(RosterError::InviteUsed)));
}

#[test]
fn another_invites_key_opens_nothing() {
    let mut log = invited();
    let forged = IdentityCertificate::make(&identity_statement(2, 2), &invite_key(3)).unwrap();
    let refused = log.by(2, PersonJoined { identity: forged, certificate: certificate(2, 2) });
    assert!(matches!(refused, Err(RosterError::Certificate(CertificateError::Signature(_)))));
}

#[test]
fn an_invite_is_for_its_person_in_its_office() {
    for (other_user, other_office) in [(true, false), (false, true)] {
        let mut log = invited();
        let mut claimed = identity_statement(2, 2);
        if other_user {
            claimed.user = user(3);
        }
        if other_office {
            claimed.office = OfficeId::from_bytes([1; 16]);
        }
        let identity = IdentityCertificate::make(&claimed, &invite_key(2)).unwrap();
        let error = log.by(2, PersonJoined { identity, certificate: certificate(2, 2) }).unwrap_err();
        assert!(matches!(error, RosterError::OtherPerson));
        assert_eq!(error.code(), ErrorCode::OtherOffice);
    }
}

#[test]
fn a_device_of_another_office_or_person_does_not_join() {
    for (other_user, other_office) in [(true, false), (false, true)] {
        let mut claimed = statement(2, 2);
        if other_user {
            claimed.user = user(3);
        }
        if other_office {
            claimed.office = OfficeId::from_bytes([1; 16]);
        }
        let certificate = certify(&claimed, 2, &identity_key(2));
        let refused = invited().by(2, PersonJoined { identity: identity(2, 2), certificate });
        assert!(matches!(refused, Err(RosterError::OtherPerson)));
    }
}

#[test]
fn nobody_joins_in_the_name_of_somebody_else() {
    let mut log = Log::staffed();
    log.by(1, invites([issued(4, StaffRole::Staff)])).unwrap();
    for author in [None, Some(user(3))] {
        let mut entry = log.next(None, joined(4, 4));
        entry.author = author;
        let refused = match author {
            None => log.take(&entry, &samples::office_key()),
            Some(_) => log.take(&entry, &identity_key(4)),
        };
        assert!(matches!(refused, Err(RosterError::OtherPerson)), "{author:?}");
    }
}

#[test]
fn a_new_identity_ends_the_former_devices() {
    let mut log = Log::staffed();
    log.by(1, invites([reissued(4, StaffRole::Staff)])).unwrap();
    rejoin(&mut log, 4).unwrap();
    let person = log.roster.user(user(2)).unwrap();
    assert_eq!(person.devices, [device(4)]);
    assert_eq!(&person.identity, identity_key(4).public());
    assert!(log.roster.device(device(2)).is_none());
    assert!(log.roster.any_device(device(2)).unwrap().revoked.is_some());
    // And the former identity key speaks for nobody.
    assert!(matches!(log.by(2, PersonRevoked { user: user(2) }), Err(RosterError::Signature(_))));
}

#[test]
fn a_second_invite_ends_when_the_first_is_used() {
    let mut log = invited();
    log.by(1, invites([reissued(4, StaffRole::Staff)])).unwrap();
    log.by(2, joined(2, 2)).unwrap();
    assert!(!log.roster.invite(invite_id(4)).unwrap().is_open(NOW_MS));
    assert!(matches!(rejoin(&mut log, 4), Err(RosterError::InviteUnknown)));
}

#[test]
fn a_revoked_person_does_not_come_back_by_an_older_invite() {
    let mut log = Log::staffed();
    log.by(1, invites([reissued(4, StaffRole::Staff)])).unwrap();
    log.by(1, PersonRevoked { user: user(2) }).unwrap();
    assert!(matches!(rejoin(&mut log, 4), Err(RosterError::InviteUnknown)));
    assert!(log.roster.user(user(2)).is_none());
    // A newer one lets them in.
    log.by(1, invites([reissued(5, StaffRole::Staff)])).unwrap();
    rejoin(&mut log, 5).unwrap();
    assert!(log.roster.user(user(2)).is_some());
}

#[test]
fn an_unmade_administrator_does_not_come_back_by_an_older_invite() {
    let mut log = Log::staffed();
    log.office(RoleChanged { user: user(2), role: StaffRole::Admin }).unwrap();
    log.office(invites([reissued(4, StaffRole::Admin)])).unwrap();
    log.office(RoleChanged { user: user(2), role: StaffRole::Staff }).unwrap();
    assert!(matches!(rejoin(&mut log, 4), Err(RosterError::InviteUnknown)));
    assert_eq!(log.roster.administrator(user(2)), None);
}

#[test]
fn a_new_administrator_is_not_unmade_by_an_older_invite() {
    let mut log = Log::staffed();
    log.by(1, invites([reissued(4, StaffRole::Staff)])).unwrap();
    log.office(RoleChanged { user: user(2), role: StaffRole::Admin }).unwrap();
    assert!(matches!(rejoin(&mut log, 4), Err(RosterError::InviteUnknown)));
    assert!(log.roster.administrator(user(2)).is_some());
}

#[test]
fn a_name_is_one_persons_in_whatever_case_and_spacing() {
    let mut log = Log::staffed();
    for name in ["Person 2", "PERSON 2", "  person\u{a0} 2 ", "Per\u{200d}son 2"] {
        let same = InviteIssued { name: name.into(), ..issued(4, StaffRole::Staff) };
        let error = log.by(1, invites([same])).unwrap_err();
        assert!(matches!(error, RosterError::NameTaken), "{name:?}");
        assert_eq!(error.code(), ErrorCode::NameTaken);
    }
    // Also of somebody who is invited, in an earlier entry or in the same.
    log.by(1, invites([issued(4, StaffRole::Staff)])).unwrap();
    let same = InviteIssued { name: "person 4".into(), ..issued(5, StaffRole::Staff) };
    assert!(matches!(log.by(1, invites([same])), Err(RosterError::NameTaken)));
    let twice = [6, 7].map(|number| InviteIssued { name: "New".into(), ..issued(number, StaffRole::Staff) });
    assert!(matches!(log.by(1, invites(twice)), Err(RosterError::NameTaken)));
}

#[test]
fn who_comes_back_under_another_name_leaves_the_former_one_to_who_has_it_now() {
    let mut log = Log::staffed();
    log.by(1, PersonRevoked { user: user(2) }).unwrap();
    let heir = InviteIssued { name: "Person 2".into(), ..issued(4, StaffRole::Staff) };
    log.by(1, invites([heir])).unwrap();
    log.by(4, joined(4, 4)).unwrap();

    let back = InviteIssued { user: user(2), name: "Renamed".into(), ..issued(5, StaffRole::Staff) };
    log.by(1, invites([back])).unwrap();
    let fresh = IdentityStatement { identity: identity_key(5).public().clone(), ..identity_statement(2, 5) };
    let joined = PersonJoined {
        identity: IdentityCertificate::make(&fresh, &invite_key(5)).unwrap(),
        certificate: certify(&statement(2, 5), 5, &identity_key(5)),
    };
    let entry = log.next(Some(2), joined);
    log.take(&entry, &identity_key(5)).unwrap();

    assert_eq!(log.roster.named("Person 2").unwrap().user, user(4));
    assert_eq!(log.roster.named("renamed").unwrap().user, user(2));
    let third = InviteIssued { name: "Person 2".into(), ..issued(6, StaffRole::Staff) };
    assert!(matches!(log.by(1, invites([third])), Err(RosterError::NameTaken)));
}

#[test]
fn a_name_has_letters_and_nothing_that_is_not_seen() {
    let unseen = [
        "Ana\u{200b}",
        "Ana\u{202e}",
        "\u{2066}Ana",
        "Ana\u{feff}Rivera",
        "Ana\u{ad}",
        "\u{3164}",
        "\u{200d}",
    ];
    for name in ["", "   ", "Ana\nRivera", "Ana\u{7}", &"x".repeat(101)].into_iter().chain(unseen) {
        let unfit = InviteIssued { name: name.into(), ..issued(4, StaffRole::Staff) };
        let error = Log::opened().by(1, invites([unfit])).unwrap_err();
        assert!(matches!(error, RosterError::Name), "{name:?}");
        assert_eq!(error.code(), ErrorCode::BadEntry);
    }
}

#[test]
fn invites_come_all_or_none_and_not_twice() {
    let mut log = Log::opened();
    assert!(matches!(log.by(1, invites([])), Err(RosterError::InviteCount)));
    let many: Vec<_> = (0..=MAX_INVITES).map(|_| issued(2, StaffRole::Staff)).collect();
    assert!(matches!(log.by(1, invites(many)), Err(RosterError::InviteCount)));

    let (one, two) = (issued(2, StaffRole::Staff), issued(3, StaffRole::Staff));
    let same_id = InviteIssued { invite: one.invite, ..two.clone() };
    assert!(matches!(log.by(1, invites([one.clone(), same_id])), Err(RosterError::Duplicate("invite"))));
    let same_person = InviteIssued { user: one.user, ..two.clone() };
    assert!(matches!(log.by(1, invites([one.clone(), same_person])), Err(RosterError::Duplicate("person"))));
    let same_key = InviteIssued { key: one.key.clone(), ..two.clone() };
    assert!(matches!(log.by(1, invites([one.clone(), same_key])), Err(RosterError::Duplicate("invite key"))));
    assert_eq!(log.roster.invites().count(), 0);

    log.by(1, invites([one.clone(), two])).unwrap();
    assert!(matches!(log.by(1, invites([one])), Err(RosterError::Duplicate("invite"))));
}
