//! The gateway's side of OPAQUE, bytes in and bytes out.

use opaque_ke::{
    CredentialFinalization, CredentialRequest, Identifiers, RegistrationRequest, RegistrationUpload,
    ServerLogin, ServerLoginParameters, ServerRegistration, ServerSetup, errors::ProtocolError,
};
use protocol::{
    id::{Hash, OfficeId, UserId},
    opaque::{Suite, context},
    roster::plain_name,
};
use rand_core::OsRng;
use zeroize::Zeroizing;

/// Size of a registration.
const REGISTRATION: usize = 192;

/// The bytes are no message of this exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a message of the passphrase exchange")]
pub(crate) struct Malformed;

impl From<ProtocolError> for Malformed {
    /// Which part was wrong is nobody's business.
    fn from(_: ProtocolError) -> Self {
        Self
    }
}

/// The gateway's secrets of the exchange. Every gateway of an office has the same.
pub(crate) struct OpaqueServer {
    setup: ServerSetup<Suite>,
    context: Vec<u8>,
    /// Turns names that nobody has into credentials that look like somebody's.
    nobody: Hash,
    /// Read where there is no registration, so that both take as long.
    decoy: Vec<u8>,
}

/// A sign-in between its two steps.
pub(crate) struct HalfSignIn(ServerLogin<Suite>);

impl OpaqueServer {
    /// New secrets, as the bytes that [`Self::from_bytes`] takes.
    pub(crate) fn generate() -> Zeroizing<Vec<u8>> {
        Zeroizing::new(ServerSetup::<Suite>::new(&mut OsRng).serialize().to_vec())
    }

    /// With the secrets that were generated once.
    pub(crate) fn from_bytes(secrets: &[u8], office: OfficeId) -> Result<Self, Malformed> {
        let setup = ServerSetup::<Suite>::deserialize(secrets)?;
        if setup.serialize().as_slice() != secrets {
            return Err(Malformed);
        }
        let nobody = Hash::of_parts("crmplus-chat/1 nobody", &[secrets]);
        // A registration is a public key and bytes that are not looked into.
        let mut decoy = setup.keypair().public().serialize().to_vec();
        decoy.resize(REGISTRATION, 0);
        Ok(Self { setup, context: context(office), nobody, decoy })
    }

    /// The credential of a name that nobody in the office has: always the same one, and nobody's.
    pub(crate) fn nobody(&self, name: &str) -> UserId {
        let hash = Hash::of_parts(
            "crmplus-chat/1 nobody's credential",
            &[self.nobody.as_bytes(), plain_name(name).as_bytes()],
        );
        let mut id = [0; UserId::LEN];
        for (slot, byte) in id.iter_mut().zip(hash.as_bytes()) {
            *slot = *byte;
        }
        UserId::from_bytes(id)
    }

    /// First step of setting a passphrase.
    pub(crate) fn begin_setting(&self, user: UserId, request: &[u8]) -> Result<Vec<u8>, Malformed> {
        let message = RegistrationRequest::<Suite>::deserialize(request)?;
        canonical(&message.serialize(), request)?;
        let started = ServerRegistration::<Suite>::start(&self.setup, message, user.as_bytes())?;
        Ok(started.message.serialize().to_vec())
    }

    /// Second step: what is to be stored.
    pub(crate) fn finish_setting(upload: &[u8]) -> Result<Vec<u8>, Malformed> {
        let message = RegistrationUpload::<Suite>::deserialize(upload)?;
        canonical(&message.serialize(), upload)?;
        Ok(ServerRegistration::<Suite>::finish(message).serialize().to_vec())
    }

    /// Whether the first message of a sign-in can be read.
    pub(crate) fn check_request(request: &[u8]) -> Result<(), Malformed> {
        canonical(&CredentialRequest::<Suite>::deserialize(request)?.serialize(), request)
    }

    /// First step of signing in. Without a registration the answer looks the same and leads nowhere.
    pub(crate) fn begin_sign_in(
        &self,
        credential: UserId,
        registration: Option<&[u8]>,
        request: &[u8],
    ) -> Result<(Vec<u8>, HalfSignIn), Malformed> {
        let message = CredentialRequest::<Suite>::deserialize(request)?;
        canonical(&message.serialize(), request)?;
        let known = registration.is_some();
        let registration = ServerRegistration::<Suite>::deserialize(registration.unwrap_or(&self.decoy))?;
        let started = ServerLogin::start(
            &mut OsRng,
            &self.setup,
            Some(registration).filter(|_| known),
            message,
            credential.as_bytes(),
            self.parameters(),
        )?;
        Ok((started.message.serialize().to_vec(), HalfSignIn(started.state)))
    }

    /// Second step: whether the client knows the passphrase.
    pub(crate) fn finish_sign_in(&self, half: HalfSignIn, finalization: &[u8]) -> bool {
        let Ok(message) = CredentialFinalization::<Suite>::deserialize(finalization) else { return false };
        canonical(&message.serialize(), finalization).is_ok()
            && half.0.finish(message, self.parameters()).is_ok()
    }

    fn parameters(&self) -> ServerLoginParameters<'_, '_> {
        ServerLoginParameters { context: Some(&self.context), identifiers: Identifiers::default() }
    }
}

/// The library passes over bytes that come after a message.
fn canonical(read: &[u8], given: &[u8]) -> Result<(), Malformed> {
    if read == given { Ok(()) } else { Err(Malformed) }
}

impl std::fmt::Debug for OpaqueServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpaqueServer(..)")
    }
}

impl std::fmt::Debug for HalfSignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HalfSignIn(..)")
    }
}

#[cfg(test)]
mod tests;
