//! What people paste, type or scan.

use protocol::{
    id::Hash,
    roster::StaffRole,
    text::{Code, CodeLink, Founding, Invite, RecoveryKit},
};

use super::{DAY_MS, NOW_MS, invite_id, invite_secret, noise_key, office, office_secret, user};

fn gateways() -> Vec<String> {
    vec!["ws://127.0.0.1:7421".into(), "ws://192.168.1.20:7421".into()]
}

pub fn invite() -> Invite {
    Invite {
        office: office(),
        office_name: "Dental office".into(),
        roster_root: Hash::of(b"first entry"),
        known_length: 2,
        known_head: Hash::of(b"last entry"),
        gateways: gateways(),
        gateway_key: noise_key(9).public().unwrap(),
        invite: invite_id(2),
        secret: invite_secret(2),
        user: user(2),
        name: "Ana Rivera".into(),
        role: StaffRole::Staff,
        expires_ms: NOW_MS + DAY_MS,
    }
}

pub fn founding() -> Founding {
    Founding {
        office: office(),
        gateways: gateways(),
        gateway_key: noise_key(9).public().unwrap(),
        secret: invite_secret(7),
    }
}

pub fn recovery_kit() -> RecoveryKit {
    RecoveryKit {
        office: office(),
        office_name: "Dental office".into(),
        roster_root: Hash::of(b"first entry"),
        gateways: gateways(),
        gateway_key: noise_key(9).public().unwrap(),
        secret: office_secret(),
    }
}

pub fn code() -> Code {
    Code::from_bytes([0x1c; 16])
}

pub fn code_link() -> CodeLink {
    CodeLink { gateways: gateways(), code: code() }
}
