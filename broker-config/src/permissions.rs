//! What each identity may publish and subscribe to: the least that works.
//!
//! A subject that is not listed is denied. [`crate::check`] proves both sides against a real server.
//!
//! nats-server lets an identity with `mbox.*` subscribe to `mbox.>` too: it reads `>` as a name that `*`
//! covers. That shows nothing more, because nobody may publish deeper than the allow lists go.

use crate::{
    keys::Identity,
    streams::{AUDIT, MBOX, PREKEYS, ROSTER, SEATS, SINK, STATE},
};

/// The allow lists of one identity; an empty list allows nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// Subjects that may be published to.
    pub publish: Vec<String>,
    /// Subjects that may be subscribed to.
    pub subscribe: Vec<String>,
}

/// The prefix of the subjects on which an identity gets its answers.
///
/// Gateways share the root `_GW`, so that one gateway can answer the live request of another without
/// being allowed to write to any other inbox.
pub fn inbox_prefix(identity: Identity, gateway_id: &str) -> String {
    match identity {
        Identity::Gateway => format!("_GW.{gateway_id}"),
        Identity::Sink => "_INBOX_sink".to_owned(),
        Identity::Provisioner => "_INBOX_prov".to_owned(),
        Identity::Watcher => "_INBOX_watch".to_owned(),
    }
}

/// The permissions of one identity.
pub fn of(identity: Identity, gateway_id: &str) -> Permissions {
    match identity {
        Identity::Gateway => gateway(gateway_id),
        Identity::Sink => sink(),
        Identity::Provisioner => provisioner(),
        Identity::Watcher => watcher(),
    }
}

/// Gateways relay ciphertext and write events. They cannot read the audit trail, and they cannot change
/// or empty a stream: only single messages may go, which is how a claim, a delivery, a capsule for
/// one and a person who left end.
fn gateway(id: &str) -> Permissions {
    let mut publish = owned(&[
        "roster.log",
        "prekey.one.*",
        "prekey.fallback.*",
        "dev.*",
        "mbox.*",
        "state.lease",
        "state.passphrase.*",
        "state.seat.*",
        "state.capsule.*",
        // Answers to the live requests of other gateways.
        "_GW.>",
    ]);
    publish.push(format!("audit.ev.{id}"));
    publish.push(format!("presence.{id}"));
    for stream in [ROSTER, PREKEYS, MBOX, STATE, SEATS] {
        publish.push(format!("$JS.API.STREAM.INFO.{stream}"));
        publish.push(format!("$JS.API.DIRECT.GET.{stream}"));
    }
    // The subject-appended form of direct get: last message for a subject.
    publish.push(format!("$JS.API.DIRECT.GET.{ROSTER}.roster.log"));
    publish.push(format!("$JS.API.DIRECT.GET.{PREKEYS}.prekey.one.*"));
    publish.push(format!("$JS.API.DIRECT.GET.{PREKEYS}.prekey.fallback.*"));
    publish.push(format!("$JS.API.DIRECT.GET.{MBOX}.mbox.*"));
    publish.push(format!("$JS.API.DIRECT.GET.{STATE}.state.lease"));
    publish.push(format!("$JS.API.DIRECT.GET.{STATE}.state.passphrase.*"));
    publish.push(format!("$JS.API.DIRECT.GET.{STATE}.state.capsule.*"));
    publish.push(format!("$JS.API.DIRECT.GET.{SEATS}.state.seat.*"));
    for stream in [PREKEYS, MBOX, STATE, SEATS] {
        publish.push(format!("$JS.API.STREAM.MSG.DELETE.{stream}"));
    }
    let mut subscribe = owned(&["dev.*", "mbox.*", "roster.log", "state.lease", "presence.*"]);
    subscribe.push(format!("{}.>", inbox_prefix(Identity::Gateway, id)));
    Permissions { publish, subscribe }
}

/// The sink pulls and acknowledges. 2.14 announced a second form of the acknowledgement subject, which
/// starts with the domain and the account: both are allowed, so that a newer server works too.
fn sink() -> Permissions {
    Permissions {
        publish: vec![
            format!("$JS.API.CONSUMER.INFO.{AUDIT}.{SINK}"),
            format!("$JS.API.CONSUMER.MSG.NEXT.{AUDIT}.{SINK}"),
            format!("$JS.ACK.{AUDIT}.{SINK}.>"),
            format!("$JS.ACK.*.*.{AUDIT}.{SINK}.>"),
        ],
        subscribe: owned(&["_INBOX_sink.>"]),
    }
}

/// The provisioner makes what is missing. It may not update AUDIT or ROSTER: an update to `max_msgs: 1`
/// erases a stream in spite of `deny_purge`.
fn provisioner() -> Permissions {
    let mut publish = owned(&["$JS.API.INFO"]);
    for stream in [AUDIT, ROSTER, PREKEYS, MBOX, STATE, SEATS] {
        publish.push(format!("$JS.API.STREAM.INFO.{stream}"));
        publish.push(format!("$JS.API.STREAM.CREATE.{stream}"));
    }
    for stream in [PREKEYS, MBOX, STATE, SEATS] {
        publish.push(format!("$JS.API.STREAM.UPDATE.{stream}"));
    }
    publish.push(format!("$JS.API.CONSUMER.INFO.{AUDIT}.{SINK}"));
    publish.push(format!("$JS.API.CONSUMER.CREATE.{AUDIT}.{SINK}"));
    Permissions { publish, subscribe: owned(&["_INBOX_prov.>"]) }
}

fn watcher() -> Permissions {
    Permissions { publish: Vec::new(), subscribe: owned(&["$JS.EVENT.ADVISORY.>"]) }
}

fn owned(subjects: &[&str]) -> Vec<String> {
    subjects.iter().map(|&subject| subject.to_owned()).collect()
}
