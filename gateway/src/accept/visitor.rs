//! A visit: somebody who is no device yet reads the roster, adds to it, and then proves the device that is in it now.

use std::{net::IpAddr, sync::Arc};

use protocol::{
    error::ErrorCode,
    frame::{ClientFrame, GatewayFrame, Pong, Visit, Visiting},
};

use super::{entry, introduction, visit};
use crate::{
    appending,
    audit::changes::Bringer,
    capsules::Asker,
    clock,
    line::{End, Heard, Line},
    principal::Principal,
    roster::RosterFeed,
    services::Services,
};

/// Serves a visitor until it authenticates. The caller sees to the time.
pub(super) async fn serve(
    services: &Arc<Services>,
    line: &mut Line,
    visit: &Visit,
    ip: IpAddr,
) -> Result<Principal, End> {
    visit::judge(services, line, visit, ip).await?;
    let visiting = services.roster.look(|roster| Visiting {
        now_ms: clock::now_ms(),
        roster_length: roster.length(),
        roster_head: roster.head(),
    });
    line.send(&visiting.into())?;
    let mut growth = services.roster.growth();
    let mut feed = RosterFeed::default();
    let mut left = services.config.limits.visit_frames;
    loop {
        let heard = tokio::select! {
            heard = line.next() => heard?,
            Ok(()) = growth.changed() => Heard::Drained,
        };
        if !matches!(heard, Heard::Drained) {
            left = left.checked_sub(1).ok_or(ErrorCode::RateLimited)?;
        }
        match heard {
            Heard::Frame(ClientFrame::FetchRoster(fetch)) => feed.ask(fetch.from),
            Heard::Frame(ClientFrame::AppendRoster(append)) => {
                let answer = appending::append(services, Bringer::visitor(ip), append).await;
                // It has what it has written itself.
                feed.skip(answer.written.clone());
                feed.then(answer.claimed, answer.behind, answer.frame);
            }
            Heard::Frame(ClientFrame::FetchCapsule(fetch)) => {
                let asker = Asker { principal: None, ip };
                let answer = services.capsules.fetch(asker, &fetch).await.map(GatewayFrame::from);
                line.send(&answer.unwrap_or_else(|code| {
                    services.counters.refused(code);
                    introduction::refused(fetch.request, code)
                }))?;
            }
            Heard::Frame(ClientFrame::Ping(ping)) => {
                line.send(&GatewayFrame::from(Pong { number: ping.number }))?;
            }
            Heard::Frame(ClientFrame::Authenticate(frame)) => {
                return entry::enter(services, line, &frame, ip).await;
            }
            Heard::Frame(_) | Heard::Unknown(_) => return Err(ErrorCode::NotAuthenticated.into()),
            Heard::Something | Heard::Drained => {}
        }
        feed.flow(&services.roster, line)?;
    }
}
