//! Which records are wanted.

use protocol::{
    audit::{AuditRecord, EventKind, Outcome},
    id::{ConversationId, ObjectId, UserId},
};

use crate::{
    layout::{Day, parse_ms},
    store::NEAR_DAYS,
};

/// All of these must hold; what is empty holds always.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The person acted, or it was done to the person.
    pub user: Option<UserId>,
    /// Not before this moment.
    pub since_ms: Option<u64>,
    /// Before this moment.
    pub until_ms: Option<u64>,
    /// One of these kinds.
    pub kinds: Vec<EventKind>,
    /// One of these outcomes.
    pub outcomes: Vec<Outcome>,
    /// In this conversation.
    pub conversation: Option<ConversationId>,
    /// About this message, invite, device, person or room.
    pub object: Option<ObjectId>,
}

impl Filter {
    /// Is the record wanted?
    pub fn wants(&self, record: &AuditRecord) -> bool {
        self.wants_time(record)
            && (self.kinds.is_empty() || self.kinds.contains(&record.kind))
            && (self.outcomes.is_empty() || self.outcomes.contains(&record.outcome))
            && self.conversation.is_none_or(|conversation| record.conv == Some(conversation))
            && self.object.is_none_or(|object| record.obj == Some(object))
            && self.user.is_none_or(|user| {
                record.actor == Some(user)
                    || record.obj == Some(user.into())
                    || record.rcpt.iter().any(|recipient| recipient.user == user)
            })
    }

    fn wants_time(&self, record: &AuditRecord) -> bool {
        if self.since_ms.is_none() && self.until_ms.is_none() {
            return true;
        }
        // The sink keeps no record whose time cannot be read.
        let Some(ms) = parse_ms(&record.ts) else { return true };
        self.since_ms.is_none_or(|since| ms >= since) && self.until_ms.is_none_or(|until| ms < until)
    }

    /// Can a record of `day` be wanted?
    pub fn wants_day(&self, day: Day) -> bool {
        self.since_ms.is_none_or(|since| day >= Day::of_ms(since))
            && self.until_ms.is_none_or(|until| day.start_ms() < until)
    }

    /// Can a file of `day` hold wanted records, other than displaced ones?
    pub fn wants_file(&self, day: Day) -> bool {
        self.since_ms.is_none_or(|since| day.forward(NEAR_DAYS) >= Day::of_ms(since))
            && self.until_ms.is_none_or(|until| day.back(NEAR_DAYS).start_ms() < until)
    }
}
