//! A person sets a passphrase, in two steps.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use protocol::frame::{BeginPassphrase, Done as Finished, StorePassphrase};

use super::{Done, answer};
use crate::{principal::Principal, services::Services};

/// First step.
pub(in crate::session) fn begin(
    services: &Arc<Services>,
    principal: &Principal,
    frame: BeginPassphrase,
) -> BoxFuture<'static, Done> {
    let (services, principal) = (Arc::clone(services), principal.clone());
    Box::pin(async move {
        let begun = services.passphrases.begin(&principal, &frame);
        answer(&services, frame.request, begun)
    })
}

/// Second step.
pub(in crate::session) fn store(
    services: &Arc<Services>,
    principal: &Principal,
    frame: StorePassphrase,
) -> BoxFuture<'static, Done> {
    let (services, principal) = (Arc::clone(services), principal.clone());
    Box::pin(async move {
        let request = frame.request;
        let stored = services.passphrases.store(&principal, &frame).await;
        answer(&services, request, stored.map(|()| Finished { request }))
    })
}
