//! Opening the core from stored records.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{
    Connection, Core, GatewayClock,
    member::{Counter, Member},
    unsaved::Unsaved,
};
use crate::{
    directory::Directory,
    effects::StoredRecord,
    error::CoreError,
    identity::Identity,
    link::Link,
    olm::OlmAccount,
    refusal::Refusals,
    rng::Rng,
    store::{VaultKey, VaultRecord, countable, damaged, key, read},
};

type Records = BTreeMap<String, Vec<u8>>;

/// What records give.
enum Restored {
    Nothing,
    Locked(VaultRecord),
    Open { vault: VaultKey, wrapped: bool, member: Box<Member> },
    Unsaved { vault: VaultKey, member: Box<Member>, unsaved: Unsaved },
}

impl Core {
    /// Like [`Self::open`], with a source of randomness of one's own.
    pub fn open_with(
        records: Vec<StoredRecord>,
        session: Vec<StoredRecord>,
        now_ms: u64,
        rng: Box<dyn Rng>,
    ) -> Result<Self, CoreError> {
        let stored = records.iter().map(|record| record.key.clone()).collect();
        let session: Records = session.into_iter().map(|record| (record.key, record.value)).collect();
        let last_active = session
            .get(key::SESSION_ACTIVE)
            .and_then(|bytes| <[u8; 8]>::try_from(bytes.as_slice()).ok())
            .map_or(now_ms, u64::from_be_bytes);
        let (mut vault, mut wrapped, mut member, mut locked) = (None, false, None, None);
        let (mut unsaved, mut session_leftovers) = (None, Vec::new());
        match restore(records, &session)? {
            Restored::Nothing => {}
            Restored::Locked(record) => (wrapped, locked) = (true, Some(record)),
            Restored::Open { vault: key, wrapped: is_wrapped, member: restored } => {
                (vault, wrapped, member) = (Some(key), is_wrapped, Some(*restored));
            }
            Restored::Unsaved { vault: key, member: restored, unsaved: records } => {
                (vault, member, unsaved) = (Some(key), Some(*restored), Some(records));
            }
        }
        if unsaved.is_none() {
            let leftovers = session.keys().filter(|name| name.starts_with(key::SESSION_UNSAVED));
            session_leftovers.extend(leftovers.cloned());
        }
        let mut core = Self {
            rng,
            vault,
            member,
            link: Link::off(),
            connection: Connection::None,
            clock: GatewayClock::default(),
            problem: None,
            locked,
            wrapped,
            passphrase_first: false,
            unsaved,
            session_leftovers,
            registering: super::passphrase::Registering::default(),
            last_active,
            asking: None,
            stretching: None,
            last_stretch: 0,
            last_turn: now_ms,
            removed: false,
            jobs: super::jobs::Jobs::default(),
            appends: super::append::Appends::default(),
            handing_out: None,
            pairing: None,
            stored,
            refusals: Refusals::default(),
            shown: None,
            broken: false,
        };
        // What is too old is not even shown; the records go with the first turn.
        if let Some(member) = &mut core.member {
            member.history.expire(now_ms, &mut member.outbox);
        }
        Ok(core)
    }
}

fn restore(records: Vec<StoredRecord>, session: &Records) -> Result<Restored, CoreError> {
    let in_session = session.get(key::SESSION_VAULT).and_then(|bytes| VaultKey::from_session(bytes));
    let mut sealed: Records = records.into_iter().map(|record| (record.key, record.value)).collect();
    let Some(vault) = sealed.remove(key::VAULT).map(Zeroizing::new) else {
        return match sealed.into_keys().next() {
            None => restore_unsaved(session, in_session),
            Some(_) => Err(damaged(key::VAULT, "it is missing")),
        };
    };
    let record = VaultRecord::read(&vault)?;
    let wrapped = record.lock().is_some();
    let Some(vault) = record.key().or(in_session) else {
        return Ok(Restored::Locked(record));
    };
    let sealed = sealed.iter().map(|(name, value)| (name, value.as_slice()));
    let member = Box::new(restore_member(&vault, sealed)?);
    Ok(Restored::Open { vault, wrapped, member })
}

/// What waits in the session's memory for a passphrase. Both the key and the records are there or nothing is.
fn restore_unsaved(session: &Records, vault: Option<VaultKey>) -> Result<Restored, CoreError> {
    let unsaved = Unsaved::restore(session);
    let Some(vault) = vault.filter(|_| !unsaved.is_empty()) else { return Ok(Restored::Nothing) };
    let sealed = unsaved.records().map(|(name, value)| (name, value.as_slice()));
    let member = Box::new(restore_member(&vault, sealed)?);
    Ok(Restored::Unsaved { vault, member, unsaved })
}

fn restore_member<'a>(
    vault: &VaultKey,
    sealed: impl Iterator<Item = (&'a String, &'a [u8])>,
) -> Result<Member, CoreError> {
    let mut opened = BTreeMap::new();
    for (name, value) in sealed {
        opened.insert(name.clone(), vault.open(name, value)?);
    }
    let take = |name: &str| opened.get(name).ok_or_else(|| damaged(name, "it is missing"));
    let identity = Identity::restore(take(key::IDENTITY)?)?;
    let account = OlmAccount::restore(take(key::ACCOUNT)?)?;
    if account.identity() != identity.device().olm_identity {
        return Err(damaged(key::ACCOUNT, "it belongs to another device"));
    }
    let mut member = Member::new(identity, account);
    let mut roster: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (name, value) in &opened {
        match key::family(name) {
            key::COUNTER => member.counter = Counter::restore(countable(name, read(name, value)?)?),
            key::ROSTER => {
                roster.insert(name.clone(), value.to_vec());
            }
            key::SESSIONS => {
                let device = name.split_once('/').and_then(|(_, id)| id.parse().ok());
                let device = device.ok_or_else(|| damaged(name, "its name is not one of a device"))?;
                member.sessions.restore(name, device, value)?;
            }
            key::SEEN => member.seen.restore(name, value)?,
            key::OUTBOX => member.outbox.restore(name, value)?,
            key::PROGRESS => member.outbox.restore_progress(name, value)?,
            key::LINK => member.chains.restore_mine(name, value)?,
            key::CHAIN => member.chains.restore_theirs(name, value)?,
            key::LOST => member.lost.restore(name, value)?,
            key::DAY => member.history.restore_day(name, value)?,
            key::TALK => member.history.restore_talk(name, value)?,
            key::PIN => member.pins.restore(name, value)?,
            key::ROOM => member.room_names.restore(name, value)?,
            // Read above or below, or written by a newer version: not understood, not touched.
            _ => {}
        }
    }
    // Last, since the keys of their days come after them by name.
    for (name, value) in opened.iter().filter(|(name, _)| key::family(name) == key::CHAT) {
        member.history.restore_line(name, value)?;
    }
    let witness = opened.get(key::WITNESS).map(|bytes| bytes.as_slice());
    member.directory = Directory::restore(member.identity.home().roster_root, &roster, witness)?;
    Ok(member)
}
