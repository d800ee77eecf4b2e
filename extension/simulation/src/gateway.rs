//! A gateway in memory: the smallest that keeps the contract of the message path, with knobs for being
//! hostile.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use opaque_ke::{
    CredentialFinalization, CredentialRequest, RegistrationRequest, RegistrationUpload, ServerLogin,
    ServerLoginParameters, ServerRegistration, ServerSetup, rand::rngs::OsRng,
};
use protocol::{
    bus::PassphraseRecord,
    channel::{Channel, NoisePrivateKey, respond},
    device::{DeviceCertificate, DeviceStatement},
    envelope::{Addressed, Envelope},
    error::ErrorCode,
    frame::{
        Accepted, Appended, BusState, Capsule, ClaimedPrekey, ClientFrame, Delivered, DeviceUse, Devices,
        Done, GatewayFrame, PassphraseAnswer, Pong, Prekeys, Presence, Refused, RosterEntries, SignInAnswer,
        SignedIn, UserPresence, Visiting, Visitor, Welcome,
    },
    id::{
        CapsuleId, Curve25519Public, DeviceId, Hash, InviteId, MessageId, OfficeId, OlmSigningPublic,
        Signature, UserId,
    },
    limits::{MAX_CLOCK_AHEAD_MS, MAX_FRAME, MAX_MESSAGE_LIFE_MS, SILENCE_MS},
    opaque::{Suite, context},
    prekey::SignedPrekey,
    roster::{
        Change, InviteIssued, InvitesIssued, LeaseStatement, OfficeOpened, Policy, Roster, RosterError,
        SignedLease, Source, StaffRole,
    },
    signature::{Nkey, Purpose, Role, SigningKey},
    text::{Founding, Invite, InviteSecret, OfficeSecret},
};
use serde_bytes::ByteBuf;

/// One connection as the gateway sees it.
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

    fn answer(&mut self, conn: usize, frame: ClientFrame) {
        match frame {
            ClientFrame::Visit(visit) => {
                if matches!(visit.visitor, Visitor::Founder) && self.roster.length() > 0 {
                    return self.end(conn, ErrorCode::OfficeOpen);
                }
                let key: Option<(Nkey, Role)> = match &visit.visitor {
                    Visitor::Founder => {
                        Some((self.founding.signing_key().unwrap().public().clone(), Role::Invite))
                    }
                    Visitor::Invited(invite) => {
                        self.roster.invite(*invite).map(|invite| (invite.issued.key.clone(), Role::Invite))
                    }
                    Visitor::Person(user) => {
                        self.roster.user(*user).map(|user| (user.identity.clone(), Role::Person))
                    }
                    Visitor::Office => self.roster.office_key().map(|key| (key.clone(), Role::Office)),
                };
                let Some((key, role)) = key else {
                    let known = matches!(visit.visitor, Visitor::Invited(_));
                    let code = if known { ErrorCode::InviteUnknown } else { ErrorCode::AuthenticationFailed };
                    return self.end(conn, code);
                };
                let channel = self.conns[&conn].channel.as_ref().unwrap();
                let hash = channel.handshake_hash().as_bytes();
                if key.verify(role, Purpose::Channel, hash, &visit.channel).is_err() {
                    return self.end(conn, ErrorCode::BadSignature);
                }
                let visiting = Visiting {
                    now_ms: self.now,
                    roster_length: self.roster.length(),
                    roster_head: self.roster.head(),
                };
                self.send(conn, visiting);
            }
            ClientFrame::AppendRoster(append) => {
                let mut refused = None;
                for entry in append.entries {
                    if let Err(error) = self.append(entry.into_vec()) {
                        refused = Some(error.code());
                        break;
                    }
                }
                match refused {
                    None => {
                        let roster_length = self.roster.length();
                        self.send(conn, Appended { request: append.request, roster_length });
                    }
                    Some(code) => {
                        let refused = Refused {
                            code,
                            message: None,
                            request: Some(append.request),
                            frame: None,
                            retry: code == ErrorCode::RosterMoved,
                        };
                        self.send(conn, refused);
                    }
                }
            }
            ClientFrame::RenewLease(renew) => {
                if renew.lease.verify(&self.roster).is_ok() {
                    self.lease = Some(renew.lease.clone());
                    for conn in self.conns.values_mut().filter(|conn| conn.device.is_some()) {
                        conn.send(renew.lease.clone());
                    }
                }
            }
            ClientFrame::Authenticate(authenticate) => {
                let channel = self.conns[&conn].channel.as_ref().unwrap();
                let Some(known) = self.roster.any_device(authenticate.device) else {
                    return self.end(conn, ErrorCode::AuthenticationFailed);
                };
                if let Some(revoked) = &known.revoked {
                    // It may see the roster up to the entry that says so.
                    let (since, until) = (known.since + 1, revoked.index + 1);
                    let entries = self.entries[since as usize..until as usize].iter();
                    let entries = entries.cloned().map(ByteBuf::from).collect();
                    self.send(conn, RosterEntries { first: since, entries });
                    return self.end(conn, ErrorCode::DeviceRevoked);
                }
                let statement = &known.statement;
                assert_eq!(channel.remote(), Some(&statement.noise_key));
                let hash = channel.handshake_hash().as_bytes();
                statement
                    .signing_key
                    .verify(Role::Device, Purpose::Channel, hash, &authenticate.channel)
                    .expect("a proof of the channel");
                let seat = self.seats.entry(authenticate.device).or_default();
                if authenticate.connection <= *seat {
                    return self.end(conn, ErrorCode::ProfileCopied);
                }
                *seat = authenticate.connection;
                self.welcome(conn, authenticate.device);
            }
            ClientFrame::FetchRoster(fetch) => {
                let entries: Vec<_> =
                    self.entries.iter().skip(fetch.from as usize).cloned().map(ByteBuf::from).collect();
                for (index, chunk) in entries.chunks(3).enumerate() {
                    let first = fetch.from + 3 * index as u64;
                    self.send(conn, RosterEntries { first, entries: chunk.to_vec() });
                }
            }
            ClientFrame::PublishPrekeys(publish) => {
                let device = self.device(conn);
                self.one_time.entry(device).or_default().extend(publish.one_time);
                if let Some(fallback) = publish.fallback {
                    self.fallback.insert(device, fallback);
                }
            }
            ClientFrame::ClaimPrekeys(claim) => {
                let keys = claim.devices.iter().filter_map(|device| {
                    let one = self.one_time.get_mut(device).and_then(VecDeque::pop_front);
                    let prekey = one.or_else(|| self.fallback.get(device).cloned())?;
                    Some(ClaimedPrekey { device: *device, prekey })
                });
                let keys = keys.collect();
                self.send(conn, Prekeys { request: claim.request, keys });
            }
            ClientFrame::SendMessage(send) => {
                if self.swallow {
                    return;
                }
                let envelope = send.envelope;
                let message = envelope.header.message;
                if let Err(code) = self.authorise(conn, &envelope) {
                    let refused = Refused {
                        code,
                        message: Some(message),
                        request: None,
                        frame: None,
                        retry: is_passing(code),
                    };
                    return self.send(conn, refused);
                }
                self.accepted.insert(message, envelope.header.sender_device);
                self.send(conn, Accepted { message, at_ms: self.now });
                for addressed in envelope.address(self.now) {
                    let device = addressed.wrap.device;
                    if self.roster.device(device).is_none() {
                        continue;
                    }
                    self.log.push(addressed.clone());
                    if self.confirmed.contains(&(message, device)) {
                        self.send(conn, Delivered { message, device, at_ms: self.now });
                    } else {
                        self.deliver(addressed);
                    }
                }
            }
            ClientFrame::ConfirmDelivery(confirm) => {
                let device = self.device(conn);
                self.confirmed.insert((confirm.message, device));
                let mailbox = self.mailbox.entry(device).or_default();
                mailbox.retain(|addressed| addressed.header.message != confirm.message);
                let delivered = Delivered { message: confirm.message, device, at_ms: self.now };
                let sender = self.accepted.get(&confirm.message);
                if let Some(sender) = sender.and_then(|sender| self.conn_of(*sender)) {
                    self.send(sender, delivered);
                }
            }
            ClientFrame::Ping(ping) => self.send(conn, Pong { number: ping.number }),
            ClientFrame::StoreCapsule(store) => {
                self.capsules.insert(store.capsule, (store.sealed, store.once));
                self.send(conn, Done { request: store.request });
            }
            ClientFrame::FetchCapsule(fetch) => {
                let found = self.capsules.get(&fetch.capsule).cloned();
                match found {
                    Some((sealed, once)) => {
                        if once {
                            self.capsules.remove(&fetch.capsule);
                        }
                        self.send(conn, Capsule { request: fetch.request, sealed });
                    }
                    None => self.refuse(conn, fetch.request, ErrorCode::CodeUnknown),
                }
            }
            ClientFrame::FetchDevices(fetch) => {
                let devices =
                    self.roster.user(fetch.user).map(|user| user.devices.clone()).unwrap_or_default();
                let devices = devices
                    .into_iter()
                    .map(|device| DeviceUse {
                        device,
                        last_ms: Some(self.now),
                        online: self.conn_of(device).is_some(),
                    })
                    .collect();
                self.send(conn, Devices { request: fetch.request, devices });
            }
            ClientFrame::BeginPassphrase(begin) => {
                let user = self.roster.device(self.device(conn)).unwrap().user;
                let request = RegistrationRequest::deserialize(&begin.message).unwrap();
                let started =
                    ServerRegistration::<Suite>::start(&self.opaque, request, user.as_bytes()).unwrap();
                let message = started.message.serialize().to_vec();
                self.send(conn, PassphraseAnswer { request: begin.request, message });
            }
            ClientFrame::StorePassphrase(store) => {
                let user = self.roster.device(self.device(conn)).unwrap().user;
                let upload = RegistrationUpload::<Suite>::deserialize(&store.message).unwrap();
                let registration = ServerRegistration::finish(upload).serialize().to_vec();
                let record = PassphraseRecord { registration, stretch: store.stretch, backup: store.backup };
                self.passphrases.insert(user, record);
                self.send(conn, Done { request: store.request });
            }
            ClientFrame::BeginSignIn(begin) => {
                let user = self.roster.named(&begin.name).map(|user| user.user);
                let Some((user, record)) =
                    user.and_then(|user| Some((user, self.passphrases.get(&user)?.clone())))
                else {
                    return self.refuse(conn, begin.request, ErrorCode::WrongPassphrase);
                };
                let registration = ServerRegistration::<Suite>::deserialize(&record.registration).unwrap();
                let message = CredentialRequest::deserialize(&begin.message).unwrap();
                let context = context(self.office);
                let parameters = ServerLoginParameters { context: Some(&context), ..Default::default() };
                let started = ServerLogin::start(
                    &mut OsRng,
                    &self.opaque,
                    Some(registration),
                    message,
                    user.as_bytes(),
                    parameters,
                )
                .unwrap();
                let answer = SignInAnswer {
                    request: begin.request,
                    office: self.office,
                    message: started.message.serialize().to_vec(),
                    stretch: record.stretch,
                };
                self.conns.get_mut(&conn).unwrap().login = Some((user, started.state));
                self.send(conn, answer);
            }
            ClientFrame::FinishSignIn(finish) => {
                let (user, login) = self.conns.get_mut(&conn).unwrap().login.take().unwrap();
                let message = CredentialFinalization::deserialize(&finish.message).unwrap();
                let context = context(self.office);
                let parameters = ServerLoginParameters { context: Some(&context), ..Default::default() };
                match login.finish(message, parameters) {
                    Ok(_) => {
                        let backup = self.passphrases[&user].backup.clone();
                        self.send(conn, SignedIn { request: finish.request, backup });
                    }
                    Err(_) => self.refuse(conn, finish.request, ErrorCode::WrongPassphrase),
                }
            }
        }
    }

    /// Judges a message, in the order of the protocol's table.
    fn authorise(&self, conn: usize, envelope: &Envelope) -> Result<(), ErrorCode> {
        let header = &envelope.header;
        assert_eq!(header.sender_device, self.device(conn));
        if self.audit_down {
            return Err(ErrorCode::AuditUnavailable);
        }
        if !self.bus_up {
            return Err(ErrorCode::BusUnavailable);
        }
        if self.roster.device(header.sender_device).is_none() {
            return Err(ErrorCode::DeviceRevoked);
        }
        let room = header.conversation.into();
        let may_write = self.roster.is_member(room, header.sender_user)
            || self.roster.names_room(room, header.sender_user);
        if self.roster.room(room).is_some() && !may_write {
            return Err(ErrorCode::NotAMember);
        }
        let created = header.message.created_ms();
        if created > self.now + MAX_CLOCK_AHEAD_MS || header.expires_ms > created + MAX_MESSAGE_LIFE_MS {
            return Err(ErrorCode::ClockSkew);
        }
        if header.expires_ms <= self.now {
            return Err(ErrorCode::MessageExpired);
        }
        let known = envelope.wraps.iter().all(|wrap| self.roster.any_device(wrap.device).is_some());
        if known { Ok(()) } else { Err(ErrorCode::UnknownRecipient) }
    }

    fn refuse(&mut self, conn: usize, request: u32, code: ErrorCode) {
        let refused = Refused { code, message: None, request: Some(request), frame: None, retry: false };
        self.send(conn, refused);
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
