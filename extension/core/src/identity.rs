//! Who this device is: its keys and where it belongs. Made when an invite is pasted and committed
//! before the first connection, so that joining can be interrupted at any point and goes on with
//! the same keys. The invite's secret signs the certificate at once and is then forgotten.

use protocol::{
    channel::NoisePrivateKey,
    device::{DeviceCertificate, DeviceStatement},
    id::{Curve25519Public, DeviceId, Hash, InviteId, Signature},
    invite::Invite,
    signature::{Purpose, Role, SigningKey},
};
use serde::{Deserialize, Serialize};

use crate::{
    directory::Device,
    error::CoreError,
    olm::{OlmAccount, key_form},
    rng::{Rng, make_bytes},
    secret::Secret,
    store::{Batch, Keep, key, read},
};

/// This device.
pub(crate) struct Identity {
    stored: Stored,
    signer: SigningKey,
    noise: NoisePrivateKey,
    changed: bool,
}

#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    statement: DeviceStatement,
    certificate: DeviceCertificate,
    invite: InviteId,
    name: String,
    gateways: Vec<String>,
    gateway_key: Curve25519Public,
    roster_root: Hash,
    signing_seed: Secret,
    noise_key: Secret,
    /// Whether a gateway has let this device in.
    enrolled: bool,
}

impl Identity {
    /// Makes all keys of a new device for whoever holds `invite`.
    pub(crate) fn make(
        invite: &Invite,
        account: &OlmAccount,
        now: u64,
        rng: &mut dyn Rng,
    ) -> Result<Self, CoreError> {
        if invite.gateways.is_empty() || !key_form::is_sound(&invite.gateway_key) {
            return Err(CoreError::InviteUnusable);
        }
        let signing_seed = Secret::make(rng)?;
        let noise_key = Secret::make(rng)?;
        let signer = SigningKey::from_seed(Role::Device, *signing_seed.expose())?;
        let noise = NoisePrivateKey::from_bytes(*noise_key.expose());
        let statement = DeviceStatement {
            office: invite.office,
            user: invite.user,
            device: DeviceId::from_bytes(make_bytes(rng)?),
            signing_key: signer.public().clone(),
            noise_key: noise.public()?,
            olm_identity: account.identity(),
            olm_signing: account.signing(),
            created_ms: now,
        };
        let certificate =
            DeviceCertificate::make(&statement, &signer, &invite.secret.signing_key()?, |bytes| {
                account.sign(bytes)
            })?;
        let stored = Stored {
            statement,
            certificate,
            invite: invite.invite,
            name: invite.name.clone(),
            gateways: invite.gateways.clone(),
            gateway_key: invite.gateway_key,
            roster_root: invite.roster_root,
            signing_seed,
            noise_key,
            enrolled: false,
        };
        Ok(Self { stored, signer, noise, changed: true })
    }

    pub(crate) fn restore(bytes: &[u8]) -> Result<Self, CoreError> {
        let stored: Stored = read(key::IDENTITY, bytes)?;
        let signer = SigningKey::from_seed(Role::Device, *stored.signing_seed.expose())?;
        let noise = NoisePrivateKey::from_bytes(*stored.noise_key.expose());
        Ok(Self { stored, signer, noise, changed: false })
    }

    /// What this device says of itself.
    pub(crate) const fn device(&self) -> &Device {
        &self.stored.statement
    }

    pub(crate) const fn certificate(&self) -> &DeviceCertificate {
        &self.stored.certificate
    }

    pub(crate) const fn invite(&self) -> InviteId {
        self.stored.invite
    }

    pub(crate) fn name(&self) -> &str {
        &self.stored.name
    }

    pub(crate) fn gateways(&self) -> &[String] {
        &self.stored.gateways
    }

    pub(crate) const fn gateway_key(&self) -> &Curve25519Public {
        &self.stored.gateway_key
    }

    pub(crate) const fn roster_root(&self) -> Hash {
        self.stored.roster_root
    }

    pub(crate) const fn signer(&self) -> &SigningKey {
        &self.signer
    }

    pub(crate) const fn noise(&self) -> &NoisePrivateKey {
        &self.noise
    }

    /// Proves this device on a channel.
    pub(crate) fn sign_channel(&self, handshake: &Hash) -> Result<Signature, CoreError> {
        Ok(self.signer.sign(Purpose::Channel, handshake.as_bytes())?)
    }

    pub(crate) const fn is_enrolled(&self) -> bool {
        self.stored.enrolled
    }

    /// A gateway has let this device in.
    pub(crate) fn set_enrolled(&mut self) {
        self.changed |= !self.stored.enrolled;
        self.stored.enrolled = true;
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
            .field("enrolled", &self.stored.enrolled)
            .finish_non_exhaustive()
    }
}
