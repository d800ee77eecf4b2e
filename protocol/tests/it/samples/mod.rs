//! One value of each kind that travels, the same at each run.

mod frames;
mod office;
mod records;
mod texts;

pub use frames::*;
pub use office::*;
use protocol::{
    channel::NoisePrivateKey,
    id::{CapsuleId, DeviceId, InviteId, MessageId, OfficeId, RoomId, Signature, UserId},
    signature::{Role, SigningKey},
    text::{InviteSecret, OfficeSecret},
};
pub use records::*;
pub use texts::*;

/// Sunday 22 November 2026, 06:20:23 UTC.
pub const NOW_MS: u64 = 1_795_328_423_000;
pub const DAY_MS: u64 = 86_400_000;

pub fn office() -> OfficeId {
    OfficeId::from_bytes([0x0f; 16])
}

pub fn user(number: u8) -> UserId {
    UserId::from_bytes([0xa0 | number; 16])
}

pub fn device(number: u8) -> DeviceId {
    DeviceId::from_bytes([0xd0 | number; 16])
}

pub fn invite_id(number: u8) -> InviteId {
    InviteId::from_bytes([0x10 | number; 16])
}

pub fn room(number: u8) -> RoomId {
    RoomId::from_bytes([0xb0 | number; 16])
}

pub fn capsule() -> CapsuleId {
    code().capsule()
}

pub fn message() -> MessageId {
    MessageId::new(NOW_MS, [1; 10])
}

pub fn office_secret() -> OfficeSecret {
    OfficeSecret::from_bytes([0x4f; 32])
}

pub fn office_key() -> SigningKey {
    office_secret().signing_key().unwrap()
}

pub fn identity_key(user: u8) -> SigningKey {
    SigningKey::from_seed(Role::Person, [0x20 | user; 32]).unwrap()
}

pub fn device_key(device: u8) -> SigningKey {
    SigningKey::from_seed(Role::Device, [0x60 | device; 32]).unwrap()
}

pub fn invite_secret(number: u8) -> InviteSecret {
    InviteSecret::from_bytes([0x50 | number; 32])
}

pub fn invite_key(number: u8) -> SigningKey {
    invite_secret(number).signing_key().unwrap()
}

pub fn noise_key(device: u8) -> NoisePrivateKey {
    NoisePrivateKey::from_bytes([0x70 | device; 32])
}

pub fn signature() -> Signature {
    Signature::from_bytes([0x77; 64])
}
