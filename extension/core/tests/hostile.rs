//! What a malicious gateway tries. It owns directory, mailbox, roster and every byte outside the sealed ones;
//! each attempt is refused by its name, and the honest copy still arrives.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]
#![allow(dead_code, clippy::pedantic)]

use extension_core::{Core, Refusal, StoredRecord, view::MessageState};
use protocol::{
    envelope::{Addressed, WrapKind},
    frame::{ClaimedPrekey, ClientFrame, GatewayFrame, Prekeys, RosterEntries},
    id::{ConversationId, DeviceId, Hash, MessageId, UserId},
    prekey::{PrekeyPurpose, PrekeyStatement, SignedPrekey},
    roster::{Change, InviteIssued, InvitesIssued, Roster, Source, StaffRole},
    signature::{Role, SigningKey},
};
use serde_bytes::ByteBuf;
use simulation::{START, World};

/// Ann has written to Ben, and the gateway holds the copy for Ben back.
fn held_back(seed: u64) -> (World, usize, usize, Addressed) {
    let (mut world, [ann, ben]) = World::with_people(seed, ["Ann", "Ben"]);
    // A first exchange, so that the message in question is inside an established session.
    world.send(ann, ben, "before");
    world.drain();
    world.send(ben, ann, "answer");
    world.drain();
    world.gateway.hold_deliveries = true;
    world.send(ann, ben, "the message");
    world.drain();
    let copy = world.gateway.log.last().unwrap().clone();
    assert_eq!(copy.wrap.kind, WrapKind::Normal);
    (world, ann, ben, copy)
}

/// Delivers a changed copy and sees it refused, then the honest one and sees it arrive once.
fn refused(change: impl FnOnce(&mut Addressed), refusal: Refusal) {
    let (mut world, ann, ben, honest) = held_back(41);
    let ann_user = world.hosts[ann].user;
    let before = world.hosts[ben].texts(ann_user);
    let sessions = |world: &World| {
        let mut records = world.hosts[ben].records.clone();
        records.retain(|key, _| key.starts_with("sessions/") || key == "account" || key.starts_with("seen/"));
        records
    };
    let state = sessions(&world);
    let mut changed = honest.clone();
    change(&mut changed);
    world.inject(ben, changed);
    let seen: Vec<_> = world.hosts[ben].core.refusals().all().collect();
    assert_eq!(seen, [(refusal, 1)]);
    assert_eq!(sessions(&world), state, "a refused message changed ratchets or seen-set");

    world.inject(ben, honest);
    let mut texts = world.hosts[ben].texts(ann_user);
    texts.retain(|text| !text.is_empty());
    assert_eq!(texts, [before, vec!["the message".to_owned()]].concat());
}

#[test]
fn a_flipped_bit_in_the_payload_is_refused() {
    refused(|copy| copy.payload.ciphertext[30] ^= 1, Refusal::PayloadHash);
    refused(|copy| copy.payload.ciphertext[3] ^= 1, Refusal::PayloadHash);
}

#[test]
fn a_flipped_bit_in_the_commitment_is_refused() {
    refused(
        |copy| {
            let mut bytes = *copy.payload.commitment.as_bytes();
            bytes[0] ^= 1;
            copy.payload.commitment = Hash::from_bytes(bytes);
        },
        Refusal::PayloadHash,
    );
}

#[test]
fn a_changed_header_is_refused_field_by_field() {
    refused(|copy| copy.header.message = MessageId::new(START, [9; 10]), Refusal::WrapMessage);
    refused(|copy| copy.header.conversation = ConversationId::from_bytes([1; 16]), Refusal::Conversation);
    refused(|copy| copy.header.sender_user = UserId::from_bytes([1; 16]), Refusal::SenderMismatch);
    refused(|copy| copy.header.expires_ms += 1, Refusal::PayloadHash);
    refused(|copy| copy.header.expires_ms = START, Refusal::Expired);
}

#[test]
fn a_flipped_bit_anywhere_in_the_wrap_is_refused() {
    refused(|copy| *copy.wrap.body.last_mut().unwrap() ^= 1, Refusal::CannotDecrypt);
    // The ratchet key stands after the version, a tag and its length.
    refused(|copy| copy.wrap.body[3] ^= 1, Refusal::CannotDecrypt);
    refused(|copy| copy.wrap.body[0] = 3, Refusal::OlmMalformed);
    refused(|copy| copy.wrap.kind = WrapKind::Prekey, Refusal::OlmMalformed);
    refused(|copy| copy.wrap.body.clear(), Refusal::OlmMalformed);
    refused(|copy| copy.wrap.body.resize(5_000, 0), Refusal::OlmMalformed);
}

#[test]
fn the_top_bit_of_a_ratchet_key_is_refused_although_it_would_decrypt() {
    refused(|copy| copy.wrap.body[3 + 31] ^= 0x80, Refusal::KeyForm);
}

#[test]
fn a_ratchet_key_of_low_order_is_refused() {
    refused(|copy| copy.wrap.body[3..35].fill(0), Refusal::KeyForm);
}

#[test]
fn a_copy_for_another_device_is_refused() {
    let (mut world, _, ben, mut copy) = held_back(42);
    copy.wrap.device = DeviceId::from_bytes([1; 16]);
    world.inject(ben, copy);
    assert_eq!(world.hosts[ben].core.refusals().of(Refusal::OtherDevice), 1);
}

#[test]
fn another_payload_under_old_wraps_is_refused() {
    let (mut world, ann, ben, first) = held_back(43);
    world.send(ann, ben, "another message");
    world.drain();
    let mut swapped = world.gateway.log.last().unwrap().clone();
    swapped.payload = first.payload.clone();
    world.inject(ben, swapped);
    assert_eq!(world.hosts[ben].core.refusals().of(Refusal::PayloadHash), 1);
}

#[test]
fn a_wrap_of_another_message_is_refused() {
    let (mut world, ann, ben, first) = held_back(44);
    world.send(ann, ben, "another message");
    world.drain();
    let mut swapped = world.gateway.log.last().unwrap().clone();
    swapped.wrap = first.wrap.clone();
    world.inject(ben, swapped);
    assert_eq!(world.hosts[ben].core.refusals().of(Refusal::WrapMessage), 1);
}

#[test]
fn a_replay_is_confirmed_and_shown_once() {
    let (mut world, ann, ben, copy) = held_back(45);
    let ann_user = world.hosts[ann].user;
    for _ in 0..3 {
        world.inject(ben, copy.clone());
        world.reopen(ben);
        world.settle();
    }
    let shown = world.hosts[ben].texts(ann_user).iter().filter(|text| *text == "the message").count();
    assert_eq!(shown, 1);
    assert_eq!(world.hosts[ben].core.view().unread, 2);
}

#[test]
fn a_replay_of_a_first_message_on_a_fallback_key_is_refused() {
    let (mut world, [ann, ben]) = World::with_people(46, ["Ann", "Ben"]);
    let device = world.hosts[ben].device();
    world.gateway.one_time.clear();
    world.send(ann, ben, "first");
    world.drain();
    let copy = world.gateway.log.last().unwrap().clone();
    assert_eq!((copy.wrap.kind, copy.wrap.device), (WrapKind::Prekey, device));

    // Under its own id it is known; under another it decrypts, but the id inside is still the old one.
    world.inject(ben, copy.clone());
    let mut renamed = copy;
    renamed.header.message = MessageId::new(world.now, [3; 10]);
    world.inject(ben, renamed);
    assert_eq!(world.hosts[ben].core.refusals().of(Refusal::WrapMessage), 1);
    let texts = world.hosts[ben].texts(world.hosts[ann].user);
    assert_eq!(texts.iter().filter(|text| *text == "first").count(), 1);
}

#[test]
fn a_message_is_not_taken_as_somebody_elses() {
    let (mut world, [ann, ben, mallory]) = World::with_people(47, ["Ann", "Ben", "Mallory"]);
    world.gateway.hold_deliveries = true;
    world.send(mallory, ben, "I am Ann");
    world.drain();
    let mut copy = world.gateway.log.last().unwrap().clone();
    copy.header.sender_user = world.hosts[ann].user;
    copy.header.sender_device = world.hosts[ann].device();
    copy.header.conversation = ConversationId::direct(world.hosts[ann].user, world.hosts[ben].user);
    world.inject(ben, copy);
    assert_eq!(world.hosts[ben].core.refusals().of(Refusal::IdentityKey), 1);
    let shown = world.hosts[ben].messages(world.hosts[ann].user);
    assert_eq!(shown[0].state, MessageState::Undecryptable);
    assert_eq!(shown[0].reason.as_deref(), Some("identity_key"));
    assert!(shown[0].text.is_empty());
    assert_eq!(world.hosts[ben].core.view().unread, 0);
}

#[test]
fn made_up_messages_fill_nothing_without_bound() {
    let (mut world, ann, ben, copy) = held_back(48);
    for number in 0..300_u16 {
        let mut copy = copy.clone();
        copy.wrap.body.truncate(50);
        let [high, low] = number.to_be_bytes();
        copy.header.message = MessageId::new(START, [high, low, 0, 0, 0, 0, 0, 0, 0, 0]);
        world.inject(ben, copy);
    }
    let shown = world.hosts[ben].states(world.hosts[ann].user);
    assert_eq!(shown.iter().filter(|state| **state == MessageState::Undecryptable).count(), 100);
    assert_eq!(world.hosts[ben].core.refusals().of(Refusal::OlmMalformed), 300);
}

#[test]
fn a_key_that_is_not_the_devices_own_starts_no_session() {
    let key = protocol::id::Curve25519Public::from_bytes([9; 32]);
    let stranger = SigningKey::from_seed(Role::Device, [1; 32]).unwrap();
    for case in 0..3 {
        let (mut world, [ann, ben]) = World::with_people(49, ["Ann", "Ben"]);
        let device = world.hosts[ben].device();
        let honest = world.gateway.one_time[&device][0].clone();
        world.gateway.one_time.get_mut(&device).unwrap().clear();
        world.gateway.fallback.remove(&device);
        let statement = PrekeyStatement {
            device,
            key_id: 0,
            key,
            purpose: PrekeyPurpose::OneTime,
            expires_ms: START * 2,
        };
        let bad = match case {
            // Signed by somebody else.
            0 => SignedPrekey::make(&statement, &stranger).unwrap(),
            // The signature of another key.
            1 => SignedPrekey {
                statement: protocol::codec::encode(&statement).unwrap(),
                by_device: honest.by_device,
            },
            // Honest, but of another device.
            _ => world.gateway.one_time[&world.hosts[ann].device()][0].clone(),
        };
        world.gateway.one_time.get_mut(&device).unwrap().push_back(bad);
        world.send(ann, ben, "wait for an honest key");
        world.drain();
        assert_eq!(world.hosts[ann].states(world.hosts[ben].user), [MessageState::Queued], "case {case}");
        world.gateway.one_time.get_mut(&device).unwrap().push_back(honest);
        world.pass(60_000);
        assert_eq!(world.hosts[ann].states(world.hosts[ben].user), [MessageState::Delivered], "case {case}");
    }
}

#[test]
fn an_expired_key_and_keys_nobody_asked_for_start_no_session() {
    let (mut world, [ann, ben]) = World::with_people(50, ["Ann", "Ben"]);
    let device = world.hosts[ben].device();
    let prekey = world.gateway.one_time[&device][0].clone();
    let conn = world.hosts[ann].conn.unwrap();
    world.gateway.send(conn, Prekeys { request: 1, keys: vec![ClaimedPrekey { device, prekey }] });
    world.drain();
    assert!(!world.hosts[ann].records.keys().any(|key| key.starts_with("sessions/")));

    world.reachable = false;
    world.cut(ann);
    world.cut(ben);
    // Long away: the keys that the gateway still has are out of date.
    world.reachable = true;
    let ben_records = world.hosts[ben].records.clone();
    for _ in 0..10 {
        world.now += 7 * 24 * 3600 * 1000;
        world.gateway.renew_lease(world.now);
        world.act(ann, |core, now| core.hint(extension_core::Hint::Wake, now)).unwrap();
        for _ in 0..200 {
            world.step(ann);
        }
    }
    world.send(ann, ben, "too late for these");
    for _ in 0..200 {
        world.step(ann);
    }
    assert_eq!(world.hosts[ben].records, ben_records);
    assert_eq!(world.hosts[ann].states(world.hosts[ben].user), [MessageState::Queued]);
}

fn problem(world: &World, host: usize) -> Option<String> {
    let view = world.hosts[host].core.view();
    view.alarm.map(|alarm| alarm.code).or(view.problem.map(|problem| problem.code))
}

fn issue(world: &World, number: u8) -> Change {
    Change::InvitesIssued(InvitesIssued {
        invites: vec![InviteIssued {
            invite: protocol::id::InviteId::from_bytes([number; 16]),
            key: SigningKey::from_seed(Role::Invite, [number; 32]).unwrap().public().clone(),
            user: UserId::from_bytes([number; 16]),
            name: format!("Eve {number}"),
            role: StaffRole::Admin,
            group: None,
            expires_ms: world.now + 1_000,
        }],
    })
}

/// The entry after `roster`'s last, signed by the office key.
fn next(world: &World, roster: &Roster, number: u8) -> Vec<u8> {
    let gateway = &world.gateway;
    roster.next_entry(gateway.office, None, &gateway.office_key, issue(world, number), world.now).unwrap()
}

/// The same log with the last entry replaced.
fn forked(world: &World) -> (Roster, Vec<Vec<u8>>) {
    let mut entries = world.gateway.entries.clone();
    entries.pop();
    let mut roster = Roster::new();
    for entry in &entries {
        roster.apply(entry, Source::Stored).unwrap();
    }
    let entry = next(world, &roster, 77);
    roster.apply(&entry, Source::Stored).unwrap();
    entries.push(entry);
    (roster, entries)
}

#[test]
fn a_roster_rolled_back_stops_sending_until_it_is_whole_again() {
    let (mut world, [ann, ben]) = World::with_people(51, ["Ann", "Ben"]);
    world.gateway.grow(issue(&world, 70));
    world.drain();
    let (roster, entries) = (world.gateway.roster.clone(), world.gateway.entries.clone());
    let mut short = Roster::new();
    for entry in &entries[..entries.len() - 1] {
        short.apply(entry, Source::Stored).unwrap();
    }
    world.gateway.roster = short;
    world.gateway.entries.pop();
    world.cut(ann);
    world.settle();
    assert_eq!(problem(&world, ann).as_deref(), Some("roster_rollback"));
    world.send(ann, ben, "held");
    world.drain();
    assert_eq!(world.hosts[ann].states(world.hosts[ben].user), [MessageState::Queued]);

    world.gateway.roster = roster;
    world.gateway.entries = entries;
    world.cut(ann);
    world.settle();
    assert_eq!(problem(&world, ann), None);
    assert_eq!(world.hosts[ann].states(world.hosts[ben].user), [MessageState::Delivered]);
}

#[test]
fn a_roster_that_contradicts_what_was_seen_stops_sending() {
    let (mut world, [ann, ben]) = World::with_people(52, ["Ann", "Ben"]);
    world.gateway.grow(issue(&world, 70));
    world.drain();
    (world.gateway.roster, world.gateway.entries) = forked(&world);
    world.cut(ann);
    world.settle();
    assert_eq!(problem(&world, ann).as_deref(), Some("roster_fork"));
    world.send(ann, ben, "held");
    world.drain();
    assert_eq!(world.hosts[ann].states(world.hosts[ben].user), [MessageState::Queued]);
}

#[test]
fn two_people_who_are_shown_different_rosters_notice_by_their_messages() {
    let (mut world, [ann, ben]) = World::with_people(53, ["Ann", "Ben"]);
    world.cut(ben);
    // Ben is away while the log grows for Ann; then Ben is shown another one of the same length.
    let connecting = world.hosts[ben].wake_at.take();
    world.gateway.grow(issue(&world, 70));
    for _ in 0..50 {
        world.step(ann);
    }
    let honest = (world.gateway.roster.clone(), world.gateway.entries.clone());
    (world.gateway.roster, world.gateway.entries) = forked(&world);
    world.hosts[ben].wake_at = connecting;
    world.settle();
    assert_eq!(problem(&world, ben), None);
    (world.gateway.roster, world.gateway.entries) = honest;

    world.send(ann, ben, "what do you see?");
    world.drain();
    assert_eq!(world.hosts[ben].core.refusals().of(Refusal::RosterFork), 1);
    assert_eq!(problem(&world, ben).as_deref(), Some("roster_fork"));
    world.reopen(ben);
    world.settle();
    assert_eq!(problem(&world, ben).as_deref(), Some("roster_fork"), "a fork is remembered");
}

#[test]
fn entries_hidden_from_one_person_are_missed_when_a_colleague_has_seen_them() {
    let (mut world, [ann, ben]) = World::with_people(54, ["Ann", "Ben"]);
    // The log grows, but only Ann is told.
    let entry = next(&world, &world.gateway.roster, 70);
    let first = world.gateway.entries.len() as u64;
    let conn = world.hosts[ann].conn.unwrap();
    world.gateway.send(conn, RosterEntries { first, entries: vec![ByteBuf::from(entry.clone())] });
    let hidden = entry;
    world.drain();
    world.send(ann, ben, "news");
    world.drain();
    assert_eq!(world.hosts[ben].texts(world.hosts[ann].user), ["news"]);
    assert_eq!(problem(&world, ben), None, "it may only be slow");
    world.pass(20_000);
    assert_eq!(problem(&world, ben).as_deref(), Some("roster_rollback"));
    world.cut(ben);
    world.settle();
    assert_eq!(
        problem(&world, ben).as_deref(),
        Some("roster_rollback"),
        "what a colleague has seen is remembered"
    );

    let conn = world.hosts[ben].conn.unwrap();
    world.gateway.send(conn, RosterEntries { first, entries: vec![ByteBuf::from(hidden)] });
    world.drain();
    assert_eq!(problem(&world, ben), None, "what was hidden has come");
}

#[test]
fn messages_from_devices_that_nobody_knows_are_neither_shown_nor_confirmed() {
    let (mut world, ann, ben, copy) = held_back(61);
    world.gateway.frames.clear();
    for number in 0..200 {
        let mut copy = copy.clone();
        copy.header.sender_device = DeviceId::from_bytes([number; 16]);
        world.inject(ben, copy);
    }
    let fetched = |frame: &&ClientFrame| matches!(frame, ClientFrame::FetchRoster(_));
    assert_eq!(world.gateway.frames.iter().filter(fetched).count(), world.gateway.frames.len());
    assert_eq!(world.gateway.frames.len(), 1, "the roster is asked for once");
    world.pass(100_000);
    assert_eq!(problem(&world, ben), None);
    assert_eq!(world.hosts[ben].texts(world.hosts[ann].user).len(), 2);
}

#[test]
fn an_entry_that_breaks_the_rules_stops_sending() {
    let (mut world, [ann]) = World::with_people(55, ["Ann"]);
    let first = world.gateway.entries.len() as u64;
    let conn = world.hosts[ann].conn.unwrap();
    world.gateway.send(conn, RosterEntries { first, entries: vec![ByteBuf::from(vec![1, 2, 3])] });
    world.drain();
    assert_eq!(problem(&world, ann).as_deref(), Some("roster_invalid"));
}

#[test]
fn a_copied_or_changed_record_is_noticed_when_the_core_is_opened() {
    let (mut world, [ann, ben]) = World::with_people(56, ["Ann", "Ben"]);
    world.send(ann, ben, "hello");
    world.drain();
    let records = world.hosts[ann].records.clone();
    let open = |records: &std::collections::BTreeMap<String, Vec<u8>>| {
        let records =
            records.iter().map(|(key, value)| StoredRecord { key: key.clone(), value: value.clone() });
        Core::open(records.collect(), Vec::new(), START).map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(open(&records), Ok(()));
    for key in records.keys().filter(|key| *key != "vault") {
        let mut changed = records.clone();
        *changed.get_mut(key).unwrap().last_mut().unwrap() ^= 1;
        assert_eq!(open(&changed), Err("storage_damaged"), "{key} changed");
        let mut renamed = records.clone();
        let (other, value) = records.iter().find(|(other, _)| *other != key && *other != "vault").unwrap();
        renamed.insert(key.clone(), value.clone());
        assert_eq!(open(&renamed), Err("storage_damaged"), "{other} in the place of {key}");
    }
    for key in ["vault", "identity", "account", "roster/0000000001"] {
        let mut missing = records.clone();
        missing.remove(key).unwrap();
        assert_eq!(open(&missing), Err("storage_damaged"), "{key} missing");
    }
}

#[test]
fn nothing_that_is_stored_or_sent_holds_text_or_names_in_clear() {
    let (mut world, [ann, ben]) = World::with_people(57, ["Marker-Ann", "Marker-Ben"]);
    world.send(ann, ben, "Marker-text");
    world.drain();
    let holds = |bytes: &[u8]| bytes.windows(7).any(|window| window == b"Marker-");
    // The check sees what it should.
    assert!(holds(b"xx Marker-text"));
    for host in [ann, ben] {
        for (key, value) in &world.hosts[host].records {
            assert!(!holds(key.as_bytes()) && !holds(value), "{key}");
        }
    }
    for copy in &world.gateway.log {
        assert!(!holds(&protocol::codec::encode(copy).unwrap()));
    }
    let (core, user) = (&world.hosts[ann].core, world.hosts[ben].user);
    let debug = format!("{core:?} {:?} {:?}", core.view(), core.conversation(user));
    assert!(!debug.contains("Marker-"), "{debug}");
}

#[test]
fn debug_prints_no_secret() {
    let (mut world, [ann, ben]) = World::with_people(58, ["Ann", "Ben"]);
    world.send(ann, ben, "hello");
    world.drain();
    // A secret says that it is one, and nothing else.
    let debug = format!("{:?}", world.hosts[ann].core).replace("Secret(..)", "");
    for secret in ["seed", "root_key", "chain_key", "private", "pickle", "Secret("] {
        assert!(!debug.contains(secret), "{secret} in {debug}");
    }
    // Runs of numbers would be key bytes.
    let numbers = |text: &str| {
        let runs = text.split(|c: char| !(c.is_ascii_digit() || c == ',' || c == ' '));
        runs.map(|run| run.matches(',').count()).max().unwrap()
    };
    assert_eq!(numbers("key: [1, 22, 3, 4]"), 3, "the check sees what it should");
    assert!(numbers(&debug) < 3, "{debug}");
    // The vault record is the one value in clear.
    let (_, invite) = world.gateway.invite("Cas");
    let effects = Core::open(Vec::new(), Vec::new(), START).unwrap().join(&invite, START).unwrap();
    assert!(numbers(&format!("{effects:?}")) < 3);
}

#[test]
fn lengths_tell_little() {
    let (mut world, [ann, ben]) = World::with_people(59, ["Ann", "Ben"]);
    let mut size = |text: &str| {
        world.send(ann, ben, text);
        world.drain();
        world.gateway.log.last().unwrap().payload.ciphertext.len()
    };
    let short = size("a");
    assert_eq!(size(&"b".repeat(30)), short);
    assert_eq!((size(&"c".repeat(700)) - short) % 256, 0);
}

#[test]
fn frames_that_do_not_belong_change_nothing() {
    let (mut world, [ann, ben]) = World::with_people(60, ["Ann", "Ben"]);
    let device = world.hosts[ben].device();
    let message = MessageId::new(START, [1; 10]);
    let conn = world.hosts[ann].conn.unwrap();
    let before = world.hosts[ann].records.clone();
    let frames: Vec<GatewayFrame> = vec![
        protocol::frame::Accepted { message, at_ms: START }.into(),
        protocol::frame::Delivered { message, device, at_ms: START }.into(),
        Prekeys { request: 99, keys: Vec::new() }.into(),
        protocol::frame::Pong { number: 99 }.into(),
        protocol::frame::PrekeysLow { one_time_keys: u32::MAX }.into(),
        RosterEntries {
            first: 0,
            entries: world.gateway.entries.iter().cloned().map(ByteBuf::from).collect(),
        }
        .into(),
    ];
    for frame in frames {
        world.gateway.send(conn, frame);
    }
    world.drain();
    assert_eq!(world.hosts[ann].records, before);
    assert!(world.gateway.frames.iter().all(|frame| !matches!(frame, ClientFrame::SendMessage(_))));
}
