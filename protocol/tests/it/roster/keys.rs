//! Keys have one form each, belong to one holder each, and are nobody's who cannot be told from everybody.

use data_encoding::BASE32_NOPAD;
use protocol::{
    codec,
    device::{CertificateError, DeviceStatement},
    error::ErrorCode,
    id::{Curve25519Public, OlmSigningPublic},
    identity::IdentityCertificate,
    roster::{DeviceAdded, PersonJoined, RosterError, StaffRole},
    signature::Nkey,
};

use crate::samples::{
    self, Log, certificate, certify, identity_key, invite_key, invites, issued, joined, statement,
};

const ACCOUNT: u8 = 0;

/// The text of an nkey with any prefix and any 32 bytes, with the right checksum.
fn nkey_text(prefix: u8, key: [u8; 32]) -> String {
    let mut raw = vec![prefix];
    raw.extend(key);
    let checksum = raw.iter().fold(0_u16, |sum, byte| {
        (0..8).fold(sum ^ (u16::from(*byte) << 8), |sum, _| {
            if sum & 0x8000 == 0 { sum << 1 } else { (sum << 1) ^ 0x1021 }
        })
    });
    raw.extend(checksum.to_le_bytes());
    BASE32_NOPAD.encode(&raw)
}

fn raw(key: &Nkey) -> [u8; 32] {
    BASE32_NOPAD.decode(key.as_str().as_bytes()).unwrap()[1..33].try_into().unwrap()
}

fn bytes(hex: &str) -> [u8; 32] {
    data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap().try_into().unwrap()
}

/// Ed25519 keys of low order, in every form that the library reads.
const LOW_ORDER_ED25519: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

/// Curve25519 keys with which every shared secret is zero.
const LOW_ORDER_CURVE25519: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

fn with_device(change: impl FnOnce(&mut DeviceStatement)) -> Result<(), RosterError> {
    let mut statement = statement(2, 4);
    change(&mut statement);
    let certificate = certify(&statement, 4, &identity_key(2));
    Log::staffed().by(2, DeviceAdded { certificate })
}

fn flipped(key: &Curve25519Public) -> Curve25519Public {
    let mut bytes = *key.as_bytes();
    bytes[31] |= 0x80;
    Curve25519Public::from_bytes(bytes)
}

#[test]
fn a_well_formed_nkey_is_read() {
    let key = identity_key(2);
    assert_eq!(nkey_text(ACCOUNT, raw(key.public())), key.public().as_str());
}

#[test]
fn a_signing_key_of_low_order_is_no_key() {
    for key in LOW_ORDER_ED25519 {
        let text = nkey_text(ACCOUNT, bytes(key));
        assert!(nkeys::from_public_key(&text).is_ok(), "the text itself is well formed");
        assert!(Nkey::try_from(text).is_err(), "{key}");
    }
}

#[test]
fn a_signing_key_beyond_the_prime_is_no_key() {
    for low in 0xed..=0xff_u8 {
        let mut key = [0xff; 32];
        (key[0], key[31]) = (low, 0x7f);
        assert!(Nkey::try_from(nkey_text(ACCOUNT, key)).is_err(), "{low}");
    }
}

#[test]
fn an_nkey_with_another_prefix_checksum_case_or_length_is_no_key() {
    let key = raw(identity_key(2).public());
    for prefix in 1..8 {
        assert!(Nkey::try_from(nkey_text(prefix, key)).is_err(), "prefix {prefix}");
    }
    let text = nkey_text(ACCOUNT, key);
    assert!(Nkey::try_from(text.to_lowercase()).is_err());
    assert!(Nkey::try_from(format!("{text}A")).is_err());
    for at in 0..text.len() {
        let other = if &text[at..=at] == "A" { "B" } else { "A" };
        assert!(Nkey::try_from(format!("{}{other}{}", &text[..at], &text[at + 1..])).is_err(), "{at}");
    }
}

#[test]
fn a_device_key_of_low_order_is_refused() {
    for key in LOW_ORDER_CURVE25519 {
        let key = Curve25519Public::from_bytes(bytes(key));
        for key in [key, flipped(&key)] {
            let noise = with_device(|device| device.noise_key = key);
            assert!(matches!(noise, Err(RosterError::Certificate(CertificateError::Key("Noise key")))));
            let olm = with_device(|device| device.olm_identity = key).unwrap_err();
            assert!(matches!(olm, RosterError::Certificate(CertificateError::Key("Olm identity key"))));
            assert_eq!(olm.code(), ErrorCode::BadCertificate);
        }
    }
    for key in LOW_ORDER_ED25519 {
        let refused = with_device(|device| device.olm_signing = OlmSigningPublic::from_bytes(bytes(key)));
        assert!(matches!(refused, Err(RosterError::Certificate(CertificateError::Key("Olm signing key")))));
    }
}

#[test]
fn a_noise_key_in_another_form_is_refused() {
    let refused = with_device(|device| device.noise_key = flipped(&device.noise_key));
    assert!(matches!(refused, Err(RosterError::Certificate(CertificateError::Key("Noise key")))));
}

#[test]
fn a_key_of_somebody_else_is_refused_also_in_another_form() {
    let theirs = statement(3, 3);
    let changes: [fn(&mut DeviceStatement, &DeviceStatement); 5] = [
        |device, theirs| device.noise_key = theirs.noise_key,
        |device, theirs| device.olm_identity = theirs.olm_identity,
        |device, theirs| device.olm_identity = flipped(&theirs.olm_identity),
        |device, theirs| device.olm_identity = theirs.noise_key,
        |device, theirs| device.olm_signing = theirs.olm_signing,
    ];
    for change in changes {
        let refused = with_device(|device| change(device, &theirs));
        assert!(matches!(refused, Err(RosterError::Duplicate("device key"))), "{refused:?}");
    }
}

#[test]
fn a_revoked_devices_keys_are_not_used_again() {
    let mut log = samples::every_change();
    let mut again = statement(3, 5);
    again.olm_identity = statement(2, 4).olm_identity;
    let refused = log.by(3, DeviceAdded { certificate: certify(&again, 5, &identity_key(3)) });
    assert!(matches!(refused, Err(RosterError::Duplicate("device key"))));
    let refused = log.by(3, DeviceAdded { certificate: certify(&statement(3, 4), 4, &identity_key(3)) });
    assert!(matches!(refused, Err(RosterError::Duplicate("device"))));
}

#[test]
fn an_identity_key_is_one_persons() {
    let mut log = Log::opened();
    log.by(1, invites([issued(2, StaffRole::Staff)])).unwrap();
    let mut claimed = samples::identity_statement(2, 2);
    claimed.identity = identity_key(1).public().clone();
    let identity = IdentityCertificate::make(&claimed, &invite_key(2)).unwrap();
    let certificate = certify(&statement(2, 2), 2, &identity_key(1));
    let entry = log.next(Some(2), PersonJoined { identity, certificate });
    let refused = log.take(&entry, &identity_key(1));
    assert!(matches!(refused, Err(RosterError::Duplicate("identity key"))));
}

#[test]
fn a_key_of_another_role_is_not_taken() {
    let mut log = Log::opened();
    let mut as_invite = issued(2, StaffRole::Staff);
    as_invite.key = identity_key(2).public().clone();
    assert!(matches!(log.by(1, invites([as_invite])), Err(RosterError::Signature(_))));
    log.by(1, invites([issued(2, StaffRole::Staff)])).unwrap();
    let mut claimed = samples::identity_statement(2, 2);
    claimed.identity = samples::device_key(2).public().clone();
    let identity = IdentityCertificate::make(&claimed, &invite_key(2)).unwrap();
    let refused = log.by(2, PersonJoined { identity, certificate: certificate(2, 2) });
    assert!(matches!(refused, Err(RosterError::Certificate(CertificateError::Signature(_)))));
    let refused = with_device(|device| device.signing_key = identity_key(2).public().clone());
    assert!(matches!(refused, Err(RosterError::Certificate(CertificateError::Signature(_)))));
}

#[test]
fn a_certificate_with_any_byte_changed_is_refused() {
    let mut log = Log::opened();
    log.by(1, invites([issued(2, StaffRole::Staff)])).unwrap();
    let good = joined(2, 2);
    for at in 0..good.certificate.statement.len() {
        let mut changed = good.clone();
        changed.certificate.statement[at] ^= 1;
        assert!(log.by(2, changed).is_err(), "device statement, byte {at}");
    }
    for at in 0..good.identity.statement.len() {
        let mut changed = good.clone();
        changed.identity.statement[at] ^= 1;
        assert!(log.by(2, changed).is_err(), "identity statement, byte {at}");
    }
    log.by(2, good).unwrap();
}

#[test]
fn each_signature_of_a_certificate_is_checked() {
    let good = certificate(2, 4);
    let other = codec::encode(&good).unwrap();
    assert_eq!(codec::decode::<protocol::device::DeviceCertificate>(&other, 4096).unwrap(), good);
    let (mut by_device, mut by_person) = (good.clone(), good.clone());
    by_device.by_device = good.by_person;
    by_person.by_person = good.by_device;
    for certificate in [by_device, by_person] {
        let refused = Log::staffed().by(2, DeviceAdded { certificate });
        assert!(matches!(refused, Err(RosterError::Certificate(CertificateError::Signature(_)))));
    }
    Log::staffed().by(2, DeviceAdded { certificate: good }).unwrap();
}
