//! What the other side, its other devices, one's own other devices, third people and somebody in between can try once the
//! sealing around the steps is taken as done.

use protocol::{
    id::{Curve25519Public, DeviceId, Hash, MessageId, RoomId, UserId},
    signature::{Role, SigningKey},
};

use super::{
    Comparisons, Fate, Here, LIFE_MS, MAX_AT_ONCE,
    exchange::{Agreed, Half, Party, Whom, commitment},
    step::{Compare, Reason, Step},
    take::{Incoming, Taken},
};
use crate::{
    error::CoreError,
    pins::Pins,
    refusal::Refusal,
    target::Target,
    view::{ComparisonState as Is, ComparisonView},
};

const NOW: u64 = 1_800_000_000_000;

/// One device with its comparisons.
struct Side {
    here: Here,
    comparisons: Comparisons,
}

/// Device `device` of person `person`, whose identity key is number `identity`.
fn party(person: u8, identity: u8, device: u8) -> Party {
    let key = |role, seed| SigningKey::from_seed(role, [seed; 32]).unwrap().public().clone();
    Party {
        whom: Whom { user: UserId::from_bytes([person; 16]), identity: key(Role::Person, identity) },
        device: DeviceId::from_bytes([device; 16]),
        device_key: key(Role::Device, device),
    }
}

fn side(person: u8, identity: u8, device: u8) -> Side {
    let here =
        Here { root: Hash::from_bytes([3; 32]), me: party(person, identity, device), now: NOW, wall: NOW };
    Side { here, comparisons: Comparisons::default() }
}

fn ann() -> Side {
    side(1, 1, 11)
}

fn ben() -> Side {
    side(2, 2, 21)
}

fn id(number: u8) -> MessageId {
    MessageId::new(NOW, [number; 10])
}

impl Side {
    fn start(&mut self, with: &Self, number: u8) -> Compare {
        self.comparisons.start(&self.here, with.here.me.whom.clone(), id(number)).unwrap()
    }

    fn accept(&mut self, from: &Self) -> Compare {
        self.comparisons.accept(&self.here, from.here.me.whom.user).unwrap()
    }

    fn take(&mut self, from: &Self, compare: &Compare) -> Taken {
        self.take_from(&from.here.me, compare)
    }

    fn take_from(&mut self, from: &Party, compare: &Compare) -> Taken {
        self.take_in(from.whom.user.into(), Some(from.whom.clone()), from, compare.id, compare)
    }

    /// A step of another device of the same person to `peer`.
    fn take_own(&mut self, peer: &Self, compare: &Compare) -> Taken {
        let (peer, me) = (&peer.here.me.whom, self.here.me.clone());
        self.take_in(peer.user.into(), Some(peer.clone()), &me, compare.id, compare)
    }

    fn take_in(
        &mut self,
        target: Target,
        peer: Option<Whom>,
        from: &Party,
        message: MessageId,
        compare: &Compare,
    ) -> Taken {
        let incoming = Incoming { target, peer, sender: Some(from.clone()), message, compare };
        self.comparisons.take(&self.here, incoming)
    }

    fn show(&self, with: &Self) -> Option<ComparisonView> {
        self.comparisons.show(with.here.me.whom.user)
    }

    fn is(&self, with: &Self) -> Option<Is> {
        self.show(with).map(|shown| shown.state)
    }

    fn reason(&self, with: &Self) -> Option<&'static str> {
        self.show(with).and_then(|shown| shown.reason)
    }

    fn names(&self, with: &Self) -> Vec<&'static str> {
        self.show(with).unwrap().emoji.iter().map(|emoji| emoji.name).collect()
    }
}

fn key_of(compare: &Compare) -> Curve25519Public {
    match &compare.step {
        Step::Accept { key } | Step::Reveal { key, .. } => *key,
        _ => panic!("no key in it"),
    }
}

fn cancels(taken: &Taken, reason: Reason) -> bool {
    matches!(&taken.reply, Some(Compare { step: Step::Cancel { reason: given }, .. }) if *given == reason)
}

/// Ann has started and Ben has accepted; Ann has not heard of it.
fn accepted() -> (Side, Side, Compare) {
    let (mut ann, mut ben) = (ann(), ben());
    let start = ann.start(&ben, 1);
    assert!(ben.take(&ann, &start).asks);
    let accept = ben.accept(&ann);
    (ann, ben, accept)
}

/// The same, and Ann has answered with her key.
fn revealed() -> (Side, Side, Compare) {
    let (mut ann, ben, accept) = accepted();
    let reveal = ann.take(&ben, &accept).reply.unwrap();
    (ann, ben, reveal)
}

/// Both see pictures.
fn comparing() -> (Side, Side) {
    let (ann, mut ben, reveal) = revealed();
    assert!(ben.take(&ann, &reveal).refusal.is_none());
    (ann, ben)
}

#[test]
fn both_see_the_same_seven_pictures() {
    let (ann, ben) = comparing();
    assert_eq!((ann.is(&ben), ben.is(&ann)), (Some(Is::Comparing), Some(Is::Comparing)));
    assert_eq!(ann.names(&ben).len(), 7);
    assert_eq!(ann.names(&ben), ben.names(&ann));
    let (other, again) = comparing();
    assert_ne!(other.names(&again), ann.names(&ben), "and other ones each time");
}

#[test]
fn nobody_is_drawn_in_without_agreeing() {
    let (mut ann, mut ben) = (ann(), ben());
    let start = ann.start(&ben, 1);
    let taken = ben.take(&ann, &start);
    assert!(taken.asks && taken.reply.is_none());
    assert_eq!((ann.is(&ben), ben.is(&ann)), (Some(Is::Waiting), Some(Is::Asked)));
    let decline = ben.comparisons.close(ann.here.me.whom.user).unwrap();
    ann.take(&ben, &decline);
    assert_eq!((ann.reason(&ben), ben.is(&ann)), (Some("declined"), None));
}

/// As docs/protocol.md has it, computed by another program.
#[test]
fn commitment_and_info_are_those_of_the_protocol_page() {
    let (ann, ben) = (party(1, 1, 11), party(2, 2, 21));
    let (one, two) = (Curve25519Public::from_bytes([9; 32]), Curve25519Public::from_bytes([8; 32]));
    let root = Hash::from_bytes([3; 32]);
    let hash = commitment(root, id(1), &ann, &ben.whom, &one);
    assert_eq!(hash.to_string(), "0f7802551fd12503166d9200e39be7694eeb467ac11f8ab60ae83a7f407d6f93");
    let agreed =
        Agreed { root, id: id(1), starter: &ann, starter_key: one, accepter: &ben, accepter_key: two };
    assert_eq!(
        agreed.info(),
        "crmplus-chat/1 comparison emoji e0fa2aefedc07a2e652bf1f23af67e050ca8e1671728adb4b8e0c0a0296eb011"
    );
}

#[test]
fn somebody_in_between_who_passes_all_on_is_refused_by_the_commitment() {
    // With the office key: Ann believes that number 66 is Ben's key, Ben believes that number 67 is Ann's.
    let (mut ann, mut ben) = (ann(), ben());
    let (as_ben, as_ann) = (side(2, 66, 61), side(1, 67, 62));
    let start = ann.start(&as_ben, 1);
    ben.take(&as_ann, &start);
    let accept = ben.accept(&as_ann);
    let mut reveal = ann.take(&as_ben, &accept).reply.unwrap();
    if let Step::Reveal { device, .. } = &mut reveal.step {
        *device = ben.here.me.device;
    }
    let taken = ben.take(&as_ann, &reveal);
    assert_eq!(taken.refusal, Some(Refusal::CompareCommitment));
    assert!(cancels(&taken, Reason::Refused));
    assert_eq!(ben.reason(&ann), Some("compare_commitment"));
}

#[test]
fn somebody_in_between_with_an_exchange_on_each_side_gets_two_sets_of_pictures() {
    let (mut ann, mut ben) = (ann(), ben());
    let (mut as_ben, mut as_ann) = (side(2, 66, 61), side(1, 67, 62));
    let start = ann.start(&as_ben, 1);
    as_ben.take(&ann, &start);
    let accept = as_ben.accept(&ann);
    let reveal = ann.take(&as_ben, &accept).reply.unwrap();
    as_ben.take(&ann, &reveal);
    let start = as_ann.start(&ben, 1);
    ben.take(&as_ann, &start);
    let accept = ben.accept(&as_ann);
    let reveal = as_ann.take(&ben, &accept).reply.unwrap();
    ben.take(&as_ann, &reveal);
    assert_eq!(ann.is(&ben), Some(Is::Comparing));
    assert_eq!(ben.is(&ann), Some(Is::Comparing));
    assert_ne!(ann.names(&ben), ben.names(&ann));
}

fn info(
    root: Hash,
    id: MessageId,
    starter: &Party,
    starter_key: Curve25519Public,
    accepter: &Party,
    accepter_key: Curve25519Public,
) -> String {
    Agreed { root, id, starter, starter_key, accepter, accepter_key }.info()
}

#[test]
fn pictures_hang_on_everything_that_both_sides_believe() {
    let ours = Half::make();
    let (ann, ben) = (party(1, 1, 11), party(2, 2, 21));
    let (key, theirs) = (ours.public(), Half::make().public());
    let (root, other_root) = (Hash::from_bytes([3; 32]), Hash::from_bytes([4; 32]));
    let honest = info(root, id(1), &ann, key, &ben, theirs);
    let committed = commitment(root, id(1), &ann, &ben.whom, &key);
    let mut infos = vec![
        info(other_root, id(1), &ann, key, &ben, theirs),
        info(root, id(2), &ann, key, &ben, theirs),
        info(root, id(1), &ann, theirs, &ben, theirs),
        info(root, id(1), &ann, key, &ben, key),
        info(root, id(1), &ben, theirs, &ann, key),
    ];
    let mut commitments = vec![
        commitment(other_root, id(1), &ann, &ben.whom, &key),
        commitment(root, id(2), &ann, &ben.whom, &key),
        commitment(root, id(1), &ann, &ben.whom, &theirs),
    ];
    for number in 0..4 {
        let spoil = |honest: &Party| {
            let (mut spoilt, other) = (honest.clone(), party(9, 9, 91));
            match number {
                0 => spoilt.whom.user = other.whom.user,
                1 => spoilt.whom.identity = other.whom.identity,
                2 => spoilt.device = other.device,
                _ => spoilt.device_key = other.device_key,
            }
            spoilt
        };
        infos.push(info(root, id(1), &spoil(&ann), key, &ben, theirs));
        infos.push(info(root, id(1), &ann, key, &spoil(&ben), theirs));
        commitments.push(commitment(root, id(1), &spoil(&ann), &ben.whom, &key));
        if number < 2 {
            commitments.push(commitment(root, id(1), &ann, &spoil(&ben).whom, &key));
        }
    }
    assert!(infos.iter().all(|info| *info != honest));
    assert!(commitments.iter().all(|hash| *hash != committed));
}

#[test]
fn a_key_that_was_not_committed_to_is_refused() {
    let (ann, mut ben, mut reveal) = revealed();
    if let Step::Reveal { key, .. } = &mut reveal.step {
        *key = Half::make().public();
    }
    let taken = ben.take(&ann, &reveal);
    assert_eq!(taken.refusal, Some(Refusal::CompareCommitment));
    assert_eq!((ben.is(&ann), ben.reason(&ann)), (Some(Is::Broken), Some("compare_commitment")));
    assert!(ben.show(&ann).unwrap().emoji.is_empty());
    // And the other side hears that it is over.
    let mut ann = ann;
    ann.take(&ben, &taken.reply.unwrap());
    assert_eq!(ann.reason(&ben), Some("refused"));
}

#[test]
fn keys_of_low_order_or_in_another_form_are_refused() {
    // Zero, one, and a sound key with its top bit set.
    let bad = |sound: &Curve25519Public, number: usize| {
        let mut bytes = if number == 2 { *sound.as_bytes() } else { [0; 32] };
        match number {
            0 => {}
            1 => bytes[0] = 1,
            _ => bytes[31] |= 0x80,
        }
        Curve25519Public::from_bytes(bytes)
    };
    for number in 0..3 {
        let (mut ann, ben, mut accept) = accepted();
        accept.step = Step::Accept { key: bad(&key_of(&accept), number) };
        let taken = ann.take(&ben, &accept);
        assert_eq!(taken.refusal, Some(Refusal::CompareKey));
        assert!(cancels(&taken, Reason::Refused), "and no key is shown");
        assert_eq!(ann.reason(&ben), Some("compare_key"));

        // A starter that commits to such a key.
        let (ann, mut ben) = (self::ann(), self::ben());
        let key = bad(&Half::make().public(), number);
        let hash = commitment(ann.here.root, id(1), &ann.here.me, &ben.here.me.whom, &key);
        ben.take(&ann, &Compare { id: id(1), step: Step::Start { commitment: hash } });
        ben.accept(&ann);
        let reveal = Compare { id: id(1), step: Step::Reveal { key, device: ben.here.me.device } };
        assert_eq!(ben.take(&ann, &reveal).refusal, Some(Refusal::CompareKey));
        assert_eq!(ben.reason(&ann), Some("compare_key"));
    }
}

#[test]
fn a_step_at_the_wrong_time_breaks_it_off() {
    let accept = |of: &Compare| Compare { id: of.id, step: Step::Accept { key: Half::make().public() } };
    let reveal = |of: &Compare, to: &Side| {
        let (key, device) = (Half::make().public(), to.here.me.device);
        Compare { id: of.id, step: Step::Reveal { key, device } }
    };
    let broken = |one: &Side, other: &Side, taken: &Taken| {
        assert_eq!(taken.refusal, Some(Refusal::CompareOrder));
        assert!(cancels(taken, Reason::Refused));
        assert_eq!(one.reason(other), Some("compare_order"));
    };

    // The starter hears the starter's own step.
    let (mut ann, ben, first) = accepted();
    let taken = ann.take(&ben, &reveal(&first, &ann));
    broken(&ann, &ben, &taken);
    // A second key after the pictures.
    let (mut ann, ben, shown) = revealed();
    let taken = ann.take(&ben, &accept(&shown));
    broken(&ann, &ben, &taken);
    // The accepter hears an accept.
    let (ann, mut ben, first) = accepted();
    let taken = ben.take(&ann, &accept(&first));
    broken(&ben, &ann, &taken);
    // A second reveal.
    let (ann, mut ben) = comparing();
    let again = Compare { id: id(1), step: Step::Start { commitment: Hash::from_bytes([0; 32]) } };
    let taken = ben.take(&ann, &reveal(&again, &ben));
    broken(&ben, &ann, &taken);

    // A key before the person has agreed: nothing stays of it.
    let (mut ann, mut ben) = (self::ann(), self::ben());
    let start = ann.start(&ben, 1);
    ben.take(&ann, &start);
    let taken = ben.take(&ann, &reveal(&start, &ben));
    assert_eq!(taken.refusal, Some(Refusal::CompareOrder));
    assert_eq!(ben.is(&ann), None);
}

#[test]
fn a_device_that_does_not_take_part_changes_nothing() {
    let (other_of_ann, other_of_ben) = (party(1, 1, 12), party(2, 2, 22));
    let (mut ann, mut ben) = comparing();
    let steps = |to: &Side| {
        let (key, device) = (Half::make().public(), to.here.me.device);
        [Step::Accept { key }, Step::Reveal { key, device }, Step::Cancel { reason: Reason::Differ }]
    };
    let pictures = ann.names(&ben);
    for step in steps(&ann) {
        let taken = ann.take_from(&other_of_ben, &Compare { id: id(1), step });
        assert_eq!(taken.refusal, Some(Refusal::CompareDevice));
    }
    for step in steps(&ben) {
        let taken = ben.take_from(&other_of_ann, &Compare { id: id(1), step });
        assert_eq!(taken.refusal, Some(Refusal::CompareDevice));
    }
    assert_eq!((ann.names(&ben), ben.names(&ann)), (pictures.clone(), pictures));
    // Nor can it show the key in the place of the starter.
    let (ann, mut ben, shown) = revealed();
    assert_eq!(ben.take_from(&other_of_ann, &shown).refusal, Some(Refusal::CompareDevice));
    assert!(ben.take(&ann, &shown).refusal.is_none());
}

#[test]
fn a_third_person_changes_nothing() {
    let cas = party(3, 3, 31);
    let (mut ann, ben, accept) = accepted();
    let taken = ann.take_from(&cas, &accept);
    assert_eq!(taken.refusal, Some(Refusal::CompareUnknown));
    assert!(cancels(&taken, Reason::Over));
    let stop = Compare::cancel(id(1), Reason::Stopped);
    assert!(ann.take_from(&cas, &stop).reply.is_none(), "two devices never tell each other the end for ever");
    assert_eq!(ann.is(&ben), Some(Is::Waiting));
    assert!(ann.take(&ben, &accept).refusal.is_none());
}

#[test]
fn ones_own_other_device_cannot_play_the_other_side() {
    let (mut ann, mut ben, accept) = accepted();
    assert_eq!(ann.take_own(&ben, &accept).refusal, Some(Refusal::CompareSelf));
    assert_eq!(ann.is(&ben), Some(Is::Waiting));
    let reveal = ann.take(&ben, &accept).reply.unwrap();
    assert_eq!(ben.take_own(&ann, &reveal).refusal, Some(Refusal::CompareSelf));
    assert_eq!(ben.is(&ann), Some(Is::Accepted));
    // And cannot end it.
    ben.take_own(&ann, &Compare::cancel(reveal.id, Reason::Stopped));
    assert!(ben.take(&ann, &reveal).refusal.is_none());
    assert_eq!(ben.names(&ann), ann.names(&ben));
}

#[test]
fn a_copied_or_late_start_asks_nobody() {
    let (mut ann, mut ben) = (ann(), ben());
    let start = ann.start(&ben, 1);
    let from = ann.here.me.clone();
    let copied = ben.take_in(from.whom.user.into(), Some(from.whom.clone()), &from, id(2), &start);
    assert_eq!(copied.refusal, Some(Refusal::CompareReplayed));
    ben.here.wall = NOW + LIFE_MS;
    assert_eq!(ben.take(&ann, &start).refusal, Some(Refusal::CompareStale));
    assert_eq!(ben.is(&ann), None);
    ben.here.wall -= 1;
    assert!(ben.take(&ann, &start).asks);
}

#[test]
fn a_step_in_a_room_or_of_somebody_who_left_or_to_oneself_asks_nobody() {
    let (mut ann, mut ben) = (ann(), ben());
    let start = ann.start(&ben, 1);
    let (from, me) = (ann.here.me.clone(), ben.here.me.clone());
    let room = Target::Room(RoomId::from_bytes([5; 16]));
    let taken = ben.take_in(room, Some(from.whom.clone()), &from, start.id, &start);
    assert_eq!(taken.refusal, Some(Refusal::ComparePlace));
    let taken = ben.take_in(from.whom.user.into(), None, &from, start.id, &start);
    assert_eq!(taken.refusal, Some(Refusal::CompareDevice));
    let (target, message) = (from.whom.user.into(), start.id);
    let gone = Incoming { target, peer: Some(from.whom), sender: None, message, compare: &start };
    assert_eq!(ben.comparisons.take(&ben.here, gone).refusal, Some(Refusal::CompareDevice));
    let taken = ben.take_in(me.whom.user.into(), Some(me.whom.clone()), &me, start.id, &start);
    assert_eq!(taken.refusal, Some(Refusal::CompareSelf));
    assert_eq!(ben.is(&ann), None);
}

#[test]
fn steps_of_a_comparison_that_is_over_are_refused() {
    let (mut ann, ben, reveal) = revealed();
    let accept = Compare { id: reveal.id, step: Step::Accept { key: Half::make().public() } };
    ann.comparisons.differ(ben.here.me.whom.user, reveal.id).unwrap();
    assert_eq!(ann.take(&ben, &accept).refusal, Some(Refusal::CompareOver));
    assert_eq!(ann.reason(&ben), Some("differ"), "what the person said stays");
    ann.comparisons.close(ben.here.me.whom.user);
    let taken = ann.take(&ben, &accept);
    assert_eq!(taken.refusal, Some(Refusal::CompareUnknown));
    assert!(cancels(&taken, Reason::Over));
}

#[test]
fn who_compares_already_is_busy() {
    let (ann, mut ben) = comparing();
    let again = Compare { id: id(7), step: Step::Start { commitment: Hash::from_bytes([0; 32]) } };
    let taken = ben.take(&ann, &again);
    assert_eq!(taken.refusal, Some(Refusal::CompareBusy));
    assert!(cancels(&taken, Reason::Busy));
    assert_eq!(ben.names(&ann), ann.names(&ben));
    let user = ann.here.me.whom.clone();
    assert_eq!(ben.comparisons.start(&ben.here, user, id(8)).err(), Some(CoreError::Busy));

    let mut ann = self::ann();
    for number in (100..).take(MAX_AT_ONCE) {
        let other = party(number, number, number);
        let taken = ann.take_from(&other, &again);
        assert!(taken.asks);
    }
    let taken = ann.take(&ben, &again);
    assert_eq!(taken.refusal, Some(Refusal::CompareBusy));
    assert!(cancels(&taken, Reason::Busy));
    let whom = ben.here.me.whom.clone();
    assert_eq!(ann.comparisons.start(&ann.here, whom, id(9)).err(), Some(CoreError::Busy));
    // One answer makes room.
    ann.comparisons.close(UserId::from_bytes([100; 16]));
    assert!(ann.take(&ben, &again).asks);
}

#[test]
fn both_starting_at_once_is_one_comparison() {
    for (mine, theirs) in [(1, 2), (2, 1)] {
        let (mut ann, mut ben) = (ann(), ben());
        let (from_ann, from_ben) = (ann.start(&ben, mine), ben.start(&ann, theirs));
        let mut to_ann = ben.take(&ann, &from_ann).reply;
        let mut to_ben = ann.take(&ben, &from_ben).reply;
        assert!(to_ann.is_some() != to_ben.is_some(), "one of the two accepts");
        while to_ann.is_some() || to_ben.is_some() {
            let answer = to_ann.take().and_then(|step| ann.take(&ben, &step).reply);
            to_ann = to_ben.take().and_then(|step| ben.take(&ann, &step).reply);
            to_ben = answer;
        }
        assert_eq!(ann.names(&ben).len(), 7);
        assert_eq!(ann.names(&ben), ben.names(&ann));
    }
}

#[test]
fn the_first_of_two_devices_takes_part_and_the_other_sees_that_it_goes_on_elsewhere() {
    let (mut ann, mut ben, mut other) = (ann(), ben(), side(2, 2, 22));
    let start = ann.start(&ben, 1);
    ben.take(&ann, &start);
    other.take(&ann, &start);
    // Both press at once.
    let (first, second) = (ben.accept(&ann), other.accept(&ann));
    ben.take_own(&ann, &second);
    other.take_own(&ann, &first);
    let reveal = ann.take(&ben, &first).reply.unwrap();
    assert_eq!(ann.take(&other, &second).refusal, Some(Refusal::CompareDevice));
    assert!(other.take(&ann, &reveal).refusal.is_none());
    ben.take(&ann, &reveal);
    assert_eq!(other.is(&ann), Some(Is::Elsewhere));
    assert_eq!(ben.names(&ann), ann.names(&ben));

    // One presses, the other has not been touched.
    let (mut ann, mut ben, mut other) = (self::ann(), self::ben(), side(2, 2, 22));
    let mut third = side(2, 2, 23);
    let start = ann.start(&ben, 1);
    for device in [&mut ben, &mut other, &mut third] {
        device.take(&ann, &start);
    }
    let accept = ben.accept(&ann);
    other.take_own(&ann, &accept);
    assert_eq!(other.is(&ann), Some(Is::Elsewhere));
    let reveal = ann.take(&ben, &accept).reply.unwrap();
    // Messages of two devices can overtake each other.
    third.take(&ann, &reveal);
    assert_eq!(third.is(&ann), Some(Is::Elsewhere));
    third.take_own(&ann, &accept);
    assert_eq!(third.is(&ann), Some(Is::Elsewhere));
}

#[test]
fn ones_other_devices_show_what_was_started_here() {
    let (mut ann, mut ben, mut other) = (ann(), ben(), side(1, 1, 12));
    let start = ann.start(&ben, 1);
    other.take_own(&ben, &start);
    assert_eq!(other.is(&ben), Some(Is::Elsewhere));
    ben.take(&ann, &start);
    let accept = ben.accept(&ann);
    assert!(other.take(&ben, &accept).refusal.is_none());
    // Both began at once: the other device does not ask about the start that does not count.
    let (mut ann, mut ben, mut other) = (self::ann(), self::ben(), side(1, 1, 12));
    let (from_ann, from_ben) = (ann.start(&ben, 1), ben.start(&ann, 2));
    other.take_own(&ben, &from_ann);
    assert!(!other.take(&ben, &from_ben).asks);
    let mut late = side(1, 1, 13);
    late.take(&ben, &from_ben);
    late.take_own(&ben, &from_ann);
    assert_eq!(late.is(&ben), Some(Is::Elsewhere));
    // What was declined there is not asked here any more.
    let (ann, mut ben, mut other) = (self::ann(), self::ben(), side(1, 1, 12));
    let start = ben.start(&ann, 3);
    other.take(&ben, &start);
    assert_eq!(other.is(&ben), Some(Is::Asked));
    other.take_own(&ben, &Compare::cancel(start.id, Reason::Declined));
    assert_eq!(other.is(&ben), None);
}

#[test]
fn the_answer_is_about_the_pictures_that_were_shown() {
    let (mut ann, ben) = comparing();
    let user = ben.here.me.whom.user;
    assert_eq!(ann.comparisons.matched(user, id(9), None).err(), Some(CoreError::ComparisonOver));
    assert_eq!(ann.comparisons.differ(user, id(9)).err(), Some(CoreError::ComparisonOver));
    assert!(ann.comparisons.matched(user, id(1), None).is_ok_and(|whom| whom == ben.here.me.whom));
    assert_eq!(ann.comparisons.matched(user, id(1), None).err(), Some(CoreError::ComparisonOver));
    // Without pictures there is nothing to say.
    let (ann, mut ben, accept) = accepted();
    let user = ann.here.me.whom.user;
    assert_eq!(ben.comparisons.matched(user, accept.id, None).err(), Some(CoreError::ComparisonOver));
}

#[test]
fn a_match_is_taken_back_when_the_other_side_sees_other_pictures() {
    let (mut ann, ben) = comparing();
    let whom = ben.here.me.whom.clone();
    let mut pins = Pins::default();
    pins.verify_key(whom.user, party(2, 77, 21).whom.identity);
    let before = pins.remembered(whom.user);
    ann.comparisons.matched(whom.user, id(1), before.clone()).unwrap();
    pins.verify_key(whom.user, whom.identity.clone());
    let stop = Compare::cancel(id(1), Reason::Stopped);
    assert!(ann.take(&ben, &stop).undo.is_none(), "putting it away says nothing about the pictures");
    let differ = Compare::cancel(id(1), Reason::Differ);
    assert!(ann.take_from(&party(2, 2, 22), &differ).undo.is_none());
    // Also when it is off the screen.
    assert!(ann.comparisons.close(whom.user).is_none());
    assert_eq!(ann.is(&ben), None);
    let (compared, former) = ann.take(&ben, &differ).undo.unwrap();
    pins.take_back(compared.user, &compared.identity, former);
    assert_eq!(pins.remembered(whom.user), before);
    assert_eq!(ann.reason(&ben), Some("other_differs"));
    // What was said of a newer key meanwhile stays.
    pins.verify_key(whom.user, party(2, 78, 21).whom.identity);
    let newer = pins.remembered(whom.user);
    pins.take_back(compared.user, &compared.identity, before);
    assert_eq!(pins.remembered(whom.user), newer);
}

#[test]
fn after_ten_minutes_it_is_over() {
    let (mut ann, mut ben) = (ann(), ben());
    let start = ann.start(&ben, 1);
    ben.take(&ann, &start);
    for side in [&mut ann, &mut ben] {
        assert_eq!(side.comparisons.first_expiry(), Some(NOW + LIFE_MS));
        assert!(!side.comparisons.expire(NOW + LIFE_MS - 1));
        assert!(side.comparisons.expire(NOW + LIFE_MS));
        assert_eq!(side.comparisons.first_expiry(), None);
        assert!(!side.comparisons.expire(NOW + LIFE_MS));
    }
    assert_eq!((ann.reason(&ben), ben.is(&ann)), (Some("expired"), None));
    let (mut ann, ben) = comparing();
    ann.comparisons.expire(NOW + LIFE_MS);
    assert_eq!(ann.reason(&ben), Some("expired"));
    let (mut matched, other) = comparing();
    let user = other.here.me.whom.user;
    matched.comparisons.matched(user, id(1), None).unwrap();
    assert!(matched.comparisons.expire(NOW + LIFE_MS));
    assert_eq!(matched.is(&other), None);
    let user = ben.here.me.whom.user;
    assert_eq!(ann.comparisons.matched(user, id(1), None).err(), Some(CoreError::ComparisonOver));
}

#[test]
fn what_the_roster_does_not_bear_out_any_more_ends() {
    for (other_keys, reason) in [(true, "keys_changed"), (false, "device_gone")] {
        let (mut ann, ben) = comparing();
        ann.comparisons.look_up(|whom, device| {
            assert!(*whom == ben.here.me.whom && device == Some(ben.here.me.device));
            if other_keys { Fate::OtherKeys } else { Fate::DeviceGone }
        });
        assert_eq!(ann.reason(&ben), Some(reason));
        let user = ben.here.me.whom.user;
        assert_eq!(ann.comparisons.matched(user, id(1), None).err(), Some(CoreError::ComparisonOver));
    }
    let (mut ann, ben) = comparing();
    ann.comparisons.look_up(|_, _| Fate::Same);
    assert_eq!(ann.is(&ben), Some(Is::Comparing));
}
