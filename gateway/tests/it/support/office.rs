//! A broker and a gateway of their own, and an office that its founder has opened.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use broker_config::throwaway::ThrowawayBroker;
use gateway::{
    Server,
    clock::{now_ms, random},
    config::Config,
    counters::Happening,
    keys,
};
use protocol::{
    error::ErrorCode,
    id::{Curve25519Public, InviteId, RoomId, UserId},
    roster::{
        Change, InviteIssued, InvitesIssued, OfficeOpened, Policy, RoomMade, RoomMembers, RoomName, Roster,
        StaffRole,
    },
    signature::{Role, SigningKey},
    text::{Invite, InviteSecret},
};

use super::{
    client::Client,
    device::{Device, Person, key},
    trail::Trail,
};

pub struct Office {
    pub broker: ThrowawayBroker,
    pub config: Config,
    pub server: Server,
    /// Only on the founder's device and in the recovery kit.
    pub key: SigningKey,
    /// An administrator. Not on line.
    pub founder: Device,
}

impl Office {
    pub async fn open() -> Self {
        Self::open_with(|_| ()).await
    }

    /// With settings of the test's own.
    pub async fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        let office = Self::closed_with(change).await;
        office.write(&office.opening()).await;
        office
    }

    /// Nobody has opened it yet.
    pub async fn closed_with(change: impl FnOnce(&mut Config)) -> Self {
        let broker = ThrowawayBroker::start().await.unwrap();
        let mut config = config_of(&broker);
        change(&mut config);
        let server = Server::start(config.clone()).await.unwrap();
        let person =
            Person::new(config.office(), gateway_key(&config), UserId::from_bytes(random().unwrap()));
        let founder = Device::of(&person);
        Self { broker, config, server, key: key(Role::Office), founder }
    }

    pub fn address(&self) -> SocketAddr {
        self.server.addresses()[0]
    }

    /// Entry 0.
    pub fn opening(&self) -> Vec<u8> {
        let opened = OfficeOpened {
            office_key: self.key.public().clone(),
            name: "Riverside Family Practice".to_owned(),
            policy: Policy::default(),
            founder: self.founder.user,
            founder_name: "Fay Founder".to_owned(),
            identity: self.founder.person.identity.public().clone(),
            certificate: self.founder.certificate.clone(),
        };
        let roster = Roster::new();
        roster.next_entry(self.config.office(), None, &self.key, opened.into(), now_ms()).unwrap()
    }

    /// Puts an entry into the roster, past visits and records.
    pub async fn write(&self, entry: &[u8]) {
        let appending = self.server.roster().append(vec![entry.to_vec().into()]).await;
        assert!(appending.refused.is_none(), "{:?}", appending.refused);
    }

    /// The founder, who is an administrator, changes the roster; past visits and records.
    pub async fn founder_does(&self, change: impl Into<Change>) {
        self.person_does(&self.founder.person, change).await;
    }

    /// A person changes the roster; past visits and records.
    pub async fn person_does(&self, person: &Person, change: impl Into<Change>) {
        self.does(Some(person.user), &person.identity, change.into()).await;
    }

    async fn does(&self, author: Option<UserId>, key: &SigningKey, change: Change) {
        let next = self
            .server
            .roster()
            .look(|roster| roster.next_entry(self.config.office(), author, key, change, now_ms()));
        self.write(&next.unwrap()).await;
    }

    pub async fn invite(&self, name: &str) -> Invite {
        self.invite_for(name, Duration::from_secs(3600)).await
    }

    pub async fn invite_for(&self, name: &str, ttl: Duration) -> Invite {
        self.invite_user(UserId::from_bytes(random().unwrap()), name, ttl).await
    }

    /// Also somebody who is in the office.
    pub async fn invite_user(&self, user: UserId, name: &str, ttl: Duration) -> Invite {
        let (issued, secret) = issued(user, name, now_ms() + u64::try_from(ttl.as_millis()).unwrap());
        self.founder_does(InvitesIssued { invites: vec![issued.clone()] }).await;
        let invite = self.server.roster().look(|roster| Invite {
            office: self.config.office(),
            office_name: roster.office_name().unwrap().to_owned(),
            roster_root: roster.root().unwrap(),
            known_length: roster.length(),
            known_head: roster.head(),
            gateways: self.config.addresses.clone(),
            gateway_key: gateway_key(&self.config),
            invite: issued.invite,
            secret,
            user,
            name: name.to_owned(),
            role: issued.role,
            expires_ms: issued.expires_ms,
        });
        // The text is what a person carries.
        Invite::from_text(&invite.to_text().unwrap()).unwrap()
    }

    /// A colleague with a device, on line.
    pub async fn colleague(&self, name: &str) -> (Device, Client) {
        let device = Device::invited(&self.invite(name).await);
        let client = device.join(self.address()).await;
        (device, client)
    }

    /// Another device of somebody, which is in the roster and not on line.
    pub async fn another_device(&self, person: &Arc<Person>) -> Device {
        let device = Device::of(person);
        self.person_does(person, device.adding()).await;
        device
    }

    /// A room of these people, made by the founder.
    pub async fn room(&self, members: &[&Device]) -> RoomId {
        self.room_of(RoomMembers::Chosen(members.iter().map(|device| device.user).collect())).await
    }

    /// The founder makes it, and is in it only if these members say so.
    pub async fn room_of(&self, members: RoomMembers) -> RoomId {
        let room = RoomId::from_bytes(random().unwrap());
        let name = RoomName { salt: random().unwrap(), text: "Front desk".to_owned() }.commitment();
        self.founder_does(RoomMade { room, name, members }).await;
        room
    }

    pub async fn trail(&self) -> Trail {
        Trail::of(&self.broker).await
    }

    pub fn happened(&self, happening: Happening) -> u64 {
        self.server.counters().happened(happening)
    }

    pub fn refusals(&self, code: ErrorCode) -> u64 {
        self.server.counters().refusals(code)
    }
}

/// An invite for the roster, and its secret.
pub fn issued(user: UserId, name: &str, expires_ms: u64) -> (InviteIssued, InviteSecret) {
    let secret = InviteSecret::from_bytes(random().unwrap());
    let issued = InviteIssued {
        invite: InviteId::from_bytes(random().unwrap()),
        key: secret.signing_key().unwrap().public().clone(),
        user,
        name: name.to_owned(),
        role: StaffRole::Staff,
        group: None,
        expires_ms,
    };
    (issued, secret)
}

/// As `broker-config init` writes it, on a free port.
pub fn config_of(broker: &ThrowawayBroker) -> Config {
    let mut config = Config::load(&broker.state().gateway_toml()).unwrap();
    config.listen = vec!["127.0.0.1:0".parse().unwrap()];
    config
}

/// What clients are told to expect.
pub fn gateway_key(config: &Config) -> Curve25519Public {
    keys::load_noise_key(&config.noise_key_file).unwrap().public().unwrap()
}
