//! A member's core between a gateway that sends what it likes inside a real channel and a person who gives commands in any order.

use protocol::{
    error::ErrorCode,
    frame::{
        Accepted, Appended, BusState, Capsule, ClientFrame, Delivered, DeviceUse, Devices, Done,
        GatewayFrame, PassphraseAnswer, Pong, Prekeys, PrekeysLow, Presence, Refused, RosterEntries,
        UserPresence,
    },
    id::{Hash, MessageId},
    roster::{LeaseStatement, Policy, RoomMembers, SignedLease, StaffRole},
};
use serde_bytes::ByteBuf;

use super::{
    desk::{Desk, SCENE, welcome},
    inside::only_what_was_said,
    script::Script,
};
use crate::{
    core::{
        Core, Hint,
        samples::{self, OFFICE, ROOM},
    },
    people_table::NewPerson,
    target::Target,
};

/// Steps of one run at most.
const STEPS: usize = 24;

/// What was seen of a run, for bytes to refer to.
#[derive(Default)]
struct Seen {
    messages: Vec<MessageId>,
    said: Vec<String>,
}

/// Each byte, with those that it takes, is one thing that happens. After each the core opens again from what is stored.
pub(super) fn session(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let mut desk = Desk::of(SCENE.disk.clone(), SCENE.now).unwrap();
    let mut seen = Seen {
        messages: Vec::new(),
        said: ["answer", "another answer", "typed", ""].map(str::to_owned).to_vec(),
    };
    desk.act(Core::start).unwrap();
    let frames = desk.connect();
    note(&mut seen, &frames);
    for _ in 0..STEPS {
        if script.is_over() {
            break;
        }
        let frames = step(&mut desk, &mut script, &mut seen);
        note(&mut seen, &frames);
        desk.check();
        only_what_was_said(&desk, &seen.said);
    }
    // Whatever happened, a person can start the browser again.
    desk.restart();
    desk.check();
}

fn note(seen: &mut Seen, frames: &[ClientFrame]) {
    for frame in frames {
        if let ClientFrame::SendMessage(send) = frame {
            seen.messages.push(send.envelope.header.message);
        }
    }
}

fn step(desk: &mut Desk, script: &mut Script<'_>, seen: &mut Seen) -> Vec<ClientFrame> {
    match script.byte() % 10 {
        0 => {
            let frame = script.bytes().to_vec();
            desk.hear_frame(&frame)
        }
        1 => {
            let copy = script.one(&SCENE.copies).clone();
            let frame = script.edited(copy);
            desk.hear_frame(&frame)
        }
        2 | 3 => {
            let frame = gateway_frame(desk, script, seen).encode().unwrap();
            let frame = script.edited(frame);
            desk.hear_frame(&frame)
        }
        4 => {
            let message = script.bytes();
            desk.hear(message)
        }
        5 => {
            desk.now += 1 << (script.byte() % 40);
            desk.act(Core::tick).unwrap()
        }
        6 => {
            let code = script.word();
            (desk.far, desk.connecting) = (None, false);
            desk.act(|core, now| core.socket_closed(code, now)).unwrap()
        }
        7 => {
            let mut frames = desk.act(|core, now| core.hint(Hint::Wake, now)).unwrap();
            frames.extend(desk.connect());
            frames
        }
        8 => {
            desk.restart();
            desk.connect()
        }
        _ => command(desk, script, seen).unwrap_or_default(),
    }
}

/// A frame of any kind that refers to what there is.
fn gateway_frame(desk: &Desk, script: &mut Script<'_>, seen: &Seen) -> GatewayFrame {
    let message = seen.messages.get(usize::from(script.byte())).copied();
    let message = message.unwrap_or(MessageId::new(desk.now, [1; 10]));
    let request = u32::from(script.byte());
    let person = samples::user(script.word() % 4);
    let device = SCENE.keys[usize::from(script.byte()) % SCENE.keys.len()].device;
    let at_ms = desk.now;
    match script.byte() % 15 {
        0 => Accepted { message, at_ms }.into(),
        1 => Delivered { message, device, at_ms }.into(),
        2 => {
            let which = script.byte();
            let code = *script.one(ErrorCode::ALL);
            Refused {
                code,
                message: (which & 1 == 0).then_some(message),
                request: (which & 2 == 0).then_some(request),
                frame: (which & 4 == 0).then_some(script.word()),
                retry: which & 8 == 0,
            }
            .into()
        }
        3 => {
            let first = u64::from(script.byte());
            let from = usize::from(script.byte()) % (SCENE.entries.len() + 1);
            let mut entries = SCENE.entries[from..].to_vec();
            if let Some(last) = entries.last_mut() {
                *last = ByteBuf::from(script.edited(last.to_vec()));
            }
            RosterEntries { first, entries }.into()
        }
        4 => Prekeys { request, keys: SCENE.keys.clone() }.into(),
        5 => PrekeysLow { one_time_keys: u32::from(script.word()) }.into(),
        6 => {
            let online = script.byte() & 1 == 0;
            Presence { complete: online, users: vec![UserPresence { user: person, online }] }.into()
        }
        7 => BusState { up: script.byte() & 1 == 0 }.into(),
        8 => Pong { number: request }.into(),
        9 => {
            let statement = LeaseStatement {
                office: OFFICE,
                length: SCENE.roster.length() + u64::from(script.byte() % 3),
                head: if script.byte() & 1 == 0 { SCENE.roster.head() } else { Hash::from_bytes([1; 32]) },
                at_ms: desk.now + (1 << (script.byte() % 60)) - (1 << 20),
                author: None,
            };
            SignedLease::make(&statement, &samples::office_key()).unwrap().into()
        }
        10 => Appended { request, roster_length: SCENE.roster.length() + u64::from(script.byte()) }.into(),
        11 => Done { request }.into(),
        12 => {
            let devices = vec![DeviceUse { device, last_ms: Some(script.word().into()), online: false }];
            Devices { request, devices }.into()
        }
        13 => PassphraseAnswer { request, message: script.bytes().to_vec() }.into(),
        _ => {
            if script.byte() & 1 == 0 {
                welcome(u32::from(script.byte()), desk.now).into()
            } else {
                Capsule { request, sealed: script.bytes().to_vec() }.into()
            }
        }
    }
}

fn command(desk: &mut Desk, script: &mut Script<'_>, seen: &mut Seen) -> Option<Vec<ClientFrame>> {
    let person = samples::user(script.word() % 4);
    let target = if script.byte() & 1 == 0 { Target::Person(person) } else { Target::Room(ROOM) };
    let job = format!("job {}", script.byte() % 8);
    let text = script.text();
    let device = SCENE.keys[usize::from(script.byte()) % SCENE.keys.len()].device;
    let which = script.byte() % 34;
    if which == 0 {
        seen.said.push(text.clone());
    }
    let done = desk.act(|core, now| match which {
        0 => core.send_text(target, &text, now),
        1 => core.mark_read(target, now),
        2 => core.clear_alarm(now),
        3 => core.acknowledge_keys(person, now),
        4 => core.mark_verified(person, now),
        5 => core.check_safety_text(person, &text, now),
        6 => core.add_device(&job, now),
        7 => core.fetch_devices(person, &job, now),
        8 => core.make_room(&text, RoomMembers::Chosen(vec![person]), &job, now),
        9 => core.make_room(&text, RoomMembers::Everyone, &job, now),
        10 => core.change_room(ROOM, vec![person], vec![samples::user(2)], &job, now),
        11 => core.leave_room(ROOM, &job, now),
        12 => core.close_room(ROOM, &job, now),
        13 => core.rename_room(ROOM, &text, &job, now),
        14 => core.set_passphrase(&text, &job, now),
        15 => core.unlock(&text, now),
        16 => core.lock(now),
        17 => core.revoke_device(device, true, &job, now),
        18 => core.revoke_person(person, &job, now),
        19 => core.set_role(person, StaffRole::Auditor, &job, now),
        20 => core.set_group(person, Some(text.clone()), &job, now),
        21 => core.set_policy(Policy::default(), &job, now),
        22 => {
            let person = NewPerson { name: text.clone(), role: StaffRole::Staff, group: None };
            core.invite(&[person], 60_000, &job, now)
        }
        23 => core.take_office_key(&text, now),
        24 => core.kit_was_saved(now),
        25 => core.sign_out(now),
        26 => core.join(&text, now),
        27 => core.stop_entering(now),
        28 => core.hint(Hint::Offline, now),
        29 => core.hint(Hint::Online, now),
        30 => core.hint(Hint::ComputerLocked, now),
        31 => core.forget_job(&job, now),
        32 => core.stretch_failed(u32::from(text.len() as u8), now),
        _ => core.stretched(u32::from(text.len() as u8), &[7; 32], now),
    });
    done.ok()
}
