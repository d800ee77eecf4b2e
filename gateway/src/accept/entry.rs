//! The first frame on an open channel: a device, or a visitor who wants to become one.

use std::{net::IpAddr, sync::Arc};

use protocol::{
    error::ErrorCode,
    frame::{Authenticate, ClientFrame},
};
use tokio::time::{Instant, timeout_at};

use super::{
    authenticate::{Proved, authenticate},
    in_time, visitor,
};
use crate::{
    line::{End, Heard, Line},
    principal::Principal,
    roster::{Revoked, RosterFeed},
    services::Services,
};

/// Waits for the first frame and judges it.
pub(super) async fn admit(
    services: &Arc<Services>,
    line: &mut Line,
    ip: IpAddr,
    deadline: Instant,
) -> Result<Principal, End> {
    let first = in_time(timeout_at(deadline, first_frame(line)).await)?;
    match first {
        ClientFrame::Authenticate(frame) => {
            in_time(timeout_at(deadline, enter(services, line, &frame, ip)).await)
        }
        ClientFrame::Visit(visit) => {
            let deadline = Instant::now() + services.config.limits.visit_within;
            in_time(timeout_at(deadline, visitor::serve(services, line, &visit, ip)).await)
        }
        _ if services.roster.length() == 0 => Err(ErrorCode::OfficeNotOpen.into()),
        _ => Err(ErrorCode::NotAuthenticated.into()),
    }
}

async fn first_frame(line: &mut Line) -> Result<ClientFrame, End> {
    loop {
        match line.next().await? {
            Heard::Frame(frame) => return Ok(frame),
            Heard::Drained => {}
            // The first frame fits into one Noise message: no stranger gets room for half a frame.
            Heard::Something => return Err(ErrorCode::BadFrame.into()),
            Heard::Unknown(_) => return Err(ErrorCode::NotAuthenticated.into()),
        }
    }
}

/// Lets a device in. One that was revoked is shown the signed entry that says so, then it is refused.
pub(super) async fn enter(
    services: &Services,
    line: &mut Line,
    frame: &Authenticate,
    ip: IpAddr,
) -> Result<Principal, End> {
    match authenticate(services, line, frame, ip).await? {
        Proved::Member(principal) => Ok(principal),
        Proved::Revoked(Revoked { code, since, until }) => {
            let mut feed = RosterFeed::until(since, until);
            loop {
                feed.flow(&services.roster, line)?;
                if feed.is_done() {
                    return Err(code.into());
                }
                // Whatever it says meanwhile is not listened to.
                line.next().await?;
            }
        }
    }
}
