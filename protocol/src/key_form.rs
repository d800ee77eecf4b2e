//! The one form that a public key has. The same key in another form would pass for another key wherever bytes are
//! compared, and with a key of low order everybody can sign, or knows the shared secret.

/// 2^255 - 19, little endian.
const PRIME: [u8; 32] = {
    let mut prime = [0xff; 32];
    prime[0] = 0xed;
    prime[31] = 0x7f;
    prime
};

/// 2^255 - 20, little endian.
const PRIME_LESS_ONE: [u8; 32] = {
    let mut number = PRIME;
    number[0] = 0xec;
    number
};

const fn small(number: u8) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[0] = number;
    bytes
}

/// Coordinates y of Edwards points whose order divides 8.
const LOW_ORDER_Y: [[u8; 32]; 5] = [
    small(0),
    small(1),
    PRIME_LESS_ONE,
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

/// Coordinates u of Montgomery points that make every shared secret zero.
const LOW_ORDER_U: [[u8; 32]; 5] = [
    small(0),
    small(1),
    PRIME_LESS_ONE,
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda,
        0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04,
        0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
    ],
];

fn is_reduced(number: &[u8; 32]) -> bool {
    number.iter().rev().lt(PRIME.iter().rev())
}

fn without_top_bit(mut key: [u8; 32]) -> [u8; 32] {
    key[31] &= 0x7f;
    key
}

/// Whether an Ed25519 public key is canonical and of high order. That it is on the curve shows when it verifies.
pub(crate) fn is_sound_ed25519(key: &[u8; 32]) -> bool {
    let y = without_top_bit(*key);
    is_reduced(&y) && !LOW_ORDER_Y.contains(&y)
}

/// Whether a Curve25519 public key is canonical and of high order.
pub(crate) fn is_sound_curve25519(key: &[u8; 32]) -> bool {
    is_reduced(key) && !LOW_ORDER_U.contains(key)
}

/// The canonical form of a Curve25519 public key: equal for keys that give the same secrets.
pub(crate) fn canonical_curve25519(key: &[u8; 32]) -> [u8; 32] {
    let mut u = without_top_bit(*key);
    if !is_reduced(&u) {
        // From the prime on there are 19 numbers, which differ in the lowest byte alone.
        u = small(u[0].wrapping_sub(PRIME[0]));
    }
    u
}
