//! Entries that the roster does not take, brought by somebody who is on line.

use gateway::clock::{now_ms, random};
use protocol::{
    audit::EventKind,
    error::ErrorCode,
    id::{Curve25519Public, Hash, OfficeId},
    roster::{Change, Entry, Policy, PolicyChanged, RoleChanged, Roster, SignedEntry, Source, StaffRole},
    signature::Role,
};

use crate::support::{
    device::{Device, Person, key},
    entry,
    office::Office,
};

fn policy() -> Change {
    PolicyChanged { policy: Policy { idle_lock_ms: 120_000, ..Policy::default() } }.into()
}

fn copy(office: &Office) -> Roster {
    office.server.roster().look(Roster::clone)
}

#[tokio::test]
async fn every_bad_entry_is_refused_with_its_reason_and_counted_and_every_forged_one_recorded() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let mut line = office.founder.sign_in(office.address()).await;
    let (id, founder) = (office.config.office(), &office.founder.person);
    let roster = copy(&office);
    let signed = |roster: &Roster, change, at| {
        roster.next_entry(id, Some(founder.user), &founder.identity, change, at).unwrap()
    };
    let hour = 3_600_000;

    let forged = entry(&roster, id, Some(founder.user), &key(Role::Person), policy());
    let truncated = {
        let mut bytes = signed(&roster, policy(), now_ms());
        bytes.truncate(bytes.len() - 10);
        bytes
    };
    let reordered = {
        let mut ahead = roster.clone();
        ahead.apply(&signed(&roster, policy(), now_ms()), Source::Stored).unwrap();
        signed(&ahead, policy(), now_ms())
    };
    let made = |previous, made_ms| {
        let (index, author) = (roster.length(), Some(founder.user));
        let entry = Entry { office: id, index, previous, made_ms, author, change: policy() };
        SignedEntry::make(&entry, &founder.identity).unwrap()
    };
    // The same length, another last entry.
    let forked = made(Hash::of(b"another log"), now_ms());
    let dated = |made_ms| made(roster.head(), made_ms);
    let elsewhere = OfficeId::from_bytes(random().unwrap());
    let other_office = entry(&roster, elsewhere, Some(founder.user), &founder.identity, policy());
    let cases = [
        ("forged", forged, ErrorCode::BadSignature),
        ("truncated", truncated, ErrorCode::BadFrame),
        ("reordered", reordered, ErrorCode::RosterMoved),
        ("of another log", forked, ErrorCode::RosterMoved),
        ("of another office", other_office, ErrorCode::OtherOffice),
        ("backdated", dated(now_ms() - hour), ErrorCode::EntryClock),
        ("from the future", dated(now_ms() + hour), ErrorCode::EntryClock),
    ];
    let count = cases.len();
    for (name, bytes, code) in cases {
        let before = office.refusals(code);
        assert_eq!(line.append(vec![bytes]).await, Err(code), "{name}");
        assert_eq!(office.refusals(code), before + 1, "{name} is counted");
    }
    // A colleague who does not administer the office.
    let not_hers = entry(&roster, id, Some(ana.user), &ana.person.identity, policy());
    assert_eq!(ana_line.append(vec![not_hers]).await, Err(ErrorCode::NotAllowed));
    let promoted = RoleChanged { user: ana.user, role: StaffRole::Admin };
    let not_even_his = entry(&roster, id, Some(founder.user), &founder.identity, promoted.into());
    assert_eq!(line.append(vec![not_even_his]).await, Err(ErrorCode::NotAllowed), "for the office key alone");

    assert_eq!(copy(&office).head(), roster.head(), "nothing has grown");
    let mut trail = office.trail().await;
    // Somebody who was merely slower is not recorded: two of them, and two more refusals below the table.
    trail.wait_for(EventKind::RosterRefused, count).await;
    let reasons: Vec<_> =
        trail.events(EventKind::RosterRefused).into_iter().filter_map(|event| event.reason.clone()).collect();
    for reason in ["bad_signature", "bad_frame", "other_office", "entry_clock", "not_allowed"] {
        assert!(reasons.iter().any(|known| known == reason), "{reason} of {reasons:?}");
    }
}

#[tokio::test]
async fn what_is_in_the_roster_already_is_confirmed_and_not_doubled() {
    let office = Office::open().await;
    let mut line = office.founder.sign_in(office.address()).await;
    let entry = office.founder.sign_entry(&copy(&office), policy());
    assert_eq!(line.append(vec![entry.clone()]).await, Ok(2));
    assert_eq!(line.append(vec![entry]).await, Ok(2), "the answer may have been lost");
    assert_eq!(copy(&office).length(), 2);
}

#[tokio::test]
async fn a_device_certificate_of_another_office_adds_nobody() {
    let office = Office::open().await;
    let (ana, mut line) = office.colleague("Ana Rivera").await;
    let elsewhere =
        Person::new(OfficeId::from_bytes([9; 16]), Curve25519Public::from_bytes([9; 32]), ana.user);
    let stranger = Device::of(&elsewhere);
    let bytes = entry(
        &copy(&office),
        office.config.office(),
        Some(ana.user),
        &ana.person.identity,
        stranger.adding(),
    );

    let refused = line.append(vec![bytes]).await.unwrap_err();

    assert!(
        matches!(refused, ErrorCode::OtherOffice | ErrorCode::BadCertificate | ErrorCode::BadSignature),
        "{refused:?}"
    );
    assert_eq!(copy(&office).user(ana.user).unwrap().devices, [ana.id]);
}
