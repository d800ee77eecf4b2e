//! A workstation: a core, what it has stored, and the gateway's end of its connection.

use std::{
    collections::BTreeMap,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use protocol::{
    channel::{Channel, respond},
    envelope::Addressed,
    frame::{ClaimedPrekey, ClientFrame, GatewayFrame, Prekeys, Welcome},
    limits::MAX_FRAME,
    roster::Roster,
};
use serde_bytes::ByteBuf;

use crate::{
    core::{
        Core,
        samples::{self, NOW, Office, ROOM},
    },
    effects::{Effects, Socket, StoredRecord},
    error::CoreError,
    rng::Rng,
    stretching::StretchJob,
    target::Target,
};

/// The same draws in each run.
pub(super) struct Counting(u64);

static DRAWN: AtomicU64 = AtomicU64::new(1);

impl Counting {
    pub(super) fn boxed() -> Box<dyn Rng> {
        Box::new(Self(DRAWN.fetch_add(1 << 32, Ordering::Relaxed)))
    }
}

impl Rng for Counting {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), CoreError> {
        for chunk in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&mixed.to_be_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// What a browser stores.
#[derive(Clone, Default)]
pub(super) struct Disk {
    pub(super) records: BTreeMap<String, Vec<u8>>,
    pub(super) session: BTreeMap<String, Vec<u8>>,
}

impl Disk {
    pub(super) fn open(&self, now: u64) -> Result<Core, CoreError> {
        let stored = |records: &BTreeMap<String, Vec<u8>>| {
            let record =
                |(key, value): (&String, &Vec<u8>)| StoredRecord { key: key.clone(), value: value.clone() };
            records.iter().map(record).collect()
        };
        Core::open_with(stored(&self.records), stored(&self.session), now, Counting::boxed())
    }

    fn keep(&mut self, effects: &Effects) {
        for (writes, records) in
            [(&effects.writes, &mut self.records), (&effects.session_writes, &mut self.session)]
        {
            for write in writes {
                match &write.value {
                    Some(value) => records.insert(write.key.clone(), value.to_vec()),
                    None => records.remove(&write.key),
                };
            }
        }
    }
}

pub(super) struct Desk {
    pub(super) core: Core,
    pub(super) disk: Disk,
    pub(super) now: u64,
    /// The gateway's end, once there is a channel.
    pub(super) far: Option<Channel>,
    /// A socket is asked for.
    pub(super) connecting: bool,
    pub(super) stretch: Option<StretchJob>,
    /// Something was stored since it was seen to open.
    stored: bool,
}

impl Desk {
    /// With what is stored; none where that does not open.
    pub(super) fn of(disk: Disk, now: u64) -> Option<Self> {
        let core = disk.open(now).ok()?;
        Some(Self { core, disk, now, far: None, connecting: false, stretch: None, stored: true })
    }

    /// A turn and what the host does after it. The frames that were sent.
    pub(super) fn act(
        &mut self,
        call: impl FnOnce(&mut Core, u64) -> Result<Effects, CoreError>,
    ) -> Result<Vec<ClientFrame>, CoreError> {
        let effects = call(&mut self.core, self.now).inspect_err(|error| {
            assert!(!error.is_fatal(), "{error} ({})", error.code());
        })?;
        self.disk.keep(&effects);
        self.stored |= !effects.writes.is_empty() || !effects.session_writes.is_empty();
        if effects.reopen {
            self.restart();
            return Ok(Vec::new());
        }
        if let Some(socket) = &effects.socket {
            self.far = None;
            self.connecting = matches!(socket, Socket::Connect(_));
        }
        self.stretch = effects.stretch.or(self.stretch.take());
        let mut frames = Vec::new();
        for message in effects.outgoing {
            if let Some(far) = &mut self.far {
                let frame = far.open(&message).expect("a client seals well");
                frames.extend(
                    frame.map(|frame| ClientFrame::decode(&frame, MAX_FRAME).expect("and encodes well")),
                );
            } else if let Ok((far, answer)) = respond(&samples::gateway_key(), &message) {
                self.far = Some(far);
                frames.extend(self.hear(&answer));
            }
        }
        Ok(frames)
    }

    /// What the gateway sends must be taken, whatever it is.
    pub(super) fn hear(&mut self, message: &[u8]) -> Vec<ClientFrame> {
        self.act(|core, now| core.socket_message(message, now)).expect("a gateway's bytes are no command")
    }

    /// Bytes of a frame, inside the channel if there is one.
    pub(super) fn hear_frame(&mut self, frame: &[u8]) -> Vec<ClientFrame> {
        let Some(Ok(messages)) = self.far.as_mut().map(|far| far.seal(frame)) else { return Vec::new() };
        messages.iter().flat_map(|message| self.hear(message)).collect()
    }

    pub(super) fn hear_all(&mut self, frames: impl IntoIterator<Item = GatewayFrame>) -> Vec<ClientFrame> {
        frames.into_iter().flat_map(|frame| self.hear_frame(&frame.encode().unwrap())).collect()
    }

    /// The browser starts again.
    pub(super) fn restart(&mut self) {
        self.core = self.disk.open(self.now).expect("what was stored opens");
        (self.far, self.connecting, self.stretch) = (None, false, None);
        self.act(Core::start).expect("a start");
    }

    /// Opens the socket that is asked for and says welcome.
    pub(super) fn connect(&mut self) -> Vec<ClientFrame> {
        if !std::mem::take(&mut self.connecting) {
            return Vec::new();
        }
        let mut frames = self.act(Core::socket_opened).expect("an open socket");
        frames.extend(self.hear_all([GatewayFrame::from(welcome(0, self.now))]));
        frames
    }

    /// What was stored opens, and everything can be shown.
    pub(super) fn check(&mut self) {
        show(&self.core);
        if std::mem::take(&mut self.stored) {
            let again = self.disk.open(self.now);
            show(&again.unwrap_or_else(|error| panic!("{error} ({})", error.code())));
        }
    }
}

fn show(core: &Core) {
    let view = core.view();
    for person in &view.people {
        core.conversation(person.user);
    }
    for room in &view.rooms {
        core.conversation(Target::Room(room.room));
    }
}

pub(super) fn welcome(one_time_keys: u32, now: u64) -> Welcome {
    let roster = &SCENE.roster;
    Welcome {
        gateway: "gw1".parse().unwrap(),
        now_ms: now,
        roster_length: roster.length(),
        roster_head: roster.head(),
        one_time_keys,
        bus_up: true,
        has_passphrase: false,
        lease: None,
    }
}

/// Person 1 at a desk with everything that a desk can have, and what a gateway has for it.
pub(super) struct Scene {
    pub(super) roster: Roster,
    pub(super) entries: Vec<ByteBuf>,
    pub(super) disk: Disk,
    /// Person 2's.
    pub(super) colleague: Disk,
    /// Frames with copies that are good and were not delivered: in a session, and as first contact.
    pub(super) copies: Vec<Vec<u8>>,
    /// Keys that persons 0 and 2 have published.
    pub(super) keys: Vec<ClaimedPrekey>,
    pub(super) now: u64,
}

/// What honest people say in the scene.
pub(super) const SAID: [&str; 6] = ["one", "two", "three", "lost", "into the room", "first contact"];

pub(super) static SCENE: LazyLock<Scene> = LazyLock::new(make_scene);

fn sit(office: &mut Office) -> (Core, Disk, Channel) {
    let member = office.members.remove(0);
    let (mut core, vault) = samples::core_of(member, Counting::boxed());
    samples::take_all(&mut core, &office.entries);
    let mut far = samples::connect(&mut core);
    let mut disk = Disk::default();
    disk.keep(&Effects { writes: vec![vault], ..Effects::default() });
    keep_turn(&mut core, &mut disk, &mut far);
    (core, disk, far)
}

/// A turn in which nothing is said that matters.
fn keep_turn(core: &mut Core, disk: &mut Disk, far: &mut Channel) {
    let effects = core.tick(NOW).unwrap();
    disk.keep(&effects);
    for message in &effects.outgoing {
        far.open(message).unwrap();
    }
}

/// Says something, with the other's key if one is asked for. The frames with the copies.
fn say(
    core: &mut Core,
    disk: &mut Disk,
    far: &mut Channel,
    to: Target,
    text: &str,
    keys: &[ClaimedPrekey],
) -> Vec<Addressed> {
    let mut effects = core.send_text(to, text, NOW).unwrap();
    let mut copies = Vec::new();
    loop {
        disk.keep(&effects);
        let read = |message: &ByteBuf| far.open(message).unwrap();
        let frames: Vec<_> = effects.outgoing.iter().filter_map(read).collect();
        let mut answer = None;
        for frame in frames {
            match ClientFrame::decode(&frame, MAX_FRAME).unwrap() {
                ClientFrame::ClaimPrekeys(claim) => {
                    let keys =
                        keys.iter().filter(|key| claim.devices.contains(&key.device)).cloned().collect();
                    answer = Some(GatewayFrame::from(Prekeys { request: claim.request, keys }));
                }
                ClientFrame::SendMessage(send) => copies.extend(send.envelope.address(NOW)),
                _ => {}
            }
        }
        let Some(answer) = answer else { return copies };
        let messages = far.seal(&answer.encode().unwrap()).unwrap();
        let [message] = messages.as_slice() else { panic!("a short answer") };
        effects = core.socket_message(message, NOW).unwrap();
    }
}

fn make_scene() -> Scene {
    let mut office = Office::of(3, 1, &mut Counting(7));
    let (mut ann, mut ann_disk, mut ann_far) = sit(&mut office);
    let (mut ben, mut disk, mut far) = sit(&mut office);
    let (mut cas, mut cas_disk, mut cas_far) = sit(&mut office);
    let keys = vec![samples::one_time_key(&mut ann), samples::one_time_key(&mut cas)];
    let bens = [samples::one_time_key(&mut ben), samples::one_time_key(&mut ben)];
    keep_turn(&mut ben, &mut disk, &mut far);
    let to_ben = Target::Person(samples::user(1));
    let give = |ben: &mut Core, disk: &mut Disk, far: &mut Channel, copy: Addressed| {
        for message in far.seal(&GatewayFrame::from(copy).encode().unwrap()).unwrap() {
            let effects = ben.socket_message(&message, NOW).unwrap();
            for message in &effects.outgoing {
                far.open(message).unwrap();
            }
            disk.keep(&effects);
        }
    };
    let ann_says = |ann: &mut Core, disk: &mut Disk, far: &mut Channel, to, text| {
        say(ann, disk, far, to, text, &bens[..1]).remove(0)
    };
    let copy = ann_says(&mut ann, &mut ann_disk, &mut ann_far, to_ben, "one");
    give(&mut ben, &mut disk, &mut far, copy);
    // One answers, so that there is a session both ways, a chain of one's own, and something in the outbox.
    say(&mut ben, &mut disk, &mut far, Target::Person(samples::user(0)), "answer", &keys);
    say(&mut ben, &mut disk, &mut far, Target::Person(samples::user(0)), "another answer", &keys);
    // One is lost, and one comes late.
    let mut lost = ann_says(&mut ann, &mut ann_disk, &mut ann_far, to_ben, "lost");
    *lost.wrap.body.last_mut().unwrap() ^= 1;
    give(&mut ben, &mut disk, &mut far, lost);
    let mut copies = vec![ann_says(&mut ann, &mut ann_disk, &mut ann_far, to_ben, "two")];
    let third = ann_says(&mut ann, &mut ann_disk, &mut ann_far, to_ben, "three");
    give(&mut ben, &mut disk, &mut far, third);
    let everybody = [bens[0].clone(), keys[1].clone()];
    let ben_device = bens[0].device;
    let mut into_room =
        say(&mut ann, &mut ann_disk, &mut ann_far, Target::Room(ROOM), "into the room", &everybody);
    into_room.retain(|copy| copy.wrap.device == ben_device);
    copies.extend(into_room);
    copies.extend(say(&mut cas, &mut cas_disk, &mut cas_far, to_ben, "first contact", &bens[1..]));
    let copies = copies.into_iter().map(|copy| GatewayFrame::from(copy).encode().unwrap()).collect();
    // What is still typed waits for a key of person 2, which nobody has.
    disk.keep(&ben.send_text(Target::Person(samples::user(2)), "typed", NOW).unwrap());
    let Office { roster, entries, .. } = office;
    Scene { roster, entries, disk, colleague: cas_disk, copies, keys, now: NOW + 1_000 }
}
