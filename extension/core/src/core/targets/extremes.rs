//! Numbers as large as they can be, in every record: what somebody writes into a profile must not overflow anything.

use std::collections::BTreeSet;

use super::{
    desk::SCENE,
    stored::{opened, record},
};
use crate::store::{VaultRecord, key};

/// Where the numbers of a MessagePack value stand, from and to. Those of long lists are bytes of keys, and left out.
fn numbers(bytes: &[u8], at: &mut usize, found: &mut Vec<(usize, usize)>, in_list: bool) {
    let start = *at;
    let mut take = |length: usize| {
        let taken = &bytes[*at..*at + length];
        *at += length;
        taken.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte))
    };
    let first = take(1);
    let (children, skip, is_number) = match first {
        0x00..=0x7f | 0xe0..=0xff => (0, 0, true),
        0x80..=0x8f => ((first & 0x0f) * 2, 0, false),
        0x90..=0x9f => (first & 0x0f, 0, false),
        0xa0..=0xbf => (0, first & 0x1f, false),
        0xc4 | 0xd9 => (0, take(1), false),
        0xc5 | 0xda => (0, take(2), false),
        0xc6 | 0xdb => (0, take(4), false),
        0xcc | 0xd0 => (0, 1, true),
        0xcd | 0xd1 => (0, 2, true),
        0xce | 0xd2 => (0, 4, true),
        0xcf | 0xd3 => (0, 8, true),
        0xdc => (take(2), 0, false),
        0xdd => (take(4), 0, false),
        0xde => (take(2) * 2, 0, false),
        0xdf => (take(4) * 2, 0, false),
        _ => (0, 0, false),
    };
    take(skip);
    if is_number && !in_list {
        found.push((start, *at));
    }
    for _ in 0..children {
        numbers(bytes, at, found, children >= 32);
    }
}

#[test]
fn no_number_of_a_stored_record_is_too_large() {
    let vault = VaultRecord::read(&SCENE.disk.records[key::VAULT]).unwrap().key().unwrap();
    let names: Vec<_> = SCENE.disk.records.keys().filter(|name| *name != key::VAULT).collect();
    let mut families = BTreeSet::new();
    let mut tried = 0;
    // Entries are signed; accounts and sessions are vodozemac's, which counts on in them without a bound.
    let others = [key::ROSTER, key::ACCOUNT, key::SESSIONS];
    for (index, name) in names.into_iter().enumerate() {
        if !families.insert(key::family(name)) || others.contains(&key::family(name)) {
            continue;
        }
        let value = opened(&SCENE.disk, &vault, name);
        let mut found = Vec::new();
        numbers(&value, &mut 0, &mut found, false);
        for (from, to) in found {
            for number in [u64::MAX, u64::MAX - 1, 1 << 63, 0] {
                let mut changed = value.clone();
                changed.splice(from..to, [&[0xcf][..], &number.to_be_bytes()].concat());
                println!("{name}, bytes {from} to {to}: {number}");
                record(&[&[u8::try_from(index).unwrap(), 1], &changed[..]].concat());
                tried += 1;
            }
        }
    }
    assert!(tried > 60, "{tried}");
}
