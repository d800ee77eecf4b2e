//! A person sets a passphrase, in two steps.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use protocol::{
    error::ErrorCode,
    frame::{BeginPassphrase, StorePassphrase},
};

use super::{Done, refused};
use crate::{principal::Principal, services::Services};

/// First step.
pub(in crate::session) fn begin(
    _services: &Arc<Services>,
    _principal: &Principal,
    frame: &BeginPassphrase,
) -> BoxFuture<'static, Done> {
    let answer = refused(frame.request, ErrorCode::UnknownFrame);
    Box::pin(std::future::ready(Done::Request(Some(answer))))
}

/// Second step.
pub(in crate::session) fn store(
    _services: &Arc<Services>,
    _principal: &Principal,
    frame: &StorePassphrase,
) -> BoxFuture<'static, Done> {
    let answer = refused(frame.request, ErrorCode::UnknownFrame);
    Box::pin(std::future::ready(Done::Request(Some(answer))))
}
