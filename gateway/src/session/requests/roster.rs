//! Appends to the roster, and its lease.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use protocol::{
    error::ErrorCode,
    frame::{AppendRoster, GatewayFrame, Refused, RenewLease},
};

use super::Done;
use crate::{
    appending,
    audit::changes::{self, Bringer},
    line::retryable,
    principal::Principal,
    rate::allowed,
    services::Services,
};

/// Number of the frame, for refusals; see [`protocol::frame::ClientFrame`].
const RENEW_LEASE: u16 = 11;

/// Appends.
pub(in crate::session) fn append(
    services: &Arc<Services>,
    principal: &Principal,
    frame: AppendRoster,
) -> BoxFuture<'static, Done> {
    let (services, by) = (Arc::clone(services), Bringer::session(principal));
    Box::pin(async move { Done::Appended(appending::append(&services, by, frame).await) })
}

/// Takes a newer lease. The client hears of it by the lease itself, as everybody does.
pub(in crate::session) fn renew(
    services: &Arc<Services>,
    principal: &Principal,
    frame: RenewLease,
) -> BoxFuture<'static, Done> {
    let (services, by) = (Arc::clone(services), Bringer::session(principal));
    Box::pin(async move {
        let outcome = services.leases.renew(frame.lease).await;
        Done::Request(outcome.err().map(|refused| {
            let code = refused.code();
            services.counters.refused(code);
            if code != ErrorCode::BusUnavailable
                && allowed(&services.failures)
                && let Ok(event) = changes::refused(&by, None, code)
            {
                services.audit.note(event);
            }
            refused_renewal(code)
        }))
    })
}

/// The refusal of a lease.
pub(in crate::session) fn refused_renewal(code: ErrorCode) -> GatewayFrame {
    let frame = Some(RENEW_LEASE);
    Refused { code, message: None, request: None, frame, retry: retryable(code) }.into()
}
