//! Capsules: who may leave one, who gets it, and when nobody does any more.

use std::time::Duration;

use gateway::clock::{now_ms, random};
use protocol::{
    audit::{EventKind, Outcome},
    error::ErrorCode,
    frame::{Capsule, FetchCapsule, GatewayFrame, StoreCapsule},
    id::CapsuleId,
    limits::{MAX_CAPSULE, MAX_CAPSULE_LIFE_MS, MAX_CLOCK_AHEAD_MS},
    text::Code,
};

use crate::support::{client::Client, device::Device, eventually, office::Office, soon};

const HOUR_MS: u64 = 3_600_000;

fn fresh() -> CapsuleId {
    Code::from_bytes(random().unwrap()).capsule()
}

/// Something for an hour, for whoever asks.
fn capsule(capsule: CapsuleId) -> StoreCapsule {
    StoreCapsule { request: 0, capsule, sealed: vec![5; 700], expires_ms: now_ms() + HOUR_MS, once: false }
}

async fn store(client: &mut Client, frame: &StoreCapsule) -> Result<(), ErrorCode> {
    let answer = client.ask(|request| StoreCapsule { request, ..frame.clone() }).await?;
    assert!(matches!(answer, GatewayFrame::Done(_)), "{answer:?}");
    Ok(())
}

async fn fetch(client: &mut Client, capsule: CapsuleId) -> Result<Vec<u8>, ErrorCode> {
    match client.ask(|request| FetchCapsule { request, capsule }).await? {
        GatewayFrame::Capsule(Capsule { sealed, .. }) => Ok(sealed),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn strangers_visitors_and_devices_get_what_a_device_left() {
    let office = Office::open().await;
    let (ana, mut line) = office.colleague("Ana Rivera").await;
    let id = fresh();
    store(&mut line, &capsule(id)).await.unwrap();
    let invited = Device::invited(&office.invite("Ben Okafor").await);

    let mut stranger = Client::introduce(office.address()).await;
    let mut visitor = invited.visit(office.address()).await;
    for client in [&mut stranger, &mut visitor, &mut line] {
        assert_eq!(fetch(client, id).await.unwrap(), [5; 700]);
    }

    let mut trail = office.trail().await;
    trail.wait_for(EventKind::CapsuleFetch, 3).await;
    let stored = trail.about(EventKind::CapsuleStore, id);
    assert_eq!((stored.len(), stored[0].actor, stored[0].bytes), (1, Some(ana.user), Some(1024)));
    let actors: Vec<_> = trail.about(EventKind::CapsuleFetch, id).iter().map(|record| record.actor).collect();
    assert_eq!(actors, [None, None, Some(ana.user)]);
}

#[tokio::test]
async fn of_many_who_ask_at_the_same_moment_one_gets_what_is_for_one() {
    let office = Office::open().await;
    let second = gateway::Server::start(office.config.clone()).await.unwrap();
    let (_ana, mut line) = office.colleague("Ana Rivera").await;
    let id = fresh();
    store(&mut line, &StoreCapsule { once: true, ..capsule(id) }).await.unwrap();
    let mut strangers = Vec::new();
    for address in [office.address(), second.addresses()[0]] {
        for _ in 0..8 {
            strangers.push(Client::introduce(address).await);
        }
    }

    let asked = strangers.iter_mut().map(|stranger| fetch(stranger, id));
    let answers = futures_util::future::join_all(asked).await;

    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.iter().all(|answer| !matches!(answer, Err(code) if *code != ErrorCode::CodeUnknown)));
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::CapsuleFetch, 16).await;
    let records = trail.about(EventKind::CapsuleFetch, id);
    assert_eq!(records.iter().filter(|record| record.outcome == Outcome::Success).count(), 1);
    drop(strangers);
    second.shutdown().await;
}

#[tokio::test]
async fn a_capsule_ends_at_its_time() {
    let office = Office::open().await;
    let (_ana, mut line) = office.colleague("Ana Rivera").await;
    let id = fresh();
    let expires_ms = now_ms() + 1500;
    store(&mut line, &StoreCapsule { expires_ms, ..capsule(id) }).await.unwrap();
    let mut stranger = Client::introduce(office.address()).await;
    fetch(&mut stranger, id).await.unwrap();

    eventually("its time is over", || now_ms() >= expires_ms).await;

    assert_eq!(fetch(&mut stranger, id).await, Err(ErrorCode::CodeUnknown));
    let client = office.broker.connect(broker_config::Identity::Gateway).await.unwrap();
    let subject = format!("$JS.API.DIRECT.GET.STATE.{}", protocol::subject::capsule(id));
    let gone = async {
        while client.request(subject.clone(), "".into()).await.unwrap().status.is_none() {
            tokio::task::yield_now().await;
        }
    };
    soon("the broker has dropped it", gone).await;
}

#[tokio::test]
async fn codes_cannot_be_guessed() {
    let office = Office::open().await;
    let (_ana, mut line) = office.colleague("Ana Rivera").await;
    let id = fresh();
    store(&mut line, &capsule(id)).await.unwrap();
    let mut stranger = Client::introduce(office.address()).await;
    let mut refusals = Vec::new();

    let unknown = fresh();
    refusals.push(fetch(&mut stranger, unknown).await.unwrap_err());
    for _ in 0..22 {
        refusals.extend(fetch(&mut stranger, fresh()).await.err());
    }

    assert_eq!(refusals[0], ErrorCode::CodeUnknown);
    assert_eq!(refusals.last(), Some(&ErrorCode::TooManyAttempts));
    let tried = refusals.iter().filter(|code| **code == ErrorCode::CodeUnknown).count();
    assert!((20..23).contains(&tried), "{tried}");
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::CapsuleFetch, 23).await;
    let asked = trail.about(EventKind::CapsuleFetch, unknown)[0];
    assert_eq!((asked.reason.as_deref(), asked.outcome), (Some("code_unknown"), Outcome::MinorFailure));
}

#[tokio::test]
async fn what_is_no_capsule_is_not_stored() {
    let office = Office::open().await;
    let (_ana, mut line) = office.colleague("Ana Rivera").await;
    let good = capsule(fresh());
    let longest = now_ms() + MAX_CAPSULE_LIFE_MS + MAX_CLOCK_AHEAD_MS;
    let cases = [
        (StoreCapsule { sealed: vec![0; MAX_CAPSULE + 1], ..good.clone() }, ErrorCode::FrameTooLarge),
        (StoreCapsule { sealed: Vec::new(), ..good.clone() }, ErrorCode::BadFrame),
        (StoreCapsule { expires_ms: now_ms(), ..good.clone() }, ErrorCode::ClockSkew),
        (StoreCapsule { expires_ms: longest + 60_000, ..good.clone() }, ErrorCode::ClockSkew),
        (StoreCapsule { expires_ms: u64::MAX, ..good.clone() }, ErrorCode::ClockSkew),
    ];

    for (frame, code) in &cases {
        assert_eq!(store(&mut line, frame).await, Err(*code));
    }

    assert_eq!(fetch(&mut line, good.capsule).await, Err(ErrorCode::CodeUnknown));
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::CapsuleStore, cases.len()).await;
    for (record, (_, code)) in trail.events(EventKind::CapsuleStore).iter().zip(&cases) {
        assert_eq!(record.reason.as_deref(), Some(code.name()));
    }
}

#[tokio::test]
async fn a_code_names_one_capsule() {
    let office = Office::open().await;
    let (_ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (_ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let first = capsule(fresh());
    store(&mut ana_line, &first).await.unwrap();

    let other = StoreCapsule { sealed: b"another".to_vec(), ..first.clone() };
    assert_eq!(store(&mut ben_line, &other).await, Err(ErrorCode::NotAllowed));
    // Told again by a device that did not hear the answer.
    store(&mut ana_line, &first).await.unwrap();

    assert_eq!(fetch(&mut ana_line, first.capsule).await.unwrap(), first.sealed);
}

#[tokio::test]
async fn a_largest_capsule_outlives_a_crash_of_the_broker() {
    let mut office = Office::open().await;
    let (ana, mut line) = office.colleague("Ana Rivera").await;
    let largest = StoreCapsule { sealed: vec![9; MAX_CAPSULE], ..capsule(fresh()) };
    store(&mut line, &largest).await.unwrap();
    drop((line, ana));

    office.broker.kill().await.unwrap();
    office.broker.restart().await.unwrap();

    let fetched = async {
        loop {
            let mut stranger = Client::introduce(office.address()).await;
            match fetch(&mut stranger, largest.capsule).await {
                Ok(sealed) => return sealed,
                // Until the gateway has found the broker again.
                Err(code) => assert!(matches!(code, ErrorCode::BusUnavailable | ErrorCode::AuditUnavailable)),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    assert_eq!(soon("the capsule", fetched).await, largest.sealed);
}
