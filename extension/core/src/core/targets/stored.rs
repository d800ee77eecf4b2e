//! What is read from the disk and from the session's memory: a profile that was copied, restored or changed by somebody else.

use super::{
    desk::{Desk, Disk, SCENE},
    script::Script,
};
use crate::{
    core::Core,
    secret::Secret,
    secretbox,
    store::{UnderDay, VaultKey, VaultRecord, key},
    target::Target,
};

/// A record behind its seal, as somebody leaves it who has the vault key. The first byte says which record, or its family
/// under another name; the second, whether the honest value is changed or another one put there.
pub(super) fn record(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let mut disk = SCENE.disk.clone();
    let vault = VaultRecord::read(&disk.records[key::VAULT]).unwrap().key().unwrap();
    let names: Vec<_> = disk.records.keys().filter(|name| *name != key::VAULT).cloned().collect();
    let name = script.one(&names).clone();
    let honest = opened(&disk, &vault, &name);
    let how = script.byte();
    let value = if how & 1 == 0 { script.edited(honest) } else { script.rest().to_vec() };
    let name = if how & 2 == 0 { name } else { script.text() };
    let sealed = sealed(&disk, &vault, &name, &value);
    disk.records.insert(name, sealed);
    use_profile(disk);
}

/// The value of a record; of a line of history, what is under its day's key.
pub(super) fn opened(disk: &Disk, vault: &VaultKey, name: &str) -> Vec<u8> {
    let value = vault.open(name, &disk.records[name]).unwrap().to_vec();
    if key::family(name) != key::CHAT {
        return value;
    }
    let under: UnderDay = crate::store::read(name, &value).unwrap();
    secretbox::open(&day_key(disk, vault).1, &under.sealed).unwrap().to_vec()
}

fn day_key(disk: &Disk, vault: &VaultKey) -> (u64, Secret) {
    let (name, sealed) = disk.records.iter().find(|(name, _)| key::family(name) == key::DAY).unwrap();
    let day = name.split_once('/').unwrap().1.parse().unwrap();
    (day, crate::store::read(name, &vault.open(name, sealed).unwrap()).unwrap())
}

fn sealed(disk: &Disk, vault: &VaultKey, name: &str, value: &[u8]) -> Vec<u8> {
    let mut rng = crate::rng::OsRng;
    if key::family(name) != key::CHAT {
        return vault.seal(name, value, &mut rng).unwrap();
    }
    let (day, day_key) = day_key(disk, vault);
    let sealed = secretbox::seal(&day_key, value, &mut rng).unwrap();
    let under = protocol::codec::encode(&UnderDay { day, sealed }).unwrap();
    vault.seal(name, &under, &mut rng).unwrap()
}

/// The record of the vault as it lies there.
pub(super) fn vault(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let mut disk = SCENE.disk.clone();
    let honest = disk.records[key::VAULT].clone();
    let value = if script.byte() & 1 == 0 { script.edited(honest) } else { script.rest().to_vec() };
    disk.records.insert(key::VAULT.to_owned(), value);
    use_profile(disk);
}

/// What the session's memory gives: the vault key of a device that has a passphrase, when it was used last. The first byte says
/// which of the two comes first.
pub(super) fn session_memory(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let mut disk = SCENE.disk.clone();
    let vault = VaultRecord::read(&disk.records[key::VAULT]).unwrap().key().unwrap();
    let stretch = protocol::opaque::Stretch::FLOOR;
    let record = VaultRecord::wrap(&vault, [1; 16], stretch, &[2; 32], &mut crate::rng::OsRng).unwrap();
    disk.records.insert(key::VAULT.to_owned(), record.to_bytes().unwrap());
    let honest = if script.byte() & 1 == 0 { vault.to_session() } else { Vec::new() };
    disk.session.insert(key::SESSION_VAULT.to_owned(), script.edited(honest));
    disk.session.insert(key::SESSION_ACTIVE.to_owned(), script.bytes().to_vec());
    use_profile(disk);
}

/// What opens must be usable, for as long as it is stored.
pub(super) fn use_profile(disk: Disk) {
    let Some(mut desk) = Desk::of(disk, SCENE.now) else { return };
    desk.act(Core::start).unwrap();
    let _ = desk.connect();
    for person in desk.core.view().people {
        let _ = desk.act(|core, now| core.send_text(person.user, "again", now));
        let _ = desk.act(|core, now| core.mark_read(person.user, now));
    }
    let _ = desk.act(|core, now| core.send_text(Target::Room(crate::core::samples::ROOM), "again", now));
    for copy in &SCENE.copies {
        desk.hear_frame(copy);
    }
    let _ = desk.act(|core, now| core.unlock("correct horse battery staple", now));
    if let Some(job) = desk.stretch.take() {
        let _ = desk.act(|core, now| core.stretched(job.id, &[2; 32], now));
    }
    desk.check();
    for minutes in [1, 60, 48 * 60] {
        desk.now += minutes * 60 * 1000;
        desk.act(Core::tick).unwrap();
    }
    desk.check();
}
