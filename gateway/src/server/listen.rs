//! Taking connections: who the peer is and whether there is a place, before a byte is read.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use protocol::error::ErrorCode;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::{
    accept::{self, Places},
    counters::Happening,
    services::Services,
};

/// Takes connections until the gateway stops.
pub(super) async fn listen(
    services: Arc<Services>,
    listener: TcpListener,
    places: Places,
    connections: TaskTracker,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = services.stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, peer)) => take(&services, stream, peer, &places, &connections),
            Err(error) => {
                // Out of file descriptors, most likely; they come back as connections end.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Judges the peer before a byte of it is read.
fn take(
    services: &Arc<Services>,
    stream: TcpStream,
    peer: SocketAddr,
    places: &Places,
    connections: &TaskTracker,
) {
    if !services.peers.allows(peer.ip()) {
        services.counters.count(Happening::PeerRefused);
        return;
    }
    let Some(place) = places.take() else {
        services.counters.count(Happening::ConnectionRefused);
        services.counters.refused(ErrorCode::Overloaded);
        return;
    };
    let number = services.counters.count(Happening::Connected);
    // The number stands for the peer in the log; who it is stands in the trail alone.
    let span = tracing::info_span!("connection", number);
    let connection = accept::serve(Arc::clone(services), stream, peer.ip().to_canonical(), place);
    connections.spawn(connection.instrument(span));
}
