//! When devices of a person were there last: one's own, or as an administrator anybody's.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use protocol::{
    error::ErrorCode,
    frame::{DeviceUse, Devices, FetchDevices},
    id::DeviceId,
    roster::User,
};

use super::{Done, answer};
use crate::{principal::Principal, services::Services};

/// Looks them up.
pub(in crate::session) fn fetch(
    services: &Arc<Services>,
    principal: &Principal,
    frame: &FetchDevices,
) -> BoxFuture<'static, Done> {
    let FetchDevices { request, user } = *frame;
    let services = Arc::clone(services);
    let devices = services.roster.look(|roster| {
        let allowed = user == principal.user || roster.administrator(principal.user).is_some();
        allowed.then(|| roster.user(user).map(|user: &User| user.devices.clone()).unwrap_or_default())
    });
    Box::pin(async move {
        let found = match devices {
            Some(devices) => uses(&services, request, devices).await,
            None => Err(ErrorCode::NotAllowed),
        };
        answer(&services, request, found)
    })
}

async fn uses(services: &Services, request: u32, devices: Vec<DeviceId>) -> Result<Devices, ErrorCode> {
    let last = services.seats.last_use(devices.clone()).await.map_err(|_| ErrorCode::BusUnavailable)?;
    let devices = devices.into_iter().zip(last).map(|(device, last_ms)| {
        let online = services.registry.is_online(device) || services.presence.is_online_elsewhere(device);
        DeviceUse { device, last_ms, online }
    });
    Ok(Devices { request, devices: devices.collect() })
}
