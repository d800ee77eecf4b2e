//! One log, in one order, from one first entry on.

use protocol::{
    codec,
    error::ErrorCode,
    id::{Hash, OfficeId, Signature},
    limits::{MAX_CLOCK_AHEAD_MS, MAX_ENTRY_BACKDATED_MS, MAX_ROSTER_ENTRY},
    roster::{PersonRevoked, Roster, RosterError, SignedEntry, Source, StaffRole},
};

use crate::samples::{
    self, DAY_MS, Log, NOW_MS, WIRE, device, identity_key, invite_key, invites, issued, joined, office_key,
    opening, statement, user,
};

#[test]
fn an_office_grows_from_its_founder_by_invites() {
    let log = Log::staffed();
    let founder = log.roster.user(user(1)).unwrap();
    assert!(founder.is_administrator());
    let person = log.roster.user(user(2)).unwrap();
    assert_eq!((person.name.as_str(), person.role), ("Person 2", StaffRole::Staff));
    assert_eq!(person.devices, [device(2)]);
    assert_eq!(log.roster.device(device(2)).unwrap(), &statement(2, 2));
    assert_eq!(log.roster.office_key().unwrap(), office_key().public());
    assert_eq!(log.roster.length(), 4);
}

#[test]
fn the_same_log_gives_everybody_the_same_office() {
    let log = samples::every_change();
    for source in [WIRE, Source::Stored] {
        let mut copy = Roster::pinned(log.roster.root().unwrap());
        for entry in &log.entries {
            copy.apply(entry, source).unwrap();
        }
        assert_eq!((copy.length(), copy.head()), (log.roster.length(), log.roster.head()));
        assert!(copy.users().eq(log.roster.users()));
        assert!(copy.rooms().eq(log.roster.rooms()));
        assert!(copy.invites().eq(log.roster.invites()));
    }
}

#[test]
fn a_refused_entry_changes_nothing() {
    let mut log = Log::staffed();
    let (length, head) = (log.roster.length(), log.roster.head());
    log.by(2, PersonRevoked { user: user(1) }).unwrap_err();
    log.roster.apply(b"garbage", WIRE).unwrap_err();
    assert_eq!((log.roster.length(), log.roster.head()), (length, head));
    log.by(1, PersonRevoked { user: user(2) }).unwrap();
}

#[test]
fn an_entry_of_any_other_key_is_forged() {
    for key in [identity_key(2), office_key(), invite_key(1), samples::device_key(1)] {
        let mut log = Log::staffed();
        let entry = log.next(Some(1), PersonRevoked { user: user(2) });
        let error = log.take(&entry, &key).unwrap_err();
        assert!(matches!(error, RosterError::Signature(_)));
        assert_eq!(error.code(), ErrorCode::BadSignature);
    }
}

#[test]
fn an_administrators_key_is_not_the_office_key() {
    let mut log = Log::staffed();
    let entry = log.next(None, PersonRevoked { user: user(2) });
    assert!(matches!(log.take(&entry, &identity_key(1)), Err(RosterError::Signature(_))));
}

#[test]
fn an_entry_with_any_byte_changed_is_refused() {
    let log = Log::staffed();
    let mut next = log.clone();
    next.by(1, PersonRevoked { user: user(2) }).unwrap();
    let bytes = next.entries.last().unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x01;
        assert!(log.roster.consider(&changed, WIRE).is_err(), "byte {at}");
    }
}

#[test]
fn a_signature_of_another_purpose_does_not_count() {
    let log = Log::staffed();
    let entry = codec::encode(&log.next(Some(1), PersonRevoked { user: user(2) })).unwrap();
    let purpose = protocol::signature::Purpose::RosterLease;
    let signature = identity_key(1).sign(purpose, &entry).unwrap();
    let bytes = codec::encode(&SignedEntry { entry, signature }).unwrap();
    assert!(matches!(log.roster.consider(&bytes, WIRE), Err(RosterError::Signature(_))));
}

#[test]
fn a_left_out_entry_shows() {
    let log = samples::every_change();
    for gap in 0..log.entries.len() - 1 {
        let mut roster = Roster::new();
        for entry in &log.entries[..gap] {
            roster.apply(entry, WIRE).unwrap();
        }
        let refused = roster.apply(&log.entries[gap + 1], WIRE).unwrap_err();
        assert!(matches!(refused, RosterError::Index { .. }), "without {gap}");
        assert_eq!(refused.code(), ErrorCode::RosterMoved);
    }
}

#[test]
fn a_replayed_entry_is_refused() {
    let mut log = samples::every_change();
    for entry in log.entries.clone() {
        assert!(matches!(log.roster.apply(&entry, WIRE), Err(RosterError::Index { .. })));
    }
}

#[test]
fn reordered_entries_are_refused() {
    let log = Log::staffed();
    let mut roster = Roster::new();
    roster.apply(&log.entries[0], WIRE).unwrap();
    assert!(matches!(roster.apply(&log.entries[2], WIRE), Err(RosterError::Index { expected: 1, got: 2 })));
    // Also not under the other's number: its author signed where it stands.
    let mut moved = SignedEntry::read(&log.entries[3]).unwrap().1;
    roster.apply(&log.entries[1], WIRE).unwrap();
    moved.index = 2;
    let bytes = SignedEntry::make(&moved, &identity_key(3)).unwrap();
    assert!(matches!(roster.apply(&bytes, WIRE), Err(RosterError::Chain(2))));
}

#[test]
fn every_cut_entry_is_refused() {
    let log = Log::staffed();
    let mut next = log.clone();
    next.by(1, PersonRevoked { user: user(2) }).unwrap();
    let bytes = next.entries.last().unwrap();
    for length in 0..bytes.len() {
        assert!(matches!(log.roster.consider(&bytes[..length], WIRE), Err(RosterError::Decode(_))));
    }
}

#[test]
fn an_entry_over_the_limit_is_refused_before_it_is_read() {
    let error = Log::staffed().roster.consider(&vec![0; MAX_ROSTER_ENTRY + 1], WIRE).unwrap_err();
    assert_eq!(error.code(), ErrorCode::BadFrame);
}

#[test]
fn of_two_branches_a_roster_takes_the_one_it_has_begun() {
    let mut one = Log::staffed();
    let mut other = one.clone();
    one.by(1, PersonRevoked { user: user(2) }).unwrap();
    other.by(1, PersonRevoked { user: user(3) }).unwrap();
    other.by(1, PersonRevoked { user: user(2) }).unwrap();
    let fork = one.roster.apply(other.entries.last().unwrap(), WIRE).unwrap_err();
    assert!(matches!(fork, RosterError::Chain(5)));
    assert_eq!(fork.code(), ErrorCode::RosterMoved);
}

#[test]
fn an_entry_with_the_same_words_signed_again_is_another_branch() {
    let mut one = Log::opened();
    let mut other = Log::opened();
    one.by(1, invites([issued(2, StaffRole::Staff)])).unwrap();
    let mut entry = other.next(Some(1), invites([issued(2, StaffRole::Staff)]));
    entry.made_ms += 1;
    other.take(&entry, &identity_key(1)).unwrap();
    other.by(2, joined(2, 2)).unwrap();
    assert!(matches!(one.roster.apply(&other.entries[2], WIRE), Err(RosterError::Chain(2))));
}

#[test]
fn the_chain_is_over_what_was_signed_and_not_over_the_signature() {
    let log = Log::opened();
    let (signed, _) = SignedEntry::read(&log.entries[0]).unwrap();
    assert_eq!(log.roster.head(), Hash::of(&signed.entry));
    let other = SignedEntry { signature: Signature::from_bytes([0; 64]), ..signed };
    assert_eq!(other.hash(), log.roster.head());
}

#[test]
fn an_entry_of_another_office_is_refused() {
    let mut log = Log::staffed();
    let mut entry = log.next(Some(1), PersonRevoked { user: user(2) });
    entry.office = OfficeId::from_bytes([1; 16]);
    let error = log.take(&entry, &identity_key(1)).unwrap_err();
    assert!(matches!(error, RosterError::OtherOffice));
    assert_eq!(error.code(), ErrorCode::OtherOffice);
}

#[test]
fn a_pinned_roster_takes_only_its_own_first_entry() {
    let own = Log::opened();
    let mut other = Log::default();
    let mut renamed = opening();
    renamed.name = "Other office".into();
    other.office(renamed).unwrap();
    let mut roster = Roster::pinned(own.roster.root().unwrap());
    assert!(matches!(roster.apply(&other.entries[0], WIRE), Err(RosterError::Root)));
    roster.apply(&own.entries[0], WIRE).unwrap();
}

#[test]
fn an_office_opens_once_and_first() {
    let first = Log::default().office(PersonRevoked { user: user(1) });
    assert!(matches!(first, Err(RosterError::OutOfPlace(0))));
    let again = Log::opened().office(opening());
    assert!(matches!(again, Err(RosterError::OutOfPlace(1))));
}

#[test]
fn an_opening_is_signed_by_the_office_key_that_it_names() {
    let log = Log::default();
    let entry = log.next(None, opening());
    assert!(matches!(log.clone().take(&entry, &identity_key(1)), Err(RosterError::Signature(_))));
    let entry = log.next(Some(1), opening());
    assert!(matches!(log.clone().take(&entry, &identity_key(1)), Err(RosterError::NotAllowed)));
}

#[test]
fn an_entry_from_the_future_is_refused() {
    let mut log = Log::staffed();
    let mut entry = log.next(Some(1), PersonRevoked { user: user(2) });
    entry.made_ms = NOW_MS + MAX_CLOCK_AHEAD_MS + 1;
    let error = log.take(&entry, &identity_key(1)).unwrap_err();
    assert!(matches!(error, RosterError::FutureDated(4)));
    assert_eq!(error.code(), ErrorCode::EntryClock);
    entry.made_ms -= 1;
    log.take(&entry, &identity_key(1)).unwrap();
}

#[test]
fn an_entry_long_before_the_one_it_follows_is_refused() {
    let mut log = Log::staffed();
    let mut entry = log.next(Some(1), PersonRevoked { user: user(2) });
    entry.made_ms = NOW_MS - MAX_ENTRY_BACKDATED_MS - 1;
    let error = log.take(&entry, &identity_key(1)).unwrap_err();
    assert!(matches!(error, RosterError::BackDated(4)));
    assert_eq!(error.code(), ErrorCode::EntryClock);
    entry.made_ms += 1;
    log.take(&entry, &identity_key(1)).unwrap();
}

#[test]
fn going_back_step_by_step_ends_at_the_newest_time_that_was_seen() {
    let mut log = Log::staffed();
    let mut entry = log.next(Some(1), PersonRevoked { user: user(2) });
    entry.made_ms = NOW_MS - MAX_ENTRY_BACKDATED_MS;
    log.take(&entry, &identity_key(1)).unwrap();
    let mut entry = log.next(Some(1), PersonRevoked { user: user(3) });
    entry.made_ms = NOW_MS - MAX_ENTRY_BACKDATED_MS - 1;
    assert!(matches!(log.take(&entry, &identity_key(1)), Err(RosterError::BackDated(5))));
}

#[test]
fn a_slow_clock_never_signs_an_entry_before_the_one_it_follows() {
    let log = Log::staffed();
    let change = PersonRevoked { user: user(2) }.into();
    let office = samples::office();
    let bytes =
        log.roster.next_entry(office, Some(user(1)), &identity_key(1), change, NOW_MS - DAY_MS).unwrap();
    assert_eq!(log.roster.consider(&bytes, WIRE).unwrap().made_ms, NOW_MS);
}

#[test]
fn what_is_signed_next_is_judged_before_it_is_sent() {
    let log = Log::staffed();
    let change = PersonRevoked { user: user(1) }.into();
    let refused = log.roster.next_entry(samples::office(), Some(user(2)), &identity_key(2), change, NOW_MS);
    assert!(matches!(refused, Err(RosterError::NotAllowed)));
}
