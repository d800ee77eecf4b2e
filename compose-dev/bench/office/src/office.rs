//! The office as the measured device sees it.

use std::collections::VecDeque;

use anyhow::{Context as _, Result, bail};
use opaque_ke::{RegistrationRequest, ServerRegistration, ServerSetup};
use protocol::{
    envelope::Addressed,
    frame::{
        Accepted, Appended, ClaimedPrekey, ClientFrame, Delivered, Done, PassphraseAnswer, Pong, Prekeys,
        Presence, RosterEntries, UserPresence, Visiting, Welcome,
    },
    id::{ConversationId, DeviceId, UserId},
    limits::MAX_ROSTER_ENTRIES_PER_FRAME,
    opaque::Suite,
    prekey::SignedPrekey,
};
use rand_core::OsRng;

use crate::{
    TEXT,
    people::{People, gateway_key},
    wire::Wire,
};

/// The measured device never dials it.
const ADDRESS: &str = "ws://office.invalid";

/// An office, its gateway and its people.
pub struct Office {
    pub(crate) people: People,
    wire: Wire,
    /// The measured device, once it has joined.
    client: Option<(UserId, DeviceId)>,
    /// Its one-time keys.
    client_keys: Vec<SignedPrekey>,
    /// Copies that the staff have not opened yet.
    unread: VecDeque<Addressed>,
    has_passphrase: bool,
    opaque: ServerSetup<Suite>,
}

impl Office {
    /// With so many people besides the measured one.
    pub fn open(staff: usize, now: u64) -> Result<Self> {
        Ok(Self {
            people: People::found(staff, now)?,
            wire: Wire::new(gateway_key()?),
            client: None,
            client_keys: Vec::new(),
            unread: VecDeque::new(),
            has_passphrase: false,
            opaque: ServerSetup::new(&mut OsRng),
        })
    }

    /// An invite for the measured device.
    pub fn invite(&mut self, now: u64) -> Result<String> {
        let key = self.wire.public()?;
        self.people.invite(ADDRESS, key, now)
    }

    /// The room of everybody, as a target.
    pub fn room(&self) -> String {
        format!("room:{}", self.people.room)
    }

    /// A colleague, as a target.
    pub fn person(&self, index: usize) -> Result<String> {
        Ok(format!("user:{}", self.colleague(index)?.0))
    }

    /// The measured device has opened another connection.
    pub fn connected(&mut self) {
        self.wire.reset();
    }

    /// The next WebSocket message for the measured device.
    pub fn deliver(&mut self) -> Option<Vec<u8>> {
        self.wire.deliver()
    }

    /// A WebSocket message of the measured device.
    pub fn take(&mut self, bytes: &[u8], now: u64) -> Result<()> {
        let Some(frame) = self.wire.take(bytes)? else { return Ok(()) };
        match frame {
            ClientFrame::Visit(_) => self.wire.send(Visiting {
                now_ms: now,
                roster_length: self.people.roster.length(),
                roster_head: self.people.roster.head(),
            }),
            ClientFrame::FetchRoster(fetch) => self.send_roster(fetch.from),
            ClientFrame::AppendRoster(append) => {
                for entry in append.entries {
                    self.people.append(entry, now)?;
                }
                let roster_length = self.people.roster.length();
                self.wire.send(Appended { request: append.request, roster_length })
            }
            ClientFrame::Authenticate(authenticate) => self.let_in(authenticate.device, now),
            ClientFrame::PublishPrekeys(publish) => {
                self.client_keys.extend(publish.one_time);
                Ok(())
            }
            ClientFrame::ClaimPrekeys(claim) => {
                let mut keys = Vec::with_capacity(claim.devices.len());
                for device in claim.devices {
                    keys.push(ClaimedPrekey { device, prekey: self.people.crowd.prekey(device, now)? });
                }
                self.wire.send(Prekeys { request: claim.request, keys })
            }
            ClientFrame::SendMessage(send) => {
                self.wire.send(Accepted { message: send.envelope.header.message, at_ms: now })?;
                self.unread.extend(send.envelope.address(now));
                Ok(())
            }
            ClientFrame::ConfirmDelivery(_) => Ok(()),
            ClientFrame::Ping(ping) => self.wire.send(Pong { number: ping.number }),
            ClientFrame::BeginPassphrase(begin) => {
                let (user, _) = self.client()?;
                let request = RegistrationRequest::deserialize(&begin.message).ok().context("OPAQUE")?;
                let started = ServerRegistration::<Suite>::start(&self.opaque, request, user.as_bytes()).ok();
                let message = started.context("OPAQUE")?.message.serialize().to_vec();
                self.wire.send(PassphraseAnswer { request: begin.request, message })
            }
            ClientFrame::StorePassphrase(store) => {
                self.has_passphrase = true;
                self.wire.send(Done { request: store.request })
            }
            _ => bail!("the office of the benchmarks has no answer to this frame"),
        }
    }

    /// Everybody opens what has come for them. With `confirm`, the measured device hears of each. Gives how many there were.
    pub fn read_all(&mut self, confirm: bool, now: u64) -> Result<usize> {
        let unread = std::mem::take(&mut self.unread);
        for addressed in &unread {
            self.people.crowd.read(addressed)?;
            if confirm {
                let (message, device) = (addressed.header.message, addressed.wrap.device);
                self.wire.send(Delivered { message, device, at_ms: now })?;
            }
        }
        Ok(unread.len())
    }

    /// What has come is lost with everything that was under way, as if those devices were switched off.
    pub fn drop_all(&mut self) {
        self.unread.clear();
    }

    /// Some colleagues, from `first` on, start a session with the measured device by one of its one-time keys each.
    pub fn begin(&mut self, first: usize, count: usize) -> Result<()> {
        let (_, device) = self.client()?;
        for index in first..first + count {
            let prekey = self.client_keys.get(index).context("too few one-time keys")?.clone();
            let (_, from) = self.colleague(index)?;
            self.people.crowd.begin(from, &ClaimedPrekey { device, prekey })?;
        }
        Ok(())
    }

    /// Some colleagues, from `first` on, write into the room. Each message comes to the measured device alone.
    pub fn write_room(&mut self, first: usize, count: usize, now: u64) -> Result<()> {
        let conversation = self.people.room.into();
        (first..first + count).try_for_each(|index| self.write(index, conversation, now))
    }

    /// A colleague writes to the measured person.
    pub fn write_person(&mut self, index: usize, now: u64) -> Result<()> {
        let (user, _) = self.client()?;
        self.write(index, ConversationId::direct(self.colleague(index)?.0, user), now)
    }

    fn write(&mut self, index: usize, conversation: ConversationId, now: u64) -> Result<()> {
        let (_, from) = self.colleague(index)?;
        let (_, to) = self.client()?;
        let envelope = self.people.crowd.write(from, conversation, &[to], TEXT, now)?;
        for addressed in envelope.address(now) {
            self.wire.send(addressed)?;
        }
        Ok(())
    }

    fn let_in(&mut self, device: DeviceId, now: u64) -> Result<()> {
        let user = self.people.roster.device(device).context("a device of nobody")?.user;
        self.client = Some((user, device));
        self.wire.send(Welcome {
            gateway: "bench".parse()?,
            now_ms: now,
            roster_length: self.people.roster.length(),
            roster_head: self.people.roster.head(),
            one_time_keys: u32::try_from(self.client_keys.len())?,
            bus_up: true,
            has_passphrase: self.has_passphrase,
            lease: None,
        })?;
        let users = self.people.staff.iter().map(|(user, _)| UserPresence { user: *user, online: true });
        let users = users.collect();
        self.wire.send(Presence { complete: true, users })
    }

    fn send_roster(&mut self, from: u64) -> Result<()> {
        let skip = usize::try_from(from)?;
        let mut first = from;
        for entries in
            self.people.entries.get(skip..).unwrap_or_default().chunks(MAX_ROSTER_ENTRIES_PER_FRAME)
        {
            self.wire.send(RosterEntries { first, entries: entries.to_vec() })?;
            first += entries.len() as u64;
        }
        Ok(())
    }

    fn client(&self) -> Result<(UserId, DeviceId)> {
        self.client.context("the measured device has not joined yet")
    }

    fn colleague(&self, index: usize) -> Result<(UserId, DeviceId)> {
        self.people.staff.get(index).copied().context("there are not so many people in the office")
    }
}

impl std::fmt::Debug for Office {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Office").field("staff", &self.people.staff.len()).finish_non_exhaustive()
    }
}
