//! A room of five hundred devices: one message reaches the 499 others, within what frames and entries may hold, and whoever is removed
//! gets nothing of the next. Every device is a core of its own; they take turns with one verified roster, since each would verify the
//! same five hundred entries.

use protocol::{
    channel::{Channel, Initiator, NoisePrivateKey, respond},
    envelope::Envelope,
    frame::{ClaimedPrekey, ClientFrame, GatewayFrame, Prekeys},
    id::{Hash, InviteId, OfficeId, RoomId, UserId},
    identity::{IdentityCertificate, IdentityStatement},
    limits::{MAX_FRAME, MAX_NOISE_MESSAGE},
    roster::{
        Change, DeviceAdded, InviteIssued, InvitesIssued, OfficeOpened, PersonJoined, Policy, RoomChanged,
        RoomMade, RoomMembers, Roster, Source, StaffRole,
    },
    signature::{Role, SigningKey},
    text::InviteSecret,
};
use serde_bytes::ByteBuf;

use super::{Connection, Core, connection::Session, member::Member};
use crate::{
    directory::Directory,
    effects::Effects,
    identity::{Home, Identity, Pass, Person},
    olm::OlmAccount,
    rng::OsRng,
    secret::Secret,
    target::Target,
};

const NOW: u64 = 1_800_000_000_000;
const OFFICE: OfficeId = OfficeId::from_bytes([9; 16]);
const ROOM: RoomId = RoomId::from_bytes([7; 16]);
const PEOPLE: u16 = 125;
const DEVICES: u16 = 4;

fn bytes<const N: usize>(number: u16) -> [u8; N] {
    let mut bytes = [1; N];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    bytes
}

fn user(number: u16) -> UserId {
    UserId::from_bytes(bytes(number))
}

fn member(number: u16) -> Member {
    let gateway_key = NoisePrivateKey::from_bytes([7; 32]).public().unwrap();
    let gateways = vec!["ws://gateway".to_owned()];
    let home = Home { office: OFFICE, roster_root: Hash::from_bytes([0; 32]), gateways, gateway_key };
    let identity_seed = Secret::from_bytes(bytes(number));
    let person = Person { user: user(number), name: format!("Person {number}"), identity_seed };
    let account = OlmAccount::make();
    let mut identity = Identity::make(home, person, &account, NOW, &mut OsRng, |_| Ok(Pass::Person)).unwrap();
    identity.set_enrolled();
    Member::new(identity, account)
}

/// Everybody, the log, and what it says.
struct Office {
    roster: Roster,
    entries: Vec<ByteBuf>,
    members: Vec<Member>,
}

impl Office {
    fn grow(&mut self, author: Option<UserId>, key: &SigningKey, change: impl Into<Change>) {
        let entry = self.roster.next_entry(OFFICE, author, key, change.into(), NOW).unwrap();
        self.roster.apply(&entry, Source::Stored).unwrap();
        self.entries.push(ByteBuf::from(entry));
    }

    fn staffed() -> Self {
        let office_key = SigningKey::from_seed(Role::Office, [9; 32]).unwrap();
        let mut office = Self { roster: Roster::new(), entries: Vec::new(), members: Vec::new() };
        for number in 0..PEOPLE {
            office.members.extend((0..DEVICES).map(|_| member(number)));
        }
        let firsts: Vec<_> = office
            .members
            .iter()
            .step_by(usize::from(DEVICES))
            .map(|member| {
                (member.identity.certificate().clone(), member.identity.person().identity().unwrap())
            })
            .collect();
        let secret = |number: u16| InviteSecret::from_bytes(bytes(number)).signing_key().unwrap();
        let invite = |number| InviteId::from_bytes(bytes(number));
        let opened = OfficeOpened {
            office_key: office_key.public().clone(),
            name: "The office".to_owned(),
            policy: Policy::default(),
            founder: user(0),
            founder_name: "Person 0".to_owned(),
            identity: firsts[0].1.public().clone(),
            certificate: firsts[0].0.clone(),
        };
        office.grow(None, &office_key, opened);
        let invites = (1..PEOPLE).map(|number| InviteIssued {
            invite: invite(number),
            key: secret(number).public().clone(),
            user: user(number),
            name: format!("Person {number}"),
            role: StaffRole::Staff,
            group: None,
            expires_ms: NOW + 1_000,
        });
        office.grow(None, &office_key, InvitesIssued { invites: invites.collect() });
        for (number, (certificate, key)) in (0..PEOPLE).zip(firsts).skip(1) {
            let statement = IdentityStatement {
                office: OFFICE,
                invite: invite(number),
                user: user(number),
                identity: key.public().clone(),
            };
            let identity = IdentityCertificate::make(&statement, &secret(number)).unwrap();
            office.grow(Some(user(number)), &key, PersonJoined { identity, certificate });
        }
        let rest: Vec<_> = office
            .members
            .iter()
            .enumerate()
            .filter(|(index, _)| index % usize::from(DEVICES) != 0)
            .map(|(_, member)| {
                let certificate = member.identity.certificate().clone();
                (member.me().user, member.identity.person().identity().unwrap(), certificate)
            })
            .collect();
        for (user, key, certificate) in rest {
            office.grow(Some(user), &key, DeviceAdded { certificate });
        }
        let members = RoomMembers::Chosen((0..PEOPLE).map(user).collect());
        office.grow(None, &office_key, RoomMade { room: ROOM, name: Hash::from_bytes([1; 32]), members });
        office
    }

    /// What a device verifies of it.
    fn directory(&self) -> Directory {
        let mut directory = Directory::pinned(self.roster.root().unwrap());
        directory.take(0, &self.entries, NOW).unwrap();
        directory
    }
}

fn core_of(member: Member) -> Core {
    let mut core = Core::open(Vec::new(), Vec::new(), NOW).unwrap();
    core.vault = Some(crate::store::VaultKey::make(&mut OsRng).unwrap());
    core.member = Some(member);
    core
}

/// A connection on which the core has been let in, and the gateway's end of it.
fn connect(core: &mut Core, directory: &Directory) -> Channel {
    let gateway = NoisePrivateKey::from_bytes([7; 32]);
    let member = core.member.as_ref().unwrap();
    let (initiator, first) = Initiator::start(member.identity.noise(), &gateway.public().unwrap()).unwrap();
    let (far, answer) = respond(&gateway, &first).unwrap();
    let near = initiator.finish(&answer).unwrap();
    let mut session = Session::new(near, "gw1".parse().unwrap(), true, directory.place());
    session.current = true;
    core.connection = Connection::Up(Box::new(session));
    far
}

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
    let mut copies: std::collections::HashMap<_, _> =
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
    let mut office = Office::staffed();
    let mut directory = office.directory();
    let mut others: Vec<_> = office.members.drain(..).map(core_of).collect();
    let mut sender = others.remove(0);
    assert_eq!(others.len(), 499);
    sender.member.as_mut().unwrap().directory = office.directory();
    let mut far = connect(&mut sender, &directory);

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
    let accepted: GatewayFrame =
        protocol::frame::Accepted { message: envelope.header.message, at_ms: NOW }.into();
    for message in far.seal(&accepted.encode().unwrap()).unwrap() {
        sender.socket_message(&message, NOW).unwrap();
    }

    // Person 5 is removed; everybody is told.
    let gone = user(5);
    let office_key = SigningKey::from_seed(Role::Office, [9; 32]).unwrap();
    office.grow(None, &office_key, RoomChanged { room: ROOM, add: Vec::new(), remove: vec![gone] });
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
