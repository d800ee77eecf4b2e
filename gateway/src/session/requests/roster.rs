//! Appends to the roster.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use protocol::frame::AppendRoster;

use super::Done;
use crate::{appending, audit::changes::Bringer, principal::Principal, services::Services};

/// Appends.
pub(in crate::session) fn append(
    services: &Arc<Services>,
    principal: &Principal,
    frame: AppendRoster,
) -> BoxFuture<'static, Done> {
    let (services, by) = (Arc::clone(services), Bringer::session(principal));
    Box::pin(async move { Done::Appended(appending::append(&services, &by, frame).await) })
}
