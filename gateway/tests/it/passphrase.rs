//! Signing in with a passphrase: what gets in, what does not, and what is told to whom.

use std::net::SocketAddr;

use gateway::Server;
use protocol::{
    audit::{EventKind, Outcome},
    error::ErrorCode,
    frame::{BeginSignIn, GatewayFrame},
    limits::MAX_BACKUP,
    opaque::Stretch,
    roster::{Change, PersonRevoked},
    subject,
};

use crate::support::{
    client::Client,
    device::Device,
    office::Office,
    passphrase::{begin, begin_setting, finish, request, set, sign_in, store},
    soon,
};

const ANA: &str = "Ana Rivera";
const RIGHT: &str = "correct horse battery staple";

/// Ana, with a passphrase, on line.
async fn office_with_ana() -> (Office, Device, Client, Vec<u8>) {
    let office = Office::open().await;
    let (ana, mut line) = office.colleague(ANA).await;
    let key = set(&mut line, RIGHT, b"sealed identity").await.unwrap();
    (office, ana, line, key)
}

async fn attempt(address: SocketAddr, name: &str, passphrase: &str) -> Result<(Vec<u8>, Vec<u8>), ErrorCode> {
    sign_in(&mut Client::introduce(address).await, name, passphrase).await
}

/// What is stored of a person, straight from the stream.
async fn stored(office: &Office, device: &Device) -> Option<Vec<u8>> {
    let client = office.broker.connect(broker_config::Identity::Gateway).await.unwrap();
    let subject = format!("$JS.API.DIRECT.GET.STATE.{}", subject::passphrase(device.user));
    let answer = client.request(subject, "".into()).await.unwrap();
    answer.status.is_none().then(|| answer.payload.to_vec())
}

#[tokio::test]
async fn a_new_workstation_gets_in_by_passphrase_while_every_other_device_is_away() {
    let (office, ana, line, sealing_key) = office_with_ana().await;
    drop(line);
    let mut stranger = Client::introduce(office.address()).await;

    let (backup, opening_key) = sign_in(&mut stranger, "ana  RIVERA", RIGHT).await.unwrap();

    assert_eq!((backup.as_slice(), opening_key), (b"sealed identity".as_slice(), sealing_key));
    assert_eq!(stranger.channel.remote(), Some(&ana.person.gateway_key));
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::PassphraseSignIn, 1).await;
    for kind in [EventKind::PassphraseSet, EventKind::PassphraseSignIn] {
        let record = trail.events(kind)[0];
        assert_eq!((record.actor, record.outcome), (Some(ana.user), Outcome::Success), "{kind}");
        assert!(record.ip.is_some());
    }
    // With the identity that the backup holds, as any person who adds a device.
    let workstation = Device::of(&ana.person);
    let line = workstation.join(office.address()).await;
    drop((line, stranger));
    assert_eq!(office.server.roster().look(|roster| roster.user(ana.user).unwrap().devices.len()), 2);
}

#[tokio::test]
async fn a_welcome_says_whether_there_is_a_passphrase() {
    let office = Office::open().await;
    let (ana, mut line) = office.colleague(ANA).await;
    let welcome = async || {
        let mut line = ana.dial(office.address()).await;
        line.send(ana.authentication(&line)).await;
        line.welcomed().await.has_passphrase
    };
    assert!(!welcome().await);
    drop(line);
    line = ana.sign_in(office.address()).await;

    set(&mut line, RIGHT, b"x").await.unwrap();

    assert!(welcome().await);
}

#[tokio::test]
async fn twenty_wrong_passphrases_are_refused_and_audited() {
    let (office, ana, _line, _) = office_with_ana().await;
    let mut refusals = Vec::new();

    for guess in 0..20 {
        let outcome = attempt(office.address(), ANA, &format!("guess {guess}")).await;
        refusals.push(outcome.unwrap_err());
    }

    assert_eq!(refusals[..5], [ErrorCode::WrongPassphrase; 5]);
    assert_eq!(refusals[5..], [ErrorCode::TooManyAttempts; 15]);
    assert_eq!(office.refusals(ErrorCode::WrongPassphrase), 5);
    assert_eq!(office.refusals(ErrorCode::TooManyAttempts), 15);
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::PassphraseSignIn, 20).await;
    let told: Vec<_> = trail.events(EventKind::PassphraseSignIn);
    assert_eq!(told.len(), 20);
    assert!(told.iter().all(|record| record.actor == Some(ana.user)));
    assert!(told.iter().all(|record| record.outcome == Outcome::MinorFailure && record.ip.is_some()));
    let reasons =
        |reason: &str| told.iter().filter(|record| record.reason.as_deref() == Some(reason)).count();
    assert_eq!((reasons("wrong_passphrase"), reasons("too_many_attempts")), (5, 15));
    // The right one has to wait too, and nothing is lost.
    assert_eq!(attempt(office.address(), ANA, RIGHT).await.unwrap_err(), ErrorCode::TooManyAttempts);
    assert!(stored(&office, &ana).await.is_some());
}

#[tokio::test]
async fn one_address_does_not_try_the_whole_office() {
    let (office, _ana, _line, _) = office_with_ana().await;

    for name in ["Ben", "Cleo", "Dan", "Eve", "Finn"] {
        let refused = attempt(office.address(), name, "password1").await.unwrap_err();
        assert_eq!(refused, ErrorCode::WrongPassphrase);
    }

    assert_eq!(attempt(office.address(), ANA, RIGHT).await.unwrap_err(), ErrorCode::TooManyAttempts);
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::PassphraseSignIn, 6).await;
    let nobody = trail.events(EventKind::PassphraseSignIn).iter().filter(|it| it.actor.is_none()).count();
    assert_eq!(nobody, 5);
}

#[tokio::test]
async fn who_was_right_starts_afresh() {
    let (office, _ana, _line, _) = office_with_ana().await;

    for _ in 0..2 {
        for _ in 0..2 {
            attempt(office.address(), ANA, "mistyped").await.unwrap_err();
        }
        attempt(office.address(), ANA, RIGHT).await.unwrap();
    }
}

#[tokio::test]
async fn a_guess_counts_although_nobody_comes_back_with_a_proof() {
    let (office, ana, _line, _) = office_with_ana().await;
    let mut stranger = Client::introduce(office.address()).await;
    for _ in 0..3 {
        // Wrong, as the client can see by itself.
        assert!(begin(&mut stranger, ANA, "guess").await.unwrap().proof().is_none());
    }
    drop(stranger);
    for _ in 0..2 {
        let mut stranger = Client::introduce(office.address()).await;
        begin(&mut stranger, ANA, "guess").await.unwrap();
    }

    assert_eq!(attempt(office.address(), ANA, RIGHT).await.unwrap_err(), ErrorCode::TooManyAttempts);
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::PassphraseSignIn, 6).await;
    let records = trail.events(EventKind::PassphraseSignIn);
    let wrong = records.iter().filter(|record| record.reason.as_deref() == Some("wrong_passphrase"));
    assert_eq!(wrong.filter(|record| record.actor == Some(ana.user)).count(), 5);
}

#[tokio::test]
async fn a_name_that_nobody_has_is_answered_like_one_that_somebody_has() {
    let (office, _ana, _line, _) = office_with_ana().await;
    let (_ben, _ben_line) = office.colleague("Ben Okafor").await;
    let (message, _) = request("guess");
    let mut shapes = Vec::new();

    // With a passphrase, without one, and nobody.
    for name in [ANA, "Ben Okafor", "Nobody At All"] {
        // Of its own, as attempts from one address are few.
        let server = Server::start(office.config.clone()).await.unwrap();
        shapes.push(shape_of_answers(server.addresses()[0], name, &message).await);
        server.shutdown().await;
    }

    assert!(shapes.iter().all(|shape| *shape == shapes[0]), "{shapes:?}");
}

/// What can be told from outside: sizes, cost, which parts repeat, how the second step ends, and how it goes on.
async fn shape_of_answers(
    address: SocketAddr,
    name: &str,
    message: &[u8],
) -> (Vec<(usize, Stretch)>, bool, bool, Vec<ErrorCode>) {
    let (mut answers, mut ends) = (Vec::new(), Vec::new());
    for _ in 0..6 {
        let mut stranger = Client::introduce(address).await;
        let (name, message) = (name.to_owned(), message.to_vec());
        match stranger.ask(|request| BeginSignIn { request, name, message }).await {
            Ok(GatewayFrame::SignInAnswer(answer)) => answers.push(answer),
            Ok(other) => panic!("{other:?}"),
            Err(code) => ends.push(code),
        }
        ends.extend(finish(&mut stranger, vec![9; 64]).await.err());
    }
    let sizes = answers.iter().map(|answer| (answer.message.len(), answer.stretch)).collect();
    let (one, other) = (&answers[0].message, &answers[1].message);
    (sizes, one[..32] == other[..32], one[32..] == other[32..], ends)
}

#[tokio::test]
async fn the_backup_is_given_for_the_proof_of_this_very_exchange_and_nothing_else() {
    let (office, _ana, _line, _) = office_with_ana().await;
    let mut stranger = Client::introduce(office.address()).await;
    assert_eq!(finish(&mut stranger, vec![1; 64]).await.unwrap_err(), ErrorCode::BadFrame, "nothing begun");
    let (proof, _) = begin(&mut stranger, ANA, RIGHT).await.unwrap().proof().unwrap();

    // Begun anew: the proof belongs to what was before.
    begin(&mut stranger, ANA, RIGHT).await.unwrap();
    assert_eq!(finish(&mut stranger, proof).await.unwrap_err(), ErrorCode::WrongPassphrase);
    let (proof, _) = begin(&mut stranger, ANA, RIGHT).await.unwrap().proof().unwrap();
    assert_eq!(finish(&mut stranger, proof[..63].to_vec()).await.unwrap_err(), ErrorCode::WrongPassphrase);
    assert_eq!(finish(&mut stranger, proof.clone()).await.unwrap_err(), ErrorCode::BadFrame, "once");

    let (proof, _) = begin(&mut stranger, ANA, RIGHT).await.unwrap().proof().unwrap();
    assert_eq!(finish(&mut stranger, proof).await.unwrap().backup, b"sealed identity");
}

#[tokio::test]
async fn a_new_passphrase_takes_the_place_of_the_old_one() {
    let (office, _ana, mut line, _) = office_with_ana().await;

    set(&mut line, "another one altogether", b"sealed anew").await.unwrap();

    assert_eq!(attempt(office.address(), ANA, RIGHT).await.unwrap_err(), ErrorCode::WrongPassphrase);
    let (backup, _) = attempt(office.address(), ANA, "another one altogether").await.unwrap();
    assert_eq!(backup, b"sealed anew");
}

#[tokio::test]
async fn what_would_be_cheap_to_guess_or_is_no_passphrase_is_not_stored() {
    let office = Office::open().await;
    let (ana, mut line) = office.colleague(ANA).await;
    let (upload, _) = begin_setting(&mut line, RIGHT).await.unwrap();
    let weak = Stretch { memory_kib: 8, passes: 1 };
    let cases = [
        (upload.clone(), weak, vec![1], ErrorCode::NotAllowed),
        (vec![9; upload.len()], Stretch::STANDARD, vec![1], ErrorCode::BadFrame),
        (upload[1..].to_vec(), Stretch::STANDARD, vec![1], ErrorCode::BadFrame),
        (vec![0; 2000], Stretch::STANDARD, vec![1], ErrorCode::FrameTooLarge),
        (upload.clone(), Stretch::STANDARD, vec![0; MAX_BACKUP + 1], ErrorCode::FrameTooLarge),
        (upload.clone(), Stretch::STANDARD, Vec::new(), ErrorCode::BadFrame),
    ];

    for (number, (message, stretch, backup, code)) in cases.into_iter().enumerate() {
        assert_eq!(store(&mut line, message, stretch, backup).await.unwrap_err(), code, "case {number}");
    }

    assert_eq!(stored(&office, &ana).await, None);
    let mut trail = office.trail().await;
    trail.wait_for(EventKind::PassphraseSet, 6).await;
    assert!(trail.events(EventKind::PassphraseSet).iter().all(|it| it.outcome == Outcome::MinorFailure));
    // Each first step is for one second step.
    store(&mut line, upload.clone(), Stretch::STANDARD, vec![1]).await.unwrap();
    let again = store(&mut line, upload, Stretch::STANDARD, vec![2]).await;
    assert_eq!(again.unwrap_err(), ErrorCode::NotAllowed);
}

#[tokio::test]
async fn a_device_cannot_ask_the_secret_function_without_end() {
    let office = Office::open().await;
    let (_ana, mut line) = office.colleague(ANA).await;

    for _ in 0..5 {
        set(&mut line, RIGHT, b"x").await.unwrap();
    }

    assert_eq!(begin_setting(&mut line, RIGHT).await.unwrap_err(), ErrorCode::TooManyAttempts);
}

#[tokio::test]
async fn what_is_stored_of_somebody_who_left_is_deleted() {
    let (office, ana, _line, _) = office_with_ana().await;

    office.founder_does(Change::from(PersonRevoked { user: ana.user })).await;

    let gone = async {
        while stored(&office, &ana).await.is_some() {
            tokio::task::yield_now().await;
        }
    };
    soon("the record is deleted", gone).await;
    assert_eq!(attempt(office.address(), ANA, RIGHT).await.unwrap_err(), ErrorCode::WrongPassphrase);
}

#[tokio::test]
async fn a_revocation_between_the_two_steps_keeps_the_backup() {
    let (office, ana, _line, _) = office_with_ana().await;
    let mut stranger = Client::introduce(office.address()).await;
    let (proof, _) = begin(&mut stranger, ANA, RIGHT).await.unwrap().proof().unwrap();

    office.founder_does(Change::from(PersonRevoked { user: ana.user })).await;

    assert_eq!(finish(&mut stranger, proof).await.unwrap_err(), ErrorCode::WrongPassphrase);
}

#[tokio::test]
async fn it_works_at_another_gateway_and_after_a_restart_of_everything() {
    let (mut office, _ana, _line, _) = office_with_ana().await;
    let second = Server::start(office.config.clone()).await.unwrap();
    attempt(second.addresses()[0], ANA, RIGHT).await.unwrap();
    second.shutdown().await;

    office.server.shutdown().await;
    office.broker.kill().await.unwrap();
    office.broker.restart().await.unwrap();
    office.server = Server::start(office.config.clone()).await.unwrap();

    attempt(office.address(), ANA, RIGHT).await.unwrap();
}

#[tokio::test]
async fn the_secrets_are_made_once_for_nobody_else_to_read() {
    let (office, ana, line, _) = office_with_ana().await;
    let file = &office.config.passphrase_key_file;
    let secrets = std::fs::read_to_string(file).unwrap();
    assert_eq!(file.parent(), office.config.noise_key_file.parent());
    assert_eq!(secrets.trim().len(), 256);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    drop((line, ana));
    let folder = file.parent().unwrap();
    let left_over = std::fs::read_dir(folder)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("gateway.opaque."));
    assert_eq!(left_over.count(), 0);

    // Gone, or damaged: nothing is made in its place, as no passphrase would open anything any more.
    std::fs::remove_file(file).unwrap();
    let lost = Server::start(office.config.clone()).await.unwrap_err().to_string();
    assert!(lost.contains("gateway.opaque is missing") && lost.contains("backup"), "{lost}");
    assert!(!file.exists());
    std::fs::write(file, "00").unwrap();
    let damaged = Server::start(office.config.clone()).await.unwrap_err().to_string();
    assert!(damaged.contains("does not hold the secrets for passphrases"), "{damaged}");

    std::fs::write(file, &secrets).unwrap();
    let server = Server::start(office.config.clone()).await.unwrap();
    attempt(server.addresses()[0], ANA, RIGHT).await.unwrap();
    server.shutdown().await;
}

#[tokio::test]
async fn without_the_bus_nobody_is_told_that_the_passphrase_is_wrong() {
    let (mut office, _ana, _line, _) = office_with_ana().await;
    office.broker.kill().await.unwrap();
    let mut stranger = Client::introduce(office.address()).await;
    assert_eq!(begin(&mut stranger, ANA, RIGHT).await.err(), Some(ErrorCode::BusUnavailable));

    office.broker.restart().await.unwrap();

    let back =
        async { while sign_in(&mut Client::introduce(office.address()).await, ANA, RIGHT).await.is_err() {} };
    soon("the bus is back", back).await;
    assert_eq!(office.refusals(ErrorCode::TooManyAttempts), 0, "nothing was counted meanwhile");
}
