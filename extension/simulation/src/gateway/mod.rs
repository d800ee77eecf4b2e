//! A gateway in memory: the smallest that keeps the contract of the message path, with knobs for being
//! hostile.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use opaque_ke::{ServerLogin, ServerSetup, rand::rngs::OsRng};
use protocol::{
    bus::PassphraseRecord,
    channel::{Channel, NoisePrivateKey, respond},
    device::{DeviceCertificate, DeviceStatement},
    envelope::Addressed,
    error::ErrorCode,
    frame::{BusState, ClientFrame, GatewayFrame, Presence, Refused, RosterEntries, UserPresence, Welcome},
    id::{
        CapsuleId, Curve25519Public, DeviceId, Hash, InviteId, MessageId, OfficeId, OlmSigningPublic,
        Signature, UserId,
    },
    limits::{MAX_FRAME, MAX_MESSAGE_LIFE_MS, SILENCE_MS},
    opaque::Suite,
    prekey::SignedPrekey,
    roster::{
        Change, InviteIssued, InvitesIssued, LeaseStatement, OfficeOpened, Policy, Roster, RosterError,
        SignedLease, Source, StaffRole,
    },
    signature::{Role, SigningKey},
    text::{Founding, Invite, InviteSecret, OfficeSecret},
};
use serde_bytes::ByteBuf;

/// One connection as the gateway sees it.
mod answers;

pub struct Conn {
    channel: Option<Channel>,
    pub device: Option<DeviceId>,
    login: Option<(UserId, ServerLogin<Suite>)>,
    pub to_client: VecDeque<Vec<u8>>,
    /// Closed by the gateway with this code, once `to_client` is empty.
    pub closing: Option<u16>,
    /// When something was heard last.
    pub heard: u64,
}

impl Conn {
    pub fn new(now: u64) -> Self {
        let to_client = VecDeque::new();
        Self { channel: None, device: None, login: None, to_client, closing: None, heard: now }
    }

    pub fn send(&mut self, frame: impl Into<GatewayFrame>) {
        let channel = self.channel.as_mut().expect("a channel");
        self.to_client.extend(channel.seal(&frame.into().encode().unwrap()).unwrap());
    }
}

pub struct Gateway {
    pub key: NoisePrivateKey,
    pub office: OfficeId,
    pub roster: Roster,
    pub entries: Vec<Vec<u8>>,
    /// The office's key: tests administer the office with it.
    pub office_key: SigningKey,
    pub founding: InviteSecret,
    /// Last connection of each device.
    pub seats: HashMap<DeviceId, u64>,
    pub lease: Option<SignedLease>,
    pub capsules: HashMap<CapsuleId, (Vec<u8>, bool)>,
    pub opaque: ServerSetup<Suite>,
    pub passphrases: HashMap<UserId, PassphraseRecord>,
    pub one_time: HashMap<DeviceId, VecDeque<SignedPrekey>>,
    pub fallback: HashMap<DeviceId, SignedPrekey>,
    /// What waits for a device, oldest first.
    pub mailbox: HashMap<DeviceId, Vec<Addressed>>,
    /// Messages that were accepted, and by whom they were offered.
    pub accepted: BTreeMap<MessageId, DeviceId>,
    pub confirmed: BTreeSet<(MessageId, DeviceId)>,
    /// Every copy that was ever delivered, for replaying. Whoever runs for long takes them out.
    pub log: Vec<Addressed>,
    /// Every frame a client sent, where they are kept.
    pub frames: Vec<ClientFrame>,
    pub keeps_frames: bool,
    pub conns: BTreeMap<usize, Conn>,
    pub bus_up: bool,
    /// Refuses to take messages, to be tried again.
    pub audit_down: bool,
    /// Confirms and accepts nothing that it takes.
    pub swallow: bool,
    /// What is delivered is put here and not sent.
    pub hold_deliveries: bool,
    /// The same for some devices.
    pub held: BTreeSet<DeviceId>,
    /// By its own clock.
    pub now: u64,
    /// How far that is ahead of the world's, in milliseconds.
    pub ahead_ms: i64,
    next_id: u8,
}

/// Whether the same bytes may be taken later.
fn is_passing(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::AuditUnavailable | ErrorCode::BusUnavailable)
}

fn id16(kind: u8, number: u8) -> [u8; 16] {
    let mut bytes = [kind; 16];
    bytes[15] = number;
    bytes
}

impl Gateway {
    /// With an office whose founder is nobody of the story.
    pub fn new(now: u64) -> Self {
        let mut gateway = Self::unopened(now);
        let founder = UserId::from_bytes(id16(4, 0));
        let identity = SigningKey::from_seed(Role::Person, [4; 32]).unwrap();
        let device = SigningKey::from_seed(Role::Device, [4; 32]).unwrap();
        let statement = DeviceStatement {
            office: gateway.office,
            user: founder,
            device: DeviceId::from_bytes(id16(4, 1)),
            signing_key: device.public().clone(),
            noise_key: Curve25519Public::from_bytes([4; 32]),
            olm_identity: Curve25519Public::from_bytes([5; 32]),
            olm_signing: OlmSigningPublic::from_bytes([6; 32]),
            created_ms: now,
        };
        let none = |_: &[u8]| Signature::from_bytes([0; 64]);
        let certificate = DeviceCertificate::make(&statement, &device, &identity, none).unwrap();
        let opened = OfficeOpened {
            office_key: gateway.office_key.public().clone(),
            name: "The office".to_owned(),
            policy: Policy::default(),
            founder,
            founder_name: "The founder".to_owned(),
            identity: identity.public().clone(),
            certificate,
        };
        gateway.grow(opened.into());
        gateway
    }

    /// Before anybody opened the office.
    pub fn unopened(now: u64) -> Self {
        let office = OfficeId::from_bytes(id16(9, 0));
        Self {
            key: NoisePrivateKey::from_bytes([7; 32]),
            office,
            roster: Roster::new(),
            entries: Vec::new(),
            office_key: OfficeSecret::from_bytes([8; 32]).signing_key().unwrap(),
            founding: InviteSecret::from_bytes([200; 32]),
            seats: HashMap::new(),
            lease: None,
            capsules: HashMap::new(),
            opaque: ServerSetup::new(&mut OsRng),
            passphrases: HashMap::new(),
            one_time: HashMap::new(),
            fallback: HashMap::new(),
            mailbox: HashMap::new(),
            accepted: BTreeMap::new(),
            confirmed: BTreeSet::new(),
            log: Vec::new(),
            frames: Vec::new(),
            keeps_frames: true,
            conns: BTreeMap::new(),
            bus_up: true,
            audit_down: false,
            swallow: false,
            hold_deliveries: false,
            held: BTreeSet::new(),
            now,
            ahead_ms: 0,
            next_id: 0,
        }
    }

    /// What time it is in the world.
    pub fn tell(&mut self, now: u64) {
        self.now = now.saturating_add_signed(self.ahead_ms);
    }

    /// The text that opens this gateway's office.
    pub fn founding_text(&self) -> String {
        Founding {
            office: self.office,
            gateways: vec!["ws://gateway".to_owned()],
            gateway_key: self.key.public().unwrap(),
            secret: self.founding.clone(),
        }
        .to_text()
        .unwrap()
    }

    /// The office key changes the roster.
    pub fn grow(&mut self, change: Change) {
        let entry = self.roster.next_entry(self.office, None, &self.office_key, change, self.now).unwrap();
        self.append(entry).unwrap();
    }

    /// The office key confirms the roster as it is, at `at`; everybody is told.
    pub fn renew_lease(&mut self, at: u64) {
        let statement = LeaseStatement {
            office: self.office,
            length: self.roster.length(),
            head: self.roster.head(),
            at_ms: at,
            author: None,
        };
        let lease = SignedLease::make(&statement, &self.office_key).unwrap();
        self.lease = Some(lease.clone());
        for conn in self.conns.values_mut().filter(|conn| conn.device.is_some() && conn.closing.is_none()) {
            conn.send(lease.clone());
        }
    }

    /// Takes an entry as an honest gateway does.
    pub fn append(&mut self, entry: Vec<u8>) -> Result<(), RosterError> {
        self.roster.apply(&entry, Source::Wire { now_ms: self.now })?;
        self.entries.push(entry.clone());
        let first = self.entries.len() as u64 - 1;
        for conn in self.conns.values_mut().filter(|conn| conn.device.is_some() && conn.closing.is_none()) {
            conn.send(RosterEntries { first, entries: vec![ByteBuf::from(entry.clone())] });
            // Who was revoked has seen why.
            let revoked = conn.device.and_then(|device| self.roster.any_device(device)?.revoked.as_ref());
            if revoked.is_some() {
                conn.closing = Some(ErrorCode::DeviceRevoked.close_code());
            }
        }
        Ok(())
    }

    /// An invite for a new person.
    pub fn invite(&mut self, name: &str) -> (UserId, String) {
        self.next_id += 1;
        let user = UserId::from_bytes(id16(5, self.next_id));
        (user, self.invite_user(user, name))
    }

    /// The same, where the gateway is reached at `address`.
    pub fn invite_at(&mut self, name: &str, address: &str) -> (UserId, String) {
        let (user, text) = self.invite(name);
        let mut invite = Invite::from_text(&text).unwrap();
        invite.gateways = vec![address.to_owned()];
        (user, invite.to_text().unwrap())
    }

    /// An invite for a person, known or not.
    pub fn invite_user(&mut self, user: UserId, name: &str) -> String {
        self.next_id += 1;
        let secret = InviteSecret::from_bytes([self.next_id; 32]);
        let invite = InviteId::from_bytes(id16(6, self.next_id));
        let expires_ms = self.now + 24 * 3600 * 1000;
        self.grow(Change::InvitesIssued(InvitesIssued {
            invites: vec![InviteIssued {
                invite,
                key: secret.signing_key().unwrap().public().clone(),
                user,
                name: name.to_owned(),
                role: StaffRole::Staff,
                group: None,
                expires_ms,
            }],
        }));
        Invite {
            office: self.office,
            office_name: "The office".to_owned(),
            roster_root: self.roster.root().unwrap(),
            known_length: self.roster.length(),
            known_head: self.roster.head(),
            gateways: vec!["ws://gateway".to_owned()],
            gateway_key: self.key.public().unwrap(),
            invite,
            secret,
            user,
            name: name.to_owned(),
            role: StaffRole::Staff,
            expires_ms,
        }
        .to_text()
        .unwrap()
    }

    pub fn take(&mut self, conn: usize, bytes: &[u8]) {
        let Some(peer) = self.conns.get_mut(&conn) else { return };
        if peer.closing.is_some() {
            return;
        }
        let Some(channel) = &mut peer.channel else {
            match respond(&self.key, bytes) {
                Ok((channel, answer)) => {
                    peer.channel = Some(channel);
                    peer.to_client.push_back(answer);
                }
                Err(_) => peer.closing = Some(ErrorCode::HandshakeFailed.close_code()),
            }
            return;
        };
        peer.heard = self.now;
        let Some(frame) = channel.open(bytes).expect("honest clients seal well") else { return };
        let frame = ClientFrame::decode(&frame, MAX_FRAME).expect("honest clients encode well");
        if self.keeps_frames {
            self.frames.push(frame.clone());
        }
        self.answer(conn, frame);
    }

    /// Puts a copy into the mailbox, and on the wire if the device is there.
    pub fn deliver(&mut self, addressed: Addressed) {
        let device = addressed.wrap.device;
        self.mailbox.entry(device).or_default().push(addressed.clone());
        if let Some(conn) = self.conn_of(device)
            && !self.holds(device)
        {
            self.send(conn, addressed);
        }
    }

    fn holds(&self, device: DeviceId) -> bool {
        self.hold_deliveries || self.held.contains(&device)
    }

    /// Sends a device all that waits for it, in the order of its mailbox.
    pub fn drain_mailbox(&mut self, device: DeviceId) {
        if let Some(conn) = self.conn_of(device) {
            for addressed in self.mailbox.get(&device).cloned().unwrap_or_default() {
                self.send(conn, addressed);
            }
        }
    }

    /// Forgets what is over: a message lives for three days.
    pub fn forget(&mut self) {
        let over = self.now.saturating_sub(MAX_MESSAGE_LIFE_MS);
        let first = MessageId::new(over, [0; 10]);
        self.accepted = self.accepted.split_off(&first);
        self.confirmed = self.confirmed.split_off(&(first, DeviceId::from_bytes([0; 16])));
        for mailbox in self.mailbox.values_mut() {
            mailbox.retain(|addressed| addressed.header.expires_ms > self.now);
        }
    }

    /// Ends the connections of which nothing was heard.
    pub fn close_silent(&mut self) {
        for conn in self.conns.values_mut().filter(|conn| conn.closing.is_none()) {
            conn.heard = conn.heard.min(self.now);
            if self.now >= conn.heard + SILENCE_MS {
                conn.closing = Some(ErrorCode::Idle.close_code());
            }
        }
    }

    /// Tells everybody whether the bus can be reached.
    pub fn set_bus(&mut self, up: bool) {
        self.bus_up = up;
        for conn in self.conns.values_mut().filter(|conn| conn.device.is_some() && conn.closing.is_none()) {
            conn.send(BusState { up });
        }
    }

    /// Holds back what is delivered, or lets it go on, what was held first: messages keep their order.
    pub fn hold(&mut self, hold: bool) {
        self.hold_deliveries = hold;
        if hold {
            return;
        }
        for (device, mail) in self.mailbox.clone() {
            if let Some(conn) = self.conn_of(device) {
                for addressed in mail {
                    self.send(conn, addressed);
                }
            }
        }
    }

    fn welcome(&mut self, conn: usize, device: DeviceId) {
        let one_time_keys = self.one_time.get(&device).map_or(0, VecDeque::len) as u32;
        if let Some(former) = self.conn_of(device) {
            self.conns.get_mut(&former).unwrap().closing = Some(ErrorCode::Replaced.close_code());
        }
        self.conns.get_mut(&conn).unwrap().device = Some(device);
        let welcome = Welcome {
            gateway: "gw1".parse().unwrap(),
            now_ms: self.now,
            roster_length: self.roster.length(),
            roster_head: self.roster.head(),
            one_time_keys,
            bus_up: self.bus_up,
            has_passphrase: self
                .roster
                .device(device)
                .is_some_and(|device| self.passphrases.contains_key(&device.user)),
            lease: self.lease.clone(),
        };
        self.send(conn, welcome);
        let online: BTreeSet<UserId> = self
            .conns
            .values()
            .filter_map(|conn| conn.device)
            .filter_map(|device| self.roster.device(device).map(|statement| statement.user))
            .collect();
        let users = online.into_iter().map(|user| UserPresence { user, online: true }).collect::<Vec<_>>();
        for peer in self.conns.values_mut().filter(|conn| conn.device.is_some() && conn.closing.is_none()) {
            peer.send(Presence { complete: true, users: users.clone() });
        }
        if !self.holds(device) {
            self.drain_mailbox(device);
        }
    }

    fn end(&mut self, conn: usize, code: ErrorCode) {
        self.send(conn, Refused { code, message: None, request: None, frame: Some(1), retry: false });
        self.conns.get_mut(&conn).unwrap().closing = Some(code.close_code());
    }

    pub fn send(&mut self, conn: usize, frame: impl Into<GatewayFrame>) {
        if let Some(conn) = self.conns.get_mut(&conn).filter(|conn| conn.closing.is_none()) {
            conn.send(frame);
        }
    }

    pub fn conn_of(&self, device: DeviceId) -> Option<usize> {
        let mut conns = self.conns.iter();
        conns.find(|(_, conn)| conn.device == Some(device) && conn.closing.is_none()).map(|(id, _)| *id)
    }

    fn device(&self, conn: usize) -> DeviceId {
        self.conns[&conn].device.expect("let in")
    }

    pub fn head(&self) -> Hash {
        self.roster.head()
    }
}
