//! A message on its way in: who may send what, and the record before the answer.

use gateway::{clock::now_ms, counters::Happening};
use protocol::{
    audit::{EventKind, Outcome},
    envelope::Envelope,
    error::ErrorCode,
    id::{DeviceId, MessageId},
    limits::{MAX_CLOCK_AHEAD_MS, MAX_MESSAGE_LIFE_MS, MAX_SEALED, MAX_WRAP},
};

use crate::support::{device::is_copy, eventually, office::Office};

#[tokio::test]
async fn a_message_travels_live_and_each_step_is_recorded() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let message = ana.message(&[&ben]);
    let id = message.header.message;

    ana_line.offer(&message).await;
    let accepted = ana_line.accepted(id).await;
    let given = ben_line.given().await;
    ben_line.confirm(id).await;
    let delivered = ana_line.delivered(id).await;

    assert!(is_copy(&given, &message, &ben));
    assert_eq!(given.accepted_ms, accepted.at_ms);
    assert_eq!(delivered.device, ben.id);
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::MessageDelivered, 1).await;
    let sent = trail.about(EventKind::MessageSent, id)[0];
    assert_eq!((sent.actor, sent.device), (Some(ana.user), Some(ana.id)));
    assert_eq!((sent.rcpt[0].user, sent.rcpt[0].device), (ben.user, ben.id));
    assert_eq!((sent.conv, sent.bytes), (Some(message.header.conversation), Some(512)));
    assert!(sent.ip.unwrap().is_loopback());
    let received = trail.about(EventKind::MessageDelivered, id)[0];
    assert_eq!((received.actor, received.device), (Some(ben.user), Some(ben.id)));
    assert_eq!(office.happened(Happening::Mailed), 0, "nothing is stored for a device on line");
}

#[tokio::test]
async fn messages_of_one_sender_arrive_in_order() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let messages: Vec<_> = (0..50).map(|_| ana.message(&[&ben])).collect();

    for message in &messages {
        ana_line.offer(message).await;
    }

    for message in &messages {
        assert_eq!(ben_line.given().await.header.message, message.header.message);
    }
}

#[tokio::test]
async fn a_message_offered_again_is_accepted_again_and_recorded_once() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let message = ana.message(&[&ben]);
    let id = message.header.message;

    for _ in 0..3 {
        ana_line.offer(&message).await;
        ana_line.accepted(id).await;
    }
    ben_line.given().await;
    ben_line.confirm(id).await;
    ana_line.delivered(id).await;
    // The client was given it once: all three ways were settled by one confirmation.
    let marker = ana.message(&[&ben]);
    ana_line.offer(&marker).await;
    assert_eq!(ben_line.given().await.header.message, marker.header.message);

    let mut trail = office.trail().await;
    trail.wait_for(EventKind::MessageSent, 2).await;
    assert_eq!(
        trail.of_kind(EventKind::MessageSent).filter(|record| record.obj == Some(id.into())).count(),
        1
    );
    assert_eq!(
        trail.of_kind(EventKind::MessageDelivered).filter(|record| record.obj == Some(id.into())).count(),
        1
    );
}

#[tokio::test]
async fn messages_that_break_a_rule_are_refused_by_name_and_recorded() {
    let office = Office::open().await;
    let (ana, mut line) = office.colleague("Ana Rivera").await;
    let (ben, _ben_line) = office.colleague("Ben Okafor").await;
    let rule = |change: &dyn Fn(&mut Envelope)| {
        let mut message = ana.message(&[&ben]);
        change(&mut message);
        message
    };
    let created = |at_ms| MessageId::new(at_ms, gateway::clock::random().unwrap());
    let cases = [
        (ErrorCode::NotYours, rule(&|m| m.header.sender_user = ben.user)),
        (ErrorCode::NotYours, rule(&|m| m.header.sender_device = ben.id)),
        (ErrorCode::UnknownRecipient, rule(&|m| m.wraps[0].device = DeviceId::from_bytes([1; 16]))),
        (ErrorCode::MessageExpired, rule(&|m| m.header.expires_ms = now_ms() - 1)),
        (ErrorCode::ClockSkew, rule(&|m| m.header.message = created(now_ms() + 2 * MAX_CLOCK_AHEAD_MS))),
        (ErrorCode::ClockSkew, rule(&|m| m.header.expires_ms = now_ms() + 2 * MAX_MESSAGE_LIFE_MS)),
        (ErrorCode::FrameTooLarge, rule(&|m| m.payload.ciphertext = vec![0; MAX_SEALED + 1])),
        (ErrorCode::FrameTooLarge, rule(&|m| m.wraps[0].body = vec![0; MAX_WRAP + 1])),
        (ErrorCode::BadFrame, rule(&|m| m.wraps.push(m.wraps[0].clone()))),
        (ErrorCode::BadFrame, rule(&|m| m.wraps.clear())),
    ];

    for (code, message) in &cases {
        line.offer(message).await;

        let refused = line.refused().await;
        assert_eq!((refused.code, refused.message), (*code, Some(message.header.message)));
        assert!(!refused.retry);
    }

    let mut trail = office.trail().await;
    trail.wait_for(EventKind::MessageRefused, cases.len()).await;
    for (record, (code, _)) in trail.events(EventKind::MessageRefused).iter().zip(&cases) {
        assert_eq!((record.reason.as_deref(), record.outcome), (Some(code.name()), Outcome::MinorFailure));
        assert_eq!(record.actor, Some(ana.user), "who did it, not who they claimed to be");
    }
    assert_eq!(office.happened(Happening::Accepted), 0);
    // The session went on all the while.
    let message = ana.message(&[&ben]);
    line.offer(&message).await;
    line.accepted(message.header.message).await;
}

#[tokio::test]
async fn confirming_a_message_of_somebody_else_has_no_effect() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let (ben, mut ben_line) = office.colleague("Ben Okafor").await;
    let (_, mut eve_line) = office.colleague("Eve Stone").await;
    let message = ana.message(&[&ben]);
    let id = message.header.message;
    ana_line.offer(&message).await;
    ben_line.given().await;

    eve_line.confirm(id).await;
    ana_line.confirm(id).await;

    eventually("both are counted", || office.happened(Happening::StrayConfirmation) == 2).await;
    assert_eq!(office.happened(Happening::Confirmed), 0);
    ben_line.confirm(id).await;
    assert_eq!(ana_line.delivered(id).await.device, ben.id);
}

#[tokio::test]
async fn one_message_reaches_every_device_that_it_names() {
    let office = Office::open().await;
    let (ana, mut ana_line) = office.colleague("Ana Rivera").await;
    let mut others = Vec::new();
    for number in 0..5 {
        others.push(office.colleague(&format!("Colleague {number}")).await);
    }
    let devices: Vec<_> = others.iter().map(|(device, _)| device).collect();
    let message = ana.message(&devices);

    ana_line.offer(&message).await;

    for (device, line) in &mut others {
        assert!(is_copy(&line.given().await, &message, device));
        line.confirm(message.header.message).await;
        let delivered = ana_line.delivered(message.header.message).await;
        assert_eq!(delivered.device, device.id);
    }
}
