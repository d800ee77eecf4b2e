//! The office as this device has verified it: the roster, replayed from the root that the invite pinned,
//! and this client's own checks on top.
//!
//! The gateway that hands out the log is not trusted. It cannot change what was replayed (each entry carries the
//! hash of the one before), and three contradictions stop sending until they are cleared:
//! * it shows less than this device or a colleague has seen ([`Trouble::Rollback`]);
//! * it shows something else at the same place, or a colleague has seen something else ([`Trouble::Fork`]);
//! * it sends an entry that breaks the rules ([`Trouble::Invalid`]).
//!
//! A device whose Olm signature or keys do not hold stays in the log, since the chain goes through it, but
//! is nobody's recipient and nobody's sender: the gateway cannot check Olm signatures, and an insider's
//! broken certificate must not stop the whole office.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    device::{DeviceCertificate, DeviceStatement},
    id::{DeviceId, Hash, OfficeId, UserId},
    limits::MAX_CLOCK_AHEAD_MS,
    roster::{
        Change, LeaseStatement, RevocationReason, Roster, RosterError, SignedEntry, SignedLease, Source, User,
    },
    signature::SigningKey,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::{
    error::CoreError,
    olm::key_form,
    store::{Batch, Keep, damaged, key, read},
};

/// How long after somebody left, by the clock of whoever says so, a message of theirs may have been written: clocks differ.
pub(crate) const GRACE_MS: u64 = 5 * 60 * 1000;

/// What a device said of itself, once verified.
pub(crate) type Device = DeviceStatement;

/// A point in the log: number of entries and hash of the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) length: u64,
    pub(crate) head: Hash,
}

/// How somebody's [`Place`] stands to one's own log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is in one's own log.
    Known,
    /// It is ahead of it.
    Ahead,
    /// One's own log has something else there.
    Contradicts,
}

/// Why the roster cannot be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Trouble {
    Rollback,
    Fork,
    Invalid,
    /// An entry was made later than now.
    FromTheFuture,
}

impl Trouble {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Rollback => "roster_rollback",
            Self::Fork => "roster_fork",
            Self::Invalid | Self::FromTheFuture => "roster_invalid",
        }
    }

    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::Rollback => {
                "The gateway hides entries of the office's roster. Sending is stopped; tell your office lead."
            }
            Self::Fork => {
                "The gateway shows different rosters to different people. Sending is stopped; tell your office lead."
            }
            Self::Invalid | Self::FromTheFuture => {
                "The gateway sent a roster entry that breaks the rules. Sending is stopped; tell your office lead."
            }
        }
    }
}

/// What outlives the process besides the entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Witness {
    /// The longest roster that a colleague said to have, as long as it is ahead of this one.
    claimed: Option<Place>,
    /// A fork cannot be cleared by the gateway that made it.
    forked: bool,
    /// The newest lease.
    #[serde(default)]
    lease: Option<LeaseStatement>,
}

/// The verified office.
pub(crate) struct Directory {
    roster: Roster,
    /// Hash of each entry.
    hashes: Vec<Hash>,
    distrusted: BTreeSet<DeviceId>,
    witness: Witness,
    trouble: Option<Trouble>,
    /// Entries that are not on disk yet.
    fresh: BTreeMap<u64, ByteBuf>,
    witness_changed: bool,
}

impl Directory {
    /// Before the first entry.
    pub(crate) fn pinned(root: Hash) -> Self {
        Self {
            roster: Roster::pinned(root),
            hashes: Vec::new(),
            distrusted: BTreeSet::new(),
            witness: Witness::default(),
            trouble: None,
            fresh: BTreeMap::new(),
            witness_changed: false,
        }
    }

    /// Replays what was stored. Every check is made again.
    pub(crate) fn restore(
        root: Hash,
        entries: &BTreeMap<String, Vec<u8>>,
        witness: Option<&[u8]>,
    ) -> Result<Self, CoreError> {
        let mut directory = Self::pinned(root);
        for (name, bytes) in entries {
            let entry: ByteBuf = read(name, bytes)?;
            if *name != key::roster(directory.roster.length()) {
                return Err(damaged(name, "an entry before it is missing"));
            }
            directory
                .replay(&entry, Source::Stored)
                .map_err(|_| damaged(name, "it does not continue the roster"))?;
        }
        if let Some(bytes) = witness {
            directory.witness = read(key::WITNESS, bytes)?;
        }
        if directory.witness.forked {
            directory.trouble = Some(Trouble::Fork);
        }
        Ok(directory)
    }

    /// How much of the log is here.
    pub(crate) fn place(&self) -> Place {
        Place { length: self.roster.length(), head: self.roster.head() }
    }

    pub(crate) const fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }

    /// How another's place stands to this log.
    pub(crate) fn standing(&self, place: Place) -> Standing {
        let Some(last) = place.length.checked_sub(1) else {
            return if place == Self::nowhere() { Standing::Known } else { Standing::Contradicts };
        };
        match usize::try_from(last).ok().and_then(|last| self.hashes.get(last)) {
            Some(hash) if *hash == place.head => Standing::Known,
            Some(_) => Standing::Contradicts,
            None => Standing::Ahead,
        }
    }

    /// Takes what the gateway says of its log when it lets the device in.
    pub(crate) fn meet_gateway(&mut self, place: Place) {
        let hidden = self.witness.claimed.is_some_and(|claimed| claimed.length > place.length);
        self.trouble = if self.witness.forked || self.standing(place) == Standing::Contradicts {
            Some(Trouble::Fork)
        } else if place.length < self.roster.length() || hidden {
            Some(Trouble::Rollback)
        } else {
            None
        };
    }

    /// Takes what a colleague's message says of that colleague's log.
    pub(crate) fn meet_colleague(&mut self, place: Place) {
        match self.standing(place) {
            Standing::Known => {}
            Standing::Contradicts => self.note_fork(),
            Standing::Ahead => {
                if self.witness.claimed.is_none_or(|claimed| claimed.length < place.length) {
                    self.witness.claimed = Some(place);
                    self.witness_changed = true;
                }
            }
        }
    }

    /// The longest log that somebody said to have, while it is ahead of this one.
    pub(crate) fn claimed(&self) -> Option<Place> {
        self.witness.claimed
    }

    /// The clock was wrong, perhaps.
    pub(crate) fn forget_future(&mut self) {
        self.trouble.take_if(|trouble| *trouble == Trouble::FromTheFuture);
    }

    /// The gateway had its chance to send what a colleague has seen.
    pub(crate) fn note_rollback(&mut self) {
        self.trouble.get_or_insert(Trouble::Rollback);
    }

    /// A person looked into it and goes on. What a gateway shows next is judged anew.
    pub(crate) fn clear_trouble(&mut self) {
        self.trouble = None;
        self.witness_changed |= self.witness.forked || self.witness.claimed.is_some();
        self.witness.forked = false;
        self.witness.claimed = None;
    }

    /// Somebody sees another log.
    pub(crate) fn note_fork(&mut self) {
        self.trouble = Some(Trouble::Fork);
        self.witness_changed |= !self.witness.forked;
        self.witness.forked = true;
    }

    /// Takes entries from the gateway, from `first` on. What is here already is compared.
    pub(crate) fn take(&mut self, first: u64, entries: &[ByteBuf], now: u64) -> Result<(), Trouble> {
        for (index, entry) in (first..).zip(entries) {
            if index < self.roster.length() {
                let known = SignedEntry::read(entry)
                    .map(|(signed, _)| Place { length: index + 1, head: signed.hash() });
                if known.is_ok_and(|place| self.standing(place) == Standing::Contradicts) {
                    return Err(self.fail(Trouble::Fork));
                }
                continue;
            }
            self.replay(entry, Source::Wire { now_ms: now })
                .map_err(|error| self.fail(trouble_of(&error)))?;
            self.fresh.insert(index, entry.clone());
        }
        if let Some(claimed) = self.witness.claimed {
            match self.standing(claimed) {
                Standing::Ahead => {}
                Standing::Known => {
                    self.witness.claimed = None;
                    self.witness_changed = true;
                    // What was held back has come.
                    self.trouble.take_if(|trouble| *trouble == Trouble::Rollback);
                }
                Standing::Contradicts => {
                    self.note_fork();
                    return Err(Trouble::Fork);
                }
            }
        }
        Ok(())
    }

    /// A device that may send and receive.
    pub(crate) fn device(&self, device: DeviceId) -> Option<&Device> {
        if self.distrusted.contains(&device) { None } else { self.roster.device(device) }
    }

    /// A device whose messages are taken: one of the office, or one whose person signed out on it, for what it had sent
    /// before; see [`Self::had_left`].
    pub(crate) fn sender(&self, device: DeviceId) -> Option<&Device> {
        if self.distrusted.contains(&device) {
            return None;
        }
        let known = self.roster.any_device(device)?;
        let left = known.revoked.as_ref();
        let good = left.is_none_or(|left| left.reason == RevocationReason::SignedOut);
        good.then_some(&known.statement)
    }

    /// Whether the device had left when it wrote something at this time, with the roster up to `place`.
    pub(crate) fn had_left(&self, device: DeviceId, place: Place, at_ms: u64) -> bool {
        let left = self.roster.any_device(device).and_then(|device| device.revoked.as_ref());
        left.is_some_and(|left| place.length > left.index || at_ms >= left.at_ms.saturating_add(GRACE_MS))
    }

    /// Whether the device is in the roster but failed this client's own checks.
    pub(crate) fn is_distrusted(&self, device: DeviceId) -> bool {
        self.distrusted.contains(&device)
    }

    /// The devices of a person that may send and receive.
    pub(crate) fn devices_of(&self, user: UserId) -> impl Iterator<Item = &Device> {
        let devices = self.roster.user(user).map_or(&[][..], |user| &user.devices);
        devices.iter().filter_map(|device| self.device(*device))
    }

    /// A person who is in the office.
    pub(crate) fn person(&self, user: UserId) -> Option<&User> {
        self.roster.user(user)
    }

    /// Whoever goes by a name.
    pub(crate) fn named(&self, name: &str) -> Option<&User> {
        self.roster.named(name)
    }

    /// What the office is called.
    pub(crate) fn office_name(&self) -> Option<&str> {
        self.roster.office_name()
    }

    /// The log as replayed so far.
    pub(crate) const fn roster(&self) -> &Roster {
        &self.roster
    }

    /// A device that is or was in the office, trusted or not.
    pub(crate) fn any_device(&self, device: DeviceId) -> Option<&protocol::roster::Device> {
        self.roster.any_device(device)
    }

    /// When an administrator's device confirmed how far the roster goes.
    pub(crate) fn confirmed_at(&self) -> Option<u64> {
        self.witness.lease.map(|lease| lease.at_ms)
    }

    /// Takes a lease. None where it does not hold, is not newer than the last or is of a time to come, which would keep this
    /// device fresh until then; else how it stands to this log: a contradiction is one of the roster.
    pub(crate) fn take_lease(&mut self, lease: &SignedLease, now: u64) -> Option<Standing> {
        let statement = lease.verify(&self.roster).ok()?;
        if statement.at_ms > now.saturating_add(MAX_CLOCK_AHEAD_MS) {
            return None;
        }
        if self.witness.lease.is_some_and(|known| known.at_ms >= statement.at_ms) {
            return None;
        }
        let place = Place { length: statement.length, head: statement.head };
        let standing = self.standing(place);
        match standing {
            Standing::Contradicts => self.note_fork(),
            Standing::Ahead => self.meet_colleague(place),
            Standing::Known => {
                self.witness.lease = Some(statement);
                self.witness_changed = true;
            }
        }
        Some(standing)
    }

    /// Everybody, in no order.
    pub(crate) fn users(&self) -> impl Iterator<Item = UserId> {
        self.roster.users().map(|user| user.user)
    }

    /// Everybody who has or had a device, in no order.
    pub(crate) fn all_owners(&self) -> impl Iterator<Item = UserId> {
        self.roster.any_devices().map(|device| device.statement.user)
    }

    fn replay(&mut self, bytes: &[u8], source: Source) -> Result<(), RosterError> {
        let entry = self.roster.apply(bytes, source)?;
        let certificate = match &entry.change {
            Change::OfficeOpened(opened) => Some(&opened.certificate),
            Change::PersonJoined(joined) => Some(&joined.certificate),
            Change::DeviceAdded(added) => Some(&added.certificate),
            _ => None,
        };
        if let Some(certificate) = certificate
            && let Ok(statement) = certificate.read()
            && !certificate_holds(certificate, &statement)
        {
            self.distrusted.insert(statement.device);
        }
        debug_assert_eq!(entry.index, self.hashes.len() as u64);
        self.hashes.push(self.roster.head());
        Ok(())
    }

    /// The bytes of the entry that would make `change` now.
    pub(crate) fn next_entry(
        &self,
        office: OfficeId,
        author: Option<UserId>,
        key: &SigningKey,
        change: Change,
        now: u64,
    ) -> Result<Vec<u8>, CoreError> {
        self.roster
            .next_entry(office, author, key, change, now)
            .map_err(|error| CoreError::Roster(error.code()))
    }

    fn fail(&mut self, trouble: Trouble) -> Trouble {
        self.trouble = Some(trouble);
        trouble
    }

    const fn nowhere() -> Place {
        Place { length: 0, head: Hash::from_bytes([0; 32]) }
    }
}

impl Keep for Directory {
    fn flush(&mut self, batch: &mut Batch) -> Result<(), CoreError> {
        for (index, entry) in std::mem::take(&mut self.fresh) {
            batch.put(key::roster(index), &entry)?;
        }
        if std::mem::take(&mut self.witness_changed) {
            batch.put(key::WITNESS.to_owned(), &self.witness)?;
        }
        Ok(())
    }
}

/// Names stand in the roster, and names do not belong into logs.
impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Directory")
            .field("place", &self.place())
            .field("distrusted", &self.distrusted)
            .field("trouble", &self.trouble)
            .finish_non_exhaustive()
    }
}

/// The checks that only clients can make: they have the Olm library.
fn certificate_holds(certificate: &DeviceCertificate, statement: &DeviceStatement) -> bool {
    key_form::is_sound(&statement.noise_key)
        && key_form::is_sound(&statement.olm_identity)
        && key_form::signed(&statement.olm_signing, &certificate.olm_input(), &certificate.by_olm)
}

const fn trouble_of(error: &RosterError) -> Trouble {
    match error {
        RosterError::Chain(_) | RosterError::Root => Trouble::Fork,
        RosterError::FutureDated(_) => Trouble::FromTheFuture,
        _ => Trouble::Invalid,
    }
}
