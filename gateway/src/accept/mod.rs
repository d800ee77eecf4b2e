//! From a TCP connection to a device that has proved itself.
//!
//! ```text
//! [peers] address  ──► [places] ──► [socket] upgrade, Origin ──► [channel] Noise ──► [entry] Enrol | Authenticate
//! ```
//! All of it within `limits.handshake_within`. Whoever fails is told a stable code and costs a place of the
//! unauthenticated for that long and no longer; places of sessions are out of a stranger's reach.

mod channel;
mod entry;
mod places;
mod socket;

use std::{net::IpAddr, sync::Arc};

pub use entry::{Admitted, Enrolment};
pub use places::{Place, Places};
use protocol::error::ErrorCode;
pub use socket::{Socket, goodbye};
use tokio::{
    net::TcpStream,
    time::{Instant, error::Elapsed, timeout_at},
};

use crate::{
    line::{End, Line},
    services::Services,
    session,
};

/// Takes a connection through to the end of its session. Owned by the server's tracker of connections.
pub async fn serve(services: Arc<Services>, stream: TcpStream, ip: IpAddr, mut place: Place) {
    // In a box of its own, as what follows lasts a thousand times longer and should not carry its size.
    if let Some((line, admitted)) = Box::pin(receive(&services, stream, ip)).await {
        place.authenticated();
        session::run(services, line, admitted).await;
    }
}

/// Everything before the session. Whoever is not let in has been told why when this is over.
async fn receive(services: &Services, stream: TcpStream, ip: IpAddr) -> Option<(Line, Admitted)> {
    // Frames are small and are sent when they are ready.
    let _ = stream.set_nodelay(true);
    let deadline = Instant::now() + services.config.limits.handshake_within;
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
    let channel = match opened {
        Ok(channel) => channel,
        Err(End::Left) => return None,
        Err(End::Refused(code)) => {
            services.counters.refused(code);
            entry::note_failure(services, None, code, ip);
            goodbye(socket, code).await;
            return None;
        }
    };
    let mut line = Line::new(socket, channel, &services.config.limits);
    let admitted = tokio::select! {
        admitted = timeout_at(deadline, entry::admit(services, &mut line, ip)) => in_time(admitted),
        () = services.stop.cancelled() => Err(ErrorCode::GatewayStopping.into()),
    };
    match admitted {
        Ok(admitted) => Some((line, admitted)),
        Err(End::Left) => None,
        Err(End::Refused(code)) => {
            services.counters.refused(code);
            line.refuse(code).await;
            None
        }
    }
}

fn in_time<T>(outcome: Result<Result<T, End>, Elapsed>) -> Result<T, End> {
    outcome.unwrap_or(Err(End::Refused(ErrorCode::HandshakeTimeout)))
}
