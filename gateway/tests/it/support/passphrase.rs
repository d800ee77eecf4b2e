//! A client's side of passphrase sign-in. Stretching is cheap here: what it costs is no business of the gateway.

use argon2::{Algorithm, Argon2, Params, Version};
use opaque_ke::{
    ClientLogin, ClientLoginFinishParameters, ClientRegistration, ClientRegistrationFinishParameters,
    CredentialResponse, Identifiers, RegistrationResponse,
};
use protocol::{
    error::ErrorCode,
    frame::{
        BeginPassphrase, BeginSignIn, FinishSignIn, GatewayFrame, SignInAnswer, SignedIn, StorePassphrase,
    },
    opaque::{PutOff, Stretch, Suite, context},
};
use rand_core::OsRng;

use super::client::Client;

fn stretch(input: &[u8]) -> Vec<u8> {
    let params = Params::new(Params::MIN_M_COST, 1, 1, Some(input.len())).unwrap();
    let mut output = vec![0; input.len()];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(input, &[0; 16], &mut output)
        .unwrap();
    output
}

/// Both steps; gives the key that seals the backup.
pub async fn set(client: &mut Client, passphrase: &str, backup: &[u8]) -> Result<Vec<u8>, ErrorCode> {
    let (upload, key) = begin_setting(client, passphrase).await?;
    store(client, upload, Stretch::STANDARD, backup.to_vec()).await?;
    Ok(key)
}

/// First step: gives the upload for the second and the key that seals the backup.
pub async fn begin_setting(client: &mut Client, passphrase: &str) -> Result<(Vec<u8>, Vec<u8>), ErrorCode> {
    let passphrase = passphrase.as_bytes();
    let started = ClientRegistration::<Suite>::start(&mut OsRng, passphrase).unwrap();
    let message = started.message.serialize().to_vec();
    let answer = client.ask(|request| BeginPassphrase { request, message }).await?;
    let GatewayFrame::PassphraseAnswer(answer) = answer else { panic!("{answer:?}") };
    let response = RegistrationResponse::deserialize(&answer.message).unwrap();
    let finish = |ksf: &PutOff| {
        let parameters = ClientRegistrationFinishParameters::new(Identifiers::default(), Some(ksf));
        started.state.clone().finish(&mut OsRng, passphrase, response.clone(), parameters)
    };
    let asking = PutOff::default();
    assert!(finish(&asking).is_err());
    let finished = finish(&PutOff::done(stretch(&asking.asked().unwrap()))).unwrap();
    Ok((finished.message.serialize().to_vec(), finished.export_key.to_vec()))
}

/// Second step.
pub async fn store(
    client: &mut Client,
    message: Vec<u8>,
    stretch: Stretch,
    backup: Vec<u8>,
) -> Result<(), ErrorCode> {
    let answer = client.ask(|request| StorePassphrase { request, message, stretch, backup }).await?;
    assert!(matches!(answer, GatewayFrame::Done(_)), "{answer:?}");
    Ok(())
}

/// A sign-in after its first step.
pub struct HalfWay {
    pub answer: SignInAnswer,
    state: ClientLogin<Suite>,
    passphrase: String,
}

/// What a client may send as a request, and what it keeps.
pub fn request(passphrase: &str) -> (Vec<u8>, ClientLogin<Suite>) {
    let started = ClientLogin::<Suite>::start(&mut OsRng, passphrase.as_bytes()).unwrap();
    (started.message.serialize().to_vec(), started.state)
}

/// First step.
pub async fn begin(client: &mut Client, name: &str, passphrase: &str) -> Result<HalfWay, ErrorCode> {
    let (message, state) = request(passphrase);
    let name = name.to_owned();
    let answer = client.ask(|request| BeginSignIn { request, name, message }).await?;
    let GatewayFrame::SignInAnswer(answer) = answer else { panic!("{answer:?}") };
    Ok(HalfWay { answer, state, passphrase: passphrase.to_owned() })
}

impl HalfWay {
    /// What proves the passphrase and the key that opens the backup; none if the passphrase is wrong.
    pub fn proof(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let response = CredentialResponse::deserialize(&self.answer.message).unwrap();
        let context = context(self.answer.office);
        let finish = |ksf: &PutOff| {
            let parameters =
                ClientLoginFinishParameters::new(Some(&context), Identifiers::default(), Some(ksf));
            self.state.clone().finish(&mut OsRng, self.passphrase.as_bytes(), response.clone(), parameters)
        };
        let asking = PutOff::default();
        assert!(finish(&asking).is_err());
        let finished = finish(&PutOff::done(stretch(&asking.asked().unwrap()))).ok()?;
        Some((finished.message.serialize().to_vec(), finished.export_key.to_vec()))
    }
}

/// Second step.
pub async fn finish(client: &mut Client, message: Vec<u8>) -> Result<SignedIn, ErrorCode> {
    let answer = client.ask(|request| FinishSignIn { request, message }).await?;
    let GatewayFrame::SignedIn(signed_in) = answer else { panic!("{answer:?}") };
    Ok(signed_in)
}

/// Both steps: gives the backup and the key that opens it. A wrong passphrase sends a made-up proof.
pub async fn sign_in(
    client: &mut Client,
    name: &str,
    passphrase: &str,
) -> Result<(Vec<u8>, Vec<u8>), ErrorCode> {
    let half = begin(client, name, passphrase).await?;
    let (proof, key) = half.proof().unwrap_or_else(|| (vec![7; 64], Vec::new()));
    Ok((finish(client, proof).await?.backup, key))
}
