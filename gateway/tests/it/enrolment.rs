//! Who is let in, and who is not.

use std::time::Duration;

use protocol::{
    audit::EventKind,
    error::ErrorCode,
    frame::{Enrol, GatewayFrame},
    id::{InviteId, Signature},
};

use crate::support::{client::Client, device::Device, office::Office};

/// Waits for Welcome (`None`) or a refusal.
async fn verdict(client: &mut Client) -> Option<ErrorCode> {
    client
        .pick("a verdict", |frame| match frame {
            GatewayFrame::Welcome(_) => Some(None),
            GatewayFrame::Refused(refused) => Some(Some(refused.code)),
            _ => None,
        })
        .await
}

async fn try_to_enrol(office: &Office, device: &Device) -> Option<ErrorCode> {
    let mut client = device.dial(office.address()).await;
    client.send(device.enrolment(&client)).await;
    let verdict = verdict(&mut client).await;
    if verdict.is_some() {
        assert_eq!(client.closed().await, verdict, "the close code says the same");
    }
    verdict
}

#[tokio::test]
async fn an_invite_lets_one_device_in_and_the_trail_says_so() {
    let office = Office::open().await;
    let invite = office.invite("Ana Rivera").await;
    let device = Device::new(invite.clone());

    assert_eq!(try_to_enrol(&office, &device).await, None);

    let mut trail = office.trail().await;
    trail.wait_for(EventKind::SessionLogin, 1).await;
    let enrolled = trail.events(EventKind::DeviceEnrol)[0];
    assert_eq!((enrolled.actor, enrolled.device), (Some(invite.user), Some(device.id)));
    let issued = trail.events(EventKind::InviteIssue)[0];
    assert_eq!(issued.obj, enrolled.obj, "both name the invite");
    assert_ne!(issued.boot, enrolled.boot, "the command has a chain of its own");
}

#[tokio::test]
async fn a_used_invite_is_refused_and_recorded() {
    let office = Office::open().await;
    let invite = office.invite("Ana Rivera").await;
    assert_eq!(try_to_enrol(&office, &Device::new(invite.clone())).await, None);

    assert_eq!(try_to_enrol(&office, &Device::new(invite)).await, Some(ErrorCode::InviteUsed));

    let mut trail = office.trail().await;
    trail.wait_for(EventKind::DeviceEnrol, 2).await;
    assert_eq!(trail.events(EventKind::DeviceEnrol)[1].reason.as_deref(), Some("invite_used"));
    assert_eq!(office.refusals(ErrorCode::InviteUsed), 1);
}

#[tokio::test]
async fn an_invite_used_twice_at_the_same_moment_lets_one_in() {
    let office = Office::open().await;
    // A second gateway on the same bus: the race is decided by the stream, not by a lock of one process.
    let second = gateway::Server::start(office.config.clone()).await.unwrap();
    for _ in 0..5 {
        let invite = office.invite("Ana Rivera").await;
        let devices: Vec<_> = (0..6).map(|_| Device::new(invite.clone())).collect();
        let mut clients = Vec::new();
        for (number, device) in devices.iter().enumerate() {
            let address = if number % 2 == 0 { office.address() } else { second.addresses()[0] };
            clients.push(device.dial(address).await);
        }

        let race = devices.iter().zip(&mut clients).map(|(device, client)| async move {
            client.send(device.enrolment(client)).await;
            verdict(client).await
        });
        let verdicts = futures_util::future::join_all(race).await;

        assert_eq!(verdicts.iter().filter(|verdict| verdict.is_none()).count(), 1, "{verdicts:?}");
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Some(ErrorCode::InviteUsed)).count(), 5);
    }
    second.shutdown().await;
}

#[tokio::test]
async fn an_expired_invite_is_refused() {
    let office = Office::open().await;
    let device = Device::new(office.invite_for("Ana Rivera", Duration::ZERO).await);

    assert_eq!(try_to_enrol(&office, &device).await, Some(ErrorCode::InviteExpired));
}

#[tokio::test]
async fn an_unknown_invite_is_refused() {
    let office = Office::open().await;
    let device = Device::new(office.invite("Ana Rivera").await);
    let mut client = device.dial(office.address()).await;

    client.send(Enrol { invite: InviteId::from_bytes([1; 16]), ..device.enrolment(&client) }).await;

    assert_eq!(verdict(&mut client).await, Some(ErrorCode::InviteUnknown));
}

#[tokio::test]
async fn somebody_elses_invite_does_not_fit_a_certificate() {
    let office = Office::open().await;
    let (ana, ben) = (office.invite("Ana Rivera").await, office.invite("Ben Okafor").await);
    let device = Device::new(ana);
    let mut client = device.dial(office.address()).await;

    client.send(Enrol { invite: ben.invite, ..device.enrolment(&client) }).await;

    assert_eq!(verdict(&mut client).await, Some(ErrorCode::BadCertificate));
}

#[tokio::test]
async fn a_device_that_missed_its_welcome_may_enrol_again() {
    let office = Office::open().await;
    let device = Device::new(office.invite("Ana Rivera").await);
    let mut first = device.dial(office.address()).await;
    first.send(device.enrolment(&first)).await;
    first.welcomed().await;
    drop(first);

    assert_eq!(try_to_enrol(&office, &device).await, None);

    let mut trail = office.trail().await;
    trail.wait_for(EventKind::SessionLogin, 2).await;
    assert_eq!(trail.events(EventKind::DeviceEnrol).len(), 1, "one enrolment, however often it is told");
}

#[tokio::test]
async fn an_enrolled_device_signs_in() {
    let office = Office::open().await;
    let (device, client) = office.colleague("Ana Rivera").await;
    drop(client);

    let mut client = device.dial(office.address()).await;
    client.send(device.authentication(&client)).await;

    let welcome = client.welcomed().await;
    assert_eq!((welcome.roster_length, welcome.one_time_keys, welcome.bus_up), (3, 0, true));
    assert_eq!(welcome.gateway, office.config.id);
}

#[tokio::test]
async fn without_the_devices_keys_nobody_signs_in() {
    let office = Office::open().await;
    let (device, _client) = office.colleague("Ana Rivera").await;
    let stranger = Device::new(office.invite("Somebody Else").await);

    // The right Noise key, a wrong signature.
    let mut client = device.dial(office.address()).await;
    let mut forged = device.authentication(&client);
    forged.channel = Signature::from_bytes([1; 64]);
    client.send(forged).await;
    assert_eq!(verdict(&mut client).await, Some(ErrorCode::AuthenticationFailed));

    // The right signature over another channel's handshake: a replay.
    let earlier = device.dial(office.address()).await;
    let mut client = device.dial(office.address()).await;
    client.send(device.authentication(&earlier)).await;
    assert_eq!(verdict(&mut client).await, Some(ErrorCode::AuthenticationFailed));

    // The right signing key, another Noise key: somebody passes on what the device signs.
    let mut client = stranger.dial(office.address()).await;
    client.send(device.authentication(&client)).await;
    assert_eq!(verdict(&mut client).await, Some(ErrorCode::AuthenticationFailed));

    // Not enrolled at all.
    let mut client = stranger.dial(office.address()).await;
    client.send(stranger.authentication(&client)).await;
    assert_eq!(verdict(&mut client).await, Some(ErrorCode::AuthenticationFailed));

    let mut trail = office.trail().await;
    trail.wait_for(EventKind::AuthFailure, 4).await;
    assert_eq!(office.refusals(ErrorCode::AuthenticationFailed), 4);
}
