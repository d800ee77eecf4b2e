//! A room of five hundred devices: one message reaches the 499 others, within what frames and entries may hold, and whoever is removed
//! gets nothing of the next. Every device is a core of its own; they take turns with one verified roster, since each would verify the
//! same five hundred entries.

use std::collections::HashMap;

use protocol::{
    channel::Channel,
    envelope::Envelope,
    frame::{Accepted, ClaimedPrekey, ClientFrame, GatewayFrame, Prekeys},
    limits::{MAX_FRAME, MAX_NOISE_MESSAGE},
    roster::RoomChanged,
};
use serde_bytes::ByteBuf;

use super::{
    Core,
    samples::{NOW, Office, ROOM, connect, core_of, office_key, user},
};
use crate::{directory::Directory, effects::Effects, rng::OsRng, target::Target};

const PEOPLE: u16 = 125;
const DEVICES: u16 = 4;

/// The frames that a turn sent, with their sizes in bytes.
fn frames(far: &mut Channel, effects: Effects) -> Vec<(ClientFrame, usize)> {
    let read = |message: ByteBuf| {
        assert!(message.len() <= MAX_NOISE_MESSAGE);
        let frame = far.open(&message).unwrap()?;
        Some((ClientFrame::decode(&frame, MAX_FRAME).unwrap(), frame.len()))
    };
    effects.outgoing.into_iter().filter_map(read).collect()
}

fn sent(frames: Vec<(ClientFrame, usize)>) -> (Envelope, usize) {
    let mut sent = frames.into_iter().filter_map(|(frame, size)| match frame {
        ClientFrame::SendMessage(send) => Some((send.envelope, size)),
        _ => None,
    });
    sent.next().expect("a message was sent")
}

/// Each of `cores` gets its copy, if there is one, with the directory lent to it. How many got it.
fn deliver(envelope: &Envelope, cores: &mut [Core], directory: &mut Directory, text: &str) -> usize {
    let mut copies: HashMap<_, _> =
        envelope.clone().address(NOW).map(|copy| (copy.wrap.device, copy)).collect();
    let mut got = 0;
    for core in cores {
        let member = core.member.as_mut().unwrap();
        std::mem::swap(&mut member.directory, directory);
        if let Some(copy) = copies.remove(&member.me().device) {
            core.turn(NOW, |core, turn| core.receive(copy, turn)).unwrap();
            let shown = core.conversation(Target::Room(ROOM)).messages;
            got += usize::from(shown.last().is_some_and(|message| message.text == text));
        }
        let member = core.member.as_mut().unwrap();
        std::mem::swap(&mut member.directory, directory);
        assert_eq!(core.refusals().all().count(), 0);
    }
    assert!(copies.is_empty(), "every copy is for somebody");
    got
}

#[test]
fn one_message_reaches_the_499_others_and_a_removed_person_gets_nothing_of_the_next() {
    let mut office = Office::of(PEOPLE, DEVICES, &mut OsRng);
    let mut directory = office.directory();
    let core = |member| core_of(member, Box::new(OsRng)).0;
    let mut others: Vec<_> = office.members.drain(..).map(core).collect();
    let mut sender = others.remove(0);
    assert_eq!(others.len(), 499);
    sender.member.as_mut().unwrap().directory = office.directory();
    let mut far = connect(&mut sender);

    // All of them are asked for one key each.
    let asked = frames(&mut far, sender.send_text(ROOM, "to all of you", NOW).unwrap());
    let claim = asked.iter().find_map(|(frame, _)| match frame {
        ClientFrame::ClaimPrekeys(claim) => Some(claim),
        _ => None,
    });
    let claim = claim.expect("keys are asked for");
    assert_eq!(claim.devices.len(), 499);
    let keys = others.iter_mut().map(|core| {
        let member = core.member.as_mut().unwrap();
        let device = member.me().device;
        let prekey = member.account.refill(24, device, member.identity.signer(), NOW).unwrap().remove(0);
        ClaimedPrekey { device, prekey }
    });
    let answer: GatewayFrame = Prekeys { request: claim.request, keys: keys.collect() }.into();
    let answer = answer.encode().unwrap();
    assert!(answer.len() <= MAX_FRAME, "{} bytes of keys", answer.len());

    let mut out = Vec::new();
    for message in far.seal(&answer).unwrap() {
        let effects = sender.socket_message(&message, NOW).unwrap();
        out.extend(frames(&mut far, effects));
    }
    // The largest that it gets: each wrap is a first contact.
    let (envelope, first_size) = sent(out);
    assert_eq!(envelope.wraps.len(), 499);
    assert!(first_size <= MAX_FRAME);
    assert_eq!(deliver(&envelope, &mut others, &mut directory, "to all of you"), 499);

    // The next one.
    let accepted: GatewayFrame = Accepted { message: envelope.header.message, at_ms: NOW }.into();
    for message in far.seal(&accepted.encode().unwrap()).unwrap() {
        sender.socket_message(&message, NOW).unwrap();
    }

    // Person 5 is removed; everybody is told.
    let gone = user(5);
    office.grow(None, &office_key(), RoomChanged { room: ROOM, add: Vec::new(), remove: vec![gone] });
    let (at, news) = (office.entries.len() as u64 - 1, vec![office.entries.last().unwrap().clone()]);
    directory.take(at, &news, NOW).unwrap();
    sender.member.as_mut().unwrap().directory.take(at, &news, NOW).unwrap();
    let (envelope, _) = sent(frames(&mut far, sender.send_text(ROOM, "without one of us", NOW).unwrap()));
    assert_eq!(envelope.wraps.len(), 499 - usize::from(DEVICES));
    let left = |core: &Core| core.member.as_ref().unwrap().me().user == gone;
    assert!(envelope.wraps.iter().all(|wrap| {
        others
            .iter()
            .filter(|core| left(core))
            .all(|core| core.member.as_ref().unwrap().me().device != wrap.device)
    }));
    assert_eq!(deliver(&envelope, &mut others, &mut directory, "without one of us"), 495);
    for core in others.iter().filter(|core| left(core)) {
        let shown = core.conversation(Target::Room(ROOM)).messages;
        assert_eq!(shown.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["to all of you"]);
    }
}
