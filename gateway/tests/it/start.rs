//! What keeps a gateway from starting, each in one sentence that says what to do.

use std::time::Duration;

use broker_config::{Identity, throwaway::ThrowawayBroker};
use gateway::{Server, StartError};
use protocol::{id::OfficeId, subject};

use crate::support::office::{Office, config_of};

async fn refusal(config: gateway::config::Config) -> String {
    Server::start(config).await.map(drop).unwrap_err().to_string()
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let office = Office::open().await;
    let mut config = office.config.clone();
    config.listen = vec![office.address()];

    let sentence = refusal(config).await;

    assert!(sentence.contains(&format!("cannot listen on {}", office.address())), "{sentence}");
    assert!(sentence.contains("`listen`"), "{sentence}");
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_named() {
    let mut broker = ThrowawayBroker::start().await.unwrap();
    let mut config = config_of(&broker);
    config.bus.connect_within = Duration::from_millis(200);
    broker.kill().await.unwrap();

    let sentence = refusal(config).await;

    assert!(sentence.contains(&broker.url()) && sentence.contains("start the broker first"), "{sentence}");
}

#[tokio::test]
async fn a_damaged_key_file_is_named_and_not_shown() {
    let broker = ThrowawayBroker::start().await.unwrap();
    let config = config_of(&broker);
    std::fs::write(&config.noise_key_file, "0123456789abcdef").unwrap();

    let sentence = refusal(config.clone()).await;

    assert!(sentence.contains(&config.noise_key_file.display().to_string()), "{sentence}");
    assert!(!sentence.contains("0123456789abcdef"), "{sentence}");
}

#[tokio::test]
async fn a_roster_that_contradicts_itself_is_refused() {
    let office = Office::open().await;
    let second = office.opening();
    let Office { broker, config, server, .. } = office;
    server.shutdown().await;
    write_to_roster(&broker, second).await;

    let error = Server::start(config).await.map(drop).unwrap_err();

    assert!(matches!(error, StartError::Roster(_)), "{error:?}");
    assert!(error.to_string().contains("damaged at message 2"), "{error}");
    assert!(error.to_string().contains("restore"), "{error}");
}

#[tokio::test]
async fn an_entry_that_nobody_signed_is_refused_also_from_the_stream() {
    let office = Office::open().await;
    let revocation = protocol::roster::PersonRevoked { user: office.founder.user }.into();
    let forged = office.server.roster().look(|roster| {
        let stranger = crate::support::device::key(protocol::signature::Role::Office);
        crate::support::entry(roster, office.config.office(), None, &stranger, revocation)
    });
    let Office { broker, config, server, .. } = office;
    server.shutdown().await;
    write_to_roster(&broker, forged).await;

    let sentence = refusal(config).await;

    assert!(sentence.contains("damaged at message 2"), "{sentence}");
}

#[tokio::test]
async fn a_roster_that_is_damaged_under_a_running_gateway_stops_it() {
    let mut office = Office::open().await;

    write_to_roster(&office.broker, b"damaged".to_vec()).await;

    let error = crate::support::soon("the end", office.server.failed()).await;
    assert!(error.to_string().contains("damaged at message 2"), "{error}");
}

#[tokio::test]
async fn the_roster_of_another_office_is_refused() {
    let office = Office::open().await;
    let mut config = office.config.clone();
    config.office = Some(OfficeId::from_bytes([9; 16]));

    let sentence = refusal(config).await;

    assert!(sentence.contains("holds office"), "{sentence}");
}

/// As a gateway whose key was stolen could.
async fn write_to_roster(broker: &ThrowawayBroker, entry: Vec<u8>) {
    let client = broker.connect(Identity::Gateway).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    jetstream.publish(subject::ROSTER, entry.into()).await.unwrap().await.unwrap();
}
