//! Passphrase sign-in: OPAQUE (RFC 9807) as both sides run it. The gateway never learns the passphrase, and what
//! it stores can only be attacked by guessing, each guess at the price of [`Stretch`].
//!
//! The key stretching runs where a browser allows heavy work, outside the core. So it is put off: the first run of
//! a client step notes what is to be stretched and fails; the second is given the result.

use std::cell::RefCell;

use opaque_ke::{
    CipherSuite, Ristretto255, TripleDh,
    errors::InternalError,
    generic_array::{ArrayLength, GenericArray},
    ksf::Ksf,
};
use serde::{Deserialize, Serialize};
use sha2::Sha512;

/// Cost of Argon2id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Stretch {
    /// What is asked for: 64 MiB, 3 passes, one lane.
    pub const STANDARD: Self = Self { memory_kib: 64 * 1024, passes: 3 };
    /// Below this a client refuses: 19 MiB, 2 passes.
    pub const FLOOR: Self = Self { memory_kib: 19 * 1024, passes: 2 };
    /// Above this a client refuses too: a gateway must not exhaust it.
    pub const CEILING: Self = Self { memory_kib: 256 * 1024, passes: 10 };

    /// Whether a client may run it.
    pub const fn is_acceptable(self) -> bool {
        self.memory_kib >= Self::FLOOR.memory_kib
            && self.passes >= Self::FLOOR.passes
            && self.memory_kib <= Self::CEILING.memory_kib
            && self.passes <= Self::CEILING.passes
    }
}

/// The cipher suite of this office's OPAQUE: ristretto255, triple Diffie-Hellman, SHA-512.
#[derive(Debug)]
pub struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = PutOff;
}

/// A key stretching function that is run elsewhere.
#[derive(Default)]
pub struct PutOff {
    output: Option<Vec<u8>>,
    input: RefCell<Option<Vec<u8>>>,
}

impl PutOff {
    /// With the result of stretching what the first run asked for.
    pub fn done(output: Vec<u8>) -> Self {
        Self { output: Some(output), input: RefCell::default() }
    }

    /// What the failed run wanted to have stretched.
    pub fn asked(&self) -> Option<Vec<u8>> {
        self.input.borrow().clone()
    }
}

impl std::fmt::Debug for PutOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PutOff(..)")
    }
}

impl Ksf for PutOff {
    fn hash<L: ArrayLength<u8>>(
        &self,
        input: GenericArray<u8, L>,
    ) -> Result<GenericArray<u8, L>, InternalError> {
        if let Some(output) = &self.output {
            GenericArray::from_exact_iter(output.iter().copied()).ok_or(InternalError::KsfError)
        } else {
            *self.input.borrow_mut() = Some(input.to_vec());
            Err(InternalError::KsfError)
        }
    }
}

/// Names the office in the exchange, so that a registration of one is worth nothing in another.
pub fn context(office: crate::id::OfficeId) -> Vec<u8> {
    let mut context = b"crmplus-chat/1 opaque\0".to_vec();
    context.extend_from_slice(office.as_bytes());
    context
}
