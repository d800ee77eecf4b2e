//! Whether a device comes from its newest state, see [`protocol::frame::Authenticate::connection`].

use protocol::{error::ErrorCode, id::DeviceId};

use crate::services::Services;

/// Takes note of a device's connection.
pub(super) async fn take(services: &Services, device: DeviceId, connection: u64) -> Result<(), ErrorCode> {
    let taken = services.seats.take(device, connection).await;
    taken.map_err(|refused| refused.code())
}
