//! Devices that are away, and devices at another gateway.

use std::time::Duration;

use gateway::{Server, counters::Happening};
use protocol::{
    audit::EventKind,
    frame::{GatewayFrame, Ping},
};

use crate::support::{device::is_copy, eventually, office::Office};

#[tokio::test]
async fn a_message_waits_for_a_device_that_is_away() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, ben_line) = office.colleague("Ben Okafor").await;
    drop(ben_line);
    eventually("Ben has left", || office.happened(Happening::SessionEnded) == 1).await;
    let messages: Vec<_> = (0..100).map(|_| ana.message(&[&ben])).collect();
    for message in &messages {
        ana_line.offer(message).await;
        ana_line.accepted(message.header.message).await;
    }
    eventually("all are in the mailbox", || office.happened(Happening::Mailed) == 100).await;

    let mut ben_line = ben.sign_in(office.address()).await;
    for message in &messages {
        assert!(is_copy(&ben_line.given().await, message, &ben), "oldest first");
        ben_line.confirm(message.header.message).await;
    }

    for message in &messages {
        ana_line.delivered(message.header.message).await;
    }
    // The mailbox is empty: whoever comes back is given nothing a second time.
    drop(ben_line);
    let mut ben_line = ben.sign_in(office.address()).await;
    let marker = ana.message(&[&ben]);
    ana_line.offer(&marker).await;
    assert_eq!(ben_line.given().await.header.message, marker.header.message);
}

/// A ratchet keeps the keys of forty messages that it skipped: what comes later than that cannot be opened.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_message_does_not_overtake_those_in_the_mailbox() {
    let office = Office::open_with(|config| config.limits.unconfirmed = 16).await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, ben_line) = office.colleague("Ben Okafor").await;
    drop(ben_line);
    eventually("Ben has left", || office.happened(Happening::SessionEnded) == 1).await;
    let messages: Vec<_> = (0..300).map(|_| ana.message(&[&ben])).collect();
    let (while_away, while_coming) = messages.split_at(150);
    for message in while_away {
        ana_line.offer(message).await;
        ana_line.accepted(message.header.message).await;
    }

    // Ana goes on writing while Ben comes back and reads.
    let mut ben_line = ben.sign_in(office.address()).await;
    let write = async {
        for message in while_coming {
            ana_line.offer(message).await;
            ana_line.accepted(message.header.message).await;
        }
    };
    let read = async {
        let mut order = Vec::new();
        while order.len() < messages.len() {
            let id = ben_line.given().await.header.message;
            ben_line.confirm(id).await;
            order.push(id);
        }
        order
    };
    let ((), order) = tokio::join!(write, read);

    let expected: Vec<_> = messages.iter().map(|message| message.header.message).collect();
    assert_eq!(order, expected);
}

#[tokio::test]
async fn a_message_that_is_not_confirmed_goes_to_the_mailbox_and_comes_again() {
    let office = Office::open_with(|config| config.limits.confirm_within = Duration::from_millis(200)).await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let message = ana.message(&[&ben]);
    let id = message.header.message;
    ana_line.offer(&message).await;
    ben_line.given().await;
    eventually("it is in the mailbox", || office.happened(Happening::Mailed) == 1).await;

    // The browser was closed before it stored the message.
    drop(ben_line);
    let mut ben_line = ben.sign_in(office.address()).await;

    assert!(is_copy(&ben_line.given().await, &message, &ben));
    ben_line.confirm(id).await;
    ana_line.delivered(id).await;
}

#[tokio::test]
async fn a_late_confirmation_clears_the_mailbox_too() {
    let office = Office::open_with(|config| config.limits.confirm_within = Duration::from_millis(100)).await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let message = ana.message(&[&ben]);
    let id = message.header.message;
    ana_line.offer(&message).await;
    ben_line.given().await;
    eventually("it is in the mailbox", || office.happened(Happening::Mailed) == 1).await;

    ben_line.confirm(id).await;

    ana_line.delivered(id).await;
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::MessageDelivered, 1).await;
}

/// The broker remembers for two minutes what it stored, also what was taken out since.
#[tokio::test]
async fn a_message_whose_receipt_was_lost_goes_through_the_mailbox_as_often_as_it_is_offered() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let message = ana.message(&[&ben]);
    let id = message.header.message;
    for round in 1..=3 {
        drop(ben_line);
        eventually("Ben has left", || office.happened(Happening::SessionEnded) == round).await;
        // Twice while he is away: one copy is enough.
        for offer in 1..=2 {
            ana_line.offer(&message).await;
            ana_line.accepted(id).await;
            let mailed = 2 * (round - 1) + offer;
            eventually("it is in the mailbox", || office.happened(Happening::Mailed) == mailed).await;
        }

        ben_line = ben.sign_in(office.address()).await;

        assert!(is_copy(&ben_line.given().await, &message, &ben));
        ben_line.confirm(id).await;
        ana_line.delivered(id).await;
    }
    let marker = ana.message(&[&ben]);
    ana_line.offer(&marker).await;
    assert_eq!(ben_line.given().await.header.message, marker.header.message, "no second copy");
}

#[tokio::test]
async fn a_receipt_waits_for_a_sender_that_has_left() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let message = ana.message(&[&ben]);
    let id = message.header.message;
    ana_line.offer(&message).await;
    ana_line.accepted(id).await;
    ben_line.given().await;
    drop(ana_line);
    eventually("Ana has left", || office.happened(Happening::SessionEnded) == 1).await;

    ben_line.confirm(id).await;
    eventually("the receipt is in the mailbox", || office.happened(Happening::Mailed) == 1).await;
    let mut ana_line = ana.sign_in(office.address()).await;

    assert_eq!(ana_line.delivered(id).await.device, ben.id);
}

#[tokio::test]
async fn a_full_room_for_unconfirmed_messages_leaves_the_rest_in_the_mailbox() {
    let office = Office::open_with(|config| config.limits.unconfirmed = 4).await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let messages: Vec<_> = (0..20).map(|_| ana.message(&[&ben])).collect();
    for message in &messages {
        ana_line.offer(message).await;
        ana_line.accepted(message.header.message).await;
    }

    // Confirming makes room for the next, until all have come, each once.
    let mut given = std::collections::HashSet::new();
    for _ in &messages {
        let id = ben_line.given().await.header.message;
        assert!(given.insert(id), "given twice");
        ben_line.confirm(id).await;
    }

    for message in &messages {
        ana_line.delivered(message.header.message).await;
    }
}

/// What cannot be opened is not confirmed, and what heals it comes the same way.
#[tokio::test]
async fn messages_that_a_device_cannot_open_do_not_hold_up_those_that_come_after() {
    let office = Office::open_with(|config| {
        config.limits.unconfirmed = 4;
        config.limits.confirm_within = Duration::from_millis(200);
    })
    .await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let messages: Vec<_> = (0..12).map(|_| ana.message(&[&ben])).collect();
    for message in &messages {
        ana_line.offer(message).await;
        ana_line.accepted(message.header.message).await;
    }

    let mut given = Vec::new();
    let mut pings = 0;
    while given.len() < messages.len() {
        // Alive, and confirms nothing.
        pings += 1;
        assert!(pings < 1_000, "only {} came", given.len());
        ben_line.send(Ping { number: pings }).await;
        match ben_line.next().await.unwrap() {
            GatewayFrame::Deliver(copy) => given.push(copy.header.message),
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    let offered: Vec<_> = messages.iter().map(|message| message.header.message).collect();
    assert_eq!(given, offered);

    // None of them is lost: each can be confirmed still.
    for message in &messages {
        ben_line.confirm(message.header.message).await;
        ana_line.delivered(message.header.message).await;
    }
}

#[tokio::test]
async fn two_gateways_carry_messages_between_their_devices() {
    let office = Office::open().await;
    let second = Server::start(office.config.clone()).await.unwrap();
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let ben = crate::support::device::Device::invited(&office.invite("Ben Okafor").await);
    eventually("it knows the invite", || second.roster().length() == office.server.roster().length()).await;
    let mut ben_line = ben.join(second.addresses()[0]).await;
    eventually("it knows Ben", || second.roster().length() == office.server.roster().length()).await;

    let message = ana.message(&[&ben]);
    let id = message.header.message;
    ana_line.offer(&message).await;
    ana_line.accepted(id).await;
    assert!(is_copy(&ben_line.given().await, &message, &ben));
    ben_line.confirm(id).await;
    assert_eq!(ana_line.delivered(id).await.device, ben.id);

    let mailed = office.happened(Happening::Mailed) + second.counters().happened(Happening::Mailed);
    assert_eq!(mailed, 0, "all of it live");
    second.shutdown().await;
}
