//! Capsules: left by a device, fetched by whoever has the code.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use protocol::frame::{Done as Finished, FetchCapsule, StoreCapsule};

use super::{Done, answer};
use crate::{capsules::Asker, principal::Principal, services::Services};

/// Stores a capsule.
pub(in crate::session) fn store(
    services: &Arc<Services>,
    principal: &Principal,
    frame: StoreCapsule,
) -> BoxFuture<'static, Done> {
    let (services, principal) = (Arc::clone(services), principal.clone());
    Box::pin(async move {
        let request = frame.request;
        let stored = services.capsules.store(&principal, &frame).await;
        answer(&services, request, stored.map(|()| Finished { request }))
    })
}

/// Gives a capsule.
pub(in crate::session) fn fetch(
    services: &Arc<Services>,
    principal: &Principal,
    frame: FetchCapsule,
) -> BoxFuture<'static, Done> {
    let (services, principal) = (Arc::clone(services), principal.clone());
    Box::pin(async move {
        let asker = Asker { principal: Some(&principal), ip: principal.ip };
        let found = services.capsules.fetch(asker, &frame).await;
        answer(&services, frame.request, found)
    })
}
