//! The small door through which time and randomness enter.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970 by this computer's clock.
pub fn now_ms() -> u64 {
    // A clock before 1970 is a computer without a clock; everything is then refused as out of date.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The operating system gave no random bytes.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the operating system gave no random bytes: {0}")]
pub struct NoRandomness(#[from] getrandom::Error);

/// Fresh random bytes.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
