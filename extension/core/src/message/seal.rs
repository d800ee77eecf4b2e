//! Sealing a payload under a message root, and the hash that ties payload, header and wraps together.

use protocol::{
    envelope::{Header, SealedPayload},
    id::Hash,
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{error::CoreError, refusal::Refusal, rng::Rng, secret::Secret, secretbox};

const KEY_LABEL: &[u8] = b"crmplus-chat/1 payload key\0";
const COMMITMENT_LABEL: &[u8] = b"crmplus-chat/1 payload commitment\0";
const HASH_LABEL: &str = "crmplus-chat/1 message";

/// Seals `padded` under a fresh nonce. Each root seals one payload only.
pub(crate) fn seal(root: &Secret, padded: &[u8], rng: &mut dyn Rng) -> Result<SealedPayload, CoreError> {
    let ciphertext = secretbox::seal(&derive_key(root), padded, rng)?;
    Ok(SealedPayload { commitment: derive_commitment(root), ciphertext })
}

/// The padded payload, if `root` is the one that it was sealed under.
pub(crate) fn open(root: &Secret, payload: &SealedPayload) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    if derive_commitment(root) != payload.commitment {
        return Err(Refusal::Commitment);
    }
    secretbox::open(&derive_key(root), &payload.ciphertext).ok_or(Refusal::PayloadCipher)
}

/// Hash of all that belongs to a message and travels outside the wraps. The header goes in field by
/// field, so that the hash does not hang on an encoding.
pub(crate) fn hash(header: &Header, payload: &SealedPayload) -> Hash {
    Hash::of_parts(
        HASH_LABEL,
        &[
            &payload.ciphertext,
            header.message.as_bytes(),
            header.conversation.as_bytes(),
            header.sender_user.as_bytes(),
            header.sender_device.as_bytes(),
            &header.expires_ms.to_be_bytes(),
            payload.commitment.as_bytes(),
        ],
    )
}

fn derive_key(root: &Secret) -> Secret {
    Secret::from_bytes(Sha256::new_with_prefix(KEY_LABEL).chain_update(root.expose()).finalize().into())
}

fn derive_commitment(root: &Secret) -> Hash {
    Hash::from_bytes(Sha256::new_with_prefix(COMMITMENT_LABEL).chain_update(root.expose()).finalize().into())
}
