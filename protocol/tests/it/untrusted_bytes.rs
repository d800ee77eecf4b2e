//! Whatever arrives: cut, oversized, random or newer input is refused with its own error, never a panic.

use proptest::prelude::*;
use protocol::{
    audit::AuditRecord,
    bus::{Parcel, PassphraseRecord, PresenceReport, Seat, StoredCapsule},
    codec::{self, DecodeError},
    frame::{ClientFrame, GatewayFrame, Ping},
    id::{EventId, GatewayId, MessageId, UserId},
    limits::MAX_FRAME,
    roster::{Roster, SignedLease},
    signature::Nkey,
    text::{Code, CodeLink, Founding, Invite, RecoveryKit, TextError, kind_of},
};

use crate::samples;

fn decode_everything(bytes: &[u8]) {
    let _ = ClientFrame::decode(bytes, MAX_FRAME);
    let _ = GatewayFrame::decode(bytes, MAX_FRAME);
    let _ = Parcel::decode(bytes, MAX_FRAME);
    let _ = codec::decode::<PresenceReport>(bytes, MAX_FRAME);
    let _ = codec::decode::<Seat>(bytes, MAX_FRAME);
    let _ = codec::decode::<PassphraseRecord>(bytes, MAX_FRAME);
    let _ = codec::decode::<StoredCapsule>(bytes, MAX_FRAME);
    let _ = Roster::new().apply(bytes, samples::WIRE);
    if let Ok(lease) = codec::decode::<SignedLease>(bytes, MAX_FRAME) {
        let _ = lease.verify(&samples::Log::opened().roster);
    }
    let _ = AuditRecord::from_line(bytes);
    let _ = protocol::channel::respond(&samples::noise_key(9), bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = kind_of(text);
        let _ = Invite::from_text(text);
        let _ = Founding::from_text(text);
        let _ = RecoveryKit::from_text(text);
        let _ = Code::from_text(text);
        let _ = CodeLink::from_text(text);
        let _ = text.parse::<UserId>();
        let _ = text.parse::<GatewayId>();
        let _ = Nkey::try_from(text.to_owned());
    }
}

proptest! {
    #[test]
    fn random_handshakes_never_panic(
        introduced in any::<bool>(), bytes in proptest::collection::vec(any::<u8>(), 0..600)
    ) {
        let first = if introduced { 0x81 } else { 0x01 };
        decode_everything(&[&[first], bytes.as_slice()].concat());
    }

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        decode_everything(&bytes);
    }

    #[test]
    fn a_frame_with_a_changed_byte_never_panics(
        which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), to in any::<u8>()
    ) {
        let mut frames: Vec<Vec<u8>> =
            samples::client_frames().iter().map(|frame| frame.encode().unwrap()).collect();
        frames.extend(samples::gateway_frames().iter().map(|frame| frame.encode().unwrap()));
        let mut bytes = frames.swap_remove(which.index(frames.len()));
        let at = at.index(bytes.len());
        bytes[at] = to;
        decode_everything(&bytes);
    }

    #[test]
    fn an_invite_with_a_changed_character_is_damaged(at in 24..700_usize, to in "[A-Za-z0-9_-]") {
        let text = samples::invite().to_text().unwrap();
        let at = at.min(text.len() - 1);
        prop_assume!(text[at..=at] != to);
        let changed = format!("{}{to}{}", &text[..at], &text[at + 1..]);
        prop_assert_eq!(Invite::from_text(&changed), Err(TextError::Damaged));
    }

    #[test]
    fn a_code_is_read_however_it_is_typed(bytes in any::<[u8; 16]>(), upper in any::<[bool; 28]>()) {
        let code = Code::from_bytes(bytes);
        let text = code.to_text().unwrap();
        let typed: String = text
            .chars()
            .filter(|letter| *letter != '-')
            .zip(upper)
            .map(|(letter, upper)| match (letter, upper) {
                ('1', true) => 'l',
                ('0', true) => 'O',
                (letter, true) => letter.to_ascii_lowercase(),
                (letter, false) => letter,
            })
            .collect();
        prop_assert_eq!(Code::from_text(&typed).unwrap(), code.clone());
        prop_assert_eq!(Code::from_text(&format!(" {} ", text.replace('-', " - "))).unwrap(), code);
    }

    #[test]
    fn a_code_with_a_letter_too_few_or_too_many_is_damaged(bytes in any::<[u8; 16]>(), letter in "[0-9A-Z]") {
        let text = Code::from_bytes(bytes).to_text().unwrap();
        prop_assert_eq!(Code::from_text(&text[..text.len() - 1]), Err(TextError::Damaged));
        prop_assert_eq!(Code::from_text(&format!("{text}{letter}")), Err(TextError::Damaged));
    }

    #[test]
    fn ids_read_back_from_text_and_time(ms in 0..(1_u64 << 48), random in any::<[u8; 10]>()) {
        let id = MessageId::new(ms, random);
        prop_assert_eq!(id.created_ms(), ms);
        prop_assert_eq!(id.to_string().parse::<MessageId>().unwrap(), id);
        let event = EventId::of_message("message.sent", id, samples::device(1));
        prop_assert_eq!(event.created_ms(), ms);
    }
}

#[test]
fn every_cut_frame_is_refused() {
    for frame in samples::client_frames() {
        let bytes = frame.encode().unwrap();
        for length in 0..bytes.len() {
            assert!(
                ClientFrame::decode(&bytes[..length], MAX_FRAME).is_err(),
                "{} cut to {length}",
                frame.name()
            );
        }
    }
}

#[test]
fn bytes_after_a_frame_are_refused() {
    let mut bytes = ClientFrame::from(Ping { number: 1 }).encode().unwrap();
    bytes.push(0);
    assert!(matches!(ClientFrame::decode(&bytes, MAX_FRAME), Err(DecodeError::Trailing(1))));
}

#[test]
fn an_oversized_frame_is_refused_before_it_is_read() {
    let bytes = vec![0; MAX_FRAME + 1];
    assert!(matches!(ClientFrame::decode(&bytes, MAX_FRAME), Err(DecodeError::TooLarge { .. })));
}

#[test]
fn an_unknown_frame_number_is_told_from_a_broken_frame() {
    let newer = rmp_serde::to_vec_named(&(99_u16, std::collections::BTreeMap::from([("field", 1)]))).unwrap();
    assert!(matches!(ClientFrame::decode(&newer, MAX_FRAME), Err(DecodeError::UnknownNumber(99))));
    let broken = rmp_serde::to_vec_named(&(8_u16, "no fields")).unwrap();
    assert!(matches!(ClientFrame::decode(&broken, MAX_FRAME), Err(DecodeError::Malformed(_))));
}

#[test]
fn the_frame_of_the_unsigned_invite_is_not_known_any_more() {
    let former =
        rmp_serde::to_vec_named(&(1_u16, std::collections::BTreeMap::from([("invite", 1)]))).unwrap();
    assert!(matches!(ClientFrame::decode(&former, MAX_FRAME), Err(DecodeError::UnknownNumber(1))));
}

#[test]
fn an_unknown_field_is_ignored() {
    let newer =
        rmp_serde::to_vec_named(&(8_u16, std::collections::BTreeMap::from([("later", 5), ("number", 7)])));
    let frame = ClientFrame::decode(&newer.unwrap(), MAX_FRAME).unwrap();
    assert_eq!(frame, Ping { number: 7 }.into());
}

#[test]
fn a_length_that_is_not_there_is_refused_for_what_is_missing() {
    // An array, a byte string and a text of four thousand million.
    for kind in [0xdd, 0xc6, 0xdb] {
        let fields = [&[0x92, 10, 0x82, 0xa7], b"request".as_slice(), &[1, 0xa7], b"entries"].concat();
        let bytes = [fields.as_slice(), &[kind, 0xff, 0xff, 0xff, 0xff]].concat();
        assert!(matches!(ClientFrame::decode(&bytes, MAX_FRAME), Err(DecodeError::Malformed(_))));
    }
}

#[test]
fn deep_nesting_is_refused() {
    let mut bytes = vec![0x91; 10_000];
    bytes.push(0x01);
    assert!(ClientFrame::decode(&bytes, MAX_FRAME).is_err());
}

#[test]
fn an_audit_record_with_a_field_that_is_not_in_the_schema_is_refused() {
    let mut chain =
        protocol::audit::Chain::new("gw1".parse().unwrap(), protocol::id::BootId::from_bytes([1; 16]));
    let line = chain.append(samples::events().remove(0), samples::NOW_MS).unwrap();
    let text = String::from_utf8(line).unwrap().replacen('{', r#"{"text":"hello","#, 1);
    assert!(AuditRecord::from_line(text.as_bytes()).is_err());
}

#[test]
fn an_invite_survives_the_line_breaks_of_a_mail_program() {
    let text = samples::invite().to_text().unwrap();
    let lines: Vec<&str> =
        text.as_bytes().chunks(40).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let wrapped = lines.join("\r\n  ");
    assert_eq!(Invite::from_text(&wrapped).unwrap(), samples::invite());
}

#[test]
fn texts_for_other_purposes_and_versions_are_named() {
    assert_eq!(Invite::from_text("https://example.org"), Err(TextError::NotOurs));
    assert_eq!(Invite::from_text("crmplus-chat://invite/1/AAAA"), Err(TextError::OtherVersion));
    assert_eq!(Invite::from_text("crmplus-chat://invite/2/"), Err(TextError::Damaged));
    assert_eq!(Invite::from_text(&"x".repeat(1 << 20)), Err(TextError::NotOurs));
    let founding = samples::founding().to_text().unwrap();
    assert_eq!(Invite::from_text(&founding), Err(TextError::OtherKind("invite")));
    for (text, kind) in [
        (founding, "open"),
        (samples::invite().to_text().unwrap(), "invite"),
        (samples::recovery_kit().to_text().unwrap(), "recovery"),
        (samples::code_link().to_text().unwrap(), "code"),
    ] {
        assert_eq!(kind_of(&text).as_deref(), Some(kind));
    }
    assert_eq!(kind_of(&samples::code().to_text().unwrap()), None);
}

#[test]
fn every_cut_text_is_damaged() {
    let text = samples::recovery_kit().to_text().unwrap();
    for length in "crmplus-chat://recovery/1/".len()..text.len() {
        assert_eq!(RecoveryKit::from_text(&text[..length]), Err(TextError::Damaged), "cut to {length}");
    }
}

#[test]
fn where_a_capsule_lies_says_nothing_about_its_key() {
    let code = samples::code();
    assert!(!code.key().starts_with(code.capsule().as_bytes()));
    assert_ne!(code.capsule(), Code::from_bytes([0x1d; 16]).capsule());
}

#[test]
fn secrets_and_names_do_not_print() {
    let log = samples::every_change();
    let printed = format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        samples::invite(),
        samples::founding(),
        samples::recovery_kit(),
        samples::code_link(),
        samples::invite_secret(1),
        samples::noise_key(1),
        samples::device_key(1),
        samples::opening(),
        samples::issued(2, protocol::roster::StaffRole::Staff),
        samples::room_name(),
        samples::client_frames(),
        log.roster,
    );
    // The seeds as lists of numbers and as hex.
    for byte in [0x1c_u8, 0x4f, 0x51, 0x52, 0x57, 0x71, 0x61] {
        for secret in [vec![byte.to_string(); 4].join(", "), format!("{byte:02x}").repeat(4)] {
            assert!(!printed.contains(&secret), "{secret} is printed");
        }
    }
    for name in ["Ana Rivera", "Person 1", "Person 2", "Reception", "Dental office"] {
        assert!(!printed.contains(name), "{name} is printed");
    }
}
