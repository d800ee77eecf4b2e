//! Who this device is: its person's identity key, its own keys, and where it belongs. Made when somebody begins to
//! enter and committed before the first connection, so that entering can be interrupted at any point and goes
//! on with the same keys. What only entering needs is forgotten once the device is in.

use protocol::{
    channel::NoisePrivateKey,
    device::{DeviceCertificate, DeviceStatement},
    frame::Visitor,
    id::{Curve25519Public, DeviceId, Hash, OfficeId, Signature, UserId},
    signature::{Purpose, Role, SigningKey},
    text::{InviteSecret, OfficeSecret},
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::{
    directory::{Device, Place},
    error::CoreError,
    olm::{OlmAccount, key_form},
    rng::{Rng, make_bytes},
    secret::Secret,
    store::{Batch, Keep, countable, key, read},
};

/// The office, as far as a device must know it before it sees the roster.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Home {
    pub(crate) office: OfficeId,
    /// Hash of the first entry of its roster.
    pub(crate) roster_root: Hash,
    pub(crate) gateways: Vec<String>,
    /// Noise key that each of them must prove.
    pub(crate) gateway_key: Curve25519Public,
}

/// A person, as every device of that person knows.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) user: UserId,
    pub(crate) name: String,
    /// Seed of the identity key.
    pub(crate) identity_seed: Secret,
}

impl Person {
    pub(crate) fn identity(&self) -> Result<SigningKey, CoreError> {
        Ok(SigningKey::from_seed(Role::Person, *self.identity_seed.expose())?)
    }
}

/// What lets a device in that is not in the roster yet.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Pass {
    /// The text that opens the office; `opening` is entry 0, signed.
    Founder { secret: InviteSecret, opening: ByteBuf },
    /// An invite.
    Invited { invite: protocol::id::InviteId, secret: InviteSecret, known: Place },
    /// The person's identity key.
    Person,
    /// The recovery kit: the office key invites, and the invite is used at once.
    Kit { secret: OfficeSecret, invite: protocol::id::InviteId, invited: InviteSecret },
}

/// This device.
pub(crate) struct Identity {
    stored: Stored,
    signer: SigningKey,
    /// The person's identity key.
    person: SigningKey,
    noise: NoisePrivateKey,
    changed: bool,
}

#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    home: Home,
    person: Person,
    statement: DeviceStatement,
    certificate: DeviceCertificate,
    signing_seed: Secret,
    noise_key: Secret,
    /// None once a gateway has let this device in.
    pass: Option<Pass>,
    /// Connections so far.
    connection: u64,
    /// The key of the office, where it is kept on this device.
    office_key: Option<OfficeSecret>,
    kit_saved: bool,
}

impl Identity {
    /// Makes all keys of a new device of `person`. `pass` gets its certificate, which an opening entry needs.
    pub(crate) fn make(
        home: Home,
        person: Person,
        account: &OlmAccount,
        now: u64,
        rng: &mut dyn Rng,
        pass: impl FnOnce(&DeviceCertificate) -> Result<Pass, CoreError>,
    ) -> Result<Self, CoreError> {
        if home.gateways.is_empty() || !key_form::is_sound(&home.gateway_key) {
            return Err(CoreError::InviteUnusable);
        }
        let signing_seed = Secret::make(rng)?;
        let noise_key = Secret::make(rng)?;
        let signer = SigningKey::from_seed(Role::Device, *signing_seed.expose())?;
        let noise = NoisePrivateKey::from_bytes(*noise_key.expose());
        let statement = DeviceStatement {
            office: home.office,
            user: person.user,
            device: DeviceId::from_bytes(make_bytes(rng)?),
            signing_key: signer.public().clone(),
            noise_key: noise.public()?,
            olm_identity: account.identity(),
            olm_signing: account.signing(),
            created_ms: now,
        };
        let identity = person.identity()?;
        let certificate =
            DeviceCertificate::make(&statement, &signer, &identity, |bytes| account.sign(bytes))?;
        let pass = Some(pass(&certificate)?);
        let stored = Stored {
            home,
            person,
            statement,
            certificate,
            signing_seed,
            noise_key,
            pass,
            connection: 0,
            office_key: None,
            kit_saved: false,
        };
        Ok(Self { stored, signer, person: identity, noise, changed: true })
    }

    pub(crate) fn restore(bytes: &[u8]) -> Result<Self, CoreError> {
        let stored: Stored = read(key::IDENTITY, bytes)?;
        countable(key::IDENTITY, stored.connection)?;
        let signer = SigningKey::from_seed(Role::Device, *stored.signing_seed.expose())?;
        let identity = stored.person.identity()?;
        let noise = NoisePrivateKey::from_bytes(*stored.noise_key.expose());
        Ok(Self { stored, signer, person: identity, noise, changed: false })
    }

    /// What this device says of itself.
    pub(crate) const fn device(&self) -> &Device {
        &self.stored.statement
    }

    pub(crate) const fn certificate(&self) -> &DeviceCertificate {
        &self.stored.certificate
    }

    pub(crate) const fn home(&self) -> &Home {
        &self.stored.home
    }

    pub(crate) const fn person(&self) -> &Person {
        &self.stored.person
    }

    pub(crate) fn name(&self) -> &str {
        &self.stored.person.name
    }

    pub(crate) const fn signer(&self) -> &SigningKey {
        &self.signer
    }

    /// The person's identity key.
    pub(crate) const fn identity(&self) -> &SigningKey {
        &self.person
    }

    pub(crate) const fn noise(&self) -> &NoisePrivateKey {
        &self.noise
    }

    pub(crate) const fn pass(&self) -> Option<&Pass> {
        self.stored.pass.as_ref()
    }

    pub(crate) const fn office_key(&self) -> Option<&OfficeSecret> {
        self.stored.office_key.as_ref()
    }

    pub(crate) const fn is_kit_saved(&self) -> bool {
        self.stored.kit_saved
    }

    /// Keeps the key of the office here.
    pub(crate) fn keep_office_key(&mut self, secret: OfficeSecret) {
        self.stored.office_key = Some(secret);
        self.changed = true;
    }

    /// The first entry of one's own office is signed after the device that it names was made.
    pub(crate) fn set_root(&mut self, root: Hash) {
        self.stored.home.roster_root = root;
        self.changed = true;
    }

    pub(crate) fn set_kit_saved(&mut self) {
        self.stored.kit_saved = true;
        self.changed = true;
    }

    /// As what this device comes before it is in the roster, with the proof for a channel.
    pub(crate) fn visit(&self, handshake: &Hash) -> Result<Option<(Visitor, Signature)>, CoreError> {
        let Some(pass) = &self.stored.pass else { return Ok(None) };
        let payload = handshake.as_bytes();
        Ok(Some(match pass {
            Pass::Founder { secret, .. } => {
                (Visitor::Founder, secret.signing_key()?.sign(Purpose::Channel, payload)?)
            }
            Pass::Invited { invite, secret, .. } => {
                (Visitor::Invited(*invite), secret.signing_key()?.sign(Purpose::Channel, payload)?)
            }
            Pass::Kit { secret, .. } => {
                (Visitor::Office, secret.signing_key()?.sign(Purpose::Channel, payload)?)
            }
            Pass::Person => {
                (Visitor::Person(self.stored.person.user), self.person.sign(Purpose::Channel, payload)?)
            }
        }))
    }

    /// The founding text is spent: from now on the identity key is what this device comes with. False where it did already.
    pub(crate) fn come_as_person(&mut self) -> bool {
        let founder = matches!(self.stored.pass, Some(Pass::Founder { .. }));
        if founder {
            self.stored.pass = Some(Pass::Person);
            self.changed = true;
        }
        founder
    }

    /// Proves this device on a channel, and counts the connection.
    pub(crate) fn authenticate(&mut self, handshake: &Hash) -> Result<(Signature, u64), CoreError> {
        self.stored.connection += 1;
        self.changed = true;
        let signature = self.signer.sign(Purpose::Channel, handshake.as_bytes())?;
        Ok((signature, self.stored.connection))
    }

    pub(crate) const fn is_enrolled(&self) -> bool {
        self.stored.pass.is_none()
    }

    /// A gateway has let this device in.
    pub(crate) fn set_enrolled(&mut self) {
        self.changed |= self.stored.pass.is_some();
        if let Some(Pass::Kit { secret, .. }) = self.stored.pass.take() {
            self.stored.office_key = Some(secret);
            self.stored.kit_saved = true;
        }
    }
}

impl Keep for Identity {
    fn flush(&mut self, batch: &mut Batch) -> Result<(), CoreError> {
        if std::mem::take(&mut self.changed) {
            batch.put(key::IDENTITY.to_owned(), &self.stored)?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("device", &self.stored.statement.device)
            .field("enrolled", &self.is_enrolled())
            .finish_non_exhaustive()
    }
}
