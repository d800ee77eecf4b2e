//! The fuzz targets over their corpus: what once was found stays found, without a fuzzer.

use std::{
    fs,
    path::{Path, PathBuf},
};

use protocol::{
    audit::Chain,
    channel::{Initiator, respond},
    codec,
    id::BootId,
    roster::{Change, SignedEntry},
};

use crate::{opaque, samples, targets::TARGETS};

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target)
}

/// Good bytes of each kind, for the fuzzer to begin with.
fn seeds() -> Vec<(&'static str, String, Vec<u8>)> {
    let mut seeds = Vec::new();
    for (number, frame) in samples::client_frames().iter().enumerate() {
        seeds.push(("client_frame", format!("{number:02}-{}", frame.name()), frame.encode().unwrap()));
    }
    for (number, frame) in samples::gateway_frames().iter().enumerate() {
        seeds.push(("gateway_frame", format!("{number:02}-{}", frame.name()), frame.encode().unwrap()));
    }
    for (number, bytes) in samples::every_change().entries.iter().enumerate() {
        let change: Change = SignedEntry::read(bytes).unwrap().1.change;
        let name = format!("{number:02}-{}", change.name());
        let place = [&[u8::try_from(number).unwrap()], bytes.as_slice()].concat();
        seeds.push(("roster_entry", name.clone(), place));
        let author = u8::from(number > 0);
        seeds.push(("roster_change", name, [&[author], change.encode().unwrap().as_slice()].concat()));
    }
    let lease = samples::lease(&samples::Log::staffed());
    seeds.push(("lease", "lease".into(), codec::encode(&lease).unwrap()));
    for (name, text) in [
        ("invite", samples::invite().to_text().unwrap()),
        ("founding", samples::founding().to_text().unwrap()),
        ("recovery", samples::recovery_kit().to_text().unwrap()),
        ("code", samples::code().to_text().unwrap()),
        ("link", samples::code_link().to_text().unwrap()),
        ("nkey", samples::identity_key(1).public().as_str().into()),
    ] {
        seeds.push(("text", name.into(), text.into_bytes()));
    }
    for (name, inside) in [
        ("inside-invite", codec::encode(&samples::invite()).unwrap()),
        ("inside-founding", codec::encode(&samples::founding()).unwrap()),
        ("inside-recovery", codec::encode(&samples::recovery_kit()).unwrap()),
        ("inside-link", codec::encode(&samples::code_link()).unwrap()),
    ] {
        seeds.push(("text", name.into(), inside));
    }
    let gateway = samples::noise_key(9);
    let (_, first) = Initiator::start(&samples::noise_key(1), &gateway.public().unwrap()).unwrap();
    let (_, answer) = respond(&gateway, &first).unwrap();
    let (_, introduction) = Initiator::introduce().unwrap();
    for (name, place, bytes) in [
        ("first", 0, first),
        ("introduction", 0, introduction),
        ("answer", 1, answer.clone()),
        ("introduced", 2, answer),
        ("to-gateway", 3, vec![0x5a; 40]),
        ("to-client", 4, vec![0x5a; 40]),
        ("whole", 5, vec![0x5a; 40]),
        ("rogue", 6, vec![1, 2, 3, 0xff, 1, 4, 0xff, 0, 5, 0xff, 2]),
    ] {
        seeds.push(("channel_packet", name.into(), [&[place], bytes.as_slice()].concat()));
    }
    seeds.extend(opaque::seeds().into_iter().map(|(name, bytes)| ("opaque", name.to_owned(), bytes)));
    for parcel in samples::parcels() {
        seeds.push(("bus_record", parcel.name().into(), parcel.encode().unwrap()));
    }
    seeds.extend([
        ("bus_record", "presence".into(), codec::encode(&samples::presence_report()).unwrap()),
        ("bus_record", "seat".into(), codec::encode(&samples::seat()).unwrap()),
        ("bus_record", "passphrase".into(), codec::encode(&samples::passphrase_record()).unwrap()),
        ("bus_record", "capsule".into(), codec::encode(&samples::stored_capsule()).unwrap()),
    ]);
    let mut chain = Chain::new("gw1".parse().unwrap(), BootId::from_bytes([0xb0; 16]));
    for (number, event) in samples::events().into_iter().enumerate().take(4) {
        let line = chain.append(event, samples::NOW_MS).unwrap();
        seeds.push(("audit_record", format!("{number:02}"), line));
    }
    seeds
}

/// Good bytes go through their own target; `UPDATE_CORPUS=1` writes them to the corpus too.
#[test]
fn good_bytes_of_each_kind_pass_their_target() {
    let write = std::env::var_os("UPDATE_CORPUS").is_some();
    for (name, seed, bytes) in seeds() {
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
    let mut runner = proptest::test_runner::TestRunner::default();
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
