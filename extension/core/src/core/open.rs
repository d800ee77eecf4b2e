//! Opening the core from stored records.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{
    Connection, Core, GatewayClock,
    member::{Counter, Member},
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
    store::{VaultKey, damaged, key, read},
};

impl Core {
    /// Like [`Self::open`], with a source of randomness of one's own.
    pub fn open_with(records: Vec<StoredRecord>, now_ms: u64, rng: Box<dyn Rng>) -> Result<Self, CoreError> {
        let (vault, member) = restore(records)?;
        let mut core = Self {
            rng,
            vault,
            member,
            link: Link::off(),
            connection: Connection::None,
            clock: GatewayClock::default(),
            problem: None,
            refusals: Refusals::default(),
            broken: false,
        };
        // What is too old is not even shown; the records go with the first turn.
        if let Some(member) = &mut core.member {
            member.history.expire(now_ms, &member.outbox);
        }
        Ok(core)
    }
}

fn restore(records: Vec<StoredRecord>) -> Result<(Option<VaultKey>, Option<Member>), CoreError> {
    let mut sealed: BTreeMap<String, Vec<u8>> =
        records.into_iter().map(|record| (record.key, record.value)).collect();
    let Some(vault) = sealed.remove(key::VAULT).map(Zeroizing::new) else {
        return match sealed.into_keys().next() {
            None => Ok((None, None)),
            Some(_) => Err(damaged(key::VAULT, "it is missing")),
        };
    };
    let vault = VaultKey::from_record(&vault)?;
    let mut opened = BTreeMap::new();
    for (name, value) in sealed {
        let plain = vault.open(&name, &value)?;
        opened.insert(name, plain);
    }
    let take = |name: &str| opened.get(name).ok_or_else(|| damaged(name, "it is missing"));
    let identity = Identity::restore(take(key::IDENTITY)?)?;
    let account = OlmAccount::restore(take(key::ACCOUNT)?)?;
    if account.identity() != identity.device().olm_identity {
        return Err(damaged(key::ACCOUNT, "it belongs to another device"));
    }
    let mut member = Member::new(identity, account);
    let mut roster = BTreeMap::new();
    for (name, value) in &opened {
        match key::family(name) {
            key::COUNTER => member.counter = Counter::restore(read(name, value)?),
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
            key::TALK => member.history.restore_talk(name, value)?,
            key::CHAT => member.history.restore_line(name, value)?,
            // Read above or below, or written by a newer version: not understood, not touched.
            _ => {}
        }
    }
    let witness = opened.get(key::WITNESS).map(|bytes| bytes.as_slice());
    member.directory = Directory::restore(member.identity.home().roster_root, &roster, witness)?;
    Ok((Some(vault), Some(member)))
}
