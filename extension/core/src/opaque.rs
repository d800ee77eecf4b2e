//! The client's side of OPAQUE. Each step that stretches runs twice: the first run says what is to be stretched, the
//! second is given the result. Between the runs the state is kept as bytes.

use opaque_ke::{
    ClientLogin, ClientLoginFinishParameters, ClientRegistration, ClientRegistrationFinishParameters,
    CredentialResponse, Identifiers, RegistrationResponse, rand::rngs::OsRng,
};
use protocol::{
    id::{Hash, OfficeId},
    opaque::{PutOff, Suite, context},
};
use zeroize::{Zeroize, Zeroizing};

use crate::{error::CoreError, secret::Secret};

const BACKUP_LABEL: &str = "crmplus-chat/1 identity backup";

/// A step that waits for its stretching.
pub(crate) struct Step {
    state: Zeroizing<Vec<u8>>,
    passphrase: Zeroizing<String>,
    response: Vec<u8>,
    office: OfficeId,
}

/// A registration or login that has begun.
pub(crate) struct Begun {
    pub(crate) message: Vec<u8>,
    state: Zeroizing<Vec<u8>>,
    passphrase: Zeroizing<String>,
}

/// What a finished step gives.
pub(crate) struct Finished {
    pub(crate) message: Vec<u8>,
    /// Seals and opens the identity backup.
    pub(crate) backup_key: Secret,
}

/// Why a step does not finish.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The passphrase is another one, or the answer was made up.
    WrongPassphrase,
    /// A defect.
    Core(CoreError),
}

fn broken<E>(_: E) -> CoreError {
    CoreError::Internal("signing in with a passphrase")
}

/// First step of setting a passphrase.
pub(crate) fn begin_registration(passphrase: &str) -> Result<Begun, CoreError> {
    let started = ClientRegistration::<Suite>::start(&mut OsRng, passphrase.as_bytes()).map_err(broken)?;
    Ok(Begun {
        message: started.message.serialize().to_vec(),
        state: Zeroizing::new(started.state.serialize().to_vec()),
        passphrase: Zeroizing::new(passphrase.to_owned()),
    })
}

/// First step of signing in.
pub(crate) fn begin_login(passphrase: &str) -> Result<Begun, CoreError> {
    let started = ClientLogin::<Suite>::start(&mut OsRng, passphrase.as_bytes()).map_err(broken)?;
    Ok(Begun {
        message: started.message.serialize().to_vec(),
        state: Zeroizing::new(started.state.serialize().to_vec()),
        passphrase: Zeroizing::new(passphrase.to_owned()),
    })
}

impl Begun {
    /// With the gateway's answer.
    pub(crate) fn answered(self, response: &[u8], office: OfficeId) -> Step {
        Step { state: self.state, passphrase: self.passphrase, response: response.to_vec(), office }
    }
}

impl Step {
    /// What is to be stretched to finish a registration.
    pub(crate) fn registration_input(&self) -> Result<Vec<u8>, Failure> {
        let ksf = PutOff::default();
        // Fails by design, having noted what is to be stretched.
        let _ = self.register(&ksf);
        ksf.asked().ok_or(Failure::WrongPassphrase)
    }

    /// What is to be stretched to finish a login.
    pub(crate) fn login_input(&self) -> Result<Vec<u8>, Failure> {
        let ksf = PutOff::default();
        let _ = self.login(&ksf);
        ksf.asked().ok_or(Failure::WrongPassphrase)
    }

    /// Finishes a registration.
    pub(crate) fn finish_registration(&self, stretched: &[u8]) -> Result<Finished, Failure> {
        self.register(&PutOff::done(stretched.to_vec()))
    }

    /// Finishes a login: proves that this side knows the passphrase and that the other has its record.
    pub(crate) fn finish_login(&self, stretched: &[u8]) -> Result<Finished, Failure> {
        self.login(&PutOff::done(stretched.to_vec()))
    }

    fn register(&self, ksf: &PutOff) -> Result<Finished, Failure> {
        let state =
            ClientRegistration::<Suite>::deserialize(&self.state).map_err(|e| Failure::Core(broken(e)))?;
        let response =
            RegistrationResponse::deserialize(&self.response).map_err(|_| Failure::WrongPassphrase)?;
        let params = ClientRegistrationFinishParameters::new(Identifiers::default(), Some(ksf));
        let mut finished = state
            .finish(&mut OsRng, self.passphrase.as_bytes(), response, params)
            .map_err(|_| Failure::WrongPassphrase)?;
        let backup_key = backup_key(&finished.export_key, self.office);
        finished.export_key.as_mut_slice().zeroize();
        Ok(Finished { message: finished.message.serialize().to_vec(), backup_key })
    }

    fn login(&self, ksf: &PutOff) -> Result<Finished, Failure> {
        let state = ClientLogin::<Suite>::deserialize(&self.state).map_err(|e| Failure::Core(broken(e)))?;
        let response =
            CredentialResponse::deserialize(&self.response).map_err(|_| Failure::WrongPassphrase)?;
        let context = context(self.office);
        let params = ClientLoginFinishParameters::new(Some(&context), Identifiers::default(), Some(ksf));
        let mut finished = state
            .finish(&mut OsRng, self.passphrase.as_bytes(), response, params)
            .map_err(|_| Failure::WrongPassphrase)?;
        let backup_key = backup_key(&finished.export_key, self.office);
        finished.export_key.as_mut_slice().zeroize();
        Ok(Finished { message: finished.message.serialize().to_vec(), backup_key })
    }
}

fn backup_key(export_key: &[u8], office: OfficeId) -> Secret {
    Secret::from_bytes(*Hash::of_parts(BACKUP_LABEL, &[export_key, office.as_bytes()]).as_bytes())
}
