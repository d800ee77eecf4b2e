//! The Noise channel against whoever stands between the two sides.

use proptest::prelude::*;
use protocol::{
    channel::{Channel, ChannelError, Initiator, NoisePrivateKey, respond},
    limits::MAX_FRAME,
};

fn device_key() -> NoisePrivateKey {
    NoisePrivateKey::from_bytes([1; 32])
}

fn gateway_key() -> NoisePrivateKey {
    NoisePrivateKey::from_bytes([9; 32])
}

fn open_pair() -> (Channel, Channel) {
    let (initiator, first) = Initiator::start(&device_key(), &gateway_key().public().unwrap()).unwrap();
    let (gateway, answer) = respond(&gateway_key(), &first).unwrap();
    (initiator.finish(&answer).unwrap(), gateway)
}

fn introduced_pair() -> (Channel, Channel) {
    let (initiator, first) = Initiator::introduce().unwrap();
    let (gateway, answer) = respond(&gateway_key(), &first).unwrap();
    (initiator.finish(&answer).unwrap(), gateway)
}

fn carry(from: &mut Channel, to: &mut Channel, frame: &[u8]) -> Vec<u8> {
    let mut whole = None;
    for message in from.seal(frame).unwrap() {
        assert!(whole.is_none(), "nothing comes after the last part");
        whole = to.open(&message).unwrap();
    }
    whole.expect("the last part completes the frame")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn frames_of_any_length_arrive_whole(length in 0..MAX_FRAME, byte in any::<u8>()) {
        let (mut device, mut gateway) = open_pair();
        let frame = vec![byte; length];
        prop_assert_eq!(carry(&mut device, &mut gateway, &frame), frame.clone());
        prop_assert_eq!(carry(&mut gateway, &mut device, &frame), frame);
    }
}

#[test]
fn both_sides_see_one_handshake_hash_and_each_others_key() {
    let (device, gateway) = open_pair();
    assert_eq!(device.handshake_hash(), gateway.handshake_hash());
    assert_eq!(gateway.remote(), Some(&device_key().public().unwrap()));
    assert_eq!(device.remote(), Some(&gateway_key().public().unwrap()));
    assert_ne!(open_pair().0.handshake_hash(), device.handshake_hash(), "no two channels are alike");
}

#[test]
fn an_introduction_shows_the_gateways_key_and_nothing_of_the_client() {
    let (mut client, mut gateway) = introduced_pair();
    assert_eq!(client.remote(), Some(&gateway_key().public().unwrap()));
    assert_eq!(gateway.remote(), None);
    assert_eq!(client.handshake_hash(), gateway.handshake_hash());
    assert_ne!(introduced_pair().0.handshake_hash(), client.handshake_hash(), "no two channels are alike");
    assert_eq!(carry(&mut client, &mut gateway, b"a guess"), b"a guess");
    assert_eq!(carry(&mut gateway, &mut client, b"an answer"), b"an answer");
}

#[test]
fn whoever_answers_an_introduction_in_between_shows_another_key() {
    let between = NoisePrivateKey::from_bytes([8; 32]);
    let (initiator, first) = Initiator::introduce().unwrap();
    let (_, answer) = respond(&between, &first).unwrap();
    let client = initiator.finish(&answer).unwrap();
    assert_ne!(client.remote(), Some(&gateway_key().public().unwrap()));
}

#[test]
fn an_introduction_is_no_channel_and_a_channel_no_introduction() {
    let (_, mut introduction) = Initiator::introduce().unwrap();
    assert_eq!(introduction[0], 0x81);
    introduction[0] = 1;
    assert!(matches!(respond(&gateway_key(), &introduction), Err(ChannelError::Handshake)));
    let (_, mut first) = Initiator::start(&device_key(), &gateway_key().public().unwrap()).unwrap();
    first[0] = 0x81;
    assert!(matches!(respond(&gateway_key(), &first), Err(ChannelError::Handshake)));
}

#[test]
fn a_changed_answer_fails_at_each_byte() {
    for introduced in [false, true] {
        let start = || {
            if introduced {
                Initiator::introduce().unwrap()
            } else {
                Initiator::start(&device_key(), &gateway_key().public().unwrap()).unwrap()
            }
        };
        let length = respond(&gateway_key(), &start().1).unwrap().1.len();
        for at in 0..length {
            let (initiator, first) = start();
            let (_, mut answer) = respond(&gateway_key(), &first).unwrap();
            answer[at] ^= 0x04;
            assert!(initiator.finish(&answer).is_err(), "byte {at}");
        }
    }
}

#[test]
fn a_frame_at_a_chunk_border_is_cut_into_as_many_messages_as_needed() {
    let chunk = 65_535 - 16 - 1;
    let (mut device, mut gateway) = open_pair();
    for (length, messages) in [(0, 1), (chunk, 1), (chunk + 1, 2), (2 * chunk, 2), (MAX_FRAME, 9)] {
        let sealed = device.seal(&vec![7; length]).unwrap();
        assert_eq!(sealed.len(), messages, "{length} bytes");
        let opened: Vec<_> = sealed.iter().filter_map(|message| gateway.open(message).unwrap()).collect();
        assert_eq!(opened.iter().map(Vec::len).collect::<Vec<_>>(), [length]);
    }
}

#[test]
fn another_gateway_key_fails_the_handshake() {
    let other = NoisePrivateKey::from_bytes([8; 32]);
    let (_, first) = Initiator::start(&device_key(), &other.public().unwrap()).unwrap();
    assert!(matches!(respond(&gateway_key(), &first), Err(ChannelError::Handshake)));
}

#[test]
fn another_version_is_named() {
    let (_, mut first) = Initiator::start(&device_key(), &gateway_key().public().unwrap()).unwrap();
    first[0] = 2;
    assert!(matches!(respond(&gateway_key(), &first), Err(ChannelError::Version(2))));
}

#[test]
fn a_changed_handshake_fails_at_each_byte() {
    let (_, first) = Initiator::start(&device_key(), &gateway_key().public().unwrap()).unwrap();
    for at in 1..first.len() {
        let mut changed = first.clone();
        changed[at] ^= 0x04;
        assert!(respond(&gateway_key(), &changed).is_err(), "byte {at}");
    }
}

#[test]
fn a_changed_message_does_not_decrypt() {
    let (mut device, mut gateway) = open_pair();
    let mut message = device.seal(b"frame").unwrap().remove(0);
    message[3] ^= 1;
    assert!(matches!(gateway.open(&message), Err(ChannelError::Decrypt)));
}

#[test]
fn a_repeated_message_does_not_decrypt() {
    let (mut device, mut gateway) = open_pair();
    let message = device.seal(b"frame").unwrap().remove(0);
    gateway.open(&message).unwrap();
    assert!(matches!(gateway.open(&message), Err(ChannelError::Decrypt)));
}

#[test]
fn a_left_out_message_shows_at_the_next() {
    let (mut device, mut gateway) = open_pair();
    device.seal(b"lost").unwrap();
    let next = device.seal(b"next").unwrap().remove(0);
    assert!(matches!(gateway.open(&next), Err(ChannelError::Decrypt)));
}

#[test]
fn a_frame_over_the_limit_is_not_sent() {
    let (mut device, _) = open_pair();
    assert!(matches!(device.seal(&vec![0; MAX_FRAME + 1]), Err(ChannelError::FrameTooLarge)));
}

/// A peer of its own making: a plain Noise initiator that says what it likes.
fn rogue() -> (snow::TransportState, Channel) {
    let gateway = gateway_key().public().unwrap();
    let prologue = [b"crmplus-chat/1 channel\0".as_slice(), gateway.as_bytes()].concat();
    let mut state = snow::Builder::new("Noise_IK_25519_ChaChaPoly_BLAKE2s".parse().unwrap())
        .prologue(&prologue)
        .unwrap()
        .local_private_key(device_key().expose())
        .unwrap()
        .remote_public_key(gateway.as_bytes())
        .unwrap()
        .build_initiator()
        .unwrap();
    let mut buffer = [0; 128];
    let length = state.write_message(&[], &mut buffer).unwrap();
    let (channel, answer) = respond(&gateway_key(), &[&[1], &buffer[..length]].concat()).unwrap();
    state.read_message(&answer, &mut buffer).unwrap();
    (state.into_transport_mode().unwrap(), channel)
}

#[test]
fn a_frame_that_never_ends_is_cut_off_at_the_limit() {
    let (mut rogue, mut gateway) = rogue();
    let mut message = vec![0; 65_535];
    let plain = vec![1; 60_000];
    let mut parts = 0;
    let error = loop {
        let length = rogue.write_message(&plain, &mut message).unwrap();
        match gateway.open(&message[..length]) {
            Ok(frame) => assert!(frame.is_none()),
            Err(error) => break error,
        }
        parts += 1;
        assert!(parts * plain.len() <= MAX_FRAME + plain.len(), "still reading");
    };
    assert!(matches!(error, ChannelError::FrameTooLarge));
}

#[test]
fn a_message_without_its_mark_is_refused() {
    for plain in [&[][..], &[2, 0, 0]] {
        let (mut rogue, mut gateway) = rogue();
        let mut message = vec![0; 64];
        let length = rogue.write_message(plain, &mut message).unwrap();
        assert!(matches!(gateway.open(&message[..length]), Err(ChannelError::Mark)));
    }
}

#[test]
fn the_channel_goes_on_after_both_sides_have_rekeyed() {
    let (mut device, mut gateway) = open_pair();
    for number in 0..(1_u32 << 16) + 3 {
        let message = device.seal(&number.to_be_bytes()).unwrap().remove(0);
        assert_eq!(gateway.open(&message).unwrap().unwrap(), number.to_be_bytes());
    }
}

#[test]
fn a_handshake_with_a_payload_is_refused() {
    let gateway = gateway_key().public().unwrap();
    let prologue = [b"crmplus-chat/1 channel\0".as_slice(), gateway.as_bytes()].concat();
    for length in [1, 100, 300, 60_000] {
        let mut state = snow::Builder::new("Noise_IK_25519_ChaChaPoly_BLAKE2s".parse().unwrap())
            .prologue(&prologue)
            .unwrap()
            .local_private_key(device_key().expose())
            .unwrap()
            .remote_public_key(gateway.as_bytes())
            .unwrap()
            .build_initiator()
            .unwrap();
        let mut buffer = vec![0; 65_535];
        let written = state.write_message(&vec![7; length], &mut buffer).unwrap();
        let first = [&[1], &buffer[..written]].concat();
        assert!(matches!(respond(&gateway_key(), &first), Err(ChannelError::Handshake)), "{length}");
        let hello = [vec![0x81], vec![9; 32], vec![7; length]].concat();
        assert!(matches!(respond(&gateway_key(), &hello), Err(ChannelError::Handshake)), "{length}");
    }
}
