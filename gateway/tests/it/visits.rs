//! Who is let in, and who is not.

use std::time::Duration;

use protocol::{
    audit::EventKind,
    error::ErrorCode,
    frame::{AppendRoster, Authenticate, ClaimPrekeys, Ping, Visitor},
    id::{InviteId, Signature, UserId},
    roster::{InvitesWithdrawn, PersonRevoked},
    signature::Role,
};

use crate::support::{
    client::Client,
    device::{Device, key, visit},
    office::Office,
};

/// Dials with a device's Noise key and visits as somebody.
async fn try_to_visit(
    office: &Office,
    device: &Device,
    visitor: Visitor,
    key: &protocol::signature::SigningKey,
) -> Option<ErrorCode> {
    let mut client = device.dial(office.address()).await;
    client.send(visit(visitor, key, &client)).await;
    let verdict = client.verdict().await;
    if verdict.is_some() {
        assert_eq!(client.closed().await, verdict, "the close code says the same");
    }
    verdict
}

async fn as_invited(office: &Office, device: &Device) -> Option<ErrorCode> {
    let invite = device.invite.as_ref().unwrap();
    let key = invite.secret.signing_key().unwrap();
    try_to_visit(office, device, Visitor::Invited(invite.invite), &key).await
}

#[tokio::test]
async fn an_invite_lets_one_person_in_and_the_trail_says_so() {
    let office = Office::open().await;
    let invite = office.invite("Ana Rivera").await;
    let device = Device::invited(&invite);

    let _line = device.join(office.address()).await;

    let mut trail = office.trail().await;
    trail.wait_for(EventKind::SessionLogin, 1).await;
    let joined = trail.events(EventKind::PersonJoin)[0];
    assert_eq!((joined.actor, joined.device), (Some(invite.user), Some(device.id)));
    assert_eq!(joined.obj, Some(invite.invite.into()));
    assert!(joined.ip.is_some());
}

#[tokio::test]
async fn a_used_invite_shows_nobody_the_office_but_the_device_that_used_it() {
    let office = Office::open().await;
    let invite = office.invite("Ana Rivera").await;
    let device = Device::invited(&invite);
    drop(device.join(office.address()).await);

    assert_eq!(as_invited(&office, &Device::invited(&invite)).await, Some(ErrorCode::InviteUsed));
    assert_eq!(as_invited(&office, &device).await, None, "it may have crashed before it knew");

    let mut trail = office.trail().await;
    trail.wait_for(EventKind::AuthFailure, 1).await;
    assert_eq!(trail.events(EventKind::AuthFailure)[0].reason.as_deref(), Some("invite_used"));
    assert_eq!(office.refusals(ErrorCode::InviteUsed), 1);
}

#[tokio::test]
async fn an_invite_used_twice_at_the_same_moment_lets_one_in() {
    let office = Office::open().await;
    // A second gateway on the same bus: the race is decided by the stream, not by a lock of one process.
    let second = gateway::Server::start(office.config.clone()).await.unwrap();
    for round in 0..5 {
        let invite = office.invite(&format!("Colleague {round}")).await;
        let devices: Vec<_> = (0..6).map(|_| Device::invited(&invite)).collect();
        let mut clients = Vec::new();
        for (number, device) in devices.iter().enumerate() {
            let address = if number % 2 == 0 { office.address() } else { second.addresses()[0] };
            clients.push(device.visit(address).await);
        }

        let race = devices
            .iter()
            .zip(&mut clients)
            .map(|(device, client)| async move { device.try_to_enter(client).await });
        let verdicts = futures_util::future::join_all(race).await;

        assert_eq!(verdicts.iter().filter(|verdict| verdict.is_ok()).count(), 1, "{verdicts:?}");
        let used = verdicts.iter().filter(|verdict| **verdict == Err(ErrorCode::InviteUsed)).count();
        assert_eq!(used, 5, "{verdicts:?}");
    }
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::PersonJoin, 5).await;
    trail.wait_for(EventKind::RosterRefused, 25).await;
    let refused = trail.events(EventKind::RosterRefused);
    assert!(refused.iter().all(|record| record.reason.as_deref() == Some("invite_used")));
    second.shutdown().await;
}

#[tokio::test]
async fn an_invite_that_expired_or_was_withdrawn_or_never_was_is_refused() {
    let office = Office::open().await;
    let expired = Device::invited(&office.invite_for("Ana Rivera", Duration::ZERO).await);
    let withdrawn = Device::invited(&office.invite("Ben Okafor").await);
    let invites = vec![withdrawn.invite.as_ref().unwrap().invite];
    office.founder_does(InvitesWithdrawn { invites }).await;

    assert_eq!(as_invited(&office, &expired).await, Some(ErrorCode::InviteExpired));
    assert_eq!(as_invited(&office, &withdrawn).await, Some(ErrorCode::InviteUnknown));
    let unknown = Visitor::Invited(InviteId::from_bytes([1; 16]));
    assert_eq!(
        try_to_visit(&office, &expired, unknown, &key(Role::Invite)).await,
        Some(ErrorCode::InviteUnknown)
    );

    let mut trail = office.trail().await;
    trail.wait_for(EventKind::AuthFailure, 3).await;
}

#[tokio::test]
async fn a_visitor_without_the_key_is_refused() {
    let office = Office::open().await;
    let (ana, _line) = office.colleague("Ana Rivera").await;
    let device = Device::invited(&office.invite("Ben Okafor").await);
    let invite = device.invite.as_ref().unwrap().invite;

    for (visitor, role) in [
        (Visitor::Invited(invite), Role::Invite),
        (Visitor::Person(ana.user), Role::Person),
        (Visitor::Office, Role::Office),
    ] {
        let refused = try_to_visit(&office, &device, visitor.clone(), &key(role)).await;
        assert_eq!(refused, Some(ErrorCode::BadSignature), "{visitor:?}");
    }
    let stranger = Visitor::Person(UserId::from_bytes([3; 16]));
    let refused = try_to_visit(&office, &device, stranger, &key(Role::Person)).await;
    assert_eq!(refused, Some(ErrorCode::AuthenticationFailed));
    // The right key over another channel's handshake: a replay.
    let earlier = device.dial(office.address()).await;
    let mut client = device.dial(office.address()).await;
    let secret = device.invite.as_ref().unwrap().secret.signing_key().unwrap();
    client.send(visit(Visitor::Invited(invite), &secret, &earlier)).await;
    assert_eq!(client.verdict().await, Some(ErrorCode::BadSignature));

    let mut trail = office.trail().await;
    trail.wait_for(EventKind::AuthFailure, 5).await;
    assert_eq!(office.refusals(ErrorCode::BadSignature), 4);
}

#[tokio::test]
async fn a_person_adds_a_device_with_the_identity_key() {
    let office = Office::open().await;
    let (ana, _line) = office.colleague("Ana Rivera").await;
    let desk = Device::of(&ana.person);

    let mut line = desk.join(office.address()).await;

    line.send(Ping { number: 1 }).await;
    let known = office.server.roster().look(|roster| roster.user(ana.user).unwrap().devices.clone());
    assert_eq!(known, [ana.id, desk.id]);
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::SessionLogin, 2).await;
    let added = trail.about(EventKind::DeviceEnrol, desk.id);
    assert_eq!((added[0].actor, added[0].device), (Some(ana.user), Some(desk.id)));
}

#[tokio::test]
async fn who_left_the_office_cannot_come_back_with_the_identity_key() {
    let office = Office::open().await;
    let (ana, _line) = office.colleague("Ana Rivera").await;
    office.founder_does(PersonRevoked { user: ana.user }).await;

    let desk = Device::of(&ana.person);

    let refused = try_to_visit(&office, &desk, Visitor::Person(ana.user), &ana.person.identity).await;
    assert_eq!(refused, Some(ErrorCode::PersonRevoked));
}

#[tokio::test]
async fn the_office_key_visits_and_appends() {
    let office = Office::open().await;
    let (ana, _line) = office.colleague("Ana Rivera").await;
    let mut client = Device::of(&office.founder.person).dial(office.address()).await;
    client.send(visit(Visitor::Office, &office.key, &client)).await;
    client.visiting().await;
    let change = protocol::roster::RoleChanged { user: ana.user, role: protocol::roster::StaffRole::Admin };
    let entry = office.server.roster().look(|roster| {
        crate::support::entry(roster, office.config.office(), None, &office.key, change.into())
    });

    assert!(client.append(vec![entry]).await.is_ok());

    assert!(office.server.roster().look(|roster| roster.administrator(ana.user).is_some()));
}

/// What a device may do and a visitor may not.
#[tokio::test]
async fn a_visitor_may_read_append_and_nothing_else() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let device = Device::invited(&office.invite("Ben Okafor").await);
    let message = device.message(&[&ana]);

    let send = async |client: &mut Client| client.offer(&message).await;
    let mut client = device.visit(office.address()).await;
    send(&mut client).await;
    assert_eq!(client.closed().await, Some(ErrorCode::NotAuthenticated));
    let mut client = device.visit(office.address()).await;
    client.send(ClaimPrekeys { request: 1, devices: vec![ana.id] }).await;
    assert_eq!(client.closed().await, Some(ErrorCode::NotAuthenticated));
    // Nor is a visit a proof of somebody else's device.
    let mut client = device.visit(office.address()).await;
    let channel = client.channel.handshake_hash().to_owned();
    let signature = device.signing.sign(protocol::signature::Purpose::Channel, channel.as_bytes()).unwrap();
    client.send(Authenticate { device: ana.id, channel: signature, connection: 99 }).await;
    assert_eq!(client.closed().await, Some(ErrorCode::AuthenticationFailed));

    ana_line.send(Ping { number: 1 }).await;
    assert_eq!(office.refusals(ErrorCode::NotAuthenticated), 2);
}

#[tokio::test]
async fn a_visit_ends_in_time_and_after_so_many_frames() {
    let office = Office::open_with(|config| {
        config.limits.visit_within = Duration::from_millis(300);
        config.limits.visit_frames = 3;
    })
    .await;
    let device = Device::invited(&office.invite("Ana Rivera").await);

    let mut client = device.visit(office.address()).await;
    assert_eq!(client.closed().await, Some(ErrorCode::HandshakeTimeout));
    let mut client = device.visit(office.address()).await;
    for number in 0..4 {
        client.send(Ping { number }).await;
    }
    assert_eq!(client.closed().await, Some(ErrorCode::RateLimited));
}

#[tokio::test]
async fn a_device_signs_in() {
    let office = Office::open().await;
    let (device, client) = office.colleague("Ana Rivera").await;
    drop(client);

    let mut client = device.dial(office.address()).await;
    client.send(device.authentication(&client)).await;

    let welcome = client.welcomed().await;
    assert_eq!((welcome.roster_length, welcome.one_time_keys, welcome.bus_up), (3, 0, true));
    assert_eq!((welcome.has_passphrase, welcome.lease), (false, None));
    assert_eq!(welcome.gateway, office.config.id);
}

#[tokio::test]
async fn without_the_devices_keys_nobody_signs_in() {
    let office = Office::open().await;
    let (device, _client) = office.colleague("Ana Rivera").await;
    let stranger = Device::invited(&office.invite("Somebody Else").await);

    // The right Noise key, a wrong signature.
    let mut client = device.dial(office.address()).await;
    let mut forged = device.authentication(&client);
    forged.channel = Signature::from_bytes([1; 64]);
    client.send(forged).await;
    assert_eq!(client.verdict().await, Some(ErrorCode::AuthenticationFailed));

    // The right signature over another channel's handshake: a replay.
    let earlier = device.dial(office.address()).await;
    let mut client = device.dial(office.address()).await;
    client.send(device.authentication(&earlier)).await;
    assert_eq!(client.verdict().await, Some(ErrorCode::AuthenticationFailed));

    // The right signing key, another Noise key: somebody passes on what the device signs.
    let mut client = stranger.dial(office.address()).await;
    client.send(device.authentication(&client)).await;
    assert_eq!(client.verdict().await, Some(ErrorCode::AuthenticationFailed));

    // Not in the roster at all.
    let mut client = stranger.dial(office.address()).await;
    client.send(stranger.authentication(&client)).await;
    assert_eq!(client.verdict().await, Some(ErrorCode::AuthenticationFailed));

    let mut trail = office.trail().await;
    trail.wait_for(EventKind::AuthFailure, 4).await;
    assert_eq!(office.refusals(ErrorCode::AuthenticationFailed), 4);
}

#[tokio::test]
async fn an_append_before_a_visit_ends_the_connection() {
    let office = Office::open().await;
    let device = Device::invited(&office.invite("Ana Rivera").await);
    let mut client = device.dial(office.address()).await;

    client.send(AppendRoster { request: 1, entries: Vec::new() }).await;

    assert_eq!(client.closed().await, Some(ErrorCode::NotAuthenticated));
}
