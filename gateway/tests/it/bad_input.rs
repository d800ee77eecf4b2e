//! Whatever comes: a stable code for the peer, a counter, and everybody else goes on.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use gateway::counters::Happening;
use protocol::{
    audit::EventKind,
    channel::{Initiator, NoisePrivateKey},
    error::ErrorCode,
    frame::{Authenticate, ClientFrame, GatewayFrame, Ping},
    limits::{MAX_FRAME, MAX_NOISE_MESSAGE},
    signature::Purpose,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderValue};

use crate::support::{
    client::{close_code, upgrade},
    eventually,
    office::Office,
    soon,
};

/// The gateway still serves: somebody new can come in and is answered.
async fn still_serves(office: &Office) {
    let (_, mut client) = office.colleague("Somebody Else").await;
    client.send(Ping { number: 7 }).await;
    let answered = client
        .pick("Pong", |frame| matches!(frame, GatewayFrame::Pong(pong) if pong.number == 7).then_some(()));
    answered.await;
}

#[tokio::test]
async fn bytes_that_are_no_upgrade_end_the_connection() {
    let office = Office::open().await;
    let mut stream = TcpStream::connect(office.address()).await.unwrap();

    stream.write_all(b"\x16\x03\x01\x02\x00 hello\r\n\r\n").await.unwrap();

    let mut rest = Vec::new();
    soon("the end", stream.read_to_end(&mut rest)).await.ok();
    eventually("it is counted", || office.happened(Happening::UpgradeFailed) == 1).await;
    still_serves(&office).await;
}

#[tokio::test]
async fn garbage_instead_of_a_handshake_is_told_so() {
    let office = Office::open().await;
    for garbage in [
        Message::Binary(vec![1; 96].into()),
        Message::Binary(vec![1].into()),
        Message::Text("hello".into()),
        Message::Binary(vec![1; 60_000].into()),
    ] {
        let mut socket = upgrade(office.address()).await;
        socket.send(garbage).await.unwrap();

        assert_eq!(close_code(&mut socket).await, Some(ErrorCode::HandshakeFailed.close_code()));
    }
    assert_eq!(office.refusals(ErrorCode::HandshakeFailed), 4);
    still_serves(&office).await;
}

#[tokio::test]
async fn a_client_of_another_gateway_key_is_told_so_and_recorded() {
    let office = Office::open().await;
    let other = NoisePrivateKey::from_bytes([3; 32]);
    let (_, first) =
        Initiator::start(&NoisePrivateKey::from_bytes([4; 32]), &other.public().unwrap()).unwrap();
    let mut socket = upgrade(office.address()).await;

    socket.send(Message::Binary(first.into())).await.unwrap();

    assert_eq!(close_code(&mut socket).await, Some(ErrorCode::HandshakeFailed.close_code()));
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::AuthFailure, 1).await;
    assert_eq!(trail.events(EventKind::AuthFailure)[0].reason.as_deref(), Some("handshake_failed"));
    still_serves(&office).await;
}

#[tokio::test]
async fn another_protocol_version_is_told_so() {
    let office = Office::open().await;
    let mut socket = upgrade(office.address()).await;

    socket.send(Message::Binary(vec![2; 97].into())).await.unwrap();

    assert_eq!(close_code(&mut socket).await, Some(ErrorCode::UnsupportedVersion.close_code()));
    assert_eq!(office.refusals(ErrorCode::UnsupportedVersion), 1);
    still_serves(&office).await;
}

#[tokio::test]
async fn silence_before_the_handshake_ends_in_time() {
    let office =
        Office::open_with(|config| config.limits.handshake_within = Duration::from_millis(300)).await;
    let mut silent = upgrade(office.address()).await;
    let mut mute = TcpStream::connect(office.address()).await.unwrap();

    assert_eq!(close_code(&mut silent).await, Some(ErrorCode::HandshakeTimeout.close_code()));
    assert_eq!(soon("the end", mute.read(&mut [0; 16])).await.unwrap(), 0);
    eventually("both are counted", || office.refusals(ErrorCode::HandshakeTimeout) == 2).await;
}

#[tokio::test]
async fn a_frame_before_authentication_ends_the_connection() {
    let office = Office::open().await;
    let device = crate::support::device::Device::invited(&office.invite("Ana Rivera").await);
    let mut client = device.dial(office.address()).await;

    client.send(Ping { number: 1 }).await;

    assert_eq!(client.refused().await.code, ErrorCode::NotAuthenticated);
    assert_eq!(client.closed().await, Some(ErrorCode::NotAuthenticated));
}

#[tokio::test]
async fn a_frame_of_a_newer_version_is_refused_and_the_session_goes_on() {
    let office = Office::open().await;
    let (_, mut client) = office.colleague("Ana Rivera").await;

    client.send_bytes(&protocol::codec::encode(&(99_u16, "something new")).unwrap()).await;

    let refused = client.refused().await;
    assert_eq!((refused.code, refused.frame, refused.retry), (ErrorCode::UnknownFrame, Some(99), false));
    client.send(Ping { number: 1 }).await;
    client.pick("Pong", |frame| matches!(frame, GatewayFrame::Pong(_)).then_some(())).await;
}

#[tokio::test]
async fn a_malformed_frame_ends_the_session() {
    let office = Office::open().await;
    let ping = ClientFrame::from(Ping { number: 1 }).encode().unwrap();
    let with_more = [ping.as_slice(), b"\0"].concat();
    for (malformed, name) in [(b"\xff\xff\xff".as_slice(), "Ana"), (b"", "Ben"), (&with_more, "Cas")] {
        let (_, mut client) = office.colleague(name).await;

        client.send_bytes(malformed).await;

        assert_eq!(client.closed().await, Some(ErrorCode::BadFrame));
    }
    still_serves(&office).await;
}

#[tokio::test]
async fn a_message_that_does_not_decrypt_ends_the_session() {
    let office = Office::open().await;
    let (_, mut client) = office.colleague("Ana Rivera").await;

    client.socket.send(Message::Binary(vec![0; 64].into())).await.unwrap();

    assert_eq!(client.closed().await, Some(ErrorCode::BadFrame));
    assert_eq!(office.refusals(ErrorCode::BadFrame), 1);
    still_serves(&office).await;
}

#[tokio::test]
async fn a_websocket_message_over_the_limit_ends_the_session() {
    let office = Office::open().await;
    let (_, mut client) = office.colleague("Ana Rivera").await;

    // The rest of it may find the connection closed already.
    let _ = client.socket.send(Message::Binary(vec![0; 4 * MAX_NOISE_MESSAGE].into())).await;

    assert_eq!(client.closed().await, Some(ErrorCode::FrameTooLarge));
    still_serves(&office).await;
}

#[tokio::test]
async fn a_frame_over_the_limit_in_many_parts_ends_the_session() {
    let office = Office::open().await;
    let (device, _) = office.colleague("Ana Rivera").await;
    let gateway_key = device.person.gateway_key;
    let mut socket = upgrade(office.address()).await;
    // The crate's own channel refuses to seal such a frame, so this speaks Noise by itself.
    let prologue = [b"crmplus-chat/1 channel\0".as_slice(), gateway_key.as_bytes()].concat();
    let mut handshake = snow::Builder::new("Noise_IK_25519_ChaChaPoly_BLAKE2s".parse().unwrap())
        .prologue(&prologue)
        .and_then(|builder| builder.local_private_key(device.noise.expose()))
        .and_then(|builder| builder.remote_public_key(gateway_key.as_bytes()))
        .and_then(snow::Builder::build_initiator)
        .unwrap();
    let mut buffer = vec![0; MAX_NOISE_MESSAGE];
    let length = handshake.write_message(&[], &mut buffer).unwrap();
    let first = [&[protocol::VERSION], &buffer[..length]].concat();
    socket.send(Message::Binary(first.into())).await.unwrap();
    let Some(Ok(Message::Binary(answer))) = soon("the handshake", socket.next()).await else {
        panic!("no answer")
    };
    handshake.read_message(&answer, &mut buffer).unwrap();
    let channel = device.signing.sign(Purpose::Channel, handshake.get_handshake_hash()).unwrap();
    let mut first =
        ClientFrame::from(Authenticate { device: device.id, channel, connection: 2 }).encode().unwrap();
    first.insert(0, 0);
    let mut channel = handshake.into_transport_mode().unwrap();
    let length = channel.write_message(&first, &mut buffer).unwrap();
    socket.send(Message::Binary(buffer[..length].to_vec().into())).await.unwrap();

    let more_to_come = vec![1; MAX_NOISE_MESSAGE - 16];
    for _ in 0..=MAX_FRAME / more_to_come.len() {
        let length = channel.write_message(&more_to_come, &mut buffer).unwrap();
        let _ = socket.send(Message::Binary(buffer[..length].to_vec().into())).await;
    }

    assert_eq!(close_code(&mut socket).await, Some(ErrorCode::FrameTooLarge.close_code()));
    still_serves(&office).await;
}

#[tokio::test]
async fn a_web_page_is_refused_and_the_extension_is_not() {
    let office = Office::open_with(|config| {
        let chromium = "chrome-extension://kphlnfbheljjhdgjbojfffloepmhjjpl".to_owned();
        config.allowed_origins.push(chromium.try_into().unwrap());
    })
    .await;
    let connect = async |origin: &'static str| {
        let mut request = format!("ws://{}", office.address()).into_client_request().unwrap();
        request.headers_mut().insert("Origin", HeaderValue::from_static(origin));
        tokio_tungstenite::connect_async(request).await
    };

    for page in [
        "https://crm.example",
        "http://127.0.0.1:7422",
        "null",
        "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ] {
        let Err(Error::Http(answer)) = connect(page).await else { panic!("{page} was let in") };
        assert_eq!(answer.status(), 403, "{page}");
    }
    for extension in [
        "chrome-extension://kphlnfbheljjhdgjbojfffloepmhjjpl",
        "moz-extension://2c1f6d0e-92a4-4a3b-a26e-0f6a3f1a9c55",
    ] {
        assert!(connect(extension).await.is_ok(), "{extension}");
    }
    assert_eq!(office.happened(Happening::OriginRefused), 4);
}

/// Every browser offers it. Ciphertext does not compress, and lengths that depend on content tell about it.
#[tokio::test]
async fn compression_that_a_browser_offers_is_not_taken() {
    let office = Office::open().await;
    let mut request = format!("ws://{}", office.address()).into_client_request().unwrap();
    let offer = HeaderValue::from_static("permessage-deflate; client_max_window_bits");
    request.headers_mut().insert("Sec-WebSocket-Extensions", offer);

    let (_, answer) = tokio_tungstenite::connect_async(request).await.unwrap();

    assert_eq!(answer.status(), 101);
    assert_eq!(answer.headers().get("Sec-WebSocket-Extensions"), None);
}

#[tokio::test]
async fn a_peer_outside_the_allowed_networks_is_cut_unheard() {
    let office = Office::open_with(|config| config.allowed_peers = vec!["10.0.0.0/8".parse().unwrap()]).await;

    let mut stream = TcpStream::connect(office.address()).await.unwrap();

    let mut answer = Vec::new();
    soon("the end", stream.read_to_end(&mut answer)).await.ok();
    assert!(answer.is_empty(), "told {answer:?}");
    eventually("it is counted", || office.happened(Happening::PeerRefused) == 1).await;
    assert_eq!(office.happened(Happening::Connected), 0);
}

#[tokio::test]
async fn frames_above_the_rate_are_refused_and_then_the_session_is() {
    let office = Office::open_with(|config| {
        config.limits.frames_per_second = 1;
        config.limits.frame_burst = 10;
    })
    .await;
    let (ana, mut client) = office.colleague("Ana Rivera").await;

    for _ in 0..40 {
        let message = ana.message(&[&ana]);
        let frame = protocol::frame::SendMessage { envelope: message };
        for part in client.channel.seal(&ClientFrame::from(frame).encode().unwrap()).unwrap() {
            let _ = client.socket.feed(Message::Binary(part.into())).await;
        }
    }
    let _ = client.socket.flush().await;

    let refused = client.refused().await;
    assert_eq!((refused.code, refused.retry), (ErrorCode::RateLimited, true));
    assert_eq!(client.closed().await, Some(ErrorCode::RateLimited));
    still_serves(&office).await;
}
