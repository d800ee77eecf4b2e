//! Strangers who do not know the gateway's key: what they may ask, and how little they can take.

use std::time::Duration;

use protocol::{
    error::ErrorCode,
    frame::{
        Authenticate, BeginPassphrase, BeginSignIn, ClientFrame, FetchCapsule, FetchDevices, FetchRoster,
        FinishSignIn, GatewayFrame, Ping, Visit, Visitor,
    },
    id::{CapsuleId, Signature},
};

use crate::support::{client::Client, eventually, office::Office};

fn ask(number: u8) -> FetchCapsule {
    FetchCapsule { request: number.into(), capsule: CapsuleId::from_bytes([number; 16]) }
}

#[tokio::test]
async fn the_gateway_shows_its_key_and_answers_a_ping() {
    let office = Office::open().await;
    let mut stranger = Client::introduce(office.address()).await;

    stranger.send(Ping { number: 7 }).await;

    let number = stranger
        .pick("Pong", |frame| match frame {
            GatewayFrame::Pong(pong) => Some(pong.number),
            _ => None,
        })
        .await;
    assert_eq!(number, 7);
    assert_eq!(stranger.channel.remote(), Some(&office.founder.person.gateway_key));
}

#[tokio::test]
async fn a_stranger_may_not_act_as_a_device_or_visitor() {
    let office = Office::open().await;
    let (ana, mut line) = office.colleague("Ana Rivera").await;
    let signature = Signature::from_bytes([1; 64]);
    let frames: [ClientFrame; 6] = [
        Authenticate { device: ana.id, channel: signature, connection: 9 }.into(),
        Visit { visitor: Visitor::Office, channel: signature }.into(),
        FetchRoster { from: 0 }.into(),
        FetchDevices { request: 1, user: ana.user }.into(),
        BeginPassphrase { request: 1, message: vec![1; 32] }.into(),
        ana.authentication(&line).into(),
    ];

    for frame in frames {
        let mut stranger = Client::introduce(office.address()).await;
        stranger.send(frame.clone()).await;
        assert_eq!(stranger.refused().await.code, ErrorCode::NotAuthenticated, "{}", frame.name());
        assert_eq!(stranger.closed().await, Some(ErrorCode::NotAuthenticated));
    }

    line.send(Ping { number: 1 }).await;
    line.pick("Pong", |frame| matches!(frame, GatewayFrame::Pong(_)).then_some(())).await;
}

#[tokio::test]
async fn a_session_does_not_sign_in() {
    let office = Office::open().await;
    let frames: [ClientFrame; 2] = [
        BeginSignIn { request: 1, name: "Ana".to_owned(), message: vec![1; 96] }.into(),
        FinishSignIn { request: 1, message: vec![1; 64] }.into(),
    ];

    for (number, frame) in frames.into_iter().enumerate() {
        let (_device, mut line) = office.colleague(&format!("Colleague {number}")).await;
        line.send(frame).await;
        assert_eq!(line.closed().await, Some(ErrorCode::BadFrame));
    }
}

#[tokio::test]
async fn bytes_that_are_no_question_end_it() {
    let office = Office::open().await;
    let newer = b"\xcd\x03\xe7\x80";
    for (bytes, code) in [
        (b"".as_slice(), ErrorCode::BadFrame),
        (b"hello", ErrorCode::BadFrame),
        (&[[0x92].as_slice(), newer].concat(), ErrorCode::NotAuthenticated),
        (&vec![0; 100_000], ErrorCode::BadFrame),
    ] {
        let mut stranger = Client::introduce(office.address()).await;
        stranger.send_bytes(bytes).await;
        assert_eq!(stranger.closed().await, Some(code), "{} bytes", bytes.len());
    }
}

#[tokio::test]
async fn malformed_messages_of_the_exchange_are_refused_one_by_one() {
    let office = Office::open().await;
    let mut stranger = Client::introduce(office.address()).await;
    let long = "x".repeat(101);
    let cases = [
        ("Ana", 0, ErrorCode::BadFrame),
        ("Ana", 95, ErrorCode::BadFrame),
        ("Ana", 97, ErrorCode::BadFrame),
        ("Ana", 1025, ErrorCode::FrameTooLarge),
        (long.as_str(), 96, ErrorCode::FrameTooLarge),
    ];

    for (name, length, code) in cases {
        let message = vec![0xff; length];
        let name = name.to_owned();
        let answer = stranger.ask(|request| BeginSignIn { request, name, message }).await;
        assert_eq!(answer, Err(code), "{length}");
    }
}

#[tokio::test]
async fn an_introduction_is_short() {
    let office = Office::open_with(|config| {
        config.limits.introduction_within = Duration::from_millis(300);
    })
    .await;
    let mut silent = Client::introduce(office.address()).await;

    assert_eq!(silent.closed().await, Some(ErrorCode::HandshakeTimeout));
}

#[tokio::test]
async fn a_stranger_says_little() {
    let office = Office::open().await;
    let mut stranger = Client::introduce(office.address()).await;

    for number in 0..25 {
        stranger.send(Ping { number }).await;
    }

    assert_eq!(stranger.closed().await, Some(ErrorCode::RateLimited));
}

#[tokio::test]
async fn strangers_have_places_of_their_own() {
    let office = Office::open_with(|config| config.limits.max_introductions = 2).await;
    let mut within = Vec::new();
    for number in 0..2 {
        let mut stranger = Client::introduce(office.address()).await;
        // Answered, so it has its place.
        stranger.ask(|request| FetchCapsule { request, ..ask(number) }).await.unwrap_err();
        within.push(stranger);
    }

    let mut third = Client::introduce(office.address()).await;
    assert_eq!(third.closed().await, Some(ErrorCode::Overloaded));
    // Who is known is not kept out by it.
    let (_ana, _line) = office.colleague("Ana Rivera").await;
    drop(within);
    let before = office.server.connections();
    eventually("their places are free", || office.server.connections() <= before.min(1)).await;

    let mut fourth = Client::introduce(office.address()).await;
    assert_eq!(fourth.ask(|request| FetchCapsule { request, ..ask(9) }).await, Err(ErrorCode::CodeUnknown));
}

#[tokio::test]
async fn a_stranger_is_told_that_the_gateway_stops() {
    let office = Office::open().await;
    let mut stranger = Client::introduce(office.address()).await;
    stranger.ask(|request| FetchCapsule { request, ..ask(1) }).await.unwrap_err();

    let (code, in_order) = tokio::join!(stranger.closed(), office.server.shutdown());

    assert_eq!(code, Some(ErrorCode::GatewayStopping));
    assert!(in_order);
}
