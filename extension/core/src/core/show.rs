//! What the user interface shows, made from the state whenever it is asked for.

use protocol::id::{MessageId, UserId};

use super::{Connection, Core, member::Member};
use crate::{
    link::Reason,
    view::{ChatMessage, ConversationView, LinkView, Me, Person, Presence, Problem, Stage, View},
};

impl Core {
    /// Everything but the conversations.
    pub fn view(&self) -> View {
        let people = self.member.as_ref().map_or_else(Vec::new, |member| self.people(member));
        View {
            stage: self.stage(),
            problem: self.shown_problem(),
            link: self.shown_link(),
            me: self.member.as_ref().map(shown_me),
            unread: people.iter().map(|person| person.unread).sum(),
            people,
        }
    }

    /// The conversation with a colleague; empty where there is none.
    pub fn conversation(&self, user: UserId) -> ConversationView {
        match &self.member {
            Some(member) => member.history.show(member.conversation_with(user), user),
            None => ConversationView { user, messages: Vec::new() },
        }
    }

    /// One message of it.
    pub fn message(&self, user: UserId, message: MessageId) -> Option<ChatMessage> {
        let member = self.member.as_ref()?;
        member.history.message(member.conversation_with(user), message)
    }

    fn stage(&self) -> Stage {
        match &self.member {
            None => Stage::Uninvited,
            Some(member) if member.identity.is_enrolled() => Stage::Member,
            Some(_) => Stage::Joining,
        }
    }

    /// Trouble with the roster stops sending, so it goes before everything else.
    fn shown_problem(&self) -> Option<Problem> {
        let trouble = self.member.as_ref().and_then(|member| member.directory.trouble());
        trouble.map_or_else(
            || self.problem.clone(),
            |trouble| {
                Some(Problem { code: trouble.code().to_owned(), message: trouble.message().to_owned() })
            },
        )
    }

    fn shown_link(&self) -> LinkView {
        let (state, reason, retry_at) = self.link.show();
        let session = self.connection.session();
        let bus_down = session.is_some_and(|session| !session.bus_up).then_some(Reason::BusDown);
        let gateway = session.map(|session| session.gateway.to_string());
        LinkView { state, reason: reason.or(bus_down), retry_at, gateway }
    }

    fn people(&self, member: &Member) -> Vec<Person> {
        let me = member.me().user;
        let mut people: Vec<_> = member
            .directory
            .users()
            .filter(|user| *user != me)
            .filter_map(|user| {
                let (name, role) = member.directory.name_of(user)?;
                let conversation = member.conversation_with(user);
                Some(Person {
                    user,
                    name: name.to_owned(),
                    role: role.name().to_owned(),
                    presence: self.presence_of(user),
                    unread: member.history.unread(conversation),
                    last: member.history.last(conversation),
                })
            })
            .collect();
        people.sort_by_cached_key(|person| (person.name.to_lowercase(), person.user));
        people
    }

    fn presence_of(&self, user: UserId) -> Presence {
        let Connection::Up(session) = &self.connection else { return Presence::Unknown };
        match session.presence.as_ref().map(|known| known.get(&user).copied().unwrap_or(false)) {
            None => Presence::Unknown,
            Some(true) => Presence::Online,
            Some(false) => Presence::Offline,
        }
    }
}

fn shown_me(member: &Member) -> Me {
    let me = member.me();
    let (name, role) = match member.directory.name_of(me.user) {
        Some((name, role)) => (name.to_owned(), role.name().to_owned()),
        None => (member.identity.name().to_owned(), String::new()),
    };
    Me { user: me.user, name, role, device: me.device }
}
