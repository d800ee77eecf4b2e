//! The way into the roster: let in as a visitor, read and verify the roster, append the entry that makes this
//! device a member, and prove the device on the same channel.

use protocol::{
    channel::Channel,
    error::ErrorCode,
    frame::{AppendRoster, Authenticate, FetchRoster, GatewayFrame, Refused, RosterEntries, Visit, Visiting},
    id::InviteId,
    identity::{IdentityCertificate, IdentityStatement},
    roster::{Change, DeviceAdded, InviteIssued, InvitesIssued, PersonJoined, Source, StaffRole},
    signature::SigningKey,
    text::InviteSecret,
};
use serde_bytes::ByteBuf;

use super::{Connection, Core, member::Member, turn::Turn};
use crate::{
    directory::{Place, Trouble},
    error::CoreError,
    identity::Pass,
    link::Reason,
    view::Problem,
};

/// How long the invite of a restored administrator can be used, should it not be at once.
const RESTORING_MS: u64 = 60 * 60 * 1000;

/// A visit: what is known while this device is not in the roster.
pub(super) struct Visitation {
    pub(super) channel: Channel,
    /// How much of the roster the gateway said to have; none before it has answered.
    target: Option<Place>,
    /// Number of the last append.
    request: u32,
    /// The entries that were sent and not answered.
    sent: Vec<ByteBuf>,
}

impl Core {
    /// Proves this device on a fresh channel, or comes as a visitor.
    pub(super) fn prove(&mut self, mut channel: Channel, turn: &mut Turn) -> Result<(), CoreError> {
        let Some(member) = &self.member else { return Ok(()) };
        match member.identity.visit(channel.handshake_hash())? {
            None => self.authenticate(channel, turn),
            Some((visitor, signature)) => {
                turn.send(&mut channel, &Visit { visitor, channel: signature }.into())?;
                let visit = Visitation { channel, target: None, request: 0, sent: Vec::new() };
                self.connection = Connection::Visiting(Box::new(visit));
                Ok(())
            }
        }
    }

    /// Signs the handshake hash: the proof that it is this device, now, on this channel.
    fn authenticate(&mut self, mut channel: Channel, turn: &mut Turn) -> Result<(), CoreError> {
        let Some(member) = &mut self.member else { return Ok(()) };
        let device = member.identity.device().device;
        let (signature, connection) = member.identity.authenticate(channel.handshake_hash())?;
        turn.send(&mut channel, &Authenticate { device, channel: signature, connection }.into())?;
        self.connection = Connection::Entering(Box::new(channel));
        Ok(())
    }

    pub(super) fn take_visit_frame(
        &mut self,
        mut visit: Box<Visitation>,
        frame: GatewayFrame,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        match frame {
            GatewayFrame::Visiting(visiting) => self.begin_visit(visit, &visiting, turn),
            GatewayFrame::RosterEntries(entries) => self.read_roster(visit, &entries, turn),
            GatewayFrame::Appended(_) => {
                // What was signed here is what the gateway stored: the next connection compares heads.
                let entries = std::mem::take(&mut visit.sent);
                if let Some(member) = self.member.as_mut().filter(|_| !entries.is_empty()) {
                    let first = member.directory.place().length;
                    if member.directory.take(first, &entries, self.clock.wall(turn.now)).is_err() {
                        return self.give_up(Reason::GatewayUnreachable, turn);
                    }
                }
                self.go_on(visit, turn)
            }
            GatewayFrame::Refused(refused) => self.refused_visit(visit, &refused, turn),
            _ => {
                self.connection = Connection::Visiting(visit);
                Ok(())
            }
        }
    }

    fn begin_visit(
        &mut self,
        mut visit: Box<Visitation>,
        visiting: &Visiting,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        self.clock.hear(visiting.now_ms, turn.now);
        let target = Place { length: visiting.roster_length, head: visiting.roster_head };
        visit.target = Some(target);
        if let Some(member) = &mut self.member {
            // What another gateway showed before is not held against this one.
            member.directory.meet_gateway(target);
        }
        self.go_on(visit, turn)
    }

    fn read_roster(
        &mut self,
        visit: Box<Visitation>,
        entries: &RosterEntries,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        let Some(member) = &mut self.member else { return Ok(()) };
        if entries.first <= member.directory.place().length
            && member.directory.take(entries.first, &entries.entries, self.clock.wall(turn.now)).is_err()
        {
            return self.refuse_roster(turn);
        }
        self.go_on(visit, turn)
    }

    /// Reads what is missing, then appends, then authenticates.
    fn go_on(&mut self, mut visit: Box<Visitation>, turn: &mut Turn) -> Result<(), CoreError> {
        let Some(member) = &self.member else { return Ok(()) };
        let here = member.directory.place();
        let Some(target) = visit.target else { return self.give_up(Reason::GatewayUnreachable, turn) };
        if target.length > here.length {
            turn.send(&mut visit.channel, &FetchRoster { from: here.length }.into())?;
            self.connection = Connection::Visiting(visit);
            return Ok(());
        }
        let me = member.identity.device().device;
        if member.directory.device(me).is_some() {
            return self.authenticate(visit.channel, turn);
        }
        if !visit.sent.is_empty() {
            self.connection = Connection::Visiting(visit);
            return Ok(());
        }
        if member.directory.claimed().is_some() || member.directory.trouble().is_some() {
            // The invite names entries that this gateway does not show.
            return self.refuse_roster(turn);
        }
        let entries = match entries_to_append(member, self.clock.wall(turn.now)) {
            Ok(entries) => entries,
            Err(CoreError::Roster(code)) => {
                self.end_joining(code, turn);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        visit.request = visit.request.wrapping_add(1);
        let append = AppendRoster { request: visit.request, entries: entries.clone() };
        turn.send(&mut visit.channel, &append.into())?;
        visit.sent = entries;
        self.connection = Connection::Visiting(visit);
        Ok(())
    }

    fn refused_visit(
        &mut self,
        mut visit: Box<Visitation>,
        refused: &Refused,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        if refused.request.is_none() {
            return self.leave(refused.code, turn);
        }
        visit.sent.clear();
        if refused.code == ErrorCode::RosterMoved {
            // Somebody was faster: what they appended comes first, then it is signed anew.
            let Some(member) = &self.member else { return Ok(()) };
            let from = member.directory.place().length;
            turn.send(&mut visit.channel, &FetchRoster { from }.into())?;
            self.connection = Connection::Visiting(visit);
            return Ok(());
        }
        self.leave(refused.code, turn)
    }

    /// The gateway's roster is not the one that this device was promised.
    fn refuse_roster(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        let trouble = self.member.as_ref().and_then(|member| member.directory.trouble());
        let trouble = trouble.unwrap_or(Trouble::Rollback);
        self.problem = Some(Problem::new(trouble.code(), trouble.message()));
        turn.changed = true;
        self.give_up(Reason::NotAllowed, turn)
    }
}

/// The entries that make this device a member.
fn entries_to_append(member: &Member, now: u64) -> Result<Vec<ByteBuf>, CoreError> {
    let identity = &member.identity;
    let (home, user) = (identity.home(), identity.person().user);
    let certificate = identity.certificate().clone();
    let join = |invite: InviteId, secret: &InviteSecret| -> Result<Change, CoreError> {
        let statement = IdentityStatement {
            office: home.office,
            invite,
            user,
            identity: identity.identity().public().clone(),
        };
        let identity = IdentityCertificate::make(&statement, &secret.signing_key()?)?;
        Ok(Change::PersonJoined(PersonJoined { identity, certificate: certificate.clone() }))
    };
    let change = match identity.pass() {
        Some(Pass::Founder { opening, .. }) => return Ok(vec![opening.clone()]),
        Some(Pass::Kit { secret, invite, invited }) => {
            let mut roster = member.directory.roster().clone();
            let mut entries = Vec::new();
            let mut add = |author, key: &SigningKey, change| -> Result<(), CoreError> {
                let entry = roster.next_entry(home.office, author, key, change, now);
                let entry = entry.map_err(|error| CoreError::Roster(error.code()))?;
                roster
                    .apply(&entry, Source::Wire { now_ms: now })
                    .map_err(|error| CoreError::Roster(error.code()))?;
                entries.push(ByteBuf::from(entry));
                Ok(())
            };
            // The gateway may have stored the first of the two before something went wrong.
            if member.directory.roster().invite(*invite).is_none() {
                let issued = InviteIssued {
                    invite: *invite,
                    key: invited.signing_key()?.public().clone(),
                    user,
                    name: identity.name().to_owned(),
                    role: StaffRole::Admin,
                    group: None,
                    expires_ms: now.saturating_add(RESTORING_MS),
                };
                add(None, &secret.signing_key()?, InvitesIssued { invites: vec![issued] }.into())?;
            }
            add(Some(user), identity.identity(), join(*invite, invited)?)?;
            return Ok(entries);
        }
        Some(Pass::Invited { invite, secret, .. }) => join(*invite, secret)?,
        Some(Pass::Person) | None => Change::DeviceAdded(DeviceAdded { certificate }),
    };
    let entry = member.directory.next_entry(home.office, Some(user), identity.identity(), change, now)?;
    Ok(vec![ByteBuf::from(entry)])
}

/// Checks an entry of one's own that opens an office.
pub(super) fn opening_root(entry: &[u8], now: u64) -> Result<protocol::id::Hash, CoreError> {
    let mut roster = protocol::roster::Roster::new();
    roster.apply(entry, Source::Wire { now_ms: now })?;
    roster.root().ok_or(CoreError::Internal("opening an office"))
}
