//! An append as devices and visitors ask for it: written by compare-and-set, recorded, and only then answered.

use std::{ops::Range, sync::Arc};

use futures_util::future::join_all;
use protocol::{
    error::ErrorCode,
    frame::{AppendRoster, Appended, GatewayFrame, Refused},
    roster::SignedEntry,
};

use crate::{
    audit::changes::{self, Bringer},
    line::retryable,
    rate::allowed,
    roster::Appending,
    services::Services,
};

/// What the client is told.
#[derive(Debug)]
pub struct Answer {
    /// The answer.
    pub frame: GatewayFrame,
    /// The client is to have the entries below this index first.
    pub behind: u64,
    /// Index for which the client made its first entry: it says to have those below.
    pub claimed: u64,
    /// Indexes of the entries that it has written.
    pub written: Range<u64>,
}

/// Does it, in a task of its own: an entry that is in the roster is recorded also if the session that brought it ends meanwhile,
/// perhaps by this very entry.
pub async fn append(services: &Arc<Services>, by: Bringer, append: AppendRoster) -> Answer {
    let request = append.request;
    let owned = Arc::clone(services);
    let task = async move { carry_out(&owned, &by, append).await };
    match services.relay.tasks.spawn(task).await {
        Ok(answer) => answer,
        Err(_) => {
            Answer { frame: refused(request, ErrorCode::Internal), behind: 0, claimed: 0, written: 0..0 }
        }
    }
}

/// Every entry that is in the roster afterwards is recorded, also if the rest was refused.
async fn carry_out(services: &Services, by: &Bringer, append: AppendRoster) -> Answer {
    let AppendRoster { request, entries } = append;
    let entries: Vec<_> = entries.into_iter().map(|entry| bytes::Bytes::from(entry.into_vec())).collect();
    let first = entries.first().cloned();
    let appending = services.roster.append(entries).await;
    let recorded = record(services, by, &appending).await;
    let written = appending.range();
    let claimed = appending.claimed.unwrap_or_default();
    let code = match (&appending.refused, recorded) {
        (Some(error), _) => {
            let entry = first.and_then(|first| SignedEntry::read(&first).ok()).map(|(_, entry)| entry);
            note_refusal(services, by, entry.as_ref(), error.code());
            error.code()
        }
        (None, Err(code)) => code,
        (None, Ok(())) => {
            let roster_length = services.roster.length();
            let frame = Appended { request, roster_length }.into();
            return Answer { frame, behind: written.end, claimed, written };
        }
    };
    services.counters.refused(code);
    // Whoever has to sign again is given what to sign behind.
    let behind = if code == ErrorCode::RosterMoved { services.roster.length() } else { 0 };
    Answer { frame: refused(request, code), behind, claimed, written }
}

fn refused(request: u32, code: ErrorCode) -> GatewayFrame {
    Refused { code, message: None, request: Some(request), frame: None, retry: retryable(code) }.into()
}

/// What is in the roster has happened, so its records stay in the queue however long it takes.
async fn record(services: &Services, by: &Bringer, appending: &Appending) -> Result<(), ErrorCode> {
    let events = appending.written.iter().flat_map(|(entry, bytes)| changes::made(by, entry, bytes));
    let records = events.filter(|event| !services.recent.knows(event.id)).map(|event| async {
        let id = event.id;
        services.audit.record_fact(event).await.map(|()| services.recent.remember(id))
    });
    let stored = join_all(records.collect::<Vec<_>>()).await;
    stored.into_iter().collect::<Result<(), _>>().map_err(|_| ErrorCode::AuditUnavailable)
}

/// Somebody who was only slower than somebody else did nothing wrong.
fn note_refusal(services: &Services, by: &Bringer, entry: Option<&protocol::roster::Entry>, code: ErrorCode) {
    let wrong = code != ErrorCode::RosterMoved && code != ErrorCode::BusUnavailable;
    if wrong
        && allowed(&services.failures)
        && let Ok(event) = changes::refused(by, entry, code)
    {
        services.audit.note(event);
    }
}
