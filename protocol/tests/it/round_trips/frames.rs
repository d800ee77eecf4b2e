//! Frames of every kind, made at random.

use proptest::{collection::vec, option, prelude::*};
use protocol::{
    envelope::Envelope,
    frame::{
        Accepted, AppendRoster, Appended, Authenticate, BeginPassphrase, BeginSignIn, BusState, Capsule,
        ClaimPrekeys, ClaimedPrekey, ClientFrame, ConfirmDelivery, DeviceUse, Devices, Done, FetchCapsule,
        FetchDevices, FetchRoster, FinishSignIn, GatewayFrame, PassphraseAnswer, Ping, Pong, Prekeys,
        PrekeysLow, Presence, PublishPrekeys, Refused, RenewLease, RosterEntries, SendMessage, SignInAnswer,
        SignedIn, StoreCapsule, StorePassphrase, UserPresence, Visit, Visiting, Visitor, Welcome,
    },
};

use super::values::{
    addressed, bytes, capsule, code, delivered, device, entries, hash, header, invite, lease, message,
    office, payload, prekey, signature, stretch, user, wrap,
};

pub fn client_frame() -> impl Strategy<Value = ClientFrame> {
    let visitor = prop_oneof![
        Just(Visitor::Founder),
        invite().prop_map(Visitor::Invited),
        user().prop_map(Visitor::Person),
        Just(Visitor::Office),
    ];
    let request = any::<u32>;
    prop_oneof![
        (device(), signature(), any::<u64>()).prop_map(|(device, channel, connection)| Authenticate {
            device,
            channel,
            connection
        }
        .into()),
        any::<u64>().prop_map(|from| FetchRoster { from }.into()),
        (vec(prekey(), 0..4), option::of(prekey())).prop_map(|(one_time, fallback)| PublishPrekeys {
            one_time,
            fallback
        }
        .into()),
        (request(), vec(device(), 0..9))
            .prop_map(|(request, devices)| ClaimPrekeys { request, devices }.into()),
        (header(), payload(), vec(wrap(), 0..4)).prop_map(|(header, payload, wraps)| SendMessage {
            envelope: Envelope { header, payload, wraps }
        }
        .into()),
        message().prop_map(|message| ConfirmDelivery { message }.into()),
        request().prop_map(|number| Ping { number }.into()),
        (visitor, signature()).prop_map(|(visitor, channel)| Visit { visitor, channel }.into()),
        (request(), entries()).prop_map(|(request, entries)| AppendRoster { request, entries }.into()),
        lease().prop_map(|lease| RenewLease { lease }.into()),
        (request(), capsule(), bytes(), any::<u64>(), any::<bool>()).prop_map(
            |(request, capsule, sealed, expires_ms, once)| StoreCapsule {
                request,
                capsule,
                sealed,
                expires_ms,
                once
            }
            .into()
        ),
        (request(), capsule()).prop_map(|(request, capsule)| FetchCapsule { request, capsule }.into()),
        (request(), bytes()).prop_map(|(request, message)| BeginPassphrase { request, message }.into()),
        (request(), bytes(), stretch(), bytes()).prop_map(|(request, message, stretch, backup)| {
            StorePassphrase { request, message, stretch, backup }.into()
        }),
        (request(), any::<String>(), bytes()).prop_map(|(request, name, message)| BeginSignIn {
            request,
            name,
            message
        }
        .into()),
        (request(), bytes()).prop_map(|(request, message)| FinishSignIn { request, message }.into()),
        (request(), user()).prop_map(|(request, user)| FetchDevices { request, user }.into()),
    ]
}

pub fn gateway_frame() -> impl Strategy<Value = GatewayFrame> {
    let request = any::<u32>;
    let time = any::<u64>;
    let device_use = (device(), option::of(time()), any::<bool>())
        .prop_map(|(device, last_ms, online)| DeviceUse { device, last_ms, online });
    let presence = (user(), any::<bool>()).prop_map(|(user, online)| UserPresence { user, online });
    let claimed = (device(), prekey()).prop_map(|(device, prekey)| ClaimedPrekey { device, prekey });
    prop_oneof![
        ("[a-z0-9]{1,16}", time(), time(), hash(), request(), any::<(bool, bool)>(), option::of(lease()))
            .prop_map(|(gateway, now_ms, roster_length, roster_head, one_time_keys, flags, lease)| Welcome {
                gateway: gateway.parse().unwrap(),
                now_ms,
                roster_length,
                roster_head,
                one_time_keys,
                bus_up: flags.0,
                has_passphrase: flags.1,
                lease
            }
            .into()),
        (time(), entries()).prop_map(|(first, entries)| RosterEntries { first, entries }.into()),
        (request(), vec(claimed, 0..4)).prop_map(|(request, keys)| Prekeys { request, keys }.into()),
        request().prop_map(|one_time_keys| PrekeysLow { one_time_keys }.into()),
        (message(), time()).prop_map(|(message, at_ms)| Accepted { message, at_ms }.into()),
        (code(), option::of(message()), option::of(request()), option::of(any::<u16>()), any::<bool>())
            .prop_map(|(code, message, request, frame, retry)| {
                Refused { code, message, request, frame, retry }.into()
            }),
        addressed().prop_map(Into::into),
        delivered().prop_map(Into::into),
        (any::<bool>(), vec(presence, 0..9))
            .prop_map(|(complete, users)| Presence { complete, users }.into()),
        any::<bool>().prop_map(|up| BusState { up }.into()),
        request().prop_map(|number| Pong { number }.into()),
        (time(), time(), hash()).prop_map(|(now_ms, roster_length, roster_head)| {
            Visiting { now_ms, roster_length, roster_head }.into()
        }),
        (request(), time()).prop_map(|(request, roster_length)| Appended { request, roster_length }.into()),
        lease().prop_map(Into::into),
        request().prop_map(|request| Done { request }.into()),
        (request(), bytes()).prop_map(|(request, sealed)| Capsule { request, sealed }.into()),
        (request(), bytes()).prop_map(|(request, message)| PassphraseAnswer { request, message }.into()),
        (request(), office(), bytes(), stretch()).prop_map(|(request, office, message, stretch)| {
            SignInAnswer { request, office, message, stretch }.into()
        }),
        (request(), bytes()).prop_map(|(request, backup)| SignedIn { request, backup }.into()),
        (request(), vec(device_use, 0..4)).prop_map(|(request, devices)| Devices { request, devices }.into()),
    ]
}
