pub mod gateway;
#[cfg(unix)]
pub mod office;
pub mod trail;

use std::path::Path;

use audit_sink::{
    layout::Layout,
    recovery::{self, Recovered, Settings},
    sequencer::Sequencer,
};

/// 2026-11-22T06:20:00Z.
pub const NOW: u64 = 1_795_328_400_000;
pub const DAY_MS: u64 = 86_400_000;

pub fn settings(dir: &Path) -> Settings {
    Settings {
        dir: dir.to_owned(),
        origin: "office".parse().unwrap(),
        window_days: 5,
        capacity: 100_000,
        gap_grace_ms: 120_000,
    }
}

pub fn layout(dir: &Path) -> Layout {
    Layout::new(dir, &"office".parse().unwrap())
}

pub fn open(dir: &Path, now_ms: u64) -> (Sequencer, Recovered) {
    recovery::open(&settings(dir), now_ms).unwrap()
}
