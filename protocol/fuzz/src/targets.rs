//! One function for each kind of bytes that somebody else can send. None of them may panic, and what is read must be
//! written and read again as the same.

use std::{collections::BTreeSet, sync::LazyLock};

use data_encoding::BASE64URL_NOPAD;
use protocol::{
    audit::AuditRecord,
    bus::{Parcel, PassphraseRecord, PresenceReport, Seat, StoredCapsule},
    channel::{Channel, Initiator, respond},
    codec,
    frame::{ClientFrame, GatewayFrame},
    id::{GatewayId, Hash, UserId},
    limits::{MAX_FRAME, MAX_ROSTER_ENTRY},
    roster::{Change, Roster, SignedEntry, SignedLease, Source},
    signature::Nkey,
    text::{Code, CodeLink, Founding, Invite, RecoveryKit, kind_of},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    opaque::opaque,
    samples::{self, Log, WIRE},
};

/// A target.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also its folder in the corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("client_frame", client_frame),
    ("gateway_frame", gateway_frame),
    ("roster_entry", roster_entry),
    ("roster_change", roster_change),
    ("lease", lease),
    ("text", text),
    ("channel_packet", channel_packet),
    ("bus_record", bus_record),
    ("audit_record", audit_record),
    ("opaque", opaque),
];

/// An office of an administrator (1), staff (2, 3), open invites (4, 5) and two rooms.
static OFFICE: LazyLock<Log> = LazyLock::new(|| {
    use protocol::roster::{RoomMembers, StaffRole};
    let mut log = Log::staffed();
    log.by(1, samples::invites([4, 5].map(|number| samples::issued(number, StaffRole::Staff)))).unwrap();
    log.by(2, samples::made(1, RoomMembers::Chosen(vec![samples::user(2), samples::user(3)]))).unwrap();
    log.by(1, samples::made(2, RoomMembers::Everyone)).unwrap();
    log
});

fn reread<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(bytes: &[u8]) {
    if let Ok(value) = codec::decode::<T>(bytes, MAX_FRAME) {
        let written = codec::encode(&value).unwrap();
        assert_eq!(codec::decode::<T>(&written, usize::MAX).unwrap(), value);
    }
}

/// What a gateway gets from a client, inside the channel.
pub fn client_frame(bytes: &[u8]) {
    if let Ok(frame) = ClientFrame::decode(bytes, MAX_FRAME) {
        assert_eq!(ClientFrame::decode(&frame.encode().unwrap(), usize::MAX).unwrap(), frame);
    }
}

/// What a client gets from a gateway, inside the channel.
pub fn gateway_frame(bytes: &[u8]) {
    if let Ok(frame) = GatewayFrame::decode(bytes, MAX_FRAME) {
        assert_eq!(GatewayFrame::decode(&frame.encode().unwrap(), usize::MAX).unwrap(), frame);
    }
}

/// A signed entry as it travels. The first byte says how far the roster is that it comes to.
pub fn roster_entry(bytes: &[u8]) {
    let Some((length, bytes)) = bytes.split_first() else { return };
    if let Ok((signed, entry)) = SignedEntry::read(bytes) {
        let again = codec::decode(&codec::encode(&entry).unwrap(), usize::MAX).unwrap();
        assert_eq!(entry, again);
        assert_eq!(signed.hash(), Hash::of(&signed.entry));
    }
    let mut roster = Roster::new();
    for entry in OFFICE.entries.iter().take(usize::from(*length)) {
        roster.apply(entry, Source::Stored).unwrap();
    }
    for source in [WIRE, Source::New { now_ms: samples::NOW_MS }, Source::Stored] {
        let mut roster = roster.clone();
        let before = (roster.length(), roster.head());
        match roster.apply(bytes, source) {
            Ok(_) => assert_eq!(roster.length(), before.0 + 1),
            Err(_) => assert_eq!((roster.length(), roster.head()), before),
        }
    }
}

/// A change that its author really signs, so that it is the rules that judge it. The first byte is the author: a person,
/// or 0 for the office key.
pub fn roster_change(bytes: &[u8]) {
    let Some((author, bytes)) = bytes.split_first() else { return };
    let Ok(change) = Change::decode(bytes, MAX_ROSTER_ENTRY) else { return };
    let mut log = OFFICE.clone();
    let before = (log.roster.length(), log.roster.head());
    let administrators = administrators(&log.roster);
    let outcome = match author & 0x07 {
        0 => log.office(change),
        person => log.by(person, change),
    };
    if outcome.is_err() {
        assert_eq!((log.roster.length(), log.roster.head()), before);
    } else if author & 0x07 != 0 {
        assert_eq!(
            administrators,
            self::administrators(&log.roster),
            "only the office key makes and unmakes them"
        );
    }
    // Whatever came in, who reads the log comes to the same office.
    let mut replayed = Roster::new();
    for entry in &log.entries {
        replayed.apply(entry, Source::Stored).unwrap();
    }
    assert!(replayed.users().eq(log.roster.users()) && replayed.rooms().eq(log.roster.rooms()));
    for user in log.roster.users() {
        assert_eq!(log.roster.named(&user.name), Some(user), "a name is one person's");
        for device in &user.devices {
            assert_eq!(log.roster.device(*device).unwrap().user, user.user);
        }
    }
}

fn administrators(roster: &Roster) -> BTreeSet<UserId> {
    roster.users().filter(|user| user.is_administrator()).map(|user| user.user).collect()
}

/// A lease of the roster.
pub fn lease(bytes: &[u8]) {
    reread::<SignedLease>(bytes);
    if let Ok(lease) = codec::decode::<SignedLease>(bytes, MAX_FRAME) {
        let _ = lease.verify(&OFFICE.roster);
    }
}

/// What a person pastes, types or scans; also what it holds, past the checksum.
pub fn text(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        read_text(text);
    }
    let sum = Hash::of(bytes);
    let body = BASE64URL_NOPAD.encode(&[bytes, &sum.as_bytes()[..4]].concat());
    for kind in ["invite/2", "open/1", "recovery/1", "code/1"] {
        read_text(&format!("crmplus-chat://{kind}/{body}"));
    }
}

fn read_text(text: &str) {
    let _ = kind_of(text);
    // What was longer than one reads, such as a number in more bytes than it needs, may come out shorter, not longer.
    if let Ok(invite) = Invite::from_text(text) {
        assert_eq!(Invite::from_text(&invite.to_text().unwrap()), Ok(invite));
    }
    if let Ok(founding) = Founding::from_text(text) {
        assert_eq!(Founding::from_text(&founding.to_text().unwrap()), Ok(founding));
    }
    if let Ok(kit) = RecoveryKit::from_text(text) {
        assert_eq!(RecoveryKit::from_text(&kit.to_text().unwrap()), Ok(kit));
    }
    if let Ok(link) = CodeLink::from_text(text) {
        assert_eq!(CodeLink::from_text(&link.to_text().unwrap()), Ok(link));
    }
    if let Ok(code) = Code::from_text(text) {
        assert_eq!(Code::from_text(&code.to_text().unwrap()), Ok(code));
    }
    if let Ok(key) = Nkey::try_from(text.to_owned()) {
        assert_eq!(key.as_str(), text);
    }
    if let Ok(gateway) = text.parse::<GatewayId>() {
        assert_eq!(gateway.as_str(), text);
    }
    let _ = text.parse::<UserId>();
}

/// WebSocket messages before and inside a channel. The first byte says which side gets the rest, and where.
pub fn channel_packet(bytes: &[u8]) {
    let Some((place, bytes)) = bytes.split_first() else { return };
    let gateway = samples::noise_key(9);
    match place & 0x07 {
        0 => drop(respond(&gateway, bytes)),
        1 => drop(begin().finish(bytes)),
        2 => drop(Initiator::introduce().unwrap().0.finish(bytes)),
        3 => drop(open_pair().1.open(bytes)),
        4 => drop(open_pair().0.open(bytes)),
        5 => {
            let (mut device, mut gateway) = open_pair();
            let sealed = device.seal(bytes).unwrap();
            let opened: Vec<_> = sealed.iter().filter_map(|message| gateway.open(message).unwrap()).collect();
            assert_eq!(opened, [bytes]);
        }
        _ => rogue(bytes),
    }
}

fn begin() -> Initiator {
    Initiator::start(&samples::noise_key(1), &samples::noise_key(9).public().unwrap()).unwrap().0
}

fn open_pair() -> (Channel, Channel) {
    let gateway = samples::noise_key(9);
    let (initiator, first) = Initiator::start(&samples::noise_key(1), &gateway.public().unwrap()).unwrap();
    let (channel, answer) = respond(&gateway, &first).unwrap();
    (initiator.finish(&answer).unwrap(), channel)
}

/// A peer that is let in and then seals what it likes: every 0xff ends a message.
fn rogue(bytes: &[u8]) {
    let (own, key) = (samples::noise_key(1), samples::noise_key(9));
    let public = key.public().unwrap();
    let prologue = [b"crmplus-chat/1 channel\0".as_slice(), public.as_bytes()].concat();
    let mut state = snow::Builder::new("Noise_IK_25519_ChaChaPoly_BLAKE2s".parse().unwrap())
        .prologue(&prologue)
        .and_then(|builder| builder.local_private_key(own.expose()))
        .and_then(|builder| builder.remote_public_key(public.as_bytes()))
        .and_then(snow::Builder::build_initiator)
        .unwrap();
    let mut buffer = [0; 128];
    let length = state.write_message(&[], &mut buffer).unwrap();
    let (mut gateway, answer) = respond(&key, &[&[1], &buffer[..length]].concat()).unwrap();
    state.read_message(&answer, &mut buffer).unwrap();
    let mut state = state.into_transport_mode().unwrap();
    for plain in bytes.split(|byte| *byte == 0xff) {
        let mut message = vec![0; plain.len() + 16];
        let Ok(length) = state.write_message(plain, &mut message) else { return };
        if gateway.open(&message[..length]).is_err() {
            return;
        }
    }
}

/// What gateways tell each other and keep on the bus.
pub fn bus_record(bytes: &[u8]) {
    if let Ok(parcel) = Parcel::decode(bytes, MAX_FRAME) {
        assert_eq!(Parcel::decode(&parcel.encode().unwrap(), usize::MAX).unwrap(), parcel);
    }
    reread::<PresenceReport>(bytes);
    reread::<Seat>(bytes);
    reread::<PassphraseRecord>(bytes);
    reread::<StoredCapsule>(bytes);
}

/// A line of the trail.
pub fn audit_record(bytes: &[u8]) {
    let Ok(record) = AuditRecord::from_line(bytes) else { return };
    // Escaped again, a line at the limit may be over it.
    if let Ok(line) = record.to_line() {
        assert_eq!(AuditRecord::from_line(&line).unwrap(), record);
    }
}
