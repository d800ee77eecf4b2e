//! What is written is read back the same, whatever is in it.

mod frames;
mod values;

use frames::{client_frame, gateway_frame};
use proptest::{collection::vec, option, prelude::*};
use protocol::{
    audit::{AuditRecord, Chain},
    bus::{OnlineDevice, Parcel, PassphraseRecord, PresenceReport, Seat, StoredCapsule},
    codec,
    frame::{ClientFrame, GatewayFrame},
    limits::MAX_FRAME,
    roster::{Entry, SignedEntry},
    text::{Code, CodeLink, Founding, Invite, InviteSecret, OfficeSecret, RecoveryKit},
};
use values::{
    addressed, audit_event, boot, bytes, change, delivered, device, hash, invite, office, role, stretch, user,
};

use crate::samples;

proptest! {
    #[test]
    fn a_client_frame_is_read_as_it_was_written(frame in client_frame()) {
        prop_assert_eq!(ClientFrame::decode(&frame.encode().unwrap(), MAX_FRAME).unwrap(), frame);
    }

    #[test]
    fn a_gateway_frame_is_read_as_it_was_written(frame in gateway_frame()) {
        prop_assert_eq!(GatewayFrame::decode(&frame.encode().unwrap(), MAX_FRAME).unwrap(), frame);
    }

    #[test]
    fn an_entry_is_read_as_it_was_signed(
        office in office(), place in any::<(u64, u64)>(), previous in hash(),
        author in option::of(user()), change in change()
    ) {
        let entry = Entry { office, index: place.0, previous, made_ms: place.1, author, change };
        let bytes = SignedEntry::make(&entry, &samples::identity_key(1)).unwrap();
        prop_assert_eq!(SignedEntry::read(&bytes).unwrap().1, entry);
    }

    #[test]
    fn what_gateways_tell_each_other_is_read_as_it_was_written(
        addressed in addressed(), delivered in delivered(), online in vec((user(), device()), 0..9),
        seat in any::<(u64, u64)>(), bytes in (bytes(), bytes()), stretch in stretch(), once in any::<bool>()
    ) {
        for parcel in [Parcel::from(addressed), delivered.into()] {
            prop_assert_eq!(Parcel::decode(&parcel.encode().unwrap(), MAX_FRAME).unwrap(), parcel);
        }
        let online = online.into_iter().map(|(user, device)| OnlineDevice { user, device }).collect();
        let report = PresenceReport { online };
        prop_assert_eq!(
            codec::decode::<PresenceReport>(&codec::encode(&report).unwrap(), MAX_FRAME).unwrap(), report
        );
        let seat = Seat { connection: seat.0, at_ms: seat.1 };
        prop_assert_eq!(codec::decode::<Seat>(&codec::encode(&seat).unwrap(), MAX_FRAME).unwrap(), seat);
        let record = PassphraseRecord { registration: bytes.0.clone(), stretch, backup: bytes.1 };
        prop_assert_eq!(
            codec::decode::<PassphraseRecord>(&codec::encode(&record).unwrap(), MAX_FRAME).unwrap(), record
        );
        let stored = StoredCapsule { sealed: bytes.0, expires_ms: seat.at_ms, once };
        prop_assert_eq!(
            codec::decode::<StoredCapsule>(&codec::encode(&stored).unwrap(), MAX_FRAME).unwrap(), stored
        );
    }

    #[test]
    fn a_record_is_read_as_it_was_written(event in audit_event(), boot in boot(), now_ms in any::<u64>()) {
        let mut chain = Chain::new("gw1".parse().unwrap(), boot);
        let line = chain.append(event.clone(), now_ms).unwrap();
        let record = AuditRecord::from_line(&line).unwrap();
        prop_assert_eq!(record.to_line().unwrap(), line);
        prop_assert_eq!((record.id, record.kind, record.rcpt), (event.id, event.kind, event.rcpt));
    }

    #[test]
    fn a_text_is_read_as_it_was_written(
        office in office(), gateways in vec("wss?://[a-z0-9.:]{1,30}", 0..4), name in "\\PC{0,60}",
        secret in any::<[u8; 32]>(), code in any::<[u8; 16]>(), hash in hash(), numbers in any::<(u64, u64)>(),
        invited in (invite(), user(), role())
    ) {
        let gateway_key = samples::noise_key(9).public().unwrap();
        let invite = Invite {
            office, office_name: name.clone(), roster_root: hash, known_length: numbers.0, known_head: hash,
            gateways: gateways.clone(), gateway_key, invite: invited.0, secret: InviteSecret::from_bytes(secret),
            user: invited.1, name: name.clone(), role: invited.2, expires_ms: numbers.1,
        };
        prop_assert_eq!(Invite::from_text(&invite.to_text().unwrap()).unwrap(), invite);
        let founding = Founding {
            office, gateways: gateways.clone(), gateway_key, secret: InviteSecret::from_bytes(secret),
        };
        prop_assert_eq!(Founding::from_text(&founding.to_text().unwrap()).unwrap(), founding);
        let kit = RecoveryKit {
            office, office_name: name, roster_root: hash, gateways: gateways.clone(), gateway_key,
            secret: OfficeSecret::from_bytes(secret),
        };
        prop_assert_eq!(RecoveryKit::from_text(&kit.to_text().unwrap()).unwrap(), kit);
        let link = CodeLink { gateways, code: Code::from_bytes(code) };
        prop_assert_eq!(CodeLink::from_text(&link.to_text().unwrap()).unwrap(), link);
    }
}
