//! A device with its keys. The Olm half is made up: a gateway cannot look into it.

use std::net::SocketAddr;

use gateway::clock::{now_ms, random};
use protocol::{
    channel::NoisePrivateKey,
    device::{DeviceCertificate, DeviceStatement},
    envelope::{Addressed, Envelope, Header, SealedPayload, Wrap, WrapKind},
    frame::{Authenticate, Enrol},
    id::{ConversationId, Curve25519Public, DeviceId, Hash, MessageId, OlmSigningPublic, Signature},
    invite::Invite,
    prekey::{PrekeyPurpose, PrekeyStatement, SignedPrekey},
    signature::{Purpose, Role, SigningKey},
};

use super::client::Client;

pub struct Device {
    pub invite: Invite,
    pub id: DeviceId,
    pub signing: SigningKey,
    pub noise: NoisePrivateKey,
    pub certificate: DeviceCertificate,
}

impl Device {
    /// Fresh keys, certified with the invite.
    pub fn new(invite: Invite) -> Self {
        let id = DeviceId::from_bytes(random().unwrap());
        let signing = SigningKey::from_seed(Role::Device, random().unwrap()).unwrap();
        let noise = NoisePrivateKey::from_bytes(random().unwrap());
        let statement = DeviceStatement {
            office: invite.office,
            user: invite.user,
            device: id,
            signing_key: signing.public().clone(),
            noise_key: noise.public().unwrap(),
            olm_identity: Curve25519Public::from_bytes(random().unwrap()),
            olm_signing: OlmSigningPublic::from_bytes(random().unwrap()),
            created_ms: now_ms(),
        };
        let invite_key = invite.secret.signing_key().unwrap();
        let by_olm = Signature::from_bytes([7; 64]);
        let certificate = DeviceCertificate::make(&statement, &signing, &invite_key, |_| by_olm).unwrap();
        Self { invite, id, signing, noise, certificate }
    }

    /// Opens a channel and proves nothing yet.
    pub async fn dial(&self, address: SocketAddr) -> Client {
        Client::connect(address, &self.noise, &self.invite.gateway_key).await
    }

    /// Enrols and waits for the Welcome.
    pub async fn enrol(&self, address: SocketAddr) -> Client {
        let mut client = self.dial(address).await;
        client.send(self.enrolment(&client)).await;
        client.welcomed().await;
        client
    }

    /// Authenticates and waits for the Welcome.
    pub async fn sign_in(&self, address: SocketAddr) -> Client {
        let mut client = self.dial(address).await;
        client.send(self.authentication(&client)).await;
        client.welcomed().await;
        client
    }

    pub fn enrolment(&self, client: &Client) -> Enrol {
        let channel = self.sign(client);
        Enrol { invite: self.invite.invite, certificate: self.certificate.clone(), channel }
    }

    pub fn authentication(&self, client: &Client) -> Authenticate {
        Authenticate { device: self.id, channel: self.sign(client) }
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
        let peer = to.first().map_or(self.invite.user, |device| device.invite.user);
        let wrap = |device: &&Device| Wrap { device: device.id, kind: WrapKind::Normal, body: vec![5; 183] };
        Envelope {
            header: Header {
                message: MessageId::new(now, random().unwrap()),
                conversation: ConversationId::direct(self.invite.user, peer),
                sender_user: self.invite.user,
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

/// Whether the copy is of this message and for this device, unchanged.
pub fn is_copy(copy: &Addressed, message: &Envelope, device: &Device) -> bool {
    copy.header == message.header
        && copy.payload == message.payload
        && message.wraps.iter().any(|wrap| wrap.device == device.id && *wrap == copy.wrap)
}
