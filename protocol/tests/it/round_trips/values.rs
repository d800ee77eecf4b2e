//! Values of every kind, made at random.

use proptest::{collection::vec, option, prelude::*};
use protocol::{
    audit::{Event, EventKind, Outcome, Recipient},
    envelope::{Addressed, Header, SealedPayload, Wrap, WrapKind},
    error::ErrorCode,
    frame::Delivered,
    id::{
        BootId, CapsuleId, ConversationId, DeviceId, EventId, Hash, InviteId, MessageId, ObjectId, OfficeId,
        RoomId, Signature, UserId,
    },
    opaque::Stretch,
    prekey::SignedPrekey,
    roster::{
        Change, DeviceAdded, DeviceRevoked, InviteIssued, InvitesIssued, InvitesWithdrawn, PersonMoved,
        PersonRevoked, Policy, PolicyChanged, RevocationReason, RoleChanged, RoomChanged, RoomClosed,
        RoomLeft, RoomMade, RoomMembers, RoomRenamed, SignedLease, StaffRole,
    },
};
use serde_bytes::ByteBuf;

use crate::samples;

macro_rules! ids {
    ($($function:ident: $name:ident),*) => {
        $(pub fn $function() -> impl Strategy<Value = $name> {
            any::<[u8; $name::LEN]>().prop_map($name::from_bytes)
        })*
    };
}
ids!(
    office: OfficeId, user: UserId, device: DeviceId, invite: InviteId, room: RoomId, capsule: CapsuleId,
    conversation: ConversationId, message: MessageId, event: EventId, object: ObjectId, boot: BootId, hash: Hash
);

pub fn signature() -> impl Strategy<Value = Signature> {
    vec(any::<u8>(), Signature::LEN).prop_map(|bytes| Signature::try_from(bytes.as_slice()).unwrap())
}

pub fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..80)
}

pub fn entries() -> impl Strategy<Value = Vec<ByteBuf>> {
    vec(bytes().prop_map(ByteBuf::from), 0..4)
}

pub fn stretch() -> impl Strategy<Value = Stretch> {
    any::<(u32, u32)>().prop_map(|(memory_kib, passes)| Stretch { memory_kib, passes })
}

pub fn prekey() -> impl Strategy<Value = SignedPrekey> {
    (bytes(), signature()).prop_map(|(statement, by_device)| SignedPrekey { statement, by_device })
}

pub fn lease() -> impl Strategy<Value = SignedLease> {
    (bytes(), signature()).prop_map(|(statement, signature)| SignedLease { statement, signature })
}

pub fn header() -> impl Strategy<Value = Header> {
    (message(), conversation(), user(), device(), any::<u64>()).prop_map(
        |(message, conversation, sender_user, sender_device, expires_ms)| Header {
            message,
            conversation,
            sender_user,
            sender_device,
            expires_ms,
        },
    )
}

pub fn payload() -> impl Strategy<Value = SealedPayload> {
    (hash(), bytes()).prop_map(|(commitment, ciphertext)| SealedPayload { commitment, ciphertext })
}

pub fn wrap() -> impl Strategy<Value = Wrap> {
    (device(), any::<bool>(), bytes()).prop_map(|(device, first, body)| Wrap {
        device,
        kind: if first { WrapKind::Prekey } else { WrapKind::Normal },
        body,
    })
}

pub fn addressed() -> impl Strategy<Value = Addressed> {
    (header(), payload(), wrap(), any::<u64>()).prop_map(|(header, payload, wrap, accepted_ms)| Addressed {
        header,
        payload,
        wrap,
        accepted_ms,
    })
}

pub fn delivered() -> impl Strategy<Value = Delivered> {
    (message(), device(), any::<u64>()).prop_map(|(message, device, at_ms)| Delivered {
        message,
        device,
        at_ms,
    })
}

pub fn code() -> impl Strategy<Value = ErrorCode> {
    any::<u16>().prop_map(ErrorCode::from_number)
}

pub fn role() -> impl Strategy<Value = StaffRole> {
    prop::sample::select(StaffRole::ALL.to_vec())
}

pub fn issued() -> impl Strategy<Value = InviteIssued> {
    (invite(), 0..16_u8, user(), any::<String>(), role(), option::of(any::<String>()), any::<u64>()).prop_map(
        |(invite, key, user, name, role, group, expires_ms)| InviteIssued {
            invite,
            key: samples::invite_key(key).public().clone(),
            user,
            name,
            role,
            group,
            expires_ms,
        },
    )
}

pub fn change() -> impl Strategy<Value = Change> {
    let reason = prop::sample::select(vec![RevocationReason::SignedOut, RevocationReason::Lost]);
    let members = prop_oneof![
        Just(RoomMembers::Everyone),
        role().prop_map(RoomMembers::Role),
        any::<String>().prop_map(RoomMembers::Group),
        vec(user(), 0..9).prop_map(RoomMembers::Chosen),
    ];
    let policy = any::<[u64; 4]>().prop_map(|[idle_lock_ms, stale_lock_ms, stale_wipe_ms, history_ms]| {
        Policy { idle_lock_ms, stale_lock_ms, stale_wipe_ms, history_ms }
    });
    prop_oneof![
        Just(samples::opening().into()),
        Just(samples::joined(2, 2).into()),
        Just(DeviceAdded { certificate: samples::certificate(2, 4) }.into()),
        vec(issued(), 0..4).prop_map(|invites| InvitesIssued { invites }.into()),
        vec(invite(), 0..4).prop_map(|invites| InvitesWithdrawn { invites }.into()),
        (device(), reason).prop_map(|(device, reason)| DeviceRevoked { device, reason }.into()),
        user().prop_map(|user| PersonRevoked { user }.into()),
        (user(), role()).prop_map(|(user, role)| RoleChanged { user, role }.into()),
        (user(), option::of(any::<String>())).prop_map(|(user, group)| PersonMoved { user, group }.into()),
        policy.prop_map(|policy| PolicyChanged { policy }.into()),
        (room(), hash(), members).prop_map(|(room, name, members)| RoomMade { room, name, members }.into()),
        (room(), vec(user(), 0..4), vec(user(), 0..4)).prop_map(|(room, add, remove)| RoomChanged {
            room,
            add,
            remove
        }
        .into()),
        room().prop_map(|room| RoomLeft { room }.into()),
        (room(), hash()).prop_map(|(room, name)| RoomRenamed { room, name }.into()),
        room().prop_map(|room| RoomClosed { room }.into()),
    ]
}

pub fn audit_event() -> impl Strategy<Value = Event> {
    let outcome =
        prop::sample::select(vec![Outcome::Success, Outcome::MinorFailure, Outcome::SeriousFailure]);
    let recipient = (user(), device()).prop_map(|(user, device)| Recipient { user, device });
    let kind = prop::sample::select(EventKind::ALL.to_vec());
    let who = (option::of(user()), option::of(device()), option::of(conversation()), option::of(object()));
    let rest = (vec(recipient, 0..4), option::of(any::<u64>()), option::of(any::<std::net::IpAddr>()));
    (event(), kind, outcome, option::of(code()), who, rest).prop_map(
        |(id, kind, outcome, reason, (actor, device, conv, object), (rcpt, bytes, ip))| Event {
            id,
            kind,
            outcome,
            reason,
            actor,
            device,
            conv,
            object,
            rcpt,
            bytes,
            ip,
        },
    )
}
