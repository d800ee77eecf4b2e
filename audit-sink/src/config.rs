//! `sink.toml`: every key has a default, unknown keys are errors, and all faults are told at once.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use async_nats::ServerAddr;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::{layout::Origin, recovery::Settings};

/// The configuration of a sink.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SinkConfig {
    /// The audit folder.
    pub dir: PathBuf,
    /// Whose trail it is.
    pub origin: String,
    /// How long a stop may take.
    #[serde(with = "humantime_serde")]
    pub stop_deadline: Duration,
    /// How to reach the bus.
    pub bus: BusConfig,
    /// How records are taken in.
    pub ingest: IngestConfig,
    /// What is remembered.
    pub dedupe: DedupeConfig,
}

/// Section `[bus]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BusConfig {
    /// Address of nats-server.
    pub url: String,
    /// File with the nkey seed.
    pub nkey_file: PathBuf,
    /// Longest pause between attempts to connect.
    #[serde(with = "humantime_serde")]
    pub reconnect_pause: Duration,
}

/// Section `[ingest]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IngestConfig {
    /// Messages that share one disk write.
    pub batch_messages: usize,
    /// How long the confirmation of an acknowledgement may take.
    #[serde(with = "humantime_serde")]
    pub ack_timeout: Duration,
    /// Longest pause between attempts to write.
    #[serde(with = "humantime_serde")]
    pub write_pause: Duration,
    /// How late a record may be.
    #[serde(with = "humantime_serde")]
    pub gap_grace: Duration,
}

/// Section `[dedupe]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DedupeConfig {
    /// Days of files read at start.
    pub window_days: u64,
    /// Events remembered.
    pub capacity: usize,
}

impl Default for SinkConfig {
    fn default() -> Self {
        Self {
            dir: "audit".into(),
            origin: "office".into(),
            stop_deadline: Duration::from_secs(10),
            bus: BusConfig::default(),
            ingest: IngestConfig::default(),
            dedupe: DedupeConfig::default(),
        }
    }
}

impl Default for BusConfig {
    fn default() -> Self {
        Self {
            url: "nats://127.0.0.1:7420".into(),
            nkey_file: "keys/sink.nk".into(),
            reconnect_pause: Duration::from_secs(5),
        }
    }
}

impl Default for IngestConfig {
    fn default() -> Self {
        Self {
            batch_messages: 64,
            ack_timeout: Duration::from_secs(5),
            write_pause: Duration::from_secs(30),
            gap_grace: Duration::from_secs(120),
        }
    }
}

impl Default for DedupeConfig {
    fn default() -> Self {
        Self { window_days: 5, capacity: 1_500_000 }
    }
}

/// The seed of the sink's nkey. Does not print.
#[derive(Clone)]
pub struct Seed(Zeroizing<String>);

impl Seed {
    /// The seed, for whoever signs with it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// A configuration that was checked.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Where and what to write.
    pub settings: Settings,
    /// How long a stop may take.
    pub stop_deadline: Duration,
    /// Address of the bus.
    pub server: ServerAddr,
    /// Who the sink is there.
    pub seed: Seed,
    /// Longest pause between attempts to connect.
    pub reconnect_pause: Duration,
    /// How records are taken in.
    pub ingest: IngestConfig,
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}; `broker-config init` makes one", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not TOML of this form.
    #[error("{} cannot be used: {source}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// What and where.
        source: Box<toml::de::Error>,
    },
    /// Values are out of range; all of them.
    #[error("{} cannot be used: {}", path.display(), faults.join("; "))]
    Faults {
        /// Which file.
        path: PathBuf,
        /// Each fault with its key.
        faults: Vec<String>,
    },
}

/// Reads and checks the file, and the key that it names.
pub fn load(path: &Path) -> Result<Checked, ConfigError> {
    let text = fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    let config: SinkConfig = toml::from_str(&text)
        .map_err(|source| ConfigError::Syntax { path: path.to_owned(), source: Box::new(source) })?;
    let base = path.parent().unwrap_or(Path::new("."));
    config.check(base).map_err(|faults| ConfigError::Faults { path: path.to_owned(), faults })
}

impl SinkConfig {
    /// Checks all values; relative paths start at `base`.
    pub fn check(&self, base: &Path) -> Result<Checked, Vec<String>> {
        let mut faults = Vec::new();
        let mut within = |key: &str, value: Duration, least: Duration, most: Duration| {
            if value < least || value > most {
                let (least, most) = (humantime::format_duration(least), humantime::format_duration(most));
                faults.push(format!("{key} must be from {least} to {most}"));
            }
        };
        let (moment, hour) = (Duration::from_millis(100), Duration::from_secs(3_600));
        within("stop_deadline", self.stop_deadline, moment, hour);
        within("bus.reconnect_pause", self.bus.reconnect_pause, moment, hour);
        within("ingest.ack_timeout", self.ingest.ack_timeout, moment, hour);
        within("ingest.write_pause", self.ingest.write_pause, moment, hour);
        within("ingest.gap_grace", self.ingest.gap_grace, moment, 24 * hour);
        if self.stop_deadline <= self.ingest.ack_timeout {
            faults.push("stop_deadline must be longer than ingest.ack_timeout".into());
        }
        // Five days cover the 72 hours of a message with room to spare; under four there would be none.
        if !(4..=31).contains(&self.dedupe.window_days) {
            faults.push("dedupe.window_days must be from 4 to 31".into());
        }
        if !(1_000..=100_000_000).contains(&self.dedupe.capacity) {
            faults.push("dedupe.capacity must be from 1000 to 100000000".into());
        }
        if !(1..=500).contains(&self.ingest.batch_messages) {
            faults.push("ingest.batch_messages must be from 1 to 500".into());
        }
        let origin = self.origin.parse::<Origin>().map_err(|error| faults.push(format!("origin: {error}")));
        let server = self.server().map_err(|fault| faults.push(fault));
        let seed = read_seed(&base.join(&self.bus.nkey_file)).map_err(|fault| faults.push(fault));
        let (Ok(origin), Ok(server), Ok(seed), true) = (origin, server, seed, faults.is_empty()) else {
            return Err(faults);
        };
        let settings = Settings {
            dir: base.join(&self.dir),
            origin,
            window_days: self.dedupe.window_days,
            capacity: self.dedupe.capacity,
            gap_grace_ms: u64::try_from(self.ingest.gap_grace.as_millis()).unwrap_or(u64::MAX),
        };
        Ok(Checked {
            settings,
            stop_deadline: self.stop_deadline,
            server,
            seed,
            reconnect_pause: self.bus.reconnect_pause,
            ingest: self.ingest.clone(),
        })
    }

    fn server(&self) -> Result<ServerAddr, String> {
        // The address itself is not repeated: somebody may have put a password into it.
        let server: ServerAddr =
            self.bus.url.parse().map_err(|_| "bus.url must be like nats://127.0.0.1:7420".to_owned())?;
        if server.has_user_pass() {
            return Err("bus.url must hold no password; the sink proves who it is by bus.nkey_file".into());
        }
        Ok(server)
    }
}

fn read_seed(path: &Path) -> Result<Seed, String> {
    let name = path.display();
    let text = fs::read_to_string(path).map(Zeroizing::new).map_err(|error| {
        format!("bus.nkey_file: cannot read {name}: {error}; `broker-config init` makes it")
    })?;
    let seed = Zeroizing::new(text.trim().to_owned());
    let user = nkeys::KeyPair::from_seed(&seed)
        .is_ok_and(|pair| matches!(pair.key_pair_type(), nkeys::KeyPairType::User));
    if user { Ok(Seed(seed)) } else { Err(format!("bus.nkey_file: {name} holds no nkey user seed (SU...)")) }
}

#[cfg(test)]
mod tests;
