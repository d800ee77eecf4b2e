//! The fuzz targets over their corpus: what once was found stays found, without a fuzzer.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use proptest::test_runner::{Config, TestRunner};

use super::{
    super::{Core, samples},
    TARGETS,
    desk::{Desk, SCENE},
    stored::opened,
};
use crate::{
    store::{VaultRecord, key},
    target::Target,
};

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target)
}

/// Good bytes of each kind, for the fuzzer to begin with. Each is one that changes nothing of an honest value, so that it does not hang
/// on keys; the fuzzer finds changes by itself.
fn seeds() -> Vec<(&'static str, String, Vec<u8>)> {
    let mut seeds = vec![
        ("wrap", "honest".to_owned(), vec![0, 0]),
        ("wrap", "one-bit".to_owned(), vec![0, 1, 0, 9, 0, 1]),
        ("payload", "honest".to_owned(), vec![2, 0]),
        ("payload", "one-bit".to_owned(), vec![2, 1, 0, 9, 0, 1]),
        ("capsule", "invite".to_owned(), vec![0, 0]),
        ("capsule", "identity".to_owned(), vec![4, 0]),
        ("vault", "honest".to_owned(), vec![0, 0]),
        ("vault", "nothing".to_owned(), vec![1]),
        ("session_memory", "honest".to_owned(), [&[0, 0, 0, 8][..], &SCENE.now.to_be_bytes()].concat()),
        ("session_memory", "nothing".to_owned(), vec![1, 0]),
        ("people_table", "table".to_owned(), b"name,role,group\nAnn,staff,Annex\nBen;admin\n".to_vec()),
        ("people_table", "tabs".to_owned(), b"\xef\xbb\xbfAnn\tauditor\t\"An \"\"annex\"\"\"\r\n".to_vec()),
    ];
    for number in 0..5 {
        seeds.push(("text", format!("kind-{number}"), vec![number, 0]));
    }
    for number in 0..u8::try_from(SCENE.copies.len()).unwrap() {
        seeds.push(("olm_message", format!("copy-{number}"), vec![0, number, 0]));
        seeds.push(("olm_message", format!("copy-{number}-bit"), vec![0, number, 1, 0, 50, 0, 1]));
    }
    // Every copy, the same again, and the browser started.
    seeds.push(("session", "copies".to_owned(), vec![1, 0, 0, 1, 1, 0, 1, 2, 0, 8, 1, 0, 0, 1, 2, 0]));
    for kind in 0..15 {
        seeds.push(("session", format!("frame-{kind:02}"), vec![2, 0, 1, 0, 0, 0, kind, 0, 0, 0, 0]));
    }
    for which in 0..34 {
        seeds.push((
            "session",
            format!("command-{which:02}"),
            vec![9, 0, 0, 0, 1, 0, 5, b'w', b'o', b'r', b'd', b's', 0, which, 5, 20],
        ));
    }
    let vault = VaultRecord::read(&SCENE.disk.records[key::VAULT]).unwrap().key().unwrap();
    let names: Vec<_> = SCENE.disk.records.keys().filter(|name| *name != key::VAULT).collect();
    let mut families = BTreeSet::new();
    for (number, name) in names.into_iter().enumerate() {
        if families.insert(key::family(name)) {
            let number = u8::try_from(number).unwrap();
            seeds.push(("record", key::family(name).to_owned(), vec![number, 0, 0]));
            let value = opened(&SCENE.disk, &vault, name);
            if value.len() < 400 {
                seeds.push((
                    "record",
                    format!("{}-value", key::family(name)),
                    [&[number, 1], &value[..]].concat(),
                ));
            }
        }
    }
    seeds
}

/// The targets start from something: what is honest is shown, and every kind of record is there.
#[test]
fn the_scene_is_whole() {
    let mut ben = Desk::of(SCENE.disk.clone(), SCENE.now).unwrap();
    ben.act(Core::start).unwrap();
    ben.connect();
    for copy in &SCENE.copies {
        ben.hear_frame(copy);
    }
    let texts = |target| -> Vec<String> {
        ben.core.conversation(target).messages.into_iter().map(|line| line.text).collect()
    };
    assert_eq!(texts(samples::user(0).into()), ["one", "answer", "another answer", "", "two", "three"]);
    assert_eq!(texts(samples::user(2).into()), ["typed", "first contact"]);
    assert_eq!(texts(Target::Room(samples::ROOM)), ["into the room"]);
    let families: BTreeSet<_> = SCENE.disk.records.keys().map(|name| key::family(name)).collect();
    let expected = [
        "account", "chain", "chat", "counter", "day", "identity", "link", "lost", "outbox", "pin",
        "progress", "roster", "seen", "sessions", "talk", "vault",
    ];
    assert_eq!(families.into_iter().collect::<Vec<_>>(), expected);
    ben.check();
    assert_eq!(ben.core.view().people.len(), 2);
}

/// Good bytes go through their own target; `UPDATE_CORPUS=1` writes them to the corpus too.
#[test]
fn good_bytes_of_each_kind_pass_their_target() {
    let write = std::env::var_os("UPDATE_CORPUS").is_some();
    for (name, seed, bytes) in seeds() {
        println!("{name} {seed}");
        let (_, target) = TARGETS.iter().find(|(target, _)| *target == name).unwrap();
        target(&bytes);
        if write {
            fs::create_dir_all(folder(name)).unwrap();
            fs::write(folder(name).join(format!("seed-{seed}")), bytes).unwrap();
        }
    }
}

#[test]
fn every_file_of_the_corpus_passes_its_target() {
    for (name, target) in TARGETS {
        let files: Vec<_> = fs::read_dir(folder(name)).unwrap().map(|file| file.unwrap().path()).collect();
        assert!(!files.is_empty(), "{name} has no corpus");
        for file in files {
            // Said before, so that the file is known when the target panics.
            println!("{}", file.display());
            target(&fs::read(&file).unwrap());
        }
    }
}

#[test]
fn the_corpus_stays_small() {
    let files: Vec<_> = TARGETS
        .iter()
        .flat_map(|(name, _)| fs::read_dir(folder(name)).unwrap())
        .map(|file| file.unwrap().metadata().unwrap().len())
        .collect();
    assert!(files.len() < 200, "{} files", files.len());
    assert!(files.iter().sum::<u64>() < 1 << 20);
}

#[test]
fn random_bytes_pass_every_target() {
    // A device stands behind each, so few runs; the fuzzer makes the many.
    let config = Config { cases: 8, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let bytes = proptest::collection::vec(proptest::num::u8::ANY, 0..300);
    runner
        .run(&bytes, |bytes| {
            for (_, target) in TARGETS {
                target(&bytes);
            }
            Ok(())
        })
        .unwrap();
}
