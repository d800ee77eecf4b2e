//! The one door through which randomness comes in. Two libraries do not use it, since they take no
//! random source: vodozemac for its keys and snow for its ephemeral keys ask the operating system
//! themselves.

use zeroize::Zeroizing;

use crate::error::CoreError;

/// A source of random bytes that nobody can guess.
pub trait Rng: Send {
    /// Fills `bytes`.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), CoreError>;
}

/// The operating system's, in a browser `crypto.getRandomValues`.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRng;

impl Rng for OsRng {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), CoreError> {
        getrandom::fill(bytes).map_err(|_| CoreError::Randomness)
    }
}

/// `N` random bytes for something public: an id, a nonce.
pub(crate) fn make_bytes<const N: usize>(rng: &mut dyn Rng) -> Result<[u8; N], CoreError> {
    let mut bytes = [0; N];
    rng.fill(&mut bytes)?;
    Ok(bytes)
}

/// 32 random bytes for something secret.
pub(crate) fn make_secret(rng: &mut dyn Rng) -> Result<Zeroizing<[u8; 32]>, CoreError> {
    let mut bytes = Zeroizing::new([0; 32]);
    rng.fill(bytes.as_mut())?;
    Ok(bytes)
}

/// A random number, for jitter.
pub(crate) fn make_u64(rng: &mut dyn Rng) -> Result<u64, CoreError> {
    Ok(u64::from_be_bytes(make_bytes(rng)?))
}
