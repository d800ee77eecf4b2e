//! `audit query` as an auditor runs it, on files that a sink wrote.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use protocol::{
    audit::{Event, EventKind, Outcome, Recipient},
    error::ErrorCode,
    id::{ConversationId, DeviceId, EventId, MessageId, UserId},
};

use crate::support::{
    DAY_MS, NOW,
    gateway::{Gateway, body},
    layout, open, trail,
};

const ANN: UserId = UserId::from_bytes([0xa1; 16]);
const BOB: UserId = UserId::from_bytes([0xb2; 16]);
const CYD: UserId = UserId::from_bytes([0xc3; 16]);
const PHONE: DeviceId = DeviceId::from_bytes([0xd4; 16]);
const DESK: DeviceId = DeviceId::from_bytes([0xe5; 16]);

fn event(number: u8, kind: EventKind) -> Event {
    Event::new(EventId::new(NOW, [number; 10]), kind)
}

/// A trail of two days: yesterday a log-in, today messages.
fn office() -> (tempfile::TempDir, Vec<Vec<u8>>) {
    let dir = tempfile::tempdir().unwrap();
    let mut gateway = Gateway::new("gw1", 1);
    let message = MessageId::from_bytes([0x77; 16]);
    let login = Event {
        actor: Some(ANN),
        device: Some(PHONE),
        ip: Some([192, 168, 1, 7].into()),
        ..event(1, EventKind::SessionLogin)
    };
    let to_both = [BOB, CYD].map(|user| Recipient { user, device: DESK }).to_vec();
    let sent = Event {
        actor: Some(ANN),
        device: Some(PHONE),
        conv: Some(ConversationId::direct(ANN, BOB)),
        object: Some(message.into()),
        rcpt: to_both,
        bytes: Some(4_096),
        ..event(2, EventKind::MessageSent)
    };
    let delivered =
        Event { actor: Some(BOB), device: Some(DESK), kind: EventKind::MessageDelivered, ..sent.clone() };
    let delivered = Event { id: EventId::new(NOW, [3; 10]), rcpt: Vec::new(), bytes: None, ..delivered };
    let refused = Event {
        outcome: Outcome::SeriousFailure,
        reason: Some(ErrorCode::NotYours),
        actor: Some(CYD),
        ..event(4, EventKind::MessageRefused)
    };
    let yesterday = gateway.append(login, NOW - DAY_MS);
    let today = [sent, delivered, refused].map(|event| gateway.append(event, NOW));
    let (mut sequencer, _) = open(dir.path(), NOW - DAY_MS);
    sequencer.commit(&[gateway.deliver(std::slice::from_ref(&yesterday))], NOW - DAY_MS).unwrap();
    sequencer.commit(&[gateway.deliver(&today)], NOW).unwrap();
    (dir, [vec![yesterday], today.to_vec()].concat())
}

fn directory(dir: &Path, names: &[(UserId, &str)]) -> PathBuf {
    let users: Vec<_> = names
        .iter()
        .map(|(user, name)| serde_json::json!({"user": user, "name": name, "role": "staff"}))
        .collect();
    let path = dir.join("people.json");
    fs::write(&path, serde_json::json!({ "users": users }).to_string()).unwrap();
    path
}

fn audit(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audit"));
    command.args(["query", "--dir"]).arg(dir).args(args).output().unwrap()
}

fn printed(dir: &Path, args: &[&str]) -> String {
    let output = audit(dir, args);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{args:?}: {complaint}");
    assert_eq!(complaint, "");
    String::from_utf8(output.stdout).unwrap()
}

fn refused(dir: &Path, args: &[&str]) -> (i32, String) {
    let output = audit(dir, args);
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn lines(lines: &[Vec<u8>]) -> String {
    String::from_utf8(body(lines)).unwrap()
}

#[test]
fn the_table_is_aligned_and_shows_short_ids() {
    let (dir, _) = office();
    assert_eq!(
        printed(dir.path(), &[]),
        "\
TIME                      KIND               OUTCOME             WHO       DEVICE    TO                   SIZE  GATEWAY
2026-11-21T06:20:00.000Z  session.login      success             a1a1a1a1  d4d4d4d4                             gw1
2026-11-22T06:20:00.000Z  message.sent       success             a1a1a1a1  d4d4d4d4  b2b2b2b2, c3c3c3c3  4 KiB  gw1
2026-11-22T06:20:00.000Z  message.delivered  success             b2b2b2b2  e5e5e5e5                             gw1
2026-11-22T06:20:00.000Z  message.refused    serious: not_yours  c3c3c3c3                                       gw1
"
    );
}

#[test]
fn names_are_joined_when_printing_and_cannot_write_to_the_terminal() {
    let (dir, _) = office();
    let people = directory(dir.path(), &[(ANN, "Ann Zoë"), (BOB, "Bob\u{1b}[2J"), (CYD, "王芳")]);
    assert_eq!(
        printed(dir.path(), &["--directory", people.to_str().unwrap(), "--kind", "message.sent"]),
        "\
TIME                      KIND          OUTCOME  WHO      DEVICE    TO              SIZE  GATEWAY
2026-11-22T06:20:00.000Z  message.sent  success  Ann Zoë  d4d4d4d4  Bob�[2J, 王芳  4 KiB  gw1
"
    );
}

#[test]
fn json_lines_are_the_stored_bytes_and_filters_choose_among_them() {
    let (dir, told) = office();
    let jsonl = |args: &[&str]| printed(dir.path(), &[&["--format", "jsonl"], args].concat());
    let (ann, bob) = (ANN.to_string(), BOB.to_string());
    let conversation = ConversationId::direct(ANN, BOB).to_string();
    assert_eq!(jsonl(&[]), lines(&told));
    assert_eq!(jsonl(&["--user", &ann]), lines(&told[..2]));
    assert_eq!(jsonl(&["--user", &bob]), lines(&told[1..3]), "what was done to somebody counts");
    assert_eq!(
        jsonl(&["--kind", "session.login", "--kind", "message.refused"]),
        lines(&[told[0].clone(), told[3].clone()])
    );
    assert_eq!(jsonl(&["--outcome", "serious"]), lines(&told[3..]));
    assert_eq!(jsonl(&["--outcome", "minor"]), "");
    assert_eq!(jsonl(&["--conversation", &conversation]), lines(&told[1..3]));
    assert_eq!(jsonl(&["--message", &"77".repeat(16)]), lines(&told[1..3]));
    assert_eq!(jsonl(&["--object", &"77".repeat(16)]), lines(&told[1..3]));
    assert_eq!(jsonl(&["--since", "2026-11-22"]), lines(&told[1..]));
    assert_eq!(jsonl(&["--until", "2026-11-22T06:20:00Z"]), lines(&told[..1]));
    assert_eq!(jsonl(&["--since", "1ms"]), "");
    assert_eq!(jsonl(&["--limit", "2"]), lines(&told[2..]), "the newest ones");
    assert_eq!(jsonl(&["--limit", "9"]), lines(&told));
    assert_eq!(jsonl(&["--limit", "0"]), "");
}

#[test]
fn changes_of_the_roster_are_found_by_kind_by_object_and_by_the_person_they_were_done_to() {
    let dir = tempfile::tempdir().unwrap();
    let mut gateway = Gateway::new("gw1", 1);
    let revoked = Event {
        actor: Some(ANN),
        device: Some(PHONE),
        object: Some(BOB.into()),
        ..event(1, EventKind::PersonRevoke)
    };
    let signed_out = Event {
        actor: Some(CYD),
        device: Some(DESK),
        object: Some(DESK.into()),
        ..event(2, EventKind::DeviceRevoke)
    };
    let refused = Event {
        outcome: Outcome::MinorFailure,
        reason: Some(ErrorCode::NotAllowed),
        actor: Some(CYD),
        ..event(3, EventKind::RosterRefused)
    };
    let told = [revoked, signed_out, refused].map(|event| gateway.append(event, NOW));
    let (mut sequencer, _) = open(dir.path(), NOW);
    sequencer.commit(&[gateway.deliver(&told)], NOW).unwrap();
    let jsonl = |args: &[&str]| printed(dir.path(), &[&["--format", "jsonl"], args].concat());

    assert_eq!(jsonl(&["--kind", "person.revoke"]), lines(&told[..1]));
    assert_eq!(jsonl(&["--kind", "roster.refused"]), lines(&told[2..]));
    assert_eq!(jsonl(&["--user", &BOB.to_string()]), lines(&told[..1]), "done to the person");
    assert_eq!(jsonl(&["--object", &DESK.to_string()]), lines(&told[1..2]));
    let people = directory(dir.path(), &[(ANN, "Ann"), (BOB, "Bob"), (CYD, "Cyd")]);
    assert_eq!(
        printed(dir.path(), &["--directory", people.to_str().unwrap()]),
        "\
TIME                      KIND            OUTCOME             WHO  DEVICE    TO        SIZE  GATEWAY
2026-11-22T06:20:00.000Z  person.revoke   success             Ann  d4d4d4d4  Bob             gw1
2026-11-22T06:20:00.000Z  device.revoke   success             Cyd  e5e5e5e5  e5e5e5e5        gw1
2026-11-22T06:20:00.000Z  roster.refused  minor: not_allowed  Cyd                            gw1
"
    );
}

#[test]
fn csv_has_a_header_full_ids_quotes_and_no_formulas() {
    let (dir, _) = office();
    let people = directory(dir.path(), &[(ANN, "=1+1"), (BOB, "Doe, \"Bob\""), (CYD, "Cyd")]);
    let text = printed(
        dir.path(),
        &["--format", "csv", "--directory", people.to_str().unwrap(), "--kind", "message.sent"],
    );
    let (ann, bob, cyd) = (ANN, BOB, CYD);
    let conversation = ConversationId::direct(ANN, BOB);
    let id = EventId::new(NOW, [2; 10]);
    assert_eq!(
        text,
        format!(
            "id,time,kind,outcome,reason,actor,actor_name,device,conversation,object,recipients,recipient_names,\
             recipient_devices,bytes,ip,gateway,boot,gseq\n\
             {id},2026-11-22T06:20:00.000Z,message.sent,success,,{ann},'=1+1,{PHONE},{conversation},{},{bob}; {cyd},\
             \"Doe, \"\"Bob\"\"; Cyd\",{DESK}; {DESK},4096,,gw1,{},1\n",
            "77".repeat(16),
            "01".repeat(16)
        )
    );
}

#[test]
fn a_name_finds_a_person_and_several_people_of_one_name_are_listed() {
    let (dir, told) = office();
    let people = directory(dir.path(), &[(ANN, "Ann Lee"), (BOB, "Sam"), (CYD, "sam")]);
    let people = people.to_str().unwrap();
    assert_eq!(
        printed(dir.path(), &["--format", "jsonl", "--directory", people, "--user", "ann lee"]),
        lines(&told[..2])
    );
    let several = refused(dir.path(), &["--directory", people, "--user", "SAM"]);
    assert_eq!(
        several,
        (1, format!("audit: several people are called `SAM`; give the id of one: {BOB}, {CYD}\n"))
    );
    let nobody = refused(dir.path(), &["--directory", people, "--user", "Eve"]);
    assert_eq!(
        nobody.1,
        "audit: nobody called `Eve` is in the directory; give the whole name, or the user id\n"
    );
    let no_directory = refused(dir.path(), &["--user", "Ann"]);
    assert!(no_directory.1.contains("give --directory FILE.json"), "{no_directory:?}");
}

#[test]
fn only_files_that_can_matter_are_opened() {
    let (dir, told) = office();
    // Unreadable, and two days before what is asked for: nobody notices.
    let old = layout(dir.path()).open_file("2026-11-19".parse().unwrap());
    fs::create_dir(&old).unwrap();
    assert_eq!(printed(dir.path(), &["--format", "jsonl", "--since", "2026-11-21"]), lines(&told));
    let (code, complaint) = refused(dir.path(), &["--format", "jsonl"]);
    assert_eq!(code, 1);
    assert!(complaint.contains("2026-11-19.jsonl"), "{complaint}");
}

#[test]
fn a_record_that_came_a_week_late_is_found_by_its_own_time() {
    let (dir, _) = office();
    let mut late = Gateway::new("gw2", 9);
    let line = late.append(event(9, EventKind::GatewayStop), NOW - 7 * DAY_MS);
    let (mut sequencer, _) = open(dir.path(), NOW);
    sequencer.commit(&[late.deliver(std::slice::from_ref(&line))], NOW).unwrap();
    assert_eq!(
        printed(dir.path(), &["--format", "jsonl", "--since", "2026-11-15", "--until", "2026-11-16"]),
        lines(&[line])
    );
}

#[test]
fn a_line_that_is_being_written_is_no_fault() {
    let (dir, told) = office();
    let newest = trail::files(dir.path()).pop().unwrap();
    fs::OpenOptions::new().append(true).open(newest).unwrap().write_all(b"{\"v\":1,\"id").unwrap();
    assert_eq!(printed(dir.path(), &["--format", "jsonl"]), lines(&told));
}

#[test]
fn faults_in_files_are_told_with_line_and_the_rest_is_printed() {
    let (dir, told) = office();
    let files = trail::files(dir.path());
    let mut bytes = fs::read(&files[0]).unwrap();
    bytes.extend(b"{\"v\":1}\n{\"torn");
    fs::write(&files[0], bytes).unwrap();
    let output = audit(dir.path(), &["--format", "jsonl"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), lines(&told));
    let complaint = String::from_utf8(output.stderr).unwrap();
    let complaint: Vec<_> = complaint.lines().collect();
    assert!(complaint[0].contains("2026-11-21.jsonl, line 2: not a record of this schema"), "{complaint:?}");
    assert!(
        complaint[1].contains("2026-11-21.jsonl, line 3: ends in the middle of the line"),
        "{complaint:?}"
    );
    assert_eq!(complaint[2], "audit: 2 problems in the files; everything else is above");
}

#[test]
fn origins_are_read_together_by_day() {
    let (dir, told) = office();
    let north = dir.path().join("north/open");
    fs::create_dir_all(&north).unwrap();
    let line = Gateway::new("gw7", 7).tell(NOW - DAY_MS);
    fs::write(north.join("2026-11-21.jsonl"), [line.clone(), vec![b'\n']].concat()).unwrap();
    let expected = [vec![line], told].concat();
    assert_eq!(printed(dir.path(), &["--format", "jsonl"]), lines(&expected));
}

#[test]
fn what_cannot_be_answered_says_why() {
    let (dir, _) = office();
    let missing = dir.path().join("nowhere");
    let (code, complaint) = refused(&missing, &[]);
    assert_eq!(code, 1);
    assert!(complaint.starts_with("audit: cannot read the audit folder "), "{complaint}");
    let (code, complaint) = refused(&dir.path().join("office"), &[]);
    assert_eq!(code, 1);
    assert!(complaint.contains("there is no trail in"), "{complaint}");
    let (code, complaint) = refused(dir.path(), &["--since", "yesterday"]);
    assert_eq!(code, 2);
    assert!(complaint.contains("`yesterday` is no time; write it in UTC as 2026-11-22"), "{complaint}");
    let (code, complaint) = refused(dir.path(), &["--kind", "message.red"]);
    assert_eq!(code, 2);
    assert!(complaint.contains("message.refused"), "{complaint}");
    let (code, complaint) = refused(dir.path(), &["--directory", "no.json"]);
    assert_eq!(code, 1);
    assert!(complaint.contains("cannot use the directory file no.json"), "{complaint}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_fault() {
    let (dir, _) = office();
    let mut command = Command::new(env!("CARGO_BIN_EXE_audit"));
    command.args(["query", "--format", "jsonl", "--dir"]).arg(dir.path());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output =
        command.stdout(writer).stderr(std::process::Stdio::piped()).spawn().unwrap().wait_with_output();
    let output = output.unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
