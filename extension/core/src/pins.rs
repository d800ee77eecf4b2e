//! Identity keys as they were seen first, and what people said of them. The roster vouches for everybody; this is the
//! defence against a stolen office key, which can give somebody a new identity.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{id::UserId, roster::User, signature::Nkey};
use serde::{Deserialize, Serialize};

use crate::{
    error::CoreError,
    store::{Batch, Keep, damaged, key, read},
    view::Keys,
};

/// What is known of one person's identity key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pin {
    identity: Nkey,
    /// People compared it.
    verified: bool,
}

/// All pins.
#[derive(Debug, Default)]
pub(crate) struct Pins {
    pins: BTreeMap<UserId, Pin>,
    changed: BTreeSet<UserId>,
}

impl Pins {
    pub(crate) fn restore(&mut self, name: &str, bytes: &[u8]) -> Result<(), CoreError> {
        let user = name.split_once('/').and_then(|(_, id)| id.parse().ok());
        let user = user.ok_or_else(|| damaged(name, "its name is not one of a person"))?;
        self.pins.insert(user, read(name, bytes)?);
        Ok(())
    }

    /// Remembers the key of somebody who is seen for the first time.
    pub(crate) fn meet(&mut self, user: &User) {
        if !self.pins.contains_key(&user.user) {
            self.put(user, false);
        }
    }

    pub(crate) fn keys_of(&self, user: &User) -> Keys {
        match self.pins.get(&user.user) {
            Some(pin) if pin.identity != user.identity => Keys::Changed,
            Some(pin) if pin.verified => Keys::Verified,
            _ => Keys::Unverified,
        }
    }

    /// A person says that the new key is right, without comparing.
    pub(crate) fn acknowledge(&mut self, user: &User) {
        self.put(user, false);
    }

    /// People compared the key.
    pub(crate) fn verify(&mut self, user: &User) {
        self.put(user, true);
    }

    /// People compared this very key. Where the roster has a newer one by now, that one is not verified.
    pub(crate) fn verify_key(&mut self, user: UserId, identity: Nkey) {
        self.set(user, Pin { identity, verified: true });
    }

    /// What is remembered of somebody.
    pub(crate) fn remembered(&self, user: UserId) -> Option<Pin> {
        self.pins.get(&user).cloned()
    }

    /// That this key was verified counts for nothing after all: what was remembered `before` is so again.
    pub(crate) fn take_back(&mut self, user: UserId, compared: &Nkey, before: Option<Pin>) {
        let stands = self.pins.get(&user).is_some_and(|pin| pin.verified && pin.identity == *compared);
        if let Some(before) = before.filter(|_| stands) {
            self.set(user, before);
        }
    }

    fn put(&mut self, user: &User, verified: bool) {
        self.set(user.user, Pin { identity: user.identity.clone(), verified });
    }

    fn set(&mut self, user: UserId, pin: Pin) {
        self.pins.insert(user, pin);
        self.changed.insert(user);
    }
}

impl Keep for Pins {
    fn flush(&mut self, batch: &mut Batch) -> Result<(), CoreError> {
        for user in std::mem::take(&mut self.changed) {
            if let Some(pin) = self.pins.get(&user) {
                batch.put(key::pin(user), pin)?;
            }
        }
        Ok(())
    }
}
