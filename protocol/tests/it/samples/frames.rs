//! Every frame, and what messages are made of.

use protocol::{
    envelope::{Addressed, Envelope, Header, SealedPayload, Wrap, WrapKind},
    error::ErrorCode,
    frame::{
        Accepted, AppendRoster, Appended, Authenticate, BeginPassphrase, BeginSignIn, BusState, Capsule,
        ClaimPrekeys, ClaimedPrekey, ClientFrame, ConfirmDelivery, Delivered, DeviceUse, Devices, Done,
        FetchCapsule, FetchDevices, FetchRoster, FinishSignIn, GatewayFrame, PassphraseAnswer, Ping, Pong,
        Prekeys, PrekeysLow, Presence, PublishPrekeys, Refused, RenewLease, RosterEntries, SendMessage,
        SignInAnswer, SignedIn, StoreCapsule, StorePassphrase, UserPresence, Visit, Visiting, Visitor,
        Welcome,
    },
    id::{ConversationId, Curve25519Public, Hash},
    opaque::Stretch,
    prekey::{PrekeyPurpose, PrekeyStatement, SignedPrekey},
};
use serde_bytes::ByteBuf;

use super::{
    DAY_MS, Log, NOW_MS, capsule, device, device_key, invite_id, lease, message, office, signature, user,
};

pub fn prekey_statement(number: u8, purpose: PrekeyPurpose) -> PrekeyStatement {
    PrekeyStatement {
        device: device(number),
        key_id: 7,
        key: Curve25519Public::from_bytes([0x33; 32]),
        purpose,
        expires_ms: NOW_MS + 1000,
    }
}

pub fn prekey(number: u8, purpose: PrekeyPurpose) -> SignedPrekey {
    SignedPrekey::make(&prekey_statement(number, purpose), &device_key(number)).unwrap()
}

pub fn header() -> Header {
    Header {
        message: message(),
        conversation: ConversationId::direct(user(1), user(2)),
        sender_user: user(1),
        sender_device: device(1),
        expires_ms: NOW_MS + 3_600_000,
    }
}

pub fn payload() -> SealedPayload {
    SealedPayload { commitment: Hash::of(b"root"), ciphertext: vec![0xcc; 296] }
}

pub fn wrap(number: u8, kind: WrapKind) -> Wrap {
    Wrap { device: device(number), kind, body: vec![0xee; 183] }
}

pub fn envelope() -> Envelope {
    let wraps = vec![wrap(2, WrapKind::Prekey), wrap(3, WrapKind::Normal)];
    Envelope { header: header(), payload: payload(), wraps }
}

pub fn addressed() -> Addressed {
    Addressed {
        header: header(),
        payload: payload(),
        wrap: wrap(2, WrapKind::Normal),
        accepted_ms: NOW_MS + 5,
    }
}

pub fn delivered() -> Delivered {
    Delivered { message: message(), device: device(2), at_ms: NOW_MS + 40 }
}

fn entries() -> Vec<ByteBuf> {
    vec![ByteBuf::from(vec![1, 2, 3])]
}

pub fn client_frames() -> Vec<ClientFrame> {
    let channel = signature();
    let stretch = Stretch::STANDARD;
    let mut frames: Vec<ClientFrame> = vec![
        Authenticate { device: device(1), channel, connection: 12 }.into(),
        FetchRoster { from: 3 }.into(),
        PublishPrekeys {
            one_time: vec![prekey(1, PrekeyPurpose::OneTime)],
            fallback: Some(prekey(1, PrekeyPurpose::Fallback)),
        }
        .into(),
        ClaimPrekeys { request: 4, devices: vec![device(2), device(3)] }.into(),
        SendMessage { envelope: envelope() }.into(),
        ConfirmDelivery { message: message() }.into(),
        Ping { number: 11 }.into(),
    ];
    let visitors =
        [Visitor::Founder, Visitor::Invited(invite_id(2)), Visitor::Person(user(2)), Visitor::Office];
    frames.extend(visitors.map(|visitor| Visit { visitor, channel }.into()));
    frames.extend([
        AppendRoster { request: 5, entries: entries() }.into(),
        RenewLease { lease: lease(&Log::opened()) }.into(),
        StoreCapsule {
            request: 6,
            capsule: capsule(),
            sealed: vec![0xca; 64],
            expires_ms: NOW_MS + DAY_MS,
            once: true,
        }
        .into(),
        FetchCapsule { request: 7, capsule: capsule() }.into(),
        BeginPassphrase { request: 8, message: vec![0x01; 32] }.into(),
        StorePassphrase { request: 9, message: vec![0x02; 192], stretch, backup: vec![0xba; 64] }.into(),
        BeginSignIn { request: 10, name: "Ana Rivera".into(), message: vec![0x03; 96] }.into(),
        FinishSignIn { request: 11, message: vec![0x04; 64] }.into(),
        FetchDevices { request: 12, user: user(2) }.into(),
    ]);
    frames
}

pub fn gateway_frames() -> Vec<GatewayFrame> {
    let refused = Refused {
        code: ErrorCode::NotYours,
        message: Some(message()),
        request: None,
        frame: None,
        retry: false,
    };
    vec![
        Welcome {
            gateway: "gw1".parse().unwrap(),
            now_ms: NOW_MS,
            roster_length: 3,
            roster_head: Hash::of(b"last entry"),
            one_time_keys: 12,
            bus_up: true,
            has_passphrase: false,
            lease: Some(lease(&Log::opened())),
        }
        .into(),
        RosterEntries { first: 2, entries: entries() }.into(),
        Prekeys {
            request: 4,
            keys: vec![ClaimedPrekey { device: device(2), prekey: prekey(2, PrekeyPurpose::OneTime) }],
        }
        .into(),
        PrekeysLow { one_time_keys: 3 }.into(),
        Accepted { message: message(), at_ms: NOW_MS + 5 }.into(),
        refused.into(),
        addressed().into(),
        delivered().into(),
        Presence { complete: true, users: vec![UserPresence { user: user(2), online: true }] }.into(),
        BusState { up: false }.into(),
        Pong { number: 11 }.into(),
        Visiting { now_ms: NOW_MS, roster_length: 3, roster_head: Hash::of(b"last entry") }.into(),
        Appended { request: 5, roster_length: 4 }.into(),
        lease(&Log::opened()).into(),
        Done { request: 6 }.into(),
        Capsule { request: 7, sealed: vec![0xca; 64] }.into(),
        PassphraseAnswer { request: 8, message: vec![0x05; 64] }.into(),
        SignInAnswer { request: 10, office: office(), message: vec![0x06; 320], stretch: Stretch::STANDARD }
            .into(),
        SignedIn { request: 11, backup: vec![0xba; 64] }.into(),
        Devices {
            request: 12,
            devices: vec![
                DeviceUse { device: device(2), last_ms: Some(NOW_MS), online: true },
                DeviceUse { device: device(3), last_ms: None, online: false },
            ],
        }
        .into(),
    ]
}
