//! Whether a device comes from its newest state, see [`protocol::frame::Authenticate::connection`].

use protocol::{error::ErrorCode, id::DeviceId};

use crate::services::Services;

/// Takes note of a device's connection.
#[expect(clippy::unused_async, reason = "asks the bus")]
pub(super) async fn take(_services: &Services, _device: DeviceId, _connection: u64) -> Result<(), ErrorCode> {
    Ok(())
}
