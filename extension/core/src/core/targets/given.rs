//! What a person pastes, types or opens as a file, and what lies at the gateway for a code.

use protocol::{
    channel::respond,
    frame::{Capsule, ClientFrame, GatewayFrame},
    limits::MAX_FRAME,
    text::{Code, InviteSecret, OfficeSecret},
};

use super::{
    desk::{Desk, Disk, SCENE},
    script::Script,
};
use crate::{
    capsule::{self, Backup, Content},
    core::{
        Core,
        samples::{self, NOW, OFFICE},
    },
    directory::Place,
    people_table::NewPerson,
    secret::Secret,
    secretbox,
};

fn new_desk() -> Desk {
    Desk::of(Disk::default(), NOW).unwrap()
}

/// What is in a capsule, sealed by whoever has the code. The first byte says whether an honest invite or identity is changed, or what
/// else is in it, with or without its label.
pub(super) fn capsule(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let code = Code::from_bytes([5; 16]);
    let mut rng = crate::rng::OsRng;
    let seal = |plain: &[u8]| {
        secretbox::seal(&Secret::from_bytes(code.key()), plain, &mut crate::rng::OsRng).unwrap()
    };
    let which = script.byte();
    let honest = if which & 4 == 0 {
        Content::Invite(Box::new(invite()))
    } else {
        Content::Identity(Box::new(backup()))
    };
    let honest = capsule::seal(&code, honest, &mut rng).unwrap();
    let plain = secretbox::open(&Secret::from_bytes(code.key()), &honest).unwrap().to_vec();
    let sealed = match which & 3 {
        0 => seal(&script.edited(plain)),
        1 => seal(script.rest()),
        2 => script.edited(honest),
        _ => honest,
    };
    let _ = capsule::open(&code, &sealed);
    // A new browser that typed the code gets it.
    let mut desk = new_desk();
    desk.act(|core, now| core.join_by_code("gateway:7421", &code.to_text().unwrap(), now)).unwrap();
    let effects = desk.core.socket_opened(NOW).unwrap();
    let (mut far, answer) = respond(&samples::gateway_key(), &effects.outgoing[0]).unwrap();
    let asked = desk.core.socket_message(&answer, NOW).unwrap();
    let asked = far.open(&asked.outgoing[0]).unwrap().unwrap();
    let ClientFrame::FetchCapsule(fetch) = ClientFrame::decode(&asked, MAX_FRAME).unwrap() else {
        panic!("a capsule is asked for")
    };
    desk.far = Some(far);
    let answer = Capsule { request: fetch.request, sealed };
    desk.hear_all([GatewayFrame::from(answer)]);
    desk.check();
    desk.connect();
    desk.check();
    for _ in 0..3 {
        desk.now += 60_000;
        desk.act(Core::tick).unwrap();
        desk.connect();
    }
    desk.check();
}

fn known() -> Place {
    Place { length: SCENE.roster.length(), head: SCENE.roster.head() }
}

fn invite() -> protocol::text::Invite {
    protocol::text::Invite {
        office: OFFICE,
        office_name: "The office".to_owned(),
        roster_root: SCENE.roster.root().unwrap(),
        known_length: known().length,
        known_head: known().head,
        gateways: vec!["ws://gateway".to_owned()],
        gateway_key: samples::gateway_key().public().unwrap(),
        invite: protocol::id::InviteId::from_bytes([8; 16]),
        secret: InviteSecret::from_bytes([8; 32]),
        user: samples::user(8),
        name: "Person 8".to_owned(),
        role: protocol::roster::StaffRole::Staff,
        expires_ms: NOW + 3_600_000,
    }
}

fn backup() -> Backup {
    Backup { home: samples::home(SCENE.roster.root().unwrap()), person: samples::person(1), known: known() }
}

/// A table of staff.
pub(super) fn people_table(bytes: &[u8]) {
    let table = String::from_utf8_lossy(bytes);
    let read = crate::people_table::read(&table, |name| name == "Taken");
    assert!(read.people.len() <= protocol::limits::MAX_INVITES || !read.errors.is_empty());
    assert!(read.errors.iter().all(|row| row.row >= 1 && !row.message.is_empty()));
    for person in &read.people {
        assert!(!person.name.trim().is_empty() && person.name != "Taken");
        assert!(person.name.len() <= protocol::limits::MAX_NAME);
    }
    // What can be imported, the roster takes.
    if read.errors.is_empty() && !read.people.is_empty() {
        let written: Vec<_> = read.people.iter().map(row).collect();
        let again = crate::people_table::read(&format!("name,role,group\n{}", written.join("\n")), |_| false);
        assert_eq!(again.people.len(), read.people.len(), "{:?}", again.errors);
    }
}

fn row(person: &NewPerson) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    format!(
        "{},{},{}",
        quoted(&person.name),
        person.role.name(),
        quoted(person.group.as_deref().unwrap_or_default())
    )
}

/// What a person pastes or types, at a new browser and at one that is in. The first byte says which honest text is changed.
pub(super) fn text(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let honest = match script.byte() % 8 {
        0 => invite().to_text().unwrap(),
        1 => protocol::text::Founding {
            office: OFFICE,
            gateways: vec!["ws://gateway".to_owned()],
            gateway_key: samples::gateway_key().public().unwrap(),
            secret: InviteSecret::from_bytes([8; 32]),
        }
        .to_text()
        .unwrap(),
        2 => protocol::text::RecoveryKit {
            office: OFFICE,
            office_name: "The office".to_owned(),
            roster_root: SCENE.roster.root().unwrap(),
            gateways: vec!["ws://gateway".to_owned()],
            gateway_key: samples::gateway_key().public().unwrap(),
            secret: OfficeSecret::from_bytes([9; 32]),
        }
        .to_text()
        .unwrap(),
        3 => Code::from_bytes([5; 16]).to_text().unwrap(),
        4 => format!("crmplus-chat://safety/1/{}", "00000 ".repeat(12)),
        _ => String::new(),
    };
    let given = String::from_utf8_lossy(&script.edited(honest.into_bytes())).into_owned();
    let other = script.text();
    for number in 0..7 {
        let mut desk = new_desk();
        let entered = desk.act(|core, now| match number {
            0 => core.join(&given, now),
            1 => core.found(&given, &other, "Name", now),
            2 => core.found(&given, "Office", &other, now),
            3 => core.restore_office(&given, &other, now),
            4 => core.join_by_code(&other, &given, now),
            5 => core.join_by_code(&given, &other, now),
            _ => core.sign_in(&given, &other, &other, now),
        });
        desk.check();
        if entered.is_ok() {
            desk.restart();
            desk.check();
        }
    }
    let mut desk = Desk::of(SCENE.disk.clone(), SCENE.now).unwrap();
    desk.act(Core::start).unwrap();
    desk.connect();
    for number in 0..9 {
        let (ann, room) = (samples::user(0), samples::ROOM);
        let _ = desk.act(|core, now| match number {
            0 => core.check_safety_text(ann, &given, now),
            1 => core.take_office_key(&given, now),
            2 => core.send_text(ann, &given, now),
            3 => core.set_passphrase(&given, &other, now),
            4 => core.send_text(room, &other, now),
            5 => core.add_device(&given, now),
            6 => core.rename_room(room, &given, &other, now),
            7 => core.make_room(&other, protocol::roster::RoomMembers::Chosen(vec![ann]), &given, now),
            _ => core.forget_job(&given, now),
        });
    }
    let _ = desk.core.read_people(&given);
    let _ = given.parse::<crate::Target>();
    desk.check();
}
