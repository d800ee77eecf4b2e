//! First messages of connections.

use protocol::channel::respond;
use serde_json::json;

use super::{check_recorded, hex};
use crate::samples;

/// Pins first bytes, patterns and prologues: a gateway must go on taking these very messages.
#[test]
fn recorded_first_messages_are_still_answered() {
    let gateway = samples::noise_key(9);
    let gateway_key = gateway.public().unwrap();
    let device = samples::noise_key(1);
    let channel_prologue = [b"crmplus-chat/1 channel\0".as_slice(), gateway_key.as_bytes()].concat();
    let introduction_prologue = b"crmplus-chat/1 introduction\0".to_vec();

    let mut channel = snow::Builder::new("Noise_IK_25519_ChaChaPoly_BLAKE2s".parse().unwrap())
        .prologue(&channel_prologue)
        .unwrap()
        .local_private_key(device.expose())
        .unwrap()
        .remote_public_key(gateway_key.as_bytes())
        .unwrap()
        .fixed_ephemeral_key_for_testing_only(&[0x42; 32])
        .build_initiator()
        .unwrap();
    let mut introduction = snow::Builder::new("Noise_NX_25519_ChaChaPoly_BLAKE2s".parse().unwrap())
        .prologue(&introduction_prologue)
        .unwrap()
        .fixed_ephemeral_key_for_testing_only(&[0x42; 32])
        .build_initiator()
        .unwrap();

    let first = |number: u8, state: &mut snow::HandshakeState| {
        let mut noise = [0; 128];
        let length = state.write_message(&[], &mut noise).unwrap();
        [&[number], &noise[..length]].concat()
    };
    let known = first(0x01, &mut channel);
    let unknown = first(0x81, &mut introduction);
    let recorded = |name: &str, prologue: &[u8], first: &[u8]| json!({ "name": name, "prologue": hex(prologue), "bytes_hex": hex(first) });
    check_recorded(
        "handshake.json",
        &[
            recorded("first message", &channel_prologue, &known),
            recorded("first message of an introduction", &introduction_prologue, &unknown),
        ],
    );

    for (first, mut state, remote) in
        [(known, channel, Some(device.public().unwrap())), (unknown, introduction, None)]
    {
        let (opened, answer) = respond(&gateway, &first).unwrap();
        assert_eq!(opened.remote(), remote.as_ref());
        state.read_message(&answer, &mut [0; 128]).unwrap();
        assert_eq!(state.get_remote_static().unwrap(), gateway_key.as_bytes());
        assert_eq!(state.get_handshake_hash(), opened.handshake_hash().as_bytes());
    }
}
