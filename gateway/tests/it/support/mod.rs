//! An office in a temporary folder, and devices that speak to it.

pub mod client;
pub mod device;
pub mod office;
pub mod passphrase;
pub mod trail;

use std::time::Duration;

use gateway::clock::now_ms;
use protocol::{
    id::{OfficeId, UserId},
    roster::{Change, Entry, Roster, SignedEntry},
    signature::SigningKey,
};

/// Longer than anything here takes on a busy machine; reached only when something is broken.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until the condition holds.
pub async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let holds = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, holds).await.unwrap_or_else(|_| panic!("waited in vain: {what}"));
}

/// Awaits something that must come.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, Box::pin(future))
        .await
        .unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

/// The next entry of `roster`, whether the roster would take it or not.
pub fn entry(
    roster: &Roster,
    office: OfficeId,
    author: Option<UserId>,
    key: &SigningKey,
    change: Change,
) -> Vec<u8> {
    let entry =
        Entry { office, index: roster.length(), previous: roster.head(), made_ms: now_ms(), author, change };
    SignedEntry::make(&entry, key).unwrap()
}
