//! Keys are stored for those they belong to, and handed out once.

use std::collections::HashSet;

use async_nats::jetstream;
use broker_config::Identity;
use futures_util::StreamExt as _;
use gateway::counters::Happening;
use protocol::{
    error::ErrorCode,
    frame::{ClaimPrekeys, GatewayFrame, Prekeys, PublishPrekeys},
    id::DeviceId,
    limits::MAX_CLAIM,
    prekey::PrekeyPurpose,
    subject::PREKEYS_STREAM,
};

use crate::support::{client::Client, device::Device, office::Office, soon};

async fn claim(client: &mut Client, request: u32, devices: Vec<DeviceId>) -> Prekeys {
    client.send(ClaimPrekeys { request, devices }).await;
    client
        .pick("Prekeys", |frame| match frame {
            GatewayFrame::Prekeys(prekeys) if prekeys.request == request => Some(prekeys.clone()),
            _ => None,
        })
        .await
}

/// Publishes, waits until the bus has the keys (the client is told nothing when all goes well), and signs in anew: the
/// Welcome counts them. Not earlier: signing in ends the first connection, and with it what it was about to store.
async fn publish(office: &Office, device: &Device, client: &mut Client, count: u64) {
    let fallback = Some(device.prekey(1000, PrekeyPurpose::Fallback));
    client.send(PublishPrekeys { one_time: device.prekeys(count), fallback }).await;
    soon("the keys", stored(office, device.id, count)).await;
    let mut again = device.dial(office.address()).await;
    again.send(device.authentication(&again)).await;
    assert_eq!(u64::from(again.welcomed().await.one_time_keys), count);
}

/// Waits until the bus has so many one-time keys of a device, and its fallback key, which is stored with them.
async fn stored(office: &Office, device: DeviceId, count: u64) {
    let client = office.broker.connect(Identity::Gateway).await.unwrap();
    let stream = jetstream::new(client).get_stream(PREKEYS_STREAM).await.unwrap();
    loop {
        let subjects = stream.info_with_subjects(format!("prekey.*.{device}")).await.unwrap();
        let counts: Vec<_> = subjects.map(|subject| subject.unwrap().1 as u64).collect().await;
        if counts.iter().sum::<u64>() == count + 1 {
            return;
        }
    }
}

#[tokio::test]
async fn each_one_time_key_goes_to_one_claimer() {
    const KEYS: u64 = 30;
    let office = Office::open().await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    publish(&office, &ben, &mut ben_line, KEYS).await;
    let mut claimers = Vec::new();
    for number in 0..6 {
        claimers.push(office.colleague(&format!("Colleague {number}")).await);
    }

    // More claims at the same time than there are keys.
    let claims = claimers.iter_mut().map(|(_, client)| async {
        let mut keys = Vec::new();
        for request in 0..8 {
            keys.extend(claim(client, request, vec![ben.id]).await.keys);
        }
        keys
    });
    let keys: Vec<_> = futures_util::future::join_all(claims).await.into_iter().flatten().collect();

    assert_eq!(keys.len(), 48, "every claim gets a key");
    let purposes = keys.iter().map(|key| key.prekey.verify(ben.signing.public()).unwrap());
    let (one_time, fallback): (Vec<_>, Vec<_>) =
        purposes.partition(|statement| statement.purpose == PrekeyPurpose::OneTime);
    let different: HashSet<_> = one_time.iter().map(|statement| statement.key_id).collect();
    assert_eq!((one_time.len(), different.len()), (30, 30), "each handed out once");
    assert!(fallback.iter().all(|statement| statement.key_id == 1000));
    assert_eq!(office.happened(Happening::FallbackClaimed), 18);
}

#[tokio::test]
async fn an_owner_on_line_is_told_when_few_keys_are_left() {
    let office = Office::open().await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let (_, mut ana_line) = office.colleague("Ana Rivera").await;
    ben_line.send(PublishPrekeys { one_time: ben.prekeys(2), fallback: None }).await;

    while claim(&mut ana_line, 1, vec![ben.id]).await.keys.is_empty() {}

    let left = ben_line.pick("PrekeysLow", |frame| match frame {
        GatewayFrame::PrekeysLow(low) => Some(low.one_time_keys),
        _ => None,
    });
    assert!(left.await < 25);
}

#[tokio::test]
async fn devices_without_keys_and_unknown_devices_are_left_out() {
    let office = Office::open().await;
    let (ben, _ben_line) = office.colleague("Ben Okafor").await;
    let (_, mut ana_line) = office.colleague("Ana Rivera").await;

    let answer = claim(&mut ana_line, 9, vec![ben.id, DeviceId::from_bytes([1; 16])]).await;

    assert_eq!(answer, Prekeys { request: 9, keys: vec![] });
}

#[tokio::test]
async fn keys_that_are_not_the_devices_own_are_refused() {
    let office = Office::open().await;
    let (ana, mut line) = office.colleague("Ana Rivera").await;
    let (ben, _) = office.colleague("Ben Okafor").await;
    let fallback = |fallback| PublishPrekeys { one_time: vec![], fallback: Some(fallback) };

    let cases = [
        (ErrorCode::BadCertificate, PublishPrekeys { one_time: ben.prekeys(1), fallback: None }),
        (ErrorCode::BadCertificate, fallback(ana.prekey(1, PrekeyPurpose::OneTime))),
        (ErrorCode::FrameTooLarge, PublishPrekeys { one_time: ana.prekeys(51), fallback: None }),
    ];
    for (code, keys) in cases {
        line.send(keys).await;

        let refused = line.refused().await;
        assert_eq!((refused.code, refused.frame), (code, Some(4)));
    }
}

#[tokio::test]
async fn a_claim_of_too_many_devices_is_refused() {
    let office = Office::open().await;
    let (_, mut line) = office.colleague("Ana Rivera").await;

    line.send(ClaimPrekeys { request: 5, devices: vec![DeviceId::from_bytes([1; 16]); MAX_CLAIM + 1] }).await;

    let refused = line.refused().await;
    assert_eq!((refused.code, refused.request), (ErrorCode::FrameTooLarge, Some(5)));
}
