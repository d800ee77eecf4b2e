//! The messages of setting a passphrase and of signing in with it.

use std::sync::LazyLock;

use opaque_ke::{
    ClientLogin, ClientLoginFinishParameters, ClientRegistration, ClientRegistrationFinishParameters,
    CredentialFinalization, CredentialRequest, CredentialResponse, Identifiers, RegistrationRequest,
    RegistrationResponse, RegistrationUpload, ServerLogin, ServerLoginParameters, ServerRegistration,
    ServerSetup,
};
use protocol::opaque::{PutOff, Suite};
use rand_core::OsRng;

use crate::samples;

static GATEWAY: LazyLock<ServerSetup<Suite>> = LazyLock::new(|| ServerSetup::new(&mut OsRng));

/// The messages of a passphrase exchange, in the hands of whoever gets them. The first byte says which.
pub fn opaque(bytes: &[u8]) {
    let Some((which, bytes)) = bytes.split_first() else { return };
    let server = &*GATEWAY;
    let context = protocol::opaque::context(samples::office());
    let parameters =
        || ServerLoginParameters { context: Some(&context), identifiers: Identifiers::default() };
    let start = |request| ServerLogin::start(&mut OsRng, server, None, request, b"person", parameters());
    match which % 7 {
        0 => {
            let Ok(request) = RegistrationRequest::<Suite>::deserialize(bytes) else { return };
            assert!(bytes.starts_with(&request.serialize()));
            let _ = ServerRegistration::start(server, request, b"person");
        }
        1 => {
            let Ok(response) = RegistrationResponse::<Suite>::deserialize(bytes) else { return };
            assert!(bytes.starts_with(&response.serialize()));
            let client = ClientRegistration::<Suite>::start(&mut OsRng, b"passphrase").unwrap().state;
            let stretch = PutOff::done(vec![7; 64]);
            let finish = ClientRegistrationFinishParameters::new(Identifiers::default(), Some(&stretch));
            let _ = client.finish(&mut OsRng, b"passphrase", response, finish);
        }
        2 => {
            let Ok(upload) = RegistrationUpload::<Suite>::deserialize(bytes) else { return };
            assert!(bytes.starts_with(&upload.serialize()));
            let stored = ServerRegistration::finish(upload).serialize();
            assert!(ServerRegistration::<Suite>::deserialize(&stored).is_ok());
        }
        3 => {
            let Ok(request) = CredentialRequest::<Suite>::deserialize(bytes) else { return };
            assert!(bytes.starts_with(&request.serialize()));
            let _ = start(request);
        }
        4 => {
            let Ok(response) = CredentialResponse::<Suite>::deserialize(bytes) else { return };
            assert!(bytes.starts_with(&response.serialize()));
            let client = ClientLogin::<Suite>::start(&mut OsRng, b"passphrase").unwrap().state;
            let stretch = PutOff::done(vec![7; 64]);
            let finish =
                ClientLoginFinishParameters::new(Some(&context), Identifiers::default(), Some(&stretch));
            let finished = client.finish(&mut OsRng, b"passphrase", response, finish);
            assert!(finished.is_err(), "nobody knows what this client will answer to");
        }
        5 => {
            let Ok(proof) = CredentialFinalization::<Suite>::deserialize(bytes) else { return };
            assert!(bytes.starts_with(&proof.serialize()));
            let request = ClientLogin::<Suite>::start(&mut OsRng, b"passphrase").unwrap().message;
            let finished = start(request).unwrap().state.finish(proof, parameters());
            assert!(finished.is_err(), "nobody knows what this gateway has asked for");
        }
        _ => {
            let Ok(stored) = ServerRegistration::<Suite>::deserialize(bytes) else { return };
            assert!(bytes.starts_with(&stored.serialize()));
            let request = ClientLogin::<Suite>::start(&mut OsRng, b"passphrase").unwrap().message;
            let _ = ServerLogin::start(&mut OsRng, server, Some(stored), request, b"person", parameters());
        }
    }
}

/// Good messages of each kind.
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let stretch = PutOff::done(vec![7; 64]);
    let client = ClientRegistration::<Suite>::start(&mut OsRng, b"passphrase").unwrap();
    let answer = ServerRegistration::start(&GATEWAY, client.message.clone(), b"person").unwrap().message;
    let finish = ClientRegistrationFinishParameters::new(Identifiers::default(), Some(&stretch));
    let upload = client.state.finish(&mut OsRng, b"passphrase", answer.clone(), finish).unwrap().message;
    let stored = ServerRegistration::<Suite>::finish(upload.clone());

    let context = protocol::opaque::context(samples::office());
    let parameters = ServerLoginParameters { context: Some(&context), identifiers: Identifiers::default() };
    let login = ClientLogin::<Suite>::start(&mut OsRng, b"passphrase").unwrap();
    let kept = Some(stored.clone());
    let begun = ServerLogin::start(&mut OsRng, &GATEWAY, kept, login.message.clone(), b"person", parameters);
    let response = begun.unwrap().message;
    let finish = ClientLoginFinishParameters::new(Some(&context), Identifiers::default(), Some(&stretch));
    let proof = login.state.finish(&mut OsRng, b"passphrase", response.clone(), finish).unwrap().message;

    let kind = |which: u8, name, message: &[u8]| (name, [&[which], message].concat());
    vec![
        kind(0, "registration-request", &client.message.serialize()),
        kind(1, "registration-response", &answer.serialize()),
        kind(2, "registration-upload", &upload.serialize()),
        kind(3, "credential-request", &login.message.serialize()),
        kind(4, "credential-response", &response.serialize()),
        kind(5, "credential-finalization", &proof.serialize()),
        kind(6, "stored-registration", &stored.serialize()),
    ]
}
