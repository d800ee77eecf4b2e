//! From a TCP connection to a device that has proved itself.
//!
//! ```text
//! [peers] address ──► [places] ──► [socket] upgrade, Origin ──► [channel] Noise ─┬─► [entry] Authenticate ──► session
//!                                                                                ├─► [visitor] Visit, roster, Authenticate ──► session
//!                                                                                └─► [introduction] a stranger's questions
//! ```
//! Up to the first frame all of it within `limits.handshake_within`; a visit within `limits.visit_within`. Whoever fails is told
//! a stable code and costs a place of the unauthenticated for that long and no longer; places of sessions are
//! out of a stranger's reach.

mod authenticate;
mod channel;
mod connection;
mod entry;
mod failures;
mod introduction;
mod places;
mod socket;
mod visit;
mod visitor;

use std::{net::IpAddr, sync::Arc};

pub use introduction::Introductions;
pub use places::{Place, Places};
use protocol::error::ErrorCode;
pub use socket::{Socket, goodbye};
use tokio::{
    net::TcpStream,
    time::{Instant, error::Elapsed, timeout_at},
};

use crate::{
    line::{End, Line},
    principal::Principal,
    services::Services,
    session,
};

/// Takes a connection through to the end of its session. Owned by the server's tracker of connections.
pub async fn serve(services: Arc<Services>, stream: TcpStream, ip: IpAddr, mut place: Place) {
    // In a box of its own, as what follows lasts a thousand times longer and should not carry its size.
    if let Some((line, principal)) = Box::pin(receive(&services, stream, ip)).await {
        place.authenticated();
        session::run(services, line, principal).await;
    }
}

/// Everything before the session. Whoever is not let in has been told why when this is over.
async fn receive(services: &Arc<Services>, stream: TcpStream, ip: IpAddr) -> Option<(Line, Principal)> {
    // Frames are small and are sent when they are ready.
    let _ = stream.set_nodelay(true);
    let deadline = Instant::now() + services.config.limits.handshake_within;
    let mut line = open(services, stream, ip, deadline).await?;
    if line.remote().is_none() {
        introduction::serve(services, line, ip).await;
        return None;
    }
    let admitted = tokio::select! {
        admitted = entry::admit(services, &mut line, ip, deadline) => admitted,
        () = services.stop.cancelled() => Err(ErrorCode::GatewayStopping.into()),
    };
    match admitted {
        Ok(principal) => Some((line, principal)),
        Err(End::Left) => None,
        Err(End::Refused(code)) => {
            services.counters.refused(code);
            line.refuse(code).await;
            None
        }
    }
}

/// Upgrade and handshake.
async fn open(services: &Services, stream: TcpStream, ip: IpAddr, deadline: Instant) -> Option<Line> {
    let upgraded = tokio::select! {
        upgraded = timeout_at(deadline, socket::upgrade(stream, &services.config.allowed_origins)) => upgraded,
        () = services.stop.cancelled() => return None,
    };
    let mut socket = match upgraded {
        Ok(Ok(socket)) => socket,
        Ok(Err(happening)) => {
            services.counters.count(happening);
            return None;
        }
        // Nothing to say it with: there is no WebSocket yet.
        Err(_) => {
            services.counters.refused(ErrorCode::HandshakeTimeout);
            return None;
        }
    };
    let opened = tokio::select! {
        opened = timeout_at(deadline, channel::open(&mut socket, &services.noise_key)) => in_time(opened),
        () = services.stop.cancelled() => Err(ErrorCode::GatewayStopping.into()),
    };
    match opened {
        Ok(channel) => Some(Line::new(socket, channel, &services.config.limits)),
        Err(End::Left) => None,
        Err(End::Refused(code)) => {
            services.counters.refused(code);
            failures::note(services, None, code, ip);
            goodbye(socket, code).await;
            None
        }
    }
}

fn in_time<T>(outcome: Result<Result<T, End>, Elapsed>) -> Result<T, End> {
    outcome.unwrap_or(Err(End::Refused(ErrorCode::HandshakeTimeout)))
}
