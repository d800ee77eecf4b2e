//! Reads a trail without any code of the sink: plain JSON and SHA-256.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Files of the trail in order.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    in_order(&dir.join("office/open"))
}

pub fn in_order(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Whole lines of the trail, in order. What follows the last newline is not there yet.
pub fn lines(dir: &Path) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    for file in files(dir) {
        let bytes = fs::read(file).unwrap();
        let mut pieces: Vec<_> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        pieces.pop();
        lines.extend(pieces);
    }
    lines
}

pub fn rejected(dir: &Path) -> Vec<Value> {
    let mut entries = Vec::new();
    for file in in_order(&dir.join("office/rejected")) {
        let text = fs::read_to_string(file).unwrap();
        entries.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
    }
    entries
}

pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

/// Checks everything that a trail promises, for `told`: all lines that any gateway published.
pub fn check(dir: &Path, told: &[Vec<u8>]) {
    let told_by_hash: HashMap<String, &[u8]> =
        told.iter().map(|line| (sha256_hex(line), line.as_slice())).collect();
    let mut kept_events = HashMap::new();
    let mut chains: BTreeMap<(String, String), BTreeMap<u64, (String, String)>> = BTreeMap::new();
    let mut dropped = 0;

    for line in lines(dir) {
        let value: Value = serde_json::from_slice(&line).unwrap();
        let text = |field: &str| value[field].as_str().unwrap().to_owned();
        let hash = if value["type"] == "audit.duplicate" {
            dropped += 1;
            let original: Value = serde_json::from_slice(told_by_hash[&text("hash")]).unwrap();
            assert_eq!(original["id"], value["obj"], "an audit.duplicate names another event than its line");
            text("hash")
        } else {
            let hash = sha256_hex(&line);
            assert!(told_by_hash.contains_key(&hash), "a line stands in the trail that nobody told");
            let before = kept_events.insert(text("id"), hash.clone());
            assert_eq!(before, None, "event {} stands there twice", text("id"));
            hash
        };
        let chain = chains.entry((text("gw"), text("boot"))).or_default();
        let before = chain.insert(value["gseq"].as_u64().unwrap(), (text("prev"), hash));
        assert_eq!(before, None, "number {} stands there twice", value["gseq"]);
    }

    assert_eq!(kept_events.len() + dropped, told.len(), "lines kept and dropped are not all that was told");
    for chain in chains.values() {
        let mut expected = (0, "0".repeat(64));
        for (gseq, (prev, hash)) in chain {
            assert_eq!((*gseq, prev.clone()), expected, "the chain is broken");
            expected = (gseq + 1, hash.clone());
        }
    }
}
