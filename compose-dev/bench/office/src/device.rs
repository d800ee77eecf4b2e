//! The measured device: a whole core with a disk in memory. What it costs to carry effects out (the browser's database, the
//! socket) is the host's and not measured here.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use extension_core::{Core, CoreError, Effects, Socket, StoredRecord, Target, view::Stage};
use serde_bytes::ByteBuf;

use crate::{Office, clock::micros};

/// What is on disk.
pub type Records = BTreeMap<String, Vec<u8>>;

/// When everything happens, in milliseconds since 1970.
pub const START: u64 = 1_800_000_000_000;

/// See above.
pub struct Device {
    core: Core,
    records: Records,
    session: Records,
    now: u64,
    connecting: bool,
    to_gateway: Vec<Vec<u8>>,
}

impl Device {
    /// One that has joined and is connected.
    pub fn join(office: &mut Office) -> Result<Self> {
        let mut device = Self::open(Records::new(), Records::new())?;
        let invite = office.invite(device.now)?;
        device.turn(|core, now| core.join(&invite, now))?;
        device.settle(office)?;
        if device.core.view().stage != Stage::Member {
            bail!("the measured device is not in the office");
        }
        Ok(device)
    }

    /// One that starts from what was stored, and is connected.
    pub fn start(records: Records, session: Records, office: &mut Office) -> Result<Self> {
        let mut device = Self::open(records, session)?;
        device.turn(Core::start)?;
        device.settle(office)?;
        Ok(device)
    }

    /// One that starts from what was stored, and does nothing yet.
    pub fn open(records: Records, session: Records) -> Result<Self> {
        let core = Core::open(stored(&records), stored(&session), START)?;
        Ok(Self { core, records, session, now: START, connecting: false, to_gateway: Vec::new() })
    }

    /// When its last turn was.
    pub const fn now(&self) -> u64 {
        self.now
    }

    /// Sends a text. Gives the microseconds of the turn.
    pub fn send(&mut self, to: &str, text: &str) -> Result<f64> {
        let to: Target = to.parse()?;
        self.turn(|core, now| core.send_text(to, text, now))
    }

    /// Runs a turn and carries out what comes of it. Gives its microseconds.
    pub fn turn(&mut self, call: impl FnOnce(&mut Core, u64) -> Result<Effects, CoreError>) -> Result<f64> {
        // A little time passes, never so much that a ping is due.
        self.now += 1;
        let began = micros();
        let effects = call(&mut self.core, self.now)?;
        let took = micros() - began;
        self.carry_out(effects)?;
        Ok(took)
    }

    /// Takes the next message of the gateway, if there is one. Gives the microseconds.
    pub fn hear(&mut self, office: &mut Office) -> Result<Option<f64>> {
        let Some(bytes) = office.deliver() else { return Ok(None) };
        self.turn(|core, now| core.socket_message(&bytes, now)).map(Some)
    }

    /// Hands everything over that the device has said.
    pub fn say(&mut self, office: &mut Office) -> Result<()> {
        self.to_gateway.drain(..).try_for_each(|bytes| office.take(&bytes, self.now))
    }

    /// Whether there is something to hand over.
    pub fn has_something_to_say(&self) -> bool {
        !self.to_gateway.is_empty()
    }

    /// Goes on until neither side has anything to say. Gives the microseconds of all turns.
    pub fn settle(&mut self, office: &mut Office) -> Result<f64> {
        let mut total = 0.0;
        loop {
            if std::mem::take(&mut self.connecting) {
                office.connected();
                total += self.turn(Core::socket_opened)?;
            }
            self.say(office)?;
            match self.hear(office)? {
                Some(took) => total += took,
                None if self.to_gateway.is_empty() && !self.connecting => return Ok(total),
                None => {}
            }
        }
    }

    /// What is stored, on disk and in the session's memory.
    pub fn stored(&self) -> (Records, Records) {
        (self.records.clone(), self.session.clone())
    }

    /// How far the messages of a conversation are.
    pub fn states(&self, with: &str) -> Vec<String> {
        let Ok(with) = with.parse::<Target>() else { return Vec::new() };
        let messages = self.core.conversation(with).messages;
        messages.iter().map(|message| format!("{:?}", message.state).to_lowercase()).collect()
    }

    fn carry_out(&mut self, effects: Effects) -> Result<()> {
        for write in effects.writes {
            match write.value {
                Some(value) => self.records.insert(write.key, value.into_vec()),
                None => self.records.remove(&write.key),
            };
        }
        for write in effects.session_writes {
            match write.value {
                Some(value) => self.session.insert(write.key, value.into_vec()),
                None => self.session.remove(&write.key),
            };
        }
        if let Some(socket) = effects.socket {
            self.to_gateway.clear();
            self.connecting = matches!(socket, Socket::Connect(_));
        }
        self.to_gateway.extend(effects.outgoing.into_iter().map(ByteBuf::into_vec));
        if let Some(job) = effects.stretch {
            let output =
                extension_core::stretch(&job.input, &job.salt, job.memory_kib, job.passes, job.length)?;
            let id = job.id;
            self.turn(|core, now| core.stretched(id, &output, now))?;
        } else if effects.reopen {
            self.core = Core::open(stored(&self.records), stored(&self.session), self.now)
                .context("what was stored does not open")?;
            self.turn(Core::start)?;
        }
        Ok(())
    }
}

fn stored(records: &Records) -> Vec<StoredRecord> {
    records.iter().map(|(key, value)| StoredRecord { key: key.clone(), value: value.clone() }).collect()
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device").field("records", &self.records.len()).finish_non_exhaustive()
    }
}
