//! What comes for the device: live, from this gateway's other sessions, or from the mailbox. The client gets a
//! message once a session however often it comes, and all its origins are settled by one confirmation.
//! Messages of one sender come in the order in which they were accepted, on whatever ways they came.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use protocol::{bus::Parcel, envelope::Addressed, frame::GatewayFrame, id::MessageId};
use tokio::time::Instant;

use crate::{
    clock,
    line::{End, Line},
    mailbox::{MailPage, Mailboxes},
    principal::Principal,
    relay::{Confirmed, Origin, Relay},
};

/// Live messages left to the mailbox that are remembered: 64 KiB of ids. Order is not kept for what is beyond it.
const MOST_LEFT: usize = 4096;
/// Parcels read from the mailbox at once.
const PAGE: usize = 64;
/// Messages that a client may have without having confirmed them: 1 MiB of headers.
const MOST_GIVEN: usize = 4096;

/// Messages that the client has and did not confirm, and how far its mailbox is read.
///
/// A client that cannot open a message does not confirm it, and waits for its sender to seal it again. That copy comes
/// the same way: so what a client has had for as long as it may take to confirm holds up nothing any more.
#[derive(Debug)]
pub(super) struct Inbound {
    principal: Principal,
    relay: Arc<Relay>,
    unconfirmed: HashMap<MessageId, Given>,
    /// Those of them that may be confirmed any moment, the oldest first.
    fresh: BTreeSet<(Instant, MessageId)>,
    /// How many of these there may be.
    most: usize,
    /// Where the mailbox is to be read next.
    cursor: u64,
    /// There may be more in it.
    more: bool,
    reading: bool,
    /// The mailbox is read to its end.
    at_end: bool,
    /// Live messages that were left to the mailbox and have not come out of it yet.
    left: HashSet<MessageId>,
    /// The last reading failed; tried again at the client's next sign of life.
    failed: bool,
}

/// A message that the client has.
#[derive(Debug)]
struct Given {
    since: Instant,
    confirmed: Confirmed,
}

/// A reading of the mailbox that is to be done.
#[derive(Debug)]
pub(super) struct Reading {
    mailboxes: Mailboxes,
    principal: Principal,
    from: u64,
    count: usize,
}

impl Reading {
    pub(super) async fn run(self) -> Option<MailPage> {
        match self.mailboxes.read(self.principal.device, self.from, self.count).await {
            Ok(page) => Some(page),
            Err(error) => {
                tracing::debug!(%error, "mailbox not read");
                None
            }
        }
    }
}

impl Inbound {
    /// A session's, which begins with reading the mailbox.
    pub(super) fn new(principal: Principal, relay: Arc<Relay>, most: usize) -> Self {
        Self {
            principal,
            relay,
            unconfirmed: HashMap::new(),
            fresh: BTreeSet::new(),
            most,
            cursor: 1,
            more: true,
            reading: false,
            at_end: false,
            left: HashSet::new(),
            failed: false,
        }
    }

    /// Something came.
    pub(super) fn parcel(&mut self, line: &mut Line, parcel: &Parcel, origin: Origin) -> Result<(), End> {
        match parcel {
            Parcel::Message(addressed) => self.message(line, addressed, origin),
            Parcel::Delivered(delivered) => {
                line.send(&GatewayFrame::Delivered(delivered.clone()))?;
                self.relay.close(origin);
                Ok(())
            }
        }
    }

    /// The client has stored a message. `false` when it was not given that message.
    pub(super) fn confirm(&mut self, message: MessageId) -> bool {
        match self.unconfirmed.remove(&message) {
            Some(Given { since, confirmed }) => {
                self.fresh.remove(&(since, message));
                self.relay.settle(self.principal.clone(), confirmed);
                true
            }
            None => false,
        }
    }

    /// The mailbox has grown.
    pub(super) fn mail_came(&mut self) {
        self.more = true;
        self.at_end = false;
    }

    /// The client is alive: a reading that failed is tried again.
    pub(super) fn sign_of_life(&mut self) {
        self.more |= std::mem::take(&mut self.failed);
    }

    /// The bus is back, perhaps with an empty mailbox whose places are counted anew.
    pub(super) fn bus_came_back(&mut self) {
        self.cursor = 1;
        self.more = true;
        self.at_end = false;
        // They are gone with the former mailbox; their senders offer them again.
        self.left.clear();
    }

    /// The next reading, if there is one to do and room for what it brings.
    pub(super) fn next_reading(&mut self) -> Option<Reading> {
        let room = self.room();
        if !self.more || self.reading || room == 0 {
            return None;
        }
        self.reading = true;
        self.more = false;
        Some(Reading {
            mailboxes: self.relay.mailboxes.clone(),
            principal: self.principal.clone(),
            from: self.cursor,
            count: room.min(PAGE),
        })
    }

    /// A reading is done.
    pub(super) fn read(&mut self, line: &mut Line, page: Option<MailPage>) -> Result<(), End> {
        self.reading = false;
        let Some(page) = page else {
            self.failed = true;
            return Ok(());
        };
        self.cursor = page.after;
        self.more |= page.next.is_some();
        self.at_end = !self.more;
        for mail in page.mail {
            let origin = Origin::Mailbox(mail.slot);
            match mail.parcel {
                Some(parcel) if self.has_room_for(&parcel) => self.parcel(line, &parcel, origin)?,
                Some(_) => {
                    // No room for more: from here on again.
                    self.cursor = mail.slot.sequence();
                    self.more = true;
                    self.at_end = false;
                    return Ok(());
                }
                // Not a parcel of this version: nobody can ever deliver it.
                None => self.relay.close(origin),
            }
        }
        Ok(())
    }

    /// Whether nothing older than what comes live waits in the mailbox or is on its way there. Until then live
    /// messages go there too, behind the older ones: a ratchet that is far ahead cannot open what comes late.
    fn caught_up(&self) -> bool {
        self.at_end && self.left.is_empty()
    }

    /// How many more messages the client may be given now.
    fn room(&mut self) -> usize {
        let over = Instant::now();
        let patience = self.relay.confirm_within;
        while self.fresh.first().is_some_and(|(since, _)| *since + patience <= over) {
            self.fresh.pop_first();
        }
        let room = self.most.saturating_sub(self.fresh.len());
        room.min(MOST_GIVEN.saturating_sub(self.unconfirmed.len()))
    }

    fn has_room_for(&mut self, parcel: &Parcel) -> bool {
        match parcel {
            Parcel::Message(message) => {
                self.room() > 0 || self.unconfirmed.contains_key(&message.header.message)
            }
            Parcel::Delivered(_) => true,
        }
    }

    fn message(&mut self, line: &mut Line, message: &Addressed, origin: Origin) -> Result<(), End> {
        if message.wrap.device != self.principal.device {
            // Whoever put it here made a mistake; dropping the origin sends it nowhere else.
            return Ok(());
        }
        if message.header.expires_ms <= clock::now_ms() {
            self.relay.close(origin);
            return Ok(());
        }
        if let Some(given) = self.unconfirmed.get_mut(&message.header.message) {
            given.confirmed.origins.push(origin);
            return Ok(());
        }
        if matches!(origin, Origin::Mailbox(_)) {
            self.left.remove(&message.header.message);
        } else if self.room() == 0 || !self.caught_up() {
            // Dropping the origin sends it to the mailbox, which is read when there is room.
            if self.left.len() < MOST_LEFT {
                self.left.insert(message.header.message);
            }
            return Ok(());
        }
        line.send(&GatewayFrame::Deliver(message.clone()))?;
        let confirmed = Confirmed {
            header: message.header.clone(),
            bytes: message.payload.ciphertext.len(),
            origins: vec![origin],
        };
        let since = Instant::now();
        self.fresh.insert((since, message.header.message));
        self.unconfirmed.insert(message.header.message, Given { since, confirmed });
        Ok(())
    }
}
