//! People and devices with their keys. The Olm half is made up: a gateway cannot look into it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use gateway::clock::{now_ms, random};
use protocol::{
    channel::NoisePrivateKey,
    device::{DeviceCertificate, DeviceStatement},
    envelope::{Addressed, Envelope, Header, SealedPayload, Wrap, WrapKind},
    error::ErrorCode,
    frame::{Authenticate, Visit, Visitor},
    id::{
        ConversationId, Curve25519Public, DeviceId, Hash, MessageId, OfficeId, OlmSigningPublic, Signature,
        UserId,
    },
    identity::{IdentityCertificate, IdentityStatement},
    prekey::{PrekeyPurpose, PrekeyStatement, SignedPrekey},
    roster::{Change, DeviceAdded, PersonJoined, Roster},
    signature::{Purpose, Role, SigningKey},
    text::Invite,
};

use super::client::Client;

pub fn key(role: Role) -> SigningKey {
    SigningKey::from_seed(role, random().unwrap()).unwrap()
}

/// Somebody with an identity key, as each of their devices has it.
pub struct Person {
    pub office: OfficeId,
    pub gateway_key: Curve25519Public,
    pub user: UserId,
    pub identity: SigningKey,
}

impl Person {
    pub fn new(office: OfficeId, gateway_key: Curve25519Public, user: UserId) -> Arc<Self> {
        Arc::new(Self { office, gateway_key, user, identity: key(Role::Person) })
    }
}

pub struct Device {
    pub person: Arc<Person>,
    /// With which it can join.
    pub invite: Option<Invite>,
    pub office: OfficeId,
    pub user: UserId,
    pub id: DeviceId,
    pub signing: SigningKey,
    pub noise: NoisePrivateKey,
    pub certificate: DeviceCertificate,
    connections: AtomicU64,
}

impl Device {
    /// The first device of an invited person, with a fresh identity.
    pub fn invited(invite: &Invite) -> Self {
        let person = Person::new(invite.office, invite.gateway_key, invite.user);
        Self { invite: Some(invite.clone()), ..Self::of(&person) }
    }

    /// Another device of a person.
    pub fn of(person: &Arc<Person>) -> Self {
        let (office, user) = (person.office, person.user);
        let id = DeviceId::from_bytes(random().unwrap());
        let signing = key(Role::Device);
        let noise = NoisePrivateKey::from_bytes(random().unwrap());
        let statement = DeviceStatement {
            office,
            user,
            device: id,
            signing_key: signing.public().clone(),
            noise_key: noise.public().unwrap(),
            olm_identity: Curve25519Public::from_bytes(random().unwrap()),
            olm_signing: OlmSigningPublic::from_bytes(random().unwrap()),
            created_ms: now_ms(),
        };
        let by_olm = Signature::from_bytes([7; 64]);
        let certificate =
            DeviceCertificate::make(&statement, &signing, &person.identity, |_| by_olm).unwrap();
        Self {
            person: Arc::clone(person),
            invite: None,
            office,
            user,
            id,
            signing,
            noise,
            certificate,
            connections: AtomicU64::new(0),
        }
    }

    /// What it says when it joins with its invite.
    pub fn joining(&self) -> Change {
        let invite = self.invite.as_ref().expect("an invited device");
        let statement = IdentityStatement {
            office: self.office,
            invite: invite.invite,
            user: self.user,
            identity: self.person.identity.public().clone(),
        };
        let identity = IdentityCertificate::make(&statement, &invite.secret.signing_key().unwrap()).unwrap();
        PersonJoined { identity, certificate: self.certificate.clone() }.into()
    }

    /// What it says when its person adds it.
    pub fn adding(&self) -> Change {
        DeviceAdded { certificate: self.certificate.clone() }.into()
    }

    /// The next entry of `roster`, signed with its person's identity key.
    pub fn sign_entry(&self, roster: &Roster, change: Change) -> Vec<u8> {
        roster.next_entry(self.office, Some(self.user), &self.person.identity, change, now_ms()).unwrap()
    }

    /// Comes as a visitor and waits to be let in.
    pub async fn visit(&self, address: SocketAddr) -> Client {
        let mut client = self.dial(address).await;
        let visit = match &self.invite {
            Some(invite) => {
                let key = invite.secret.signing_key().unwrap();
                visit(Visitor::Invited(invite.invite), &key, &client)
            }
            None => visit(Visitor::Person(self.user), &self.person.identity, &client),
        };
        client.send(visit).await;
        client.visiting().await;
        client
    }

    /// Tries to get into the roster as a visitor: with the invite, or as another device of its person.
    pub async fn try_to_enter(&self, client: &mut Client) -> Result<(), ErrorCode> {
        let mut roster = Roster::new();
        client.fetch_roster(&mut roster).await;
        loop {
            let change = if self.invite.is_some() { self.joining() } else { self.adding() };
            // Signed whatever one's own roster says to it: the gateway is to find out.
            let entry = super::entry(&roster, self.office, Some(self.user), &self.person.identity, change);
            match client.append(vec![entry]).await {
                Ok(_) => return Ok(()),
                Err(ErrorCode::RosterMoved) => client.take_pushed(&mut roster),
                Err(code) => return Err(code),
            }
        }
    }

    /// Visits, enters the roster, authenticates on the same channel and waits for the Welcome.
    pub async fn join(&self, address: SocketAddr) -> Client {
        let mut client = self.visit(address).await;
        self.try_to_enter(&mut client).await.unwrap();
        client.send(self.authentication(&client)).await;
        client.welcomed().await;
        client
    }

    /// Opens a channel and proves nothing yet.
    pub async fn dial(&self, address: SocketAddr) -> Client {
        Client::connect(address, &self.noise, &self.person.gateway_key).await
    }

    /// Authenticates and waits for the Welcome.
    pub async fn sign_in(&self, address: SocketAddr) -> Client {
        let mut client = self.dial(address).await;
        client.send(self.authentication(&client)).await;
        client.welcomed().await;
        client
    }

    pub fn authentication(&self, client: &Client) -> Authenticate {
        let connection = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        Authenticate { device: self.id, channel: self.sign(client), connection }
    }

    fn sign(&self, client: &Client) -> Signature {
        self.signing.sign(Purpose::Channel, client.channel.handshake_hash().as_bytes()).unwrap()
    }

    /// A message for the devices.
    pub fn message(&self, to: &[&Device]) -> Envelope {
        self.message_of(300, to)
    }

    /// A message with a payload of that size.
    pub fn message_of(&self, size: usize, to: &[&Device]) -> Envelope {
        let now = now_ms();
        let peer = to.first().map_or(self.user, |device| device.user);
        let wrap = |device: &&Device| Wrap { device: device.id, kind: WrapKind::Normal, body: vec![5; 183] };
        Envelope {
            header: Header {
                message: MessageId::new(now, random().unwrap()),
                conversation: ConversationId::direct(self.user, peer),
                sender_user: self.user,
                sender_device: self.id,
                expires_ms: now + 3_600_000,
            },
            payload: SealedPayload { commitment: Hash::of(b"root"), ciphertext: vec![9; size] },
            wraps: to.iter().map(wrap).collect(),
        }
    }

    pub fn prekey(&self, key_id: u64, purpose: PrekeyPurpose) -> SignedPrekey {
        let statement = PrekeyStatement {
            device: self.id,
            key_id,
            key: Curve25519Public::from_bytes(random().unwrap()),
            purpose,
            expires_ms: now_ms() + 3_600_000,
        };
        SignedPrekey::make(&statement, &self.signing).unwrap()
    }

    pub fn prekeys(&self, count: u64) -> Vec<SignedPrekey> {
        (0..count).map(|key_id| self.prekey(key_id, PrekeyPurpose::OneTime)).collect()
    }
}

/// A visit whose proof is by that key.
pub fn visit(visitor: Visitor, key: &SigningKey, client: &Client) -> Visit {
    let channel = key.sign(Purpose::Channel, client.channel.handshake_hash().as_bytes()).unwrap();
    Visit { visitor, channel }
}

/// Whether the copy is of this message and for this device, unchanged.
pub fn is_copy(copy: &Addressed, message: &Envelope, device: &Device) -> bool {
    copy.header == message.header
        && copy.payload == message.payload
        && message.wraps.iter().any(|wrap| wrap.device == device.id && *wrap == copy.wrap)
}
