//! Publishing and claiming one-time keys.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use protocol::{
    error::ErrorCode,
    frame::{ClaimPrekeys, GatewayFrame, Prekeys, PublishPrekeys, Refused},
};

use super::{Done, refused};
use crate::{line::retryable, prekeys::LOW, principal::Principal, services::Services};

/// Number of the frame, for refusals; see [`protocol::frame::ClientFrame`].
const PUBLISH_PREKEYS: u16 = 4;

/// Stores keys of this device. The client hears of it only when it failed.
pub(in crate::session) fn publish(
    services: &Arc<Services>,
    principal: &Principal,
    keys: PublishPrekeys,
) -> BoxFuture<'static, Done> {
    let (services, principal) = (Arc::clone(services), principal.clone());
    Box::pin(async move {
        let outcome = services.prekeys.publish(&principal, keys).await;
        Done::Request(outcome.err().map(|refused| refused_publish(refused.code())))
    })
}

/// Claims a key of each device that the roster knows; the others are left out like those without keys.
pub(in crate::session) fn claim(services: &Arc<Services>, claim: ClaimPrekeys) -> BoxFuture<'static, Done> {
    let services = Arc::clone(services);
    Box::pin(async move {
        let ClaimPrekeys { request, mut devices } = claim;
        // The same device twice would use up two keys.
        devices.sort_unstable();
        devices.dedup();
        let known = services.roster.look(|roster| {
            let known = devices.iter().filter_map(|&device| roster.device(device));
            known.map(|statement| (statement.device, statement.signing_key.clone())).collect()
        });
        let Ok(claims) = services.prekeys.claim(known).await else {
            return Done::Request(Some(refused(request, ErrorCode::BusUnavailable)));
        };
        for claim in claims.iter().filter(|claim| claim.left < LOW) {
            services.registry.prekeys_low(claim.device, claim.left);
        }
        let keys = claims.into_iter().filter_map(|claim| claim.key).collect();
        Done::Request(Some(Prekeys { request, keys }.into()))
    })
}

/// The refusal of keys.
pub(in crate::session) fn refused_publish(code: ErrorCode) -> GatewayFrame {
    let frame = Some(PUBLISH_PREKEYS);
    Refused { code, message: None, request: None, frame, retry: retryable(code) }.into()
}
