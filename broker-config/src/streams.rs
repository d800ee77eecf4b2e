//! The streams and the sink's consumer.

use std::time::Duration;

use async_nats::jetstream::{
    consumer::{AckPolicy, DeliverPolicy, ReplayPolicy, pull},
    stream::{Config, DiscardPolicy, PersistenceMode, RetentionPolicy, StorageType},
};

/// Audit events of every gateway, on the way to the sink.
pub const AUDIT: &str = "AUDIT";
/// The signed, append-only list of users and devices.
pub const ROSTER: &str = "ROSTER";
/// One-time and fallback keys that devices have left for others to claim.
pub const PREKEYS: &str = "PREKEYS";
/// Ciphertext for devices that are away. In memory: nothing of a message reaches the disk.
pub const MBOX: &str = "MBOX";
/// What gateways share and keep: the roster's lease, passphrases, capsules. One message of each subject.
pub const STATE: &str = "STATE";
/// The number of the last connection of each device.
pub const SEATS: &str = "SEATS";
/// The durable consumer of [`AUDIT`].
pub const SINK: &str = "sink";

const MIB: i64 = 1024 * 1024;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// One event, however often a gateway has to send it within this time.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(10 * 60);

/// All streams, in the order in which they are made.
pub fn all() -> [Config; 6] {
    [audit(), roster(), prekeys(), mbox(), state(), seats()]
}

/// Refuses new events when full: an action without its record must not happen, and no record may go.
pub fn audit() -> Config {
    Config {
        subjects: vec!["audit.ev.>".to_owned()],
        discard: DiscardPolicy::New,
        max_bytes: 8 * 1024 * MIB,
        max_message_size: 512 * 1024,
        duplicate_window: DUPLICATE_WINDOW,
        deny_delete: true,
        deny_purge: true,
        ..base(AUDIT, StorageType::File)
    }
}

/// Append-only as well, and readable by gateways.
pub fn roster() -> Config {
    Config {
        subjects: vec!["roster.log".to_owned()],
        discard: DiscardPolicy::New,
        max_bytes: 256 * MIB,
        duplicate_window: DUPLICATE_WINDOW,
        deny_delete: true,
        deny_purge: true,
        allow_direct: true,
        ..base(ROSTER, StorageType::File)
    }
}

/// A claim deletes its message; a new fallback key rolls up the old one.
pub fn prekeys() -> Config {
    Config {
        subjects: vec!["prekey.one.*".to_owned(), "prekey.fallback.*".to_owned()],
        discard: DiscardPolicy::Old,
        max_bytes: 256 * MIB,
        max_messages_per_subject: 100,
        allow_rollup: true,
        allow_direct: true,
        ..base(PREKEYS, StorageType::File)
    }
}

/// Messages go when the device has them, when they expire, or after 72 hours.
pub fn mbox() -> Config {
    Config {
        subjects: vec!["mbox.*".to_owned()],
        discard: DiscardPolicy::Old,
        max_bytes: 192 * MIB,
        max_messages_per_subject: 10_000,
        max_age: 72 * HOUR,
        allow_direct: true,
        allow_message_ttl: true,
        ..base(MBOX, StorageType::Memory)
    }
}

/// A new message takes the place of the former one of its subject. When full it refuses a new subject rather than forget
/// somebody's passphrase. A capsule brings the time of its own end.
pub fn state() -> Config {
    Config {
        subjects: ["state.lease", "state.passphrase.*", "state.capsule.*"].map(str::to_owned).to_vec(),
        discard: DiscardPolicy::New,
        max_bytes: 256 * MIB,
        max_message_size: 32 * 1024,
        max_messages_per_subject: 1,
        allow_direct: true,
        allow_message_ttl: true,
        ..base(STATE, StorageType::File)
    }
}

/// The same for what each connection writes. Written to the disk in groups, a moment after it was acknowledged: a file
/// sync for each of 5,000 devices that come back at once would take seconds on a slow disk, and a power cut costs no
/// more than the last few numbers.
pub fn seats() -> Config {
    Config {
        subjects: vec!["state.seat.*".to_owned()],
        discard: DiscardPolicy::New,
        max_bytes: 64 * MIB,
        max_message_size: 1024,
        max_messages_per_subject: 1,
        allow_direct: true,
        persist_mode: Some(PersistenceMode::Async),
        ..base(SEATS, StorageType::File)
    }
}

/// Redelivers until acknowledged, and never gives up on an event.
pub fn sink() -> pull::Config {
    pull::Config {
        durable_name: Some(SINK.to_owned()),
        name: Some(SINK.to_owned()),
        deliver_policy: DeliverPolicy::All,
        ack_policy: AckPolicy::Explicit,
        ack_wait: Duration::from_secs(30),
        max_deliver: -1,
        max_ack_pending: 1000,
        max_waiting: 512,
        replay_policy: ReplayPolicy::Instant,
        ..pull::Config::default()
    }
}

fn base(name: &str, storage: StorageType) -> Config {
    Config {
        name: name.to_owned(),
        storage,
        retention: RetentionPolicy::Limits,
        max_messages: -1,
        max_message_size: -1,
        max_messages_per_subject: -1,
        max_age: Duration::ZERO,
        // Set where the server would choose, so that what is stored can be compared with what is wanted.
        max_consumers: 8,
        duplicate_window: Duration::from_secs(2 * 60),
        num_replicas: 1,
        ..Config::default()
    }
}
