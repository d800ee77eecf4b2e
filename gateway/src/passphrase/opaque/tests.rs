use opaque_ke::{ClientLogin, ClientLoginFinishParameters, CredentialResponse};
use proptest::prelude::*;
use protocol::opaque::PutOff;

use super::*;

const OFFICE: OfficeId = OfficeId::from_bytes([1; 16]);

fn server() -> OpaqueServer {
    OpaqueServer::from_bytes(&OpaqueServer::generate(), OFFICE).unwrap()
}

fn user() -> UserId {
    UserId::from_bytes([7; 16])
}

#[test]
fn the_secrets_read_back_and_nothing_else_does() {
    let secrets = OpaqueServer::generate();
    let server = OpaqueServer::from_bytes(&secrets, OFFICE).unwrap();
    let again = OpaqueServer::from_bytes(&secrets, OFFICE).unwrap();

    assert_eq!(server.nobody("Ana"), again.nobody("Ana"));
    for wrong in [&secrets[..127], &[secrets.as_slice(), &[0]].concat(), &[0; 128], &[0xff; 128], &[]] {
        assert_eq!(OpaqueServer::from_bytes(wrong, OFFICE).unwrap_err(), Malformed);
    }
}

#[test]
fn a_name_that_nobody_has_stands_for_one_credential_in_whatever_case_and_spacing() {
    let (server, other) = (server(), server());

    assert_eq!(server.nobody("Ana  Rivera "), server.nobody("ana rivera"));
    assert_ne!(server.nobody("ana rivera"), server.nobody("ana riviera"));
    assert_ne!(server.nobody("ana"), other.nobody("ana"), "another gateway's secrets");
}

#[test]
fn a_name_that_nobody_has_gets_an_answer_that_repeats_what_must_and_proves_nothing() {
    let server = server();
    let credential = server.nobody("nobody");
    let client = ClientLogin::<Suite>::start(&mut OsRng, b"guess").unwrap();
    let request = client.message.serialize();

    let (first, half) = server.begin_sign_in(credential, None, &request).unwrap();
    let (second, _) = server.begin_sign_in(credential, None, &request).unwrap();

    assert_eq!(first.len(), 320);
    assert_eq!(first[..32], second[..32], "the secret function of name and guess");
    assert_ne!(first[32..], second[32..]);
    let answer = CredentialResponse::<Suite>::deserialize(&first).unwrap();
    let stretched = PutOff::done(vec![5; 64]);
    let context = context(OFFICE);
    let parameters =
        ClientLoginFinishParameters::new(Some(&context), Identifiers::default(), Some(&stretched));
    assert!(client.state.finish(&mut OsRng, b"guess", answer, parameters).is_err());
    assert!(!server.finish_sign_in(half, &[0; 64]));
}

proptest! {
    #[test]
    fn random_bytes_are_refused_and_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let server = server();
        // A group element that decodes is one in sixteen, so these go deep enough.
        let _ = server.begin_setting(user(), &bytes);
        let _ = OpaqueServer::finish_setting(&bytes);
        let _ = OpaqueServer::check_request(&bytes);
        let _ = server.begin_sign_in(user(), Some(&bytes), &bytes);
        let _ = OpaqueServer::from_bytes(&bytes, OFFICE);
    }

    #[test]
    fn a_changed_request_is_refused_or_leads_nowhere(at in 0..96_usize, to in any::<u8>(), cut in 0..96_usize) {
        let server = server();
        let client = ClientLogin::<Suite>::start(&mut OsRng, b"guess").unwrap();
        let mut request = client.message.serialize().to_vec();
        prop_assert!(OpaqueServer::check_request(&request[..cut]).is_err());
        let longer = [request.as_slice(), &[0]].concat();
        prop_assert!(OpaqueServer::check_request(&longer).is_err());
        request[at] = to;
        if let Ok((_, half)) = server.begin_sign_in(user(), None, &request) {
            prop_assert!(!server.finish_sign_in(half, &request));
        }
    }
}
