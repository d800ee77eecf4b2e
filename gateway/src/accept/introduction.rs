//! Sessions of strangers, who do not even know the gateway's key.

use std::{net::IpAddr, sync::Arc};

use protocol::error::ErrorCode;

use crate::{line::Line, services::Services};

/// Serves a stranger to the end.
pub(super) async fn serve(services: &Arc<Services>, line: Line, _ip: IpAddr) {
    services.counters.refused(ErrorCode::UnknownFrame);
    line.refuse(ErrorCode::UnknownFrame).await;
}
