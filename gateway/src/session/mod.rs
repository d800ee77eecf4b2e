//! The session of one device: one task, one select loop, from Welcome to logout.
//!
//! ```text
//! client ──frames──► [actor] ──► [send] authorise, commit, accept ──► relay
//! relay, bus, mailbox ──► [inbound] give to the client, wait for its confirmation ──► relay
//! ```
//! Queues, all bounded: what the client has not read (`limits.outbound_*`, then it is a slow reader), messages it
//! has not confirmed (`limits.unconfirmed`, then the mailbox keeps the rest), messages whose record is being
//! stored ([`protocol::limits::MAX_UNANSWERED`], then they are refused for now), claims (`MAX_JOBS`).

mod actor;
mod frames;
mod inbound;
mod requests;
mod send;
mod start;

use std::sync::Arc;

use protocol::error::ErrorCode;

use crate::{
    audit::events,
    counters::Happening,
    line::{End, Line},
    principal::Principal,
    services::Services,
};

/// Publications and claims of one-time keys that one session may have under way.
const MAX_JOBS: usize = 8;

/// Runs a session to its end, record of the end included.
pub async fn run(services: Arc<Services>, mut line: Line, principal: Principal) {
    // Beginning and end are boxed: what lasts is the loop, and there are thousands of it.
    let end = match Box::pin(start::start(&services, &mut line, principal.clone())).await {
        Ok(mut actor) => {
            services.counters.count(Happening::SessionStarted);
            let end = actor.run(&mut line).await;
            // Gives the seat free, and everything unconfirmed to the mailbox.
            drop(actor);
            Box::pin(record_end(&services, &principal, end)).await;
            services.counters.count(Happening::SessionEnded);
            end
        }
        Err(end) => end,
    };
    tracing::debug!(?end, "session ended");
    Box::pin(finish(&services, line, end)).await;
}

async fn record_end(services: &Services, principal: &Principal, end: End) {
    let reason = match end {
        End::Left => None,
        End::Refused(code) => Some(code),
    };
    let Ok(event) = events::logout(principal, reason) else { return };
    if services.audit.record_fact(event).await.is_err() {
        tracing::warn!("the end of a session waits to be recorded");
    }
}

async fn finish(services: &Services, line: Line, end: End) {
    let End::Refused(code) = end else { return };
    services.counters.refused(code);
    match code {
        ErrorCode::SlowReader => line.cut(code).await,
        ErrorCode::GatewayStopping | ErrorCode::Replaced | ErrorCode::Idle => line.close(code).await,
        _ => line.refuse(code).await,
    }
}
