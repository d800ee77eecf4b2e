//! Sizes, rates and times, each with its reason.

use std::time::Duration;

use protocol::limits::{HEARTBEAT_MS, MAX_FRAME, SILENCE_MS};
use serde::{Deserialize, Serialize};

/// What one gateway takes on, and for how long it waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Connections in all. Above it new ones are turned away.
    pub max_connections: usize,
    /// Connections that have not proved who they are: a place that a stranger can take.
    pub max_unauthenticated: usize,
    /// From the TCP connection to the end of authentication.
    #[serde(with = "humantime_serde")]
    pub handshake_within: Duration,
    /// How long a visit may take: from the first frame of somebody who is no device yet to the proof of their device.
    #[serde(with = "humantime_serde")]
    pub visit_within: Duration,
    /// Introductions at the same time: strangers who do not know the gateway's key.
    pub max_introductions: usize,
    /// How long one may take: time to stretch a passphrase on a slow computer.
    #[serde(with = "humantime_serde")]
    pub introduction_within: Duration,
    /// Messages that a visitor may send.
    pub visit_frames: usize,
    /// How long a device on line may take to confirm before the message goes to its mailbox.
    #[serde(with = "humantime_serde")]
    pub confirm_within: Duration,
    /// How long an action waits for its audit record before it is refused.
    #[serde(with = "humantime_serde")]
    pub audit_within: Duration,
    /// Silence after which a peer is taken for dead.
    #[serde(with = "humantime_serde")]
    pub silence: Duration,
    /// How long a stop may take until it is forced.
    #[serde(with = "humantime_serde")]
    pub drain_within: Duration,
    /// Frames that wait for a client to read them. One more and it is a slow reader.
    pub outbound_frames: usize,
    /// Bytes that wait for a client to read them.
    pub outbound_bytes: usize,
    /// Frames a second that a session may send for long.
    pub frames_per_second: u32,
    /// Frames that a session may send at once.
    pub frame_burst: u32,
    /// Messages that a device may have been given within `confirm_within` without confirming them.
    pub unconfirmed: usize,
    /// Deliveries of the whole gateway that wait for a confirmation.
    pub deliveries: usize,
    /// Audit records that wait to be stored.
    pub audit_queue: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 6000,
            max_unauthenticated: 2048,
            handshake_within: Duration::from_secs(5),
            visit_within: Duration::from_secs(60),
            max_introductions: 64,
            introduction_within: Duration::from_secs(30),
            visit_frames: 256,
            confirm_within: Duration::from_secs(5),
            audit_within: Duration::from_secs(5),
            silence: Duration::from_millis(SILENCE_MS),
            drain_within: Duration::from_secs(5),
            outbound_frames: 2048,
            outbound_bytes: 4 * 1024 * 1024,
            frames_per_second: 200,
            frame_burst: 1000,
            unconfirmed: 256,
            deliveries: 20_000,
            audit_queue: 16_384,
        }
    }
}

impl Limits {
    pub(super) fn problems(&self) -> Vec<String> {
        let counts = [
            ("max_connections", self.max_connections),
            ("max_unauthenticated", self.max_unauthenticated),
            ("max_introductions", self.max_introductions),
            ("visit_frames", self.visit_frames),
            ("outbound_frames", self.outbound_frames),
            ("frames_per_second", self.frames_per_second as usize),
            ("frame_burst", self.frame_burst as usize),
            ("unconfirmed", self.unconfirmed),
            ("deliveries", self.deliveries),
            ("audit_queue", self.audit_queue),
        ];
        let times = [
            ("handshake_within", self.handshake_within),
            ("introduction_within", self.introduction_within),
            ("visit_within", self.visit_within),
            ("confirm_within", self.confirm_within),
            ("audit_within", self.audit_within),
            ("drain_within", self.drain_within),
        ];
        let zero_counts = counts.into_iter().filter(|(_, value)| *value == 0).map(|(key, _)| key);
        let zero_times = times.into_iter().filter(|(_, value)| value.is_zero()).map(|(key, _)| key);
        let mut problems: Vec<_> =
            zero_counts.chain(zero_times).map(|key| format!("`limits.{key}` must be more than 0")).collect();
        if self.outbound_bytes < 2 * MAX_FRAME {
            problems.push(format!("`limits.outbound_bytes` must be at least {}", 2 * MAX_FRAME));
        }
        // A client that keeps to the protocol would be cut.
        if self.silence < Duration::from_millis(2 * HEARTBEAT_MS) {
            problems.push(format!("`limits.silence` must be at least {} ms", 2 * HEARTBEAT_MS));
        }
        problems
    }
}
