//! One value of each kind that travels, the same at each run.

use protocol::{
    audit::{Event, EventKind, Outcome, Recipient},
    bus::{OnlineDevice, Parcel, PresenceReport},
    channel::NoisePrivateKey,
    device::{DeviceCertificate, DeviceStatement},
    envelope::{Addressed, Envelope, Header, SealedPayload, Wrap, WrapKind},
    error::ErrorCode,
    frame::{
        Accepted, Authenticate, BusState, ClaimPrekeys, ClaimedPrekey, ClientFrame, ConfirmDelivery,
        Delivered, Enrol, FetchRoster, GatewayFrame, Ping, Pong, Prekeys, PrekeysLow, Presence,
        PublishPrekeys, Refused, RosterEntries, SendMessage, UserPresence, Welcome,
    },
    id::{
        ConversationId, Curve25519Public, DeviceId, EventId, Hash, InviteId, MessageId, OfficeId,
        OlmSigningPublic, Signature, UserId,
    },
    invite::{Invite, InviteSecret},
    prekey::{PrekeyPurpose, PrekeyStatement, SignedPrekey},
    roster::{Change, DeviceEnrolled, InviteIssued, OfficeOpened, StaffRole},
    signature::{Role, SigningKey},
};

/// Sunday 22 November 2026, 06:20:23 UTC.
pub const NOW_MS: u64 = 1_795_328_423_000;

pub fn office() -> OfficeId {
    OfficeId::from_bytes([0x0f; 16])
}

pub fn user(number: u8) -> UserId {
    UserId::from_bytes([0xa0 | number; 16])
}

pub fn device(number: u8) -> DeviceId {
    DeviceId::from_bytes([0xd0 | number; 16])
}

pub fn invite_id(number: u8) -> InviteId {
    InviteId::from_bytes([0x10 | number; 16])
}

pub fn invite_secret(number: u8) -> InviteSecret {
    InviteSecret::from_bytes([0x50 | number; 32])
}

pub fn device_key(number: u8) -> SigningKey {
    SigningKey::from_seed(Role::Device, [0x60 | number; 32]).unwrap()
}

pub fn noise_key(number: u8) -> NoisePrivateKey {
    NoisePrivateKey::from_bytes([0x70 | number; 32])
}

pub fn message() -> MessageId {
    MessageId::new(NOW_MS, [1; 10])
}

pub fn statement(number: u8) -> DeviceStatement {
    DeviceStatement {
        office: office(),
        user: user(number),
        device: device(number),
        signing_key: device_key(number).public().clone(),
        noise_key: noise_key(number).public().unwrap(),
        olm_identity: Curve25519Public::from_bytes([0x80 | number; 32]),
        olm_signing: OlmSigningPublic::from_bytes([0x90 | number; 32]),
        created_ms: NOW_MS,
    }
}

pub fn certificate(number: u8) -> DeviceCertificate {
    let invite = invite_secret(number).signing_key().unwrap();
    DeviceCertificate::make(&statement(number), &device_key(number), &invite, |_| {
        Signature::from_bytes([0x99; 64])
    })
    .unwrap()
}

pub fn invite_issued(number: u8) -> InviteIssued {
    InviteIssued {
        invite: invite_id(number),
        key: invite_secret(number).signing_key().unwrap().public().clone(),
        user: user(number),
        name: format!("Person {number}"),
        role: StaffRole::Staff,
        expires_ms: NOW_MS + 86_400_000,
    }
}

pub fn changes() -> Vec<Change> {
    vec![
        OfficeOpened { office: office() }.into(),
        invite_issued(1).into(),
        DeviceEnrolled { invite: invite_id(1), certificate: certificate(1) }.into(),
    ]
}

pub fn invite() -> Invite {
    Invite {
        office: office(),
        roster_root: Hash::of(b"first entry"),
        gateways: vec!["ws://127.0.0.1:7421".into(), "ws://192.168.1.20:7421".into()],
        gateway_key: noise_key(9).public().unwrap(),
        invite: invite_id(1),
        secret: invite_secret(1),
        user: user(1),
        name: "Ana Rivera".into(),
        expires_ms: NOW_MS + 86_400_000,
    }
}

pub fn prekey(number: u8, purpose: PrekeyPurpose) -> SignedPrekey {
    let statement = PrekeyStatement {
        device: device(number),
        key_id: 7,
        key: Curve25519Public::from_bytes([0x33; 32]),
        purpose,
        expires_ms: NOW_MS + 1000,
    };
    SignedPrekey::make(&statement, &device_key(number)).unwrap()
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

pub fn client_frames() -> Vec<ClientFrame> {
    let channel = Signature::from_bytes([0x77; 64]);
    vec![
        Enrol { invite: invite_id(1), certificate: certificate(1), channel }.into(),
        Authenticate { device: device(1), channel }.into(),
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
    ]
}

pub fn gateway_frames() -> Vec<GatewayFrame> {
    vec![
        Welcome {
            gateway: "gw1".parse().unwrap(),
            now_ms: NOW_MS,
            roster_length: 3,
            roster_head: Hash::of(b"last entry"),
            one_time_keys: 12,
            bus_up: true,
        }
        .into(),
        RosterEntries { first: 2, entries: vec![serde_bytes::ByteBuf::from(vec![1, 2, 3])] }.into(),
        Prekeys {
            request: 4,
            keys: vec![ClaimedPrekey { device: device(2), prekey: prekey(2, PrekeyPurpose::OneTime) }],
        }
        .into(),
        PrekeysLow { one_time_keys: 3 }.into(),
        Accepted { message: message(), at_ms: NOW_MS + 5 }.into(),
        Refused {
            code: ErrorCode::NotYours,
            message: Some(message()),
            request: None,
            frame: None,
            retry: false,
        }
        .into(),
        addressed().into(),
        delivered().into(),
        Presence { complete: true, users: vec![UserPresence { user: user(2), online: true }] }.into(),
        BusState { up: false }.into(),
        Pong { number: 11 }.into(),
    ]
}

pub fn parcels() -> Vec<Parcel> {
    vec![addressed().into(), delivered().into()]
}

pub fn presence_report() -> PresenceReport {
    PresenceReport { online: vec![OnlineDevice { user: user(1), device: device(1) }] }
}

pub fn events() -> Vec<Event> {
    let mut start = Event::new(EventId::new(NOW_MS, [2; 10]), EventKind::GatewayStart);
    start.ip = None;
    let mut sent =
        Event::new(EventId::of_message("message.sent", message(), device(1)), EventKind::MessageSent);
    sent.actor = Some(user(1));
    sent.device = Some(device(1));
    sent.conv = Some(header().conversation);
    sent.message = Some(message());
    sent.rcpt = vec![Recipient { user: user(2), device: device(2) }];
    sent.bytes = Some(512);
    sent.ip = Some([127, 0, 0, 1].into());
    let mut refused = Event::new(EventId::new(NOW_MS, [3; 10]), EventKind::MessageRefused);
    refused.outcome = Outcome::MinorFailure;
    refused.reason = Some(ErrorCode::UnknownRecipient);
    vec![start, sent, refused]
}
