//! Whatever arrives: cut, oversized, random or newer input is refused with its own error, never a panic.

use proptest::prelude::*;
use protocol::{
    audit::AuditRecord,
    bus::{Parcel, PresenceReport},
    codec::{self, DecodeError},
    frame::{ClientFrame, GatewayFrame, Ping},
    id::{EventId, GatewayId, MessageId, UserId},
    invite::{Invite, InviteTextError},
    limits::MAX_FRAME,
    roster::Roster,
    signature::Nkey,
};

use crate::samples;

fn decode_everything(bytes: &[u8]) {
    let _ = ClientFrame::decode(bytes, MAX_FRAME);
    let _ = GatewayFrame::decode(bytes, MAX_FRAME);
    let _ = Parcel::decode(bytes, MAX_FRAME);
    let _ = codec::decode::<PresenceReport>(bytes, MAX_FRAME);
    let _ = Roster::new().apply(bytes);
    let _ = AuditRecord::from_line(bytes);
    let _ = protocol::channel::respond(&samples::noise_key(9), bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Invite::from_text(text);
        let _ = text.parse::<UserId>();
        let _ = text.parse::<GatewayId>();
        let _ = Nkey::try_from(text.to_owned());
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        decode_everything(&bytes);
    }

    #[test]
    fn a_frame_with_a_changed_byte_never_panics(
        which in 0..8_usize, at in any::<prop::sample::Index>(), to in any::<u8>()
    ) {
        let mut bytes = samples::client_frames()[which].encode().unwrap();
        let at = at.index(bytes.len());
        bytes[at] = to;
        decode_everything(&bytes);
    }

    #[test]
    fn an_invite_with_a_changed_character_is_damaged(at in 24..300_usize, to in "[A-Za-z0-9_-]") {
        let text = samples::invite().to_text().unwrap();
        let at = at.min(text.len() - 1);
        prop_assume!(text[at..=at] != to);
        let changed = format!("{}{to}{}", &text[..at], &text[at + 1..]);
        prop_assert_eq!(Invite::from_text(&changed), Err(InviteTextError::Damaged));
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
fn an_unknown_field_is_ignored() {
    let newer =
        rmp_serde::to_vec_named(&(8_u16, std::collections::BTreeMap::from([("later", 5), ("number", 7)])));
    let frame = ClientFrame::decode(&newer.unwrap(), MAX_FRAME).unwrap();
    assert_eq!(frame, Ping { number: 7 }.into());
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
fn other_texts_are_not_invites() {
    assert_eq!(Invite::from_text("https://example.org"), Err(InviteTextError::NotAnInvite));
    assert_eq!(Invite::from_text("crmplus-chat://invite/2/AAAA"), Err(InviteTextError::OtherVersion));
    assert_eq!(Invite::from_text("crmplus-chat://invite/1/"), Err(InviteTextError::Damaged));
    assert_eq!(Invite::from_text(&"x".repeat(1 << 20)), Err(InviteTextError::NotAnInvite));
}

#[test]
fn secrets_and_names_do_not_print() {
    let mut roster = Roster::new();
    for change in samples::changes() {
        let entry = roster.next_entry(change, samples::NOW_MS).unwrap();
        roster.apply(&entry).unwrap();
    }
    let printed = format!(
        "{:?} {:?} {:?} {:?} {:?} {roster:?}",
        samples::invite(),
        samples::invite_secret(1),
        samples::noise_key(1),
        samples::device_key(1),
        samples::invite_issued(1),
    );
    // The seeds as lists of numbers and as hex.
    for secret in ["81, 81", "5151", "113, 113", "7171", "97, 97", "6161"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
    for name in ["Ana Rivera", "Person 1"] {
        assert!(!printed.contains(name), "{name} in {printed}");
    }
}
