//! The number of each connection: a copied profile, or one from a backup, is found out.

use std::{sync::Arc, time::Instant};

use gateway::{
    Server,
    bus::Bus,
    clock::random,
    counters::Counters,
    keys,
    seats::{SeatRefused, Seats},
};
use protocol::{
    audit::EventKind,
    error::ErrorCode,
    frame::{Authenticate, DeviceUse, FetchDevices, GatewayFrame},
    id::{DeviceId, UserId},
    roster::{Change, DeviceRevoked, RevocationReason},
    subject,
};

use crate::support::{client::Client, device::Device, office::Office, soon};

/// Authenticates with a number of the test's choice; gives the refusal, if any, and the line.
async fn come(device: &Device, server: &Server, connection: u64) -> (Option<ErrorCode>, Client) {
    let mut line = device.dial(server.addresses()[0]).await;
    let frame = device.authentication(&line);
    line.send(Authenticate { connection, ..frame }).await;
    let verdict = line.verdict().await;
    (verdict, line)
}

async fn uses(client: &mut Client, user: UserId) -> Result<Vec<DeviceUse>, ErrorCode> {
    match client.ask(|request| FetchDevices { request, user }).await? {
        GatewayFrame::Devices(devices) => Ok(devices.devices),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_number_that_is_not_above_the_last_one_is_refused_and_recorded() {
    let office = Office::open().await;
    let (ana, line) = office.colleague("Ana Rivera").await;
    drop(line);

    assert_eq!(come(&ana, &office.server, 10).await.0, None);
    for copied in [10, 9, 1, 0] {
        assert_eq!(come(&ana, &office.server, copied).await.0, Some(ErrorCode::ProfileCopied), "{copied}");
    }
    assert_eq!(come(&ana, &office.server, 11).await.0, None);

    let mut trail = office.trail().await;
    trail.wait_for(EventKind::AuthFailure, 4).await;
    let failure = trail.events(EventKind::AuthFailure)[0];
    assert_eq!((failure.device, failure.reason.as_deref()), (Some(ana.id), Some("profile_copied")));
}

#[tokio::test]
async fn the_number_is_remembered_by_all_gateways_and_over_restarts() {
    let mut office = Office::open().await;
    let (ana, line) = office.colleague("Ana Rivera").await;
    drop(line);
    assert_eq!(come(&ana, &office.server, 10).await.0, None);
    let second = Server::start(office.config.clone()).await.unwrap();

    assert_eq!(come(&ana, &second, 10).await.0, Some(ErrorCode::ProfileCopied));
    assert_eq!(come(&ana, &second, 12).await.0, None);
    // The first gateway remembers 10, and finds out.
    assert_eq!(come(&ana, &office.server, 12).await.0, Some(ErrorCode::ProfileCopied));
    assert_eq!(come(&ana, &office.server, 13).await.0, None);
    second.shutdown().await;
    office.server.shutdown().await;
    office.broker.stop().await.unwrap();
    office.broker.restart().await.unwrap();
    office.server = Server::start(office.config.clone()).await.unwrap();

    assert_eq!(come(&ana, &office.server, 13).await.0, Some(ErrorCode::ProfileCopied));
    assert_eq!(come(&ana, &office.server, 14).await.0, None);
}

#[tokio::test]
async fn of_two_copies_that_come_to_two_gateways_at_the_same_moment_one_gets_in() {
    let office = Office::open().await;
    let (ana, line) = office.colleague("Ana Rivera").await;
    drop(line);
    let second = Server::start(office.config.clone()).await.unwrap();

    for connection in 2..12 {
        let (one, other) =
            tokio::join!(come(&ana, &office.server, connection), come(&ana, &second, connection));

        let mut verdicts = [one.0, other.0];
        verdicts.sort_by_key(Option::is_some);
        assert_eq!(verdicts, [None, Some(ErrorCode::ProfileCopied)], "connection {connection}");
    }
    second.shutdown().await;
}

#[tokio::test]
async fn people_see_their_own_devices_and_administrators_everybodys() {
    let office = Office::open().await;
    let (ana, mut line) = office.colleague("Ana Rivera").await;
    let other = office.another_device(&ana.person).await;
    let unused = office.another_device(&ana.person).await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let mut founder_line = office.founder.sign_in(office.address()).await;
    let before = gateway::clock::now_ms();
    let _other_line = other.sign_in(office.address()).await;

    let own = uses(&mut line, ana.user).await.unwrap();

    assert!(own[0].online && own[1].online);
    assert_eq!(own.iter().map(|device| device.device).collect::<Vec<_>>(), [ana.id, other.id, unused.id]);
    assert!(own[0].last_ms.unwrap() <= before && own[1].last_ms.unwrap() >= before);
    assert_eq!((own[2].last_ms, own[2].online), (None, false));
    assert_eq!(uses(&mut founder_line, ana.user).await.unwrap(), own);
    assert_eq!(uses(&mut ben_line, ana.user).await, Err(ErrorCode::NotAllowed));
    assert_eq!(uses(&mut ben_line, ben.user).await.unwrap().len(), 1);
    let nobody = UserId::from_bytes(random().unwrap());
    assert_eq!(uses(&mut founder_line, nobody).await, Ok(Vec::new()));
    assert_eq!(uses(&mut ben_line, nobody).await, Err(ErrorCode::NotAllowed));
}

#[tokio::test]
async fn the_seat_of_a_revoked_device_is_deleted() {
    let office = Office::open().await;
    let (ana, line) = office.colleague("Ana Rivera").await;
    drop(line);
    let client = office.broker.connect(broker_config::Identity::Gateway).await.unwrap();
    let subject = format!("$JS.API.DIRECT.GET.SEATS.{}", subject::seat(ana.id));
    let stored = async || client.request(subject.clone(), "".into()).await.unwrap().status.is_none();
    assert!(stored().await);

    let revoked = DeviceRevoked { device: ana.id, reason: RevocationReason::Lost };
    office.founder_does(Change::from(revoked)).await;

    let gone = async {
        while stored().await {
            tokio::task::yield_now().await;
        }
    };
    soon("the seat is deleted", gone).await;
}

#[tokio::test]
async fn five_thousand_devices_take_their_seats_at_once() {
    let office = Office::open().await;
    let seed = keys::load_bus_seed(&office.config.bus.nkey_file).unwrap();
    let bus = Bus::connect(&office.config, &seed, Arc::new(Counters::default())).await.unwrap();
    let devices: Vec<_> = (0..5000).map(|_| DeviceId::from_bytes(random().unwrap())).collect();
    let mut took = Vec::new();

    // A gateway that knows nobody, the same once more, and one that was started meanwhile.
    let (first, after_restart) = (Seats::new(bus.clone()), Seats::new(bus));
    for (connection, seats) in [(1, &first), (2, &first), (3, &after_restart)] {
        let begun = Instant::now();
        let all = devices.iter().map(|&device| seats.take(device, connection));
        let taken = futures_util::future::join_all(all).await;
        took.push(begun.elapsed());
        assert!(taken.iter().all(Result::is_ok));
    }

    let again = first.take(devices[0], 2).await;
    assert!(matches!(again, Err(SeatRefused::ProfileCopied)));
    println!("5,000 seats: new {:?}, known {:?}, after a restart {:?}", took[0], took[1], took[2]);
    // 5,000 file syncs one after the other take longer than all of this, also on a busy machine.
    assert!(took.iter().all(|took| took.as_secs() < 5), "{took:?}");
}
