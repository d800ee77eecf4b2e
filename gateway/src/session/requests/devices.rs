//! When devices of a person were there last.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use protocol::{error::ErrorCode, frame::FetchDevices};

use super::{Done, refused};
use crate::{principal::Principal, services::Services};

/// Looks them up.
pub(in crate::session) fn fetch(
    _services: &Arc<Services>,
    _principal: &Principal,
    frame: &FetchDevices,
) -> BoxFuture<'static, Done> {
    let answer = refused(frame.request, ErrorCode::UnknownFrame);
    Box::pin(std::future::ready(Done::Request(Some(answer))))
}
