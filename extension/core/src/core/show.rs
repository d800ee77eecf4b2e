//! What the user interface shows, made from the state whenever it is asked for.

use protocol::{
    id::{MessageId, RoomId, UserId},
    roster::{RoomMembers, User},
};

use super::{Connection, Core, ask::Question, member::Member};
use crate::{
    identity::Pass,
    link::Reason,
    target::Target,
    view::{
        Alarm, ChatMessage, ConversationView, Entering, LinkState, LinkView, Me, Office, PendingInvite,
        Person, Presence, Problem, Room, Stage, Step, View, Way,
    },
};

/// What can change by itself, with time, the network or a way in: compared after each turn.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Standing {
    stage: Stage,
    problem: Option<Problem>,
    link: LinkView,
    entering: Option<Entering>,
}

impl Core {
    /// Everything but the conversations.
    pub fn view(&self) -> View {
        let Standing { stage, problem, link, entering } = self.standing();
        let member = self.member.as_ref().filter(|_| stage == Stage::Member);
        let people = member.map_or_else(Vec::new, |member| self.people(member));
        let rooms = member.map_or_else(Vec::new, |member| {
            let roster = member.directory.roster();
            rooms_where(member, |room| roster.is_member(room, member.me().user))
        });
        let other_rooms = member.map_or_else(Vec::new, |member| {
            let (roster, me) = (member.directory.roster(), member.me().user);
            rooms_where(member, |room| !roster.is_member(room, me) && roster.names_room(room, me))
        });
        let unread = people.iter().map(|person| person.unread).chain(rooms.iter().map(|room| room.unread));
        View {
            stage,
            problem,
            link,
            entering,
            office: member.and_then(shown_office),
            me: member.map(|member| self.shown_me(member)),
            unread: unread.sum(),
            people,
            rooms,
            other_rooms,
            invites: member.map_or_else(Vec::new, |member| self.invites(member)),
            alarm: member.and_then(|member| member.directory.trouble()).map(|trouble| Alarm {
                code: trouble.code().to_owned(),
                message: trouble.message().to_owned(),
                can_clear: true,
            }),
            jobs: self.jobs.show(),
        }
    }

    /// A conversation; empty where there is none.
    pub fn conversation(&self, with: impl Into<Target>) -> ConversationView {
        let with = with.into();
        match &self.member {
            Some(member) => {
                let mut shown = member.history.show(member.conversation_of(with), with, &member.chains);
                shown.blocked = member.may_write(with).err().map(|error| error.to_problem());
                shown
            }
            None => ConversationView { with, messages: Vec::new(), blocked: None },
        }
    }

    /// One message of it.
    pub fn message(&self, with: impl Into<Target>, message: MessageId) -> Option<ChatMessage> {
        let member = self.member.as_ref()?;
        member.history.message(member.conversation_of(with.into()), message, &member.chains)
    }

    pub(super) fn standing(&self) -> Standing {
        let stage = self.stage();
        Standing {
            stage,
            problem: self.problem.clone(),
            link: self.shown_link(),
            entering: self.entering(stage),
        }
    }

    /// How far entering has come; cheaper than the whole view.
    pub fn stage(&self) -> Stage {
        if self.locked.is_some() {
            return Stage::Locked;
        }
        match &self.member {
            _ if self.asking.is_some() => Stage::Entering,
            None if self.removed => Stage::Removed,
            None => Stage::New,
            Some(member) if member.identity.is_enrolled() && self.is_stale(self.last_turn) => Stage::Stale,
            Some(member) if member.identity.is_enrolled() => Stage::Member,
            Some(_) => Stage::Entering,
        }
    }

    fn entering(&self, stage: Stage) -> Option<Entering> {
        if stage != Stage::Entering {
            return None;
        }
        let connected = matches!(self.link.show().0, LinkState::Connected);
        if let Some(asking) = &self.asking {
            let (way, name) = match &asking.what {
                Question::Code(_) => (Way::Code, None),
                Question::SignIn { name, .. } => (Way::SignIn, Some(name.clone())),
            };
            let step = match (asking.stretching, connected) {
                (true, _) => Step::Stretching,
                (false, true) => Step::Asking,
                (false, false) => Step::Connecting,
            };
            return Some(Entering { way, step, office: None, name });
        }
        let member = self.member.as_ref()?;
        let signing_in = self.stretching.as_ref().is_some_and(super::passphrase::UnderWay::is_of_signing_in);
        let way = match member.identity.pass() {
            _ if signing_in => Way::SignIn,
            Some(Pass::Founder { .. }) => Way::Found,
            Some(Pass::Person) => Way::Code,
            Some(Pass::Kit { .. }) => Way::Restore,
            _ => Way::Join,
        };
        let visiting = matches!(self.connection, Connection::Visiting(_) | Connection::Entering(_));
        let step = match (self.owes_passphrase(), self.stretching.is_some()) {
            (true, true) => Step::Stretching,
            (true, false) => Step::Passphrase,
            (false, _) if visiting => Step::Enrolling,
            (false, _) => Step::Connecting,
        };
        let office = member.directory.office_name().map(str::to_owned);
        Some(Entering { way, step, office, name: Some(member.identity.name().to_owned()) })
    }

    fn shown_link(&self) -> LinkView {
        let (state, reason, retry_at) = self.link.show();
        let session = self.connection.session();
        let bus_down = session.is_some_and(|session| !session.bus_up).then_some(Reason::BusDown);
        let gateway = session.map(|session| session.gateway.to_string());
        LinkView { state, reason: reason.or(bus_down), retry_at, gateway }
    }

    fn shown_me(&self, member: &Member) -> Me {
        let me = member.me();
        let known = member.directory.person(me.user);
        Me {
            user: me.user,
            name: known.map_or(member.identity.name(), |known| &known.name).to_owned(),
            role: known.map_or(protocol::roster::StaffRole::Staff, |known| known.role),
            group: known.and_then(|known| known.group.clone()),
            device: me.device,
            has_passphrase: self.wrapped,
            signs_in_elsewhere: self
                .connection
                .session()
                .map(|session| session.has_passphrase || self.registering.is_due()),
            holds_office_key: member.identity.office_key().is_some(),
            kit_saved: member.identity.is_kit_saved(),
        }
    }

    fn people(&self, member: &Member) -> Vec<Person> {
        let me = member.me().user;
        let mut people: Vec<_> = member
            .directory
            .roster()
            .users()
            .filter(|user| user.user != me)
            .map(|user| {
                let conversation = member.conversation_with(user.user);
                Person {
                    user: user.user,
                    name: user.name.clone(),
                    role: user.role,
                    group: user.group.clone(),
                    presence: self.presence_of(user.user),
                    unread: member.history.unread(conversation),
                    last: member.history.last(conversation),
                    keys: member.pins.keys_of(user),
                    comparison: member.comparisons.show(user.user),
                    devices: user.devices.len(),
                }
            })
            .collect();
        people.sort_by_cached_key(|person| (person.name.to_lowercase(), person.user));
        people
    }

    pub(super) fn presence_of(&self, user: UserId) -> Presence {
        let Connection::Up(session) = &self.connection else { return Presence::Unknown };
        match session.presence.as_ref().map(|known| known.get(&user).copied().unwrap_or(false)) {
            None => Presence::Unknown,
            Some(true) => Presence::Online,
            Some(false) => Presence::Offline,
        }
    }

    fn invites(&self, member: &Member) -> Vec<PendingInvite> {
        let roster = member.directory.roster();
        if roster.administrator(member.me().user).is_none() {
            return Vec::new();
        }
        let now = self.clock.wall(self.last_turn);
        let open = roster.invites().filter(|invite| invite.used_by.is_none() && !invite.withdrawn);
        let mut invites: Vec<_> = open
            .map(|invite| PendingInvite {
                invite: invite.issued.invite,
                user: invite.issued.user,
                name: invite.issued.name.clone(),
                role: invite.issued.role,
                group: invite.issued.group.clone(),
                expires_at: invite.issued.expires_ms,
                expired: invite.issued.expires_ms <= now,
            })
            .collect();
        invites.sort_by_cached_key(|invite| (invite.name.to_lowercase(), invite.invite));
        invites
    }
}

fn shown_office(member: &Member) -> Option<Office> {
    let policy = member.directory.roster().policy();
    Some(Office {
        name: member.directory.office_name()?.to_owned(),
        idle_lock_ms: policy.idle_lock_ms,
        stale_lock_ms: policy.stale_lock_ms,
        stale_wipe_ms: policy.stale_wipe_ms,
        history_ms: policy.history_ms,
        confirmed_at: member.directory.confirmed_at(),
    })
}

fn rooms_where(member: &Member, is_shown: impl Fn(RoomId) -> bool) -> Vec<Room> {
    let roster = member.directory.roster();
    let me = member.me().user;
    let mut rooms: Vec<_> = roster
        .rooms()
        .filter(|room| is_shown(room.room))
        .map(|room| {
            let (kind, of) = match &room.members {
                RoomMembers::Everyone => ("everyone", None),
                RoomMembers::Role(role) => ("role", Some(role.name().to_owned())),
                RoomMembers::Group(group) => ("group", Some(group.clone())),
                RoomMembers::Chosen(_) => ("chosen", None),
            };
            let conversation = room.room.into();
            Room {
                room: room.room,
                name: member.room_names.get(room.room).map(|name| name.text.clone()),
                kind,
                of,
                members: roster.members(room.room).map(|user| user.user).collect(),
                can_manage: room.keeper == Some(me)
                    || roster.administrator(me).is_some_and(User::is_administrator),
                can_leave: kind == "chosen",
                unread: member.history.unread(conversation),
                last: member.history.last(conversation),
            }
        })
        .collect();
    rooms.sort_by_cached_key(|room| (room.name.as_ref().map(|name| name.to_lowercase()), room.room));
    rooms
}
