//! Frames, payloads on the bus and audit records.

use protocol::{
    audit::{AuditRecord, Chain},
    bus::{Parcel, PassphraseRecord, PresenceReport, Seat, StoredCapsule},
    frame::{ClientFrame, GatewayFrame},
    id::BootId,
    limits::MAX_FRAME,
};
use serde_json::{Value, json};

use super::{check_recorded, plain, vector};
use crate::samples;

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
fn every_frame_of_this_version_is_recorded() {
    let mut client: Vec<u16> = samples::client_frames().iter().map(ClientFrame::number).collect();
    client.dedup();
    assert_eq!(client, ClientFrame::NUMBERS);
    let gateway: Vec<u16> = samples::gateway_frames().iter().map(GatewayFrame::number).collect();
    assert_eq!(gateway, GatewayFrame::NUMBERS);
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
    vectors.extend([
        plain::<PresenceReport>("PresenceReport", &samples::presence_report()),
        plain::<Seat>("Seat", &samples::seat()),
        plain::<PassphraseRecord>("PassphraseRecord", &samples::passphrase_record()),
        plain::<StoredCapsule>("StoredCapsule", &samples::stored_capsule()),
    ]);
    check_recorded("bus.json", &vectors);
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
