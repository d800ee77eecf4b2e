//! Capsules: left by a device, fetched by whoever has the code.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use protocol::{
    error::ErrorCode,
    frame::{FetchCapsule, StoreCapsule},
};

use super::{Done, refused};
use crate::{principal::Principal, services::Services};

/// Stores a capsule.
pub(in crate::session) fn store(
    _services: &Arc<Services>,
    _principal: &Principal,
    frame: &StoreCapsule,
) -> BoxFuture<'static, Done> {
    let answer = refused(frame.request, ErrorCode::UnknownFrame);
    Box::pin(std::future::ready(Done::Request(Some(answer))))
}

/// Gives a capsule.
pub(in crate::session) fn fetch(
    _services: &Arc<Services>,
    _principal: &Principal,
    frame: &FetchCapsule,
) -> BoxFuture<'static, Done> {
    let answer = refused(frame.request, ErrorCode::UnknownFrame);
    Box::pin(std::future::ready(Done::Request(Some(answer))))
}
