//! The message layer alone: one payload, one Olm wrap a device, and every check on opening, but no records that are sealed
//! for the disk, no outbox, no channel. What can be compared with a library that does nothing else.

use anyhow::{Context as _, Result};
use protocol::{
    envelope::{Addressed, Envelope},
    frame::ClaimedPrekey,
    id::{ConversationId, DeviceId},
};

use crate::{Office, TEXT};

/// A sender and its recipients, all of the office's crowd.
pub struct Layer {
    conversation: ConversationId,
    desk: DeviceId,
    devices: Vec<DeviceId>,
    sealed: Option<Envelope>,
}

impl Layer {
    /// The founder's device and all staff, with sessions that both sides have used.
    pub fn new(office: &mut Office, now: u64) -> Result<Self> {
        let people = &mut office.people;
        let devices: Vec<_> = people.staff.iter().map(|(_, device)| *device).collect();
        for device in &devices {
            let prekey = people.crowd.prekey(*device, now)?;
            people.crowd.begin(people.desk, &ClaimedPrekey { device: *device, prekey })?;
        }
        let (conversation, desk) = (people.room.into(), people.desk);
        let mut layer = Self { conversation, desk, devices, sealed: None };
        layer.seal(office, now)?;
        layer.open_all(office)?;
        layer.answer(office, now)?;
        Ok(layer)
    }

    /// Seals a text for all of them. Gives the bytes of the padded payload.
    pub fn seal(&mut self, office: &mut Office, now: u64) -> Result<usize> {
        let crowd = &mut office.people.crowd;
        let envelope = crowd.write(self.desk, self.conversation, &self.devices, TEXT, now)?;
        // Nonce and tag are not payload.
        let bytes = envelope.payload.ciphertext.len().saturating_sub(24 + 16);
        self.sealed = Some(envelope);
        Ok(bytes)
    }

    /// All of them open what was sealed last. Gives how many.
    pub fn open_all(&mut self, office: &mut Office) -> Result<usize> {
        let copies = self.copies()?;
        for addressed in &copies {
            office.people.crowd.read(addressed)?.context("no text")?;
        }
        Ok(copies.len())
    }

    /// Each of them writes to the sender, who opens it: the next message turns every ratchet.
    pub fn answer(&mut self, office: &mut Office, now: u64) -> Result<()> {
        let crowd = &mut office.people.crowd;
        for device in &self.devices {
            let answer = crowd.write(*device, self.conversation, &[self.desk], TEXT, now)?;
            for addressed in answer.address(now) {
                crowd.read(&addressed)?.context("no text")?;
            }
        }
        Ok(())
    }

    fn copies(&mut self) -> Result<Vec<Addressed>> {
        let envelope = self.sealed.take().context("nothing was sealed")?;
        Ok(envelope.address(0).collect())
    }
}

impl std::fmt::Debug for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Layer").field("devices", &self.devices.len()).finish_non_exhaustive()
    }
}
