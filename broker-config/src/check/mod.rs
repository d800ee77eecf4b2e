//! Proves the permissions against a real server: what is allowed works, what is not is denied.
//!
//! It speaks the NATS protocol itself (`wire.rs`), so that it shares neither the client library nor the
//! rendering with what it judges: the subjects in [`probes`] are written out, not computed.

pub mod probes;
mod wire;

use std::{fmt, io};

use probes::{Operation, Probe};
use thiserror::Error;
use wire::{Login, Wire};

use crate::{
    keys::{self, Identity, KeyError},
    throwaway::{ThrowawayBroker, ThrowawayError},
};

/// `max_payload` of the configuration.
const MAX_PAYLOAD: usize = 1024 * 1024;

/// Why nothing could be proved.
#[derive(Debug, Error)]
pub enum CheckError {
    /// No broker to check.
    #[error(transparent)]
    Broker(#[from] ThrowawayError),
    /// No key to log in with.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The broker did not behave like one.
    #[error("the check lost its connection to the broker: {0}")]
    Connection(#[from] io::Error),
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Operations that are allowed and worked.
    pub allowed: usize,
    /// Operations that are not allowed and were denied.
    pub denied: usize,
    /// Where the server and the expectation differ, in words.
    pub wrong: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} operations allowed, {} denied, {} wrong", self.allowed, self.denied, self.wrong.len())?;
        self.wrong.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// Runs every probe against a provisioned broker. The broker should hold nothing of value.
pub async fn check(broker: &ThrowawayBroker) -> Result<Report, CheckError> {
    let mut report = Report::default();
    for identity in Identity::ALL {
        let seed = keys::load_seed(broker.state(), identity)?;
        let mut wire = Wire::connect(broker.config().listen).await?;
        if let Err(refusal) = wire.log_in(&Login::Seed(&seed)).await? {
            report.wrong.push(format!("{} cannot log in: {refusal}", identity.name()));
            continue;
        }
        for probe in probes::of(identity) {
            let denied = wire.attempt(probe.operation, probe.subject).await?;
            report.count(identity, &probe, denied);
        }
    }
    for (who, login) in
        [("an anonymous client", Login::Anonymous), ("a stranger with an nkey", Login::Stranger)]
    {
        let mut wire = Wire::connect(broker.config().listen).await?;
        match wire.log_in(&login).await? {
            Ok(()) => report.wrong.push(format!("{who} is let in")),
            Err(_) => report.denied += 1,
        }
    }
    let gateway = keys::load_seed(broker.state(), Identity::Gateway)?;
    let mut wire = Wire::connect(broker.config().listen).await?;
    if wire.log_in(&Login::Seed(&gateway)).await?.is_err() || !wire.is_cut_above(MAX_PAYLOAD).await? {
        report.wrong.push(format!("a message of more than {MAX_PAYLOAD} bytes is let through"));
    } else {
        report.denied += 1;
    }
    Ok(report)
}

impl Report {
    fn count(&mut self, identity: Identity, probe: &Probe, denied: bool) {
        let Probe { operation, subject, allowed } = *probe;
        let who = identity.name();
        let verb = match operation {
            Operation::Publish => "publish to",
            Operation::Subscribe => "subscribe to",
        };
        match (allowed, denied) {
            (true, false) => self.allowed += 1,
            (false, true) => self.denied += 1,
            (true, true) => self.wrong.push(format!("{who} may not {verb} {subject}, and should")),
            (false, false) => self.wrong.push(format!("{who} may {verb} {subject}, and must not")),
        }
    }
}
