//! Recorded bytes. A change here is a change of the protocol: an older peer would not understand it.
//! `UPDATE_VECTORS=1 cargo test -p protocol --test vectors` writes them anew, for a new version only.

use std::path::PathBuf;

use protocol::{
    audit::{AuditRecord, Chain},
    bus::Parcel,
    channel::respond,
    codec,
    frame::{ClientFrame, GatewayFrame},
    id::BootId,
    invite::Invite,
    limits::MAX_FRAME,
    roster::{Entry, Roster},
};
use serde_json::{Value, json};

use crate::samples;

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// MessagePack as JSON for people and for other languages: byte strings become `"hex:..."`.
fn readable(value: &rmpv::Value) -> Value {
    match value {
        rmpv::Value::Nil => Value::Null,
        rmpv::Value::Boolean(flag) => json!(flag),
        rmpv::Value::Integer(number) => json!(number.as_u64().expect("only unsigned numbers travel")),
        rmpv::Value::String(text) => json!(text.as_str().expect("text is UTF-8")),
        rmpv::Value::Binary(bytes) => json!(format!("hex:{}", hex(bytes))),
        rmpv::Value::Array(items) => items.iter().map(readable).collect(),
        rmpv::Value::Map(fields) => {
            fields.iter().map(|(key, value)| (key.as_str().unwrap().to_owned(), readable(value))).collect()
        }
        other => panic!("{other} has no place in a frame"),
    }
}

fn vector(name: &str, bytes: &[u8]) -> Value {
    let value = rmpv::decode::read_value(&mut &bytes[..]).unwrap();
    json!({ "name": name, "bytes_hex": hex(bytes), "json": readable(&value) })
}

/// Compares with the recorded file, or writes it when asked to.
fn check_recorded(file: &str, vectors: &[Value]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors").join(file);
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(vectors).unwrap() + "\n").unwrap();
    }
    let recorded: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(recorded.len(), vectors.len(), "{file}: another number of vectors");
    for (recorded, now) in recorded.iter().zip(vectors) {
        assert_eq!(recorded, now, "{file}");
    }
}

#[test]
fn client_frames_have_their_recorded_bytes() {
    let frames = samples::client_frames();
    let vectors: Vec<Value> = frames
        .iter()
        .map(|frame| {
            let bytes = frame.encode().unwrap();
            assert_eq!(&ClientFrame::decode(&bytes, MAX_FRAME).unwrap(), frame);
            vector(frame.name(), &bytes)
        })
        .collect();
    check_recorded("client_frames.json", &vectors);
}

#[test]
fn gateway_frames_have_their_recorded_bytes() {
    let frames = samples::gateway_frames();
    let vectors: Vec<Value> = frames
        .iter()
        .map(|frame| {
            let bytes = frame.encode().unwrap();
            assert_eq!(&GatewayFrame::decode(&bytes, MAX_FRAME).unwrap(), frame);
            vector(frame.name(), &bytes)
        })
        .collect();
    check_recorded("gateway_frames.json", &vectors);
}

#[test]
fn bus_payloads_have_their_recorded_bytes() {
    let mut vectors: Vec<Value> = samples::parcels()
        .iter()
        .map(|parcel| {
            let bytes = parcel.encode().unwrap();
            assert_eq!(&Parcel::decode(&bytes, MAX_FRAME).unwrap(), parcel);
            vector(parcel.name(), &bytes)
        })
        .collect();
    vectors.push(vector("PresenceReport", &codec::encode(&samples::presence_report()).unwrap()));
    check_recorded("bus.json", &vectors);
}

#[test]
fn roster_entries_have_their_recorded_bytes() {
    let mut roster = Roster::new();
    let vectors: Vec<Value> = samples::changes()
        .into_iter()
        .map(|change| {
            let bytes = roster.next_entry(change, samples::NOW_MS).unwrap();
            let applied = roster.apply(&bytes).unwrap();
            let entry: Entry = codec::decode(&bytes, MAX_FRAME).unwrap();
            assert_eq!(entry.change, applied);
            vector(applied.name(), &bytes)
        })
        .collect();
    check_recorded("roster.json", &vectors);
}

#[test]
fn an_invite_has_its_recorded_text() {
    let text = samples::invite().to_text().unwrap();
    assert_eq!(Invite::from_text(&text).unwrap(), samples::invite());
    check_recorded("invite.json", &[json!({ "name": "Invite", "text": text })]);
}

#[test]
fn audit_records_have_their_recorded_lines() {
    let mut chain = Chain::new("gw1".parse().unwrap(), BootId::from_bytes([0xb0; 16]));
    let lines: Vec<Value> = samples::events()
        .into_iter()
        .map(|event| {
            let line = chain.append(event, samples::NOW_MS).unwrap();
            assert_eq!(AuditRecord::from_line(&line).unwrap().to_line().unwrap(), line);
            let text = String::from_utf8(line).unwrap();
            json!({ "line": text, "json": serde_json::from_str::<Value>(&text).unwrap() })
        })
        .collect();
    check_recorded("audit.json", &lines);
}

/// Pins the first byte, the pattern and the prologue: a gateway must go on taking this very message.
#[test]
fn a_recorded_first_message_is_still_answered() {
    let gateway = samples::noise_key(9);
    let device = samples::noise_key(1);
    let mut prologue = b"crmplus-chat/1 channel\0".to_vec();
    prologue.extend_from_slice(gateway.public().unwrap().as_bytes());
    let mut state = snow::Builder::new("Noise_IK_25519_ChaChaPoly_BLAKE2s".parse().unwrap())
        .prologue(&prologue)
        .unwrap()
        .local_private_key(device.expose())
        .unwrap()
        .remote_public_key(gateway.public().unwrap().as_bytes())
        .unwrap()
        .fixed_ephemeral_key_for_testing_only(&[0x42; 32])
        .build_initiator()
        .unwrap();
    let mut noise = [0; 128];
    let length = state.write_message(&[], &mut noise).unwrap();
    let mut first = vec![1];
    first.extend_from_slice(&noise[..length]);

    check_recorded("handshake.json", &[json!({ "name": "first message", "bytes_hex": hex(&first) })]);

    let (channel, _) = respond(&gateway, &first).unwrap();
    assert_eq!(channel.remote(), &device.public().unwrap());
}
