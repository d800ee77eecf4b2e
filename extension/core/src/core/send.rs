//! Sending: queue, get sessions, seal, offer.
//!
//! ```text
//! typed ──(claim one-time keys where a session is missing)──► sealed ──offer──► accepted ──► delivered
//!   │ on disk                                                  │ on disk, ratchets with it
//!   └ a crash: typed again from disk                           └ a crash: the same bytes are offered again
//! ```
//!
//! Messages of one conversation keep their order: while one waits for a session, those after it wait too.
//! They are sealed when there is a connection and not before, so that they go to the devices that there are
//! then, with the freshest ratchets.

use std::collections::BTreeSet;

use protocol::{
    envelope::{Envelope, Header},
    frame::{ClaimPrekeys, ClaimedPrekey, Prekeys, SendMessage},
    id::{Curve25519Public, DeviceId, MessageId},
    limits::{MAX_CLAIM, MAX_MESSAGE_LIFE_MS, MAX_UNANSWERED, MAX_WRAPS},
};

use super::{
    Core,
    connection::{CLAIM_WAIT_MS, Claim, Connection, NO_KEYS_WAIT_MS},
    member::Member,
    turn::Turn,
};
use crate::{
    error::CoreError,
    message::{
        MAX_TEXT,
        open::text_fits,
        payload::{Content, Payload},
        seal,
        wrap::{Common, WrapBody},
    },
    olm::key_form,
    outbox::{Body, Recipient, Sealed},
    refusal::Refusal,
    rng::{Rng, make_bytes},
    secret::Secret,
    target::Target,
    view::MessageState,
};

/// How far a message may be offered ahead of one that is not accepted yet. One that the gateway refuses for now
/// comes after those; a ratchet keeps the keys of forty that it skipped.
const MAX_AHEAD: u64 = 32;

impl Core {
    pub(super) fn new_message_id(&mut self, now: u64) -> Result<MessageId, CoreError> {
        Ok(MessageId::new(now, make_bytes(self.rng.as_mut())?))
    }

    pub(super) fn queue_text(&mut self, to: Target, text: &str, turn: &mut Turn) -> Result<(), CoreError> {
        let now = self.clock.wall(turn.now);
        let message = self.new_message_id(now)?;
        let member = self.member.as_mut().filter(|member| member.identity.is_enrolled());
        let member = member.ok_or(CoreError::NotMember)?;
        if text.trim().is_empty() {
            return Err(CoreError::TextEmpty);
        }
        if !text_fits(text) {
            return Err(CoreError::TextTooLong { length: text.chars().count(), limit: MAX_TEXT });
        }
        member.may_write(to)?;
        let (conversation, me) = (member.conversation_of(to), member.me().user);
        let content = Content::Text(text.to_owned());
        let everybody = Recipient::Everybody(to);
        member.outbox.add(message, conversation, everybody, now + MAX_MESSAGE_LIFE_MS, content)?;
        let place = member.line_of(conversation, to, message, me, turn.now);
        member.history.add_mine(&place, text.to_owned(), MessageState::Queued);
        turn.changed = true;
        Ok(())
    }

    /// Offers what can be offered, and asks for the keys of the devices that the next messages need.
    pub(super) fn pump(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        let Some((wanted, due)) = self.plan() else { return Ok(()) };
        for message in due {
            self.offer(message, turn)?;
        }
        self.claim(wanted, turn)
    }

    /// Devices to claim keys of, and messages to offer now, in order. None while nothing may be sent.
    fn plan(&self) -> Option<(BTreeSet<DeviceId>, Vec<MessageId>)> {
        let (Some(member), Connection::Up(session)) = (&self.member, &self.connection) else { return None };
        let stopped = member.directory.trouble().is_some() || !session.current || !session.bus_up;
        if stopped || session.hold_until.is_some() || self.is_stale(self.last_turn) {
            return None;
        }
        let room = MAX_UNANSWERED.saturating_sub(session.unanswered.len());
        let (mut wanted, mut due, mut blocked) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
        let offered = session.unanswered.iter().filter_map(|message| member.outbox.get(*message));
        let mut oldest = offered.filter(|item| !item.accepted).map(|item| item.place).min();
        for item in member.outbox.to_offer() {
            if due.len() == room || oldest.is_some_and(|oldest| item.place >= oldest + MAX_AHEAD) {
                break;
            }
            // What is not sealed yet has no place in a ratchet, and holds up nobody.
            if !item.accepted && matches!(item.body, Body::Sealed(_)) {
                oldest = oldest.min(Some(item.place)).or(Some(item.place));
            }
            if blocked.contains(&item.conversation) {
                continue;
            }
            if let Body::Typed { content } = &item.body {
                if member.is_blocked(item.to, content) {
                    continue;
                }
                let (theirs, own) = member.recipients(item.to);
                let missing = |device: &&DeviceId| {
                    member.sessions.needs_one(**device) && !session.claims.without.contains_key(*device)
                };
                let before = wanted.len();
                wanted.extend(theirs.iter().chain(&own).filter(missing).copied());
                let waits = wanted.len() > before
                    || theirs.iter().chain(&own).any(|device| wanted.contains(device))
                    || !theirs.iter().any(|device| member.sessions.has(*device));
                if waits {
                    blocked.insert(item.conversation);
                    continue;
                }
            }
            due.push(item.message);
            if !item.accepted {
                oldest = oldest.min(Some(item.place)).or(Some(item.place));
            }
        }
        Some((wanted, due))
    }

    fn offer(&mut self, message: MessageId, turn: &mut Turn) -> Result<(), CoreError> {
        let (Some(member), Some(session)) = (&mut self.member, self.connection.session_mut()) else {
            return Ok(());
        };
        if member.outbox.get(message).is_some_and(|item| matches!(item.body, Body::Typed { .. }))
            && !seal_message(member, message, self.rng.as_mut())?
        {
            return Ok(());
        }
        let Some(Body::Sealed(sealed)) = member.outbox.get(message).map(|item| &item.body) else {
            return Ok(());
        };
        let envelope = sealed.envelope.clone();
        turn.send(&mut session.channel, &SendMessage { envelope }.into())?;
        session.unanswered.insert(message);
        member.outbox.note_offered(message);
        Ok(())
    }

    fn claim(&mut self, wanted: BTreeSet<DeviceId>, turn: &mut Turn) -> Result<(), CoreError> {
        let Some(session) = self.connection.session_mut() else { return Ok(()) };
        if wanted.is_empty() || session.claims.open.is_some() {
            return Ok(());
        }
        let request = session.number();
        let devices: BTreeSet<_> = wanted.into_iter().take(MAX_CLAIM).collect();
        let frame = ClaimPrekeys { request, devices: devices.iter().copied().collect() };
        turn.send(&mut session.channel, &frame.into())?;
        session.claims.open = Some(Claim { request, devices, by: turn.now + CLAIM_WAIT_MS });
        Ok(())
    }

    pub(super) fn take_prekeys(&mut self, prekeys: Prekeys, turn: &Turn) {
        let (Some(member), Some(session)) = (&mut self.member, self.connection.session_mut()) else { return };
        let Some(claim) = session.claims.open.take_if(|claim| claim.request == prekeys.request) else {
            return;
        };
        let now = self.clock.wall(turn.now);
        for claimed in prekeys.keys {
            // Only what was asked for; and a session that came about meanwhile is as good as a new one.
            if !claim.devices.contains(&claimed.device) || !member.sessions.needs_one(claimed.device) {
                continue;
            }
            let is_here = member.directory.device(claimed.device).is_some();
            if open_session(member, &claimed, now).is_none() && is_here {
                self.refusals.count(Refusal::ClaimedKey);
            }
        }
        // No key, or one that does not hold: asked for again later.
        for device in claim.devices {
            if member.sessions.has(device) {
                member.sessions.make_do(device);
            } else {
                session.claims.without.insert(device, turn.now + NO_KEYS_WAIT_MS);
            }
        }
    }

    pub(super) fn take_refused_claim(&mut self, request: u32, turn: &Turn) {
        let Some(session) = self.connection.session_mut() else { return };
        if session.claims.open.take_if(|claim| claim.request == request).is_some() {
            session.hold(turn.now);
        }
    }
}

/// Starts a session with a claimed key. None where the key is not its device's own, in date and sound.
fn open_session(member: &mut Member, claimed: &ClaimedPrekey, now: u64) -> Option<()> {
    let device = member.directory.device(claimed.device)?;
    let statement = claimed.prekey.verify(&device.signing_key).ok()?;
    let key: Curve25519Public = statement.key;
    if statement.device != device.device || statement.expires_ms <= now || !key_form::is_sound(&key) {
        return None;
    }
    let session = member.account.open_session(&device.olm_identity, &key).ok()?;
    member.sessions.add(claimed.device, session);
    Some(())
}

/// Seals a typed message for every device of the recipient and every other device of one's own with which
/// there is a session. False where no device of the recipient is left.
fn seal_message(member: &mut Member, message: MessageId, rng: &mut dyn Rng) -> Result<bool, CoreError> {
    let me = member.me().clone();
    let Some(item) = member.outbox.get(message) else { return Ok(false) };
    let Body::Typed { content } = &item.body else { return Ok(true) };
    let header = Header {
        message,
        conversation: item.conversation,
        sender_user: me.user,
        sender_device: me.device,
        expires_ms: item.expires_ms,
    };
    let root = Secret::make(rng)?;
    // Steps of a comparison are not kept for devices that are away, and so must not be missed there.
    let is_linked = matches!(item.to, Recipient::Everybody(_)) && !matches!(content, Content::Compare(_));
    let link = is_linked.then(|| member.chains.next(item.conversation));
    let padded = Payload::new(header.clone(), content.clone(), member.name_for(item.to), link).to_padded()?;
    let payload = seal::seal(&root, &padded, rng)?;
    let hash = seal::hash(&header, &payload);
    let (theirs, own) = member.recipients(item.to);
    let common = Common {
        header: &header,
        hash,
        root: &root,
        counter: member.counter.take(),
        roster: member.directory.place(),
        sender: &me,
    };
    let mut wraps = Vec::new();
    for id in theirs.iter().chain(&own).take(MAX_WRAPS) {
        if let Some(device) = member.directory.device(*id) {
            let body = WrapBody::new(&common, device).encode()?;
            wraps.extend(member.sessions.encrypt(*id, &body)?);
        }
    }
    if !wraps.iter().any(|wrap| theirs.contains(&wrap.device)) {
        return Ok(false);
    }
    if let Some(link) = link {
        member.chains.sealed(header.conversation, link, hash);
    }
    member.outbox.seal(message, Sealed { envelope: Envelope { header, payload, wraps }, root, link });
    Ok(true)
}
