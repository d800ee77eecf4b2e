//! What the gateway says to each frame.

use std::collections::VecDeque;

use opaque_ke::{
    CredentialFinalization, CredentialRequest, RegistrationRequest, RegistrationUpload, ServerLogin,
    ServerLoginParameters, ServerRegistration, rand::rngs::OsRng,
};
use protocol::{
    bus::PassphraseRecord,
    envelope::Envelope,
    error::ErrorCode,
    frame::{
        Accepted, Appended, Capsule, ClaimedPrekey, ClientFrame, Delivered, DeviceUse, Devices, Done,
        PassphraseAnswer, Pong, Prekeys, Refused, RosterEntries, SignInAnswer, SignedIn, Visiting, Visitor,
    },
    limits::{MAX_CLOCK_AHEAD_MS, MAX_MESSAGE_LIFE_MS},
    opaque::{Suite, context},
    signature::{Nkey, Purpose, Role},
};
use serde_bytes::ByteBuf;

use super::{Gateway, is_passing};

impl Gateway {
    pub(super) fn answer(&mut self, conn: usize, frame: ClientFrame) {
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
}
