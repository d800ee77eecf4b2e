//! `docs/protocol.md` says what the code does, as far as a program can tell.

use std::path::PathBuf;

use protocol::{
    audit::EventKind,
    error::ErrorCode,
    roster::{Change, SignedEntry},
    signature::Purpose,
};

use crate::samples;

fn document() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol.md");
    std::fs::read_to_string(path).unwrap()
}

/// The rows of all tables, their cells without white space around them.
fn rows(document: &str) -> Vec<Vec<&str>> {
    let rows = document.lines().filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'));
    rows.map(|row| row.split('|').map(str::trim).collect()).collect()
}

/// Whether some row has these two in cells next to each other.
fn pairs(rows: &[Vec<&str>], one: &str, other: &str) -> bool {
    rows.iter().any(|row| row.windows(2).any(|cells| cells == [one, other]))
}

#[test]
fn every_frame_and_change_is_described_under_its_number_with_its_fields() {
    let document = document();
    let rows = rows(&document);
    let log = samples::every_change();
    let changes = log.entries.iter().map(|bytes| SignedEntry::read(bytes).unwrap().1.change);
    let mut values: Vec<(u16, &str, Vec<u8>)> =
        changes.map(|change: Change| (change.number(), change.name(), change.encode().unwrap())).collect();
    let client = samples::client_frames();
    values.extend(client.iter().map(|frame| (frame.number(), frame.name(), frame.encode().unwrap())));
    let gateway = samples::gateway_frames();
    values.extend(gateway.iter().map(|frame| (frame.number(), frame.name(), frame.encode().unwrap())));
    for (number, name, bytes) in values {
        let row = rows.iter().find(|row| row.starts_with(&[number.to_string().as_str(), name]));
        let described = row.unwrap_or_else(|| panic!("{number} {name} is not described"))[2];
        let value = rmpv::decode::read_value(&mut &bytes[..]).unwrap();
        for (field, _) in value[1].as_map().unwrap() {
            let field = format!("`{}`", field.as_str().unwrap());
            assert!(described.contains(&field), "{name} has a field {field}");
        }
    }
}

#[test]
fn every_error_code_is_listed() {
    let document = document();
    let rows = rows(&document);
    for code in ErrorCode::ALL {
        assert!(pairs(&rows, &code.number().to_string(), code.name()), "{code}");
    }
}

#[test]
fn every_purpose_of_a_signature_and_type_of_record_is_listed() {
    let document = document();
    let purposes = [
        Purpose::DeviceCertificate,
        Purpose::DeviceByPerson,
        Purpose::IdentityByInvite,
        Purpose::RosterEntry,
        Purpose::RosterLease,
        Purpose::CertificateByOlm,
        Purpose::Prekey,
        Purpose::Channel,
    ];
    for purpose in purposes {
        let input = String::from_utf8(purpose.input(&[])).unwrap();
        let label = input.strip_prefix("crmplus-chat/1 ").and_then(|rest| rest.strip_suffix('\0')).unwrap();
        assert!(rows(&document).iter().any(|row| row[0] == format!("`{label}`")), "{label}");
    }
    for kind in EventKind::ALL {
        assert!(document.contains(&format!("`{kind}`")), "{kind}");
    }
}
