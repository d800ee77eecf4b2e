//! Per sender device and conversation a chain of hashes, so that an omitted or reordered message shows.
//!
//! Each message to a whole conversation carries its number among those of its device there, and the hash of the one
//! before. Whoever gets a number that does not follow the last sees a gap; a late message fills it. Copies for one device
//! alone (control messages, messages sealed again) are in no chain.

use std::collections::{BTreeMap, BTreeSet};

use protocol::id::{ConversationId, DeviceId, Hash};
use serde::{Deserialize, Serialize};

use crate::{
    error::CoreError,
    store::{Batch, Keep, damaged, key, read},
};

/// Gaps remembered of one chain; the oldest are forgotten first.
const MAX_GAPS: usize = 64;

/// Where a message stands in its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    /// From 0.
    #[serde(rename = "n")]
    pub(crate) number: u64,
    /// Hash of the message before; zeros for the first.
    #[serde(rename = "p")]
    pub(crate) previous: Hash,
}

/// How a message follows those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follows {
    /// It is the next one, the first one seen, or fills a gap.
    Well,
    /// The hash of the message before is another: the sender told different people different things, or went back in time.
    Contradicts,
}

/// The chains of one's own device and of all others.
#[derive(Debug, Default)]
pub(crate) struct Chains {
    mine: BTreeMap<ConversationId, Link>,
    theirs: BTreeMap<(ConversationId, DeviceId), Received>,
    changed_mine: BTreeSet<ConversationId>,
    changed: BTreeSet<(ConversationId, DeviceId)>,
}

/// What came of one chain.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Received {
    /// The highest number.
    last: u64,
    /// Hash of that message.
    head: Hash,
    /// First and last missing number of each gap, in order.
    gaps: Vec<(u64, u64)>,
}

impl Chains {
    pub(crate) fn restore_mine(&mut self, name: &str, bytes: &[u8]) -> Result<(), CoreError> {
        let conversation = name.split_once('/').and_then(|(_, id)| id.parse().ok());
        let conversation =
            conversation.ok_or_else(|| damaged(name, "its name is not one of a conversation"))?;
        self.mine.insert(conversation, read(name, bytes)?);
        Ok(())
    }

    pub(crate) fn restore_theirs(&mut self, name: &str, bytes: &[u8]) -> Result<(), CoreError> {
        let wrong = || damaged(name, "its name is not one of a chain");
        let (_, ids) = name.split_once('/').ok_or_else(wrong)?;
        let (conversation, device) = ids.split_once('/').ok_or_else(wrong)?;
        let of = (conversation.parse().map_err(|_| wrong())?, device.parse().map_err(|_| wrong())?);
        self.theirs.insert(of, read(name, bytes)?);
        Ok(())
    }

    /// The link of the next message of one's own.
    pub(crate) fn next(&self, conversation: ConversationId) -> Link {
        let first = Link { number: 0, previous: Hash::from_bytes([0; 32]) };
        self.mine.get(&conversation).copied().unwrap_or(first)
    }

    /// That message was sealed, and this is its hash.
    pub(crate) fn sealed(&mut self, conversation: ConversationId, link: Link, hash: Hash) {
        let next = Link { number: link.number.saturating_add(1), previous: hash };
        self.mine.insert(conversation, next);
        self.changed_mine.insert(conversation);
    }

    /// Nobody will get that message: if it is the last, its place is free again.
    pub(crate) fn undo(&mut self, conversation: ConversationId, link: Link) {
        if self.mine.get(&conversation).is_some_and(|next| next.number == link.number.saturating_add(1)) {
            self.mine.insert(conversation, link);
            self.changed_mine.insert(conversation);
        }
    }

    /// Takes a message of somebody's device. Its hash is `hash`.
    pub(crate) fn take(
        &mut self,
        conversation: ConversationId,
        device: DeviceId,
        link: Link,
        hash: Hash,
    ) -> Follows {
        let of = (conversation, device);
        self.changed.insert(of);
        let Some(chain) = self.theirs.get_mut(&of) else {
            // What came before this device belonged to the conversation is not missing.
            self.theirs.insert(of, Received { last: link.number, head: hash, gaps: Vec::new() });
            return Follows::Well;
        };
        if link.number <= chain.last {
            fill(&mut chain.gaps, link.number);
            return Follows::Well;
        }
        let next = chain.last.saturating_add(1);
        let contradicts = link.number == next && link.previous != chain.head;
        if link.number > next {
            chain.gaps.push((next, link.number - 1));
            let many = chain.gaps.len().saturating_sub(MAX_GAPS);
            chain.gaps.drain(..many);
        }
        chain.last = link.number;
        chain.head = hash;
        if contradicts { Follows::Contradicts } else { Follows::Well }
    }

    /// How many messages are missing right before this number.
    pub(crate) fn missing_before(&self, conversation: ConversationId, device: DeviceId, number: u64) -> u32 {
        let chain = self.theirs.get(&(conversation, device));
        let gap = chain.into_iter().flat_map(|chain| &chain.gaps);
        let gap = gap.clone().find(|(_, last)| last.saturating_add(1) == number);
        gap.map_or(0, |(first, last)| {
            u32::try_from(last.saturating_sub(*first).saturating_add(1)).unwrap_or(u32::MAX)
        })
    }

    /// This device is another one now: its chains begin anew.
    pub(crate) fn forget_mine(&mut self) {
        self.mine.clear();
        self.changed_mine.clear();
    }

    /// Forgets the chains of a device that left.
    pub(crate) fn forget(&mut self, gone: impl Fn(DeviceId) -> bool) {
        let left: Vec<_> = self.theirs.keys().filter(|(_, device)| gone(*device)).copied().collect();
        for of in left {
            self.theirs.remove(&of);
            self.changed.insert(of);
        }
    }
}

/// Takes a number out of the gap that holds it.
fn fill(gaps: &mut Vec<(u64, u64)>, number: u64) {
    let Some(at) = gaps.iter().position(|(first, last)| (*first..=*last).contains(&number)) else { return };
    let (first, last) = gaps.remove(at);
    let rest = [(number.saturating_add(1), last), (first, number.wrapping_sub(1))];
    for (first, last) in rest.into_iter().filter(|(first, last)| first <= last && *last != u64::MAX) {
        gaps.insert(at, (first, last));
    }
}

impl Keep for Chains {
    fn flush(&mut self, batch: &mut Batch) -> Result<(), CoreError> {
        for conversation in std::mem::take(&mut self.changed_mine) {
            if let Some(link) = self.mine.get(&conversation) {
                batch.put(key::link(conversation), link)?;
            }
        }
        for (conversation, device) in std::mem::take(&mut self.changed) {
            let name = key::chain(conversation, device);
            match self.theirs.get(&(conversation, device)) {
                Some(chain) => batch.put(name, chain)?,
                None => batch.delete(name),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TALK: ConversationId = ConversationId::from_bytes([1; 16]);
    const DEVICE: DeviceId = DeviceId::from_bytes([2; 16]);

    fn hash(number: u64) -> Hash {
        Hash::of_parts("test", &[&number.to_be_bytes()])
    }

    fn link(number: u64) -> Link {
        Link { number, previous: hash(number.wrapping_sub(1)) }
    }

    fn take(chains: &mut Chains, number: u64) -> Follows {
        chains.take(TALK, DEVICE, link(number), hash(number))
    }

    #[test]
    fn what_is_missing_shows_until_it_comes_late() {
        let mut chains = Chains::default();
        // The first that is seen begins the chain, whatever its number.
        assert_eq!(take(&mut chains, 10), Follows::Well);
        assert_eq!(chains.missing_before(TALK, DEVICE, 10), 0);
        assert_eq!(take(&mut chains, 15), Follows::Well);
        assert_eq!(chains.missing_before(TALK, DEVICE, 15), 4);
        take(&mut chains, 13);
        assert_eq!(chains.missing_before(TALK, DEVICE, 15), 1);
        assert_eq!(chains.missing_before(TALK, DEVICE, 13), 2);
        for number in [11, 12, 14] {
            take(&mut chains, number);
        }
        assert_eq!(chains.missing_before(TALK, DEVICE, 15), 0);
        assert_eq!(take(&mut chains, 16), Follows::Well);
    }

    #[test]
    fn another_past_is_noticed() {
        let mut chains = Chains::default();
        take(&mut chains, 0);
        let other = Link { number: 1, previous: hash(99) };
        assert_eq!(chains.take(TALK, DEVICE, other, hash(1)), Follows::Contradicts);
    }

    #[test]
    fn gaps_are_bounded() {
        let mut chains = Chains::default();
        for number in 0..1_000 {
            take(&mut chains, number * 2);
        }
        assert_eq!(chains.theirs[&(TALK, DEVICE)].gaps.len(), MAX_GAPS);
        assert_eq!(chains.missing_before(TALK, DEVICE, 1_998), 1);
    }

    #[test]
    fn the_place_of_a_message_that_nobody_got_is_used_again() {
        let mut chains = Chains::default();
        let first = chains.next(TALK);
        chains.sealed(TALK, first, hash(0));
        let second = chains.next(TALK);
        assert_eq!(second, Link { number: 1, previous: hash(0) });
        chains.sealed(TALK, second, hash(1));
        chains.undo(TALK, first);
        assert_eq!(chains.next(TALK).number, 2, "a later one was sealed");
        chains.undo(TALK, second);
        assert_eq!(chains.next(TALK), second);
    }
}
