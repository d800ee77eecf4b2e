//! What is signed, and what is computed by both sides.

use protocol::{
    codec,
    id::{ConversationId, EventId},
    limits::MAX_FRAME,
    prekey::PrekeyPurpose,
    roster::{Roster, SignedEntry, SignedLease},
    signature::Purpose,
};
use serde_json::{Value, json};

use super::{check_recorded, hex, read, signed_vector, vector};
use crate::samples;

/// Each entry with the hash that the next one names.
#[test]
fn roster_entries_have_their_recorded_bytes() {
    let mut replayed = Roster::new();
    let mut kinds = Vec::new();
    let vectors: Vec<Value> = samples::every_change()
        .entries
        .iter()
        .map(|bytes| {
            let entry = replayed.apply(bytes, samples::WIRE).unwrap();
            kinds.push(entry.change.number());
            let (signed, _) = SignedEntry::read(bytes).unwrap();
            let mut vector = vector(entry.change.name(), bytes);
            vector["inner"] = read(&signed.entry);
            vector["hash"] = json!(signed.hash().to_string());
            vector
        })
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, protocol::roster::Change::NUMBERS, "every kind of change is recorded");
    check_recorded("roster.json", &vectors);
}

#[test]
fn a_lease_has_its_recorded_bytes() {
    let log = samples::Log::opened();
    let lease = samples::lease(&log);
    assert_eq!(lease.verify(&log.roster).unwrap(), samples::lease_statement(&log));
    let bytes = codec::encode(&lease).unwrap();
    assert_eq!(codec::decode::<SignedLease>(&bytes, MAX_FRAME).unwrap(), lease);
    let vector = signed_vector("SignedLease", &bytes, &lease.statement, &samples::identity_key(1));
    check_recorded("lease.json", &[vector]);
}

#[test]
fn certificates_and_prekeys_have_their_recorded_bytes() {
    let identity = samples::identity(2, 2);
    let device = samples::certificate(2, 2);
    let one_time = samples::prekey(2, PrekeyPurpose::OneTime);
    let fallback = samples::prekey(2, PrekeyPurpose::Fallback);
    let device_key = samples::device_key(2);
    let vectors = [
        signed_vector(
            "IdentityCertificate",
            &codec::encode(&identity).unwrap(),
            &identity.statement,
            &samples::invite_key(2),
        ),
        signed_vector("DeviceCertificate", &codec::encode(&device).unwrap(), &device.statement, &device_key),
        signed_vector("one-time key", &codec::encode(&one_time).unwrap(), &one_time.statement, &device_key),
        signed_vector("fallback key", &codec::encode(&fallback).unwrap(), &fallback.statement, &device_key),
    ];
    check_recorded("identity.json", &vectors);
}

/// What exactly is signed for each purpose.
#[test]
fn signatures_have_their_recorded_bytes() {
    let payload = b"payload";
    let vectors: Vec<Value> = [
        ("device certificate", Purpose::DeviceCertificate, samples::device_key(1)),
        ("device by person", Purpose::DeviceByPerson, samples::identity_key(1)),
        ("identity by invite", Purpose::IdentityByInvite, samples::invite_key(1)),
        ("roster entry", Purpose::RosterEntry, samples::office_key()),
        ("roster lease", Purpose::RosterLease, samples::identity_key(1)),
        ("certificate by olm", Purpose::CertificateByOlm, samples::device_key(1)),
        ("prekey", Purpose::Prekey, samples::device_key(1)),
        ("channel", Purpose::Channel, samples::device_key(1)),
    ]
    .into_iter()
    .map(|(name, purpose, key)| {
        json!({
            "name": name,
            "key": key.public().as_str(),
            "payload": hex(payload),
            "input": hex(&purpose.input(payload)),
            "signature": key.sign(purpose, payload).unwrap().to_string(),
        })
    })
    .collect();
    check_recorded("signatures.json", &vectors);
}

/// Ids, hashes and commitments that both sides compute by themselves.
#[test]
fn computed_ids_have_their_recorded_bytes() {
    let (one, other) = (samples::user(1), samples::user(2));
    let event = EventId::of_message("message.sent", samples::message(), samples::device(1));
    let name = samples::room_name();
    let vectors = [
        json!({
            "name": "direct conversation",
            "users": [one, other],
            "id": ConversationId::direct(one, other),
        }),
        json!({
            "name": "event of a message",
            "kind": "message.sent",
            "message": samples::message(),
            "device": samples::device(1),
            "id": event,
        }),
        json!({
            "name": "room name",
            "salt": hex(&name.salt),
            "text": name.text,
            "commitment": name.commitment(),
        }),
        json!({
            "name": "context of the passphrase exchange",
            "office": samples::office(),
            "context": hex(&protocol::opaque::context(samples::office())),
        }),
    ];
    check_recorded("computed.json", &vectors);
}
