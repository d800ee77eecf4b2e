//! Every operation that must work and every operation that must not, subject by subject.

use crate::keys::Identity;

/// What is tried on a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Sending a message to it.
    Publish,
    /// Hearing what is sent to it.
    Subscribe,
}

/// One attempt and what should come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// What is tried.
    pub operation: Operation,
    /// On which subject.
    pub subject: &'static str,
    /// Whether it should succeed.
    pub allowed: bool,
}

/// All probes of one identity, for a broker whose gateway is `gw1`.
pub fn of(identity: Identity) -> impl Iterator<Item = Probe> {
    let [publish, no_publish, subscribe, no_subscribe] = match identity {
        Identity::Gateway => GATEWAY,
        Identity::Sink => SINK,
        Identity::Provisioner => PROVISIONER,
        Identity::Watcher => WATCHER,
    };
    let probe = |operation, allowed| move |&subject| Probe { operation, subject, allowed };
    let publishes = publish.iter().map(probe(Operation::Publish, true));
    let subscribes = subscribe.iter().map(probe(Operation::Subscribe, true));
    // Denied for everybody, whatever else an identity may do.
    let no_publishes = no_publish.iter().chain(NOBODY_PUBLISHES).map(probe(Operation::Publish, false));
    let no_subscribes = no_subscribe.iter().chain(NOBODY_SUBSCRIBES).map(probe(Operation::Subscribe, false));
    publishes.chain(subscribes).chain(no_publishes).chain(no_subscribes)
}

/// May publish, may not publish, may subscribe, may not subscribe.
type Lists = [&'static [&'static str]; 4];

const GATEWAY: Lists = [
    &[
        "audit.ev.gw1",
        "roster.log",
        "prekey.one.0123456789abcdef0123456789abcdef",
        "prekey.fallback.0123456789abcdef0123456789abcdef",
        "dev.0123456789abcdef0123456789abcdef",
        "mbox.0123456789abcdef0123456789abcdef",
        "state.lease",
        "state.passphrase.0123456789abcdef0123456789abcdef",
        "state.seat.0123456789abcdef0123456789abcdef",
        "state.capsule.0123456789abcdef0123456789abcdef",
        "presence.gw1",
        "_GW.gw1.reply",
        "_GW.gw2.reply",
        "$JS.API.STREAM.INFO.ROSTER",
        "$JS.API.STREAM.INFO.PREKEYS",
        "$JS.API.STREAM.INFO.MBOX",
        "$JS.API.STREAM.INFO.STATE",
        "$JS.API.STREAM.INFO.SEATS",
        "$JS.API.DIRECT.GET.ROSTER",
        "$JS.API.DIRECT.GET.PREKEYS",
        "$JS.API.DIRECT.GET.MBOX",
        "$JS.API.DIRECT.GET.STATE",
        "$JS.API.DIRECT.GET.SEATS",
        "$JS.API.DIRECT.GET.ROSTER.roster.log",
        "$JS.API.DIRECT.GET.PREKEYS.prekey.one.0123456789abcdef0123456789abcdef",
        "$JS.API.DIRECT.GET.PREKEYS.prekey.fallback.0123456789abcdef0123456789abcdef",
        "$JS.API.DIRECT.GET.MBOX.mbox.0123456789abcdef0123456789abcdef",
        "$JS.API.DIRECT.GET.STATE.state.lease",
        "$JS.API.DIRECT.GET.STATE.state.passphrase.0123456789abcdef0123456789abcdef",
        "$JS.API.DIRECT.GET.SEATS.state.seat.0123456789abcdef0123456789abcdef",
        "$JS.API.DIRECT.GET.STATE.state.capsule.0123456789abcdef0123456789abcdef",
        "$JS.API.STREAM.MSG.DELETE.PREKEYS",
        "$JS.API.STREAM.MSG.DELETE.MBOX",
        "$JS.API.STREAM.MSG.DELETE.STATE",
        "$JS.API.STREAM.MSG.DELETE.SEATS",
    ],
    &[
        // Another gateway's events and presence.
        "audit.ev.gw2",
        "audit.ev.gw1.more",
        "audit.ev",
        "presence.gw2",
        // Kinds of state that there are not.
        "state.other",
        "state.seat",
        "state.seat.x.y",
        // Reading the trail, by every way there is.
        "$JS.API.STREAM.INFO.AUDIT",
        "$JS.API.STREAM.MSG.GET.AUDIT",
        "$JS.API.DIRECT.GET.AUDIT",
        "$JS.API.DIRECT.GET.AUDIT.audit.ev.gw1",
        "$JS.API.CONSUMER.MSG.NEXT.AUDIT.sink",
        "$JS.API.CONSUMER.CREATE.AUDIT.sink",
        "$JS.API.CONSUMER.INFO.AUDIT.sink",
        "$JS.ACK.AUDIT.sink.1.1.1.1.0",
        // Altering what must stay.
        "$JS.API.STREAM.MSG.DELETE.AUDIT",
        "$JS.API.STREAM.MSG.DELETE.ROSTER",
        "$JS.API.STREAM.CREATE.AUDIT",
        "$JS.API.STREAM.CREATE.ROSTER",
        "$JS.API.STREAM.CREATE.PREKEYS",
        "$JS.API.STREAM.CREATE.MBOX",
        "$JS.API.STREAM.CREATE.STATE",
        "$JS.API.STREAM.CREATE.SEATS",
        "$JS.API.STREAM.UPDATE.PREKEYS",
        "$JS.API.STREAM.UPDATE.MBOX",
        "$JS.API.STREAM.UPDATE.STATE",
        "$JS.API.STREAM.UPDATE.SEATS",
        // Other people's answers.
        "_INBOX_sink.x",
        "_INBOX_prov.x",
        "_INBOX.x",
        "$JS.API.INFO",
    ],
    &[
        "_GW.gw1.>",
        "dev.*",
        "dev.0123456789abcdef0123456789abcdef",
        "mbox.*",
        "mbox.0123456789abcdef0123456789abcdef",
        "roster.log",
        "state.lease",
        "presence.*",
    ],
    &[
        "_GW.>",
        "_GW.gw2.>",
        "audit.>",
        "audit.ev.gw1",
        "prekey.>",
        "prekey.one.*",
        // Read when somebody asks for them, never listened to.
        "state.>",
        "state.passphrase.*",
        "state.seat.0123456789abcdef0123456789abcdef",
        "state.capsule.*",
        "$JS.EVENT.ADVISORY.>",
        "_INBOX_sink.>",
    ],
];

const SINK: Lists = [
    &[
        "$JS.API.CONSUMER.INFO.AUDIT.sink",
        "$JS.API.CONSUMER.MSG.NEXT.AUDIT.sink",
        "$JS.ACK.AUDIT.sink.1.1.1.1.0",
        "$JS.ACK._.ABC.AUDIT.sink.1.1.1.1.0",
    ],
    &[
        // Inventing an event, or its reader.
        "audit.ev.gw1",
        "audit.ev.sink",
        "$JS.API.CONSUMER.CREATE.AUDIT.sink",
        "$JS.API.CONSUMER.MSG.NEXT.AUDIT.other",
        // Messages.
        "mbox.0123456789abcdef0123456789abcdef",
        "dev.0123456789abcdef0123456789abcdef",
        "prekey.one.0123456789abcdef0123456789abcdef",
        "roster.log",
        "state.lease",
        "state.passphrase.0123456789abcdef0123456789abcdef",
        "state.seat.0123456789abcdef0123456789abcdef",
        "state.capsule.0123456789abcdef0123456789abcdef",
        "presence.gw1",
        "$JS.API.DIRECT.GET.MBOX",
        "$JS.API.DIRECT.GET.ROSTER",
        "$JS.API.DIRECT.GET.PREKEYS",
        "$JS.API.DIRECT.GET.STATE",
        "$JS.API.DIRECT.GET.SEATS",
        "$JS.API.STREAM.MSG.GET.AUDIT",
        "$JS.API.STREAM.MSG.DELETE.AUDIT",
        "$JS.API.STREAM.MSG.DELETE.MBOX",
        "$JS.API.STREAM.MSG.DELETE.PREKEYS",
        "$JS.API.STREAM.MSG.DELETE.STATE",
        "$JS.API.STREAM.MSG.DELETE.SEATS",
        "$JS.API.STREAM.INFO.AUDIT",
        "$JS.API.INFO",
        "_GW.gw1.x",
        "_INBOX_prov.x",
    ],
    &["_INBOX_sink.>"],
    &[
        "_INBOX_prov.>",
        "_GW.gw1.>",
        "audit.>",
        "mbox.*",
        "dev.*",
        "roster.log",
        "state.lease",
        "state.>",
        "presence.*",
        "$JS.EVENT.ADVISORY.>",
    ],
];

const PROVISIONER: Lists = [
    &[
        "$JS.API.INFO",
        "$JS.API.STREAM.INFO.AUDIT",
        "$JS.API.STREAM.INFO.ROSTER",
        "$JS.API.STREAM.INFO.PREKEYS",
        "$JS.API.STREAM.INFO.MBOX",
        "$JS.API.STREAM.INFO.STATE",
        "$JS.API.STREAM.INFO.SEATS",
        "$JS.API.STREAM.CREATE.AUDIT",
        "$JS.API.STREAM.CREATE.ROSTER",
        "$JS.API.STREAM.CREATE.PREKEYS",
        "$JS.API.STREAM.CREATE.MBOX",
        "$JS.API.STREAM.CREATE.STATE",
        "$JS.API.STREAM.CREATE.SEATS",
        "$JS.API.STREAM.UPDATE.PREKEYS",
        "$JS.API.STREAM.UPDATE.MBOX",
        "$JS.API.STREAM.UPDATE.STATE",
        "$JS.API.STREAM.UPDATE.SEATS",
        "$JS.API.CONSUMER.INFO.AUDIT.sink",
        "$JS.API.CONSUMER.CREATE.AUDIT.sink",
    ],
    &[
        // Reading or writing data.
        "audit.ev.gw1",
        "roster.log",
        "mbox.0123456789abcdef0123456789abcdef",
        "dev.0123456789abcdef0123456789abcdef",
        "prekey.one.0123456789abcdef0123456789abcdef",
        "state.lease",
        "state.passphrase.0123456789abcdef0123456789abcdef",
        "state.seat.0123456789abcdef0123456789abcdef",
        "state.capsule.0123456789abcdef0123456789abcdef",
        "$JS.API.CONSUMER.MSG.NEXT.AUDIT.sink",
        "$JS.API.STREAM.MSG.GET.AUDIT",
        "$JS.API.DIRECT.GET.MBOX",
        "$JS.API.DIRECT.GET.ROSTER",
        "$JS.API.DIRECT.GET.PREKEYS",
        "$JS.API.DIRECT.GET.STATE",
        "$JS.API.DIRECT.GET.SEATS",
        "$JS.API.STREAM.MSG.GET.STATE",
        "$JS.API.STREAM.MSG.GET.SEATS",
        "$JS.ACK.AUDIT.sink.1.1.1.1.0",
        "$JS.API.STREAM.MSG.DELETE.AUDIT",
        "$JS.API.STREAM.MSG.DELETE.MBOX",
        "$JS.API.STREAM.MSG.DELETE.STATE",
        "$JS.API.STREAM.MSG.DELETE.SEATS",
        "_GW.gw1.x",
        "_INBOX_sink.x",
    ],
    &["_INBOX_prov.>"],
    &[
        "_INBOX_sink.>",
        "_GW.gw1.>",
        "audit.>",
        "mbox.*",
        "dev.*",
        "roster.log",
        "state.>",
        "$JS.EVENT.ADVISORY.>",
    ],
];

const WATCHER: Lists = [
    &[],
    &[
        "audit.ev.gw1",
        "roster.log",
        "mbox.0123456789abcdef0123456789abcdef",
        "dev.0123456789abcdef0123456789abcdef",
        "state.lease",
        "presence.gw1",
        "$JS.API.INFO",
        "$JS.API.STREAM.INFO.AUDIT",
        "$JS.API.CONSUMER.MSG.NEXT.AUDIT.sink",
        "_GW.gw1.x",
    ],
    &["$JS.EVENT.ADVISORY.>"],
    &[
        "audit.>",
        "mbox.*",
        "dev.*",
        "roster.log",
        "state.>",
        "presence.*",
        "_GW.>",
        "_INBOX_sink.>",
        "_INBOX_prov.>",
    ],
];

const NOBODY_PUBLISHES: &[&str] = &[
    // AUDIT and ROSTER: an update to `max_msgs: 1` would erase them in spite of `deny_purge`.
    "$JS.API.STREAM.UPDATE.AUDIT",
    "$JS.API.STREAM.UPDATE.ROSTER",
    "$JS.API.STREAM.PURGE.AUDIT",
    "$JS.API.STREAM.PURGE.ROSTER",
    "$JS.API.STREAM.PURGE.PREKEYS",
    "$JS.API.STREAM.PURGE.MBOX",
    "$JS.API.STREAM.PURGE.STATE",
    "$JS.API.STREAM.PURGE.SEATS",
    "$JS.API.STREAM.DELETE.AUDIT",
    "$JS.API.STREAM.DELETE.ROSTER",
    "$JS.API.STREAM.DELETE.PREKEYS",
    "$JS.API.STREAM.DELETE.MBOX",
    "$JS.API.STREAM.DELETE.STATE",
    "$JS.API.STREAM.DELETE.SEATS",
    "$JS.API.STREAM.SNAPSHOT.AUDIT",
    "$JS.API.STREAM.RESTORE.AUDIT",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.CREATE.SPY",
    "$JS.API.CONSUMER.CREATE.AUDIT",
    "$JS.API.CONSUMER.CREATE.AUDIT.spy",
    "$JS.API.CONSUMER.CREATE.AUDIT.sink.audit.ev.gw1",
    "$JS.API.CONSUMER.DURABLE.CREATE.AUDIT.spy",
    "$JS.API.CONSUMER.CREATE.MBOX",
    "$JS.API.CONSUMER.CREATE.MBOX.spy",
    "$JS.API.CONSUMER.CREATE.STATE",
    "$JS.API.CONSUMER.CREATE.STATE.spy",
    "$JS.API.CONSUMER.CREATE.SEATS.spy",
    "$JS.API.CONSUMER.DELETE.AUDIT.sink",
    "$JS.API.CONSUMER.RESET.AUDIT.sink",
    "$JS.API.CONSUMER.PAUSE.AUDIT.sink",
    "$JS.API.CONSUMER.UNPIN.AUDIT.sink",
    "$JS.API.SERVER.REMOVE",
    "$JS.API.ACCOUNT.PURGE.CHAT",
    "$SYS.REQ.SERVER.PING",
    "$SYS.REQ.ACCOUNT.CHAT.JSZ",
    "anything.else",
];

const NOBODY_SUBSCRIBES: &[&str] =
    &[">", "*", "$SYS.>", "$JS.>", "$JS.API.>", "$JS.ACK.>", "_INBOX.>", "audit.ev.gw1"];
