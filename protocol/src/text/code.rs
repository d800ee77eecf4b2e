//! Codes short enough to type: 128 random bits that name a capsule at the gateway and open it. An invite or the
//! way to add a workstation lies in the capsule; the gateway cannot open it.

use std::fmt;

use data_encoding::{Encoding, Specification};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Kind, TextError};
use crate::{
    codec::EncodeError,
    id::{CapsuleId, Hash},
};

const KIND: Kind = Kind { name: "code", version: 1 };
/// Letters of the text without hyphens: 26 for 128 bits, 2 to find mistakes.
const LETTERS: usize = 28;
const CHECK: usize = 2;

/// The secret. Cannot be printed but by [`Code::to_text`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Code(#[serde(with = "serde_bytes")] [u8; 16]);

/// Crockford's alphabet: no letter that looks like a digit.
fn alphabet() -> Result<Encoding, TextError> {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    specification.translate.from.push_str("abcdefghjkmnpqrstvwxyzIiLlOo");
    specification.translate.to.push_str("ABCDEFGHJKMNPQRSTVWXYZ111100");
    specification.ignore.push_str("- \t\r\n");
    specification.encoding().map_err(|_| TextError::Damaged)
}

impl Code {
    /// Takes 16 random bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Where the capsule lies. Says nothing about the key.
    pub fn capsule(&self) -> CapsuleId {
        let hash = Hash::of_parts("crmplus-chat/1 capsule id", &[&self.0]);
        let mut id = [0; 16];
        for (slot, byte) in id.iter_mut().zip(hash.as_bytes()) {
            *slot = *byte;
        }
        CapsuleId::from_bytes(id)
    }

    /// What opens it.
    pub fn key(&self) -> [u8; 32] {
        *Hash::of_parts("crmplus-chat/1 capsule key", &[&self.0]).as_bytes()
    }

    /// Seven groups of four letters.
    pub fn to_text(&self) -> Result<String, TextError> {
        let alphabet = alphabet()?;
        let mut letters = alphabet.encode(&self.0);
        letters.extend(check(&alphabet, &self.0));
        let letters: Vec<char> = letters.chars().collect();
        Ok(letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
    }

    /// Reads what a person typed: in any case, with or without hyphens, I and L for 1, O for 0.
    pub fn from_text(text: &str) -> Result<Self, TextError> {
        let alphabet = alphabet()?;
        let letters: String = text
            .chars()
            .filter(|letter| *letter != '-' && !letter.is_whitespace())
            .take(LETTERS + 1)
            .collect();
        if letters.len() != LETTERS || !letters.is_ascii() {
            return Err(TextError::Damaged);
        }
        let (code, sum) = letters.split_at_checked(LETTERS - CHECK).ok_or(TextError::Damaged)?;
        let bytes = alphabet.decode(code.as_bytes()).map_err(|_| TextError::Damaged)?;
        let bytes: [u8; 16] = bytes.try_into().map_err(|_| TextError::Damaged)?;
        // Compared as what they stand for, so that "O" and "0" are the same here too.
        let wanted: String = check(&alphabet, &bytes).collect();
        let typed: String = sum
            .chars()
            .map(|letter| match letter.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                other => other,
            })
            .collect();
        if wanted == typed { Ok(Self(bytes)) } else { Err(TextError::Damaged) }
    }
}

fn check(alphabet: &Encoding, bytes: &[u8]) -> impl Iterator<Item = char> + use<> {
    let hash = Hash::of_parts("crmplus-chat/1 code check", &[bytes]);
    alphabet.encode(hash.as_bytes()).chars().take(CHECK).collect::<Vec<_>>().into_iter()
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

/// A code with the addresses of the gateways that hold its capsule: what a QR code or a link says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeLink {
    /// Addresses of gateways, best first.
    pub gateways: Vec<String>,
    /// The code.
    pub code: Code,
}

impl CodeLink {
    /// The text.
    pub fn to_text(&self) -> Result<String, EncodeError> {
        KIND.write(self)
    }

    /// Reads a text that a person pasted or scanned.
    pub fn from_text(text: &str) -> Result<Self, TextError> {
        KIND.read(text)
    }
}
