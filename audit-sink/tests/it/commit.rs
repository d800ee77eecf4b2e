//! The commit order on real files, with a crash wherever one matters.

use std::fs;

use audit_sink::{chain::Finding, durable::StoreError, recovery};

use crate::support::{DAY_MS, NOW, gateway::Gateway, layout, open, settings, trail};

#[test]
fn a_batch_that_was_not_acknowledged_before_a_crash_is_written_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut gateway = Gateway::new("gw1", 1);
    let told: Vec<_> = (0..5).map(|_| gateway.tell(NOW)).collect();
    let batch = [gateway.deliver(&told)];
    let (mut sequencer, _) = open(dir.path(), NOW);
    sequencer.commit(&batch, NOW).unwrap();
    drop(sequencer);

    let (mut sequencer, recovered) = open(dir.path(), NOW + 1);
    sequencer.commit(&batch, NOW + 1).unwrap();

    assert_eq!(recovered.events, 5);
    assert_eq!((sequencer.counters().records, sequencer.counters().redelivered), (0, 5));
    trail::check(dir.path(), &told);
}

#[test]
fn an_event_told_twice_leaves_one_record_and_one_trace_also_across_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let (mut before, mut after) = (Gateway::new("gw1", 1), Gateway::new("gw1", 2));
    let first = before.tell(NOW);
    let id = serde_json::from_slice::<protocol::audit::AuditRecord>(&first).unwrap().id;
    let again = after.retell(id, NOW + 5_000);
    let next = after.tell(NOW + 6_000);
    let (mut sequencer, _) = open(dir.path(), NOW);
    sequencer.commit(&[before.deliver(std::slice::from_ref(&first))], NOW).unwrap();
    let retold = [after.deliver(&[again.clone(), next.clone()]), after.deliver(std::slice::from_ref(&again))];
    sequencer.commit(&retold, NOW + 6_000).unwrap();
    assert_eq!((sequencer.counters().duplicates, sequencer.counters().redelivered), (1, 1));
    drop(sequencer);

    let (mut sequencer, _) = open(dir.path(), NOW + 7_000);
    let committed = sequencer.commit(&retold, NOW + 7_000).unwrap();

    assert_eq!((sequencer.counters().duplicates, sequencer.counters().redelivered), (0, 3));
    assert_eq!(committed.findings, []);
    trail::check(dir.path(), &[first, again, next]);
}

#[test]
fn a_torn_last_line_is_cut_off_and_kept_beside_the_trail() {
    let dir = tempfile::tempdir().unwrap();
    let mut gateway = Gateway::new("gw1", 1);
    let told = [gateway.tell(NOW), gateway.tell(NOW)];
    let (mut sequencer, _) = open(dir.path(), NOW);
    sequencer.commit(&[gateway.deliver(&told)], NOW).unwrap();
    drop(sequencer);
    let file = &trail::files(dir.path())[0];
    let whole = fs::read(file).unwrap();
    let torn = &whole[..whole.len() - 10];
    fs::write(file, torn).unwrap();

    let (mut sequencer, recovered) = open(dir.path(), NOW);
    sequencer.commit(&[gateway.deliver(&told)], NOW).unwrap();

    assert_eq!(recovered.torn, told[1].len() as u64 - 9);
    assert_eq!(sequencer.counters().records, 1);
    trail::check(dir.path(), &told);
    let kept = trail::rejected(dir.path());
    assert_eq!((kept.len(), kept[0]["reason"].as_str().unwrap()), (1, "torn_tail"));
    assert_eq!(kept[0]["hash"], trail::sha256_hex(&told[1][..told[1].len() - 9]));
}

#[test]
fn midnight_begins_a_file_and_a_clock_that_goes_back_does_not_reopen_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut gateway = Gateway::new("gw1", 1);
    let told: Vec<_> = [0, DAY_MS, 0].iter().map(|late| gateway.tell(NOW + late)).collect();
    let (mut sequencer, _) = open(dir.path(), NOW);
    for (line, now) in told.iter().zip([NOW, NOW + DAY_MS, NOW]) {
        sequencer.commit(&[gateway.deliver(std::slice::from_ref(line))], now).unwrap();
    }
    let lines_per_file = || -> Vec<usize> {
        let files = trail::files(dir.path());
        files.iter().map(|file| fs::read_to_string(file).unwrap().lines().count()).collect()
    };
    assert_eq!(lines_per_file(), [1, 2]);
    drop(sequencer);
    let (mut sequencer, _) = open(dir.path(), NOW);
    let next = gateway.tell(NOW);
    sequencer.commit(&[gateway.deliver(std::slice::from_ref(&next))], NOW).unwrap();
    assert_eq!(lines_per_file(), [1, 3]);
    trail::check(dir.path(), &[told, vec![next]].concat());
}

#[test]
fn a_late_record_is_marked_so_that_a_query_by_time_finds_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut gateway = Gateway::new("gw1", 1);
    let told = [gateway.tell(NOW - 7 * DAY_MS), gateway.tell(NOW - DAY_MS), gateway.tell(NOW)];
    let (mut sequencer, _) = open(dir.path(), NOW);
    sequencer.commit(&[gateway.deliver(&told)], NOW).unwrap();
    let marks = trail::in_order(&layout(dir.path()).displaced_dir());
    let names: Vec<_> = marks.iter().map(|mark| mark.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["2026-11-15_in_2026-11-22"]);
}

#[test]
fn a_disk_that_refuses_takes_the_same_batch_later() {
    let dir = tempfile::tempdir().unwrap();
    let mut gateway = Gateway::new("gw1", 1);
    let told = [gateway.tell(NOW)];
    let (mut sequencer, _) = open(dir.path(), NOW);
    let in_the_way = layout(dir.path()).open_file(audit_sink::layout::Day::of_ms(NOW));
    fs::create_dir(&in_the_way).unwrap();

    let refused = sequencer.commit(&[gateway.deliver(&told)], NOW).unwrap_err().to_string();
    assert!(refused.contains("2026-11-22.jsonl"), "{refused}");
    assert_eq!(sequencer.counters().records, 0);

    fs::remove_dir(&in_the_way).unwrap();
    sequencer.commit(&[gateway.deliver(&told)], NOW).unwrap();
    trail::check(dir.path(), &told);
}

#[test]
fn what_is_no_record_is_kept_whole_and_does_not_hold_up_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let mut gateway = Gateway::new("gw1", 1);
    let good = gateway.tell(NOW);
    let lines = [b"{\"v\":9}".to_vec(), vec![], vec![0xff, 0x00], good.clone(), b"{".to_vec()];
    let (mut sequencer, _) = open(dir.path(), NOW);
    let committed = sequencer.commit(&[gateway.deliver(&lines)], NOW).unwrap();

    trail::check(dir.path(), &[good]);
    let kept: Vec<_> = trail::rejected(dir.path())
        .iter()
        .map(|entry| {
            let bytes = data_encoding::BASE64.decode(entry["base64"].as_str().unwrap().as_bytes()).unwrap();
            (entry["reason"].as_str().unwrap().to_owned(), bytes)
        })
        .collect();
    let expected: [(&str, &[u8]); 3] =
        [("other_version", b"{\"v\":9}"), ("malformed", b"\n\xff\x00"), ("malformed", b"{")];
    assert_eq!(kept, expected.map(|(reason, bytes)| (reason.to_owned(), bytes.to_vec())));
    assert_eq!(sequencer.counters().rejected, 4);
    assert_eq!(committed.rejected[&(gateway.subject(), "malformed")], 3);
}

#[test]
fn a_message_of_newlines_does_not_grow_on_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let (mut sequencer, _) = open(dir.path(), NOW);
    let delivery =
        audit_sink::intake::Delivery { subject: "audit.ev.gw1".into(), body: vec![b'\n'; 500_000].into() };
    sequencer.commit(&[delivery], NOW).unwrap();
    let kept = fs::metadata(&trail::in_order(&layout(dir.path()).rejected_dir())[0]).unwrap().len();
    assert!(kept < 700_000, "{kept}");
}

#[test]
fn a_lost_record_is_reported_with_gateway_run_and_number_and_so_is_a_wrong_link() {
    let dir = tempfile::tempdir().unwrap();
    let mut gateway = Gateway::new("gw1", 1);
    let told: Vec<_> = (0..4).map(|_| gateway.tell(NOW)).collect();
    let (mut sequencer, _) = open(dir.path(), NOW);
    sequencer.commit(&[gateway.deliver(&[told[0].clone(), told[3].clone()])], NOW).unwrap();
    assert_eq!(sequencer.overdue(NOW + 119_999), []);
    let findings = sequencer.overdue(NOW + 120_000);
    assert!(matches!(&findings[..], [Finding::Gap { first: 1, last: 2, .. }]), "{findings:?}");
    assert!(findings[0].to_string().starts_with("gateway gw1 run 0101"), "{}", findings[0]);
    assert_eq!((sequencer.counters().gaps, sequencer.counters().missing), (1, 2));

    // A forger who knows the format, but not the line before.
    let mut forger = Gateway::new("gw1", 1);
    let forged: Vec<_> = (0..2).map(|_| forger.tell(NOW + 1)).collect();
    let committed = sequencer.commit(&[forger.deliver(&forged[1..])], NOW).unwrap();
    assert!(matches!(&committed.findings[..], [Finding::WrongPrev { gseq: 1, .. }]), "{committed:?}");
}

#[test]
fn a_folder_of_another_version_or_origin_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path(), NOW));
    let info = layout(dir.path()).log_file();
    let text = fs::read_to_string(&info).unwrap();
    assert_eq!(text, "{\"v\":1,\"origin\":\"office\",\"created\":\"2026-11-22T06:20:00.000Z\"}\n");
    for (other, sentence) in [
        (text.replace("\"v\":1", "\"v\":2"), "is of schema version 2"),
        (text.replace("office", "north"), "belongs to origin north, not to office"),
        ("{".to_owned(), "cannot be read"),
    ] {
        fs::write(&info, other).unwrap();
        let refusal = recovery::open(&settings(dir.path()), NOW).unwrap_err();
        assert!(matches!(refusal, StoreError::Foreign { .. }));
        assert!(refusal.to_string().contains(sentence), "{refusal}");
    }
}
