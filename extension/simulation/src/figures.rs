//! What a run came to, as a table.

use std::{collections::BTreeMap, fmt};

use extension_core::Refusal;

use crate::{
    accountant::{Counts, Excuse, Violation},
    crash::{Crash, Doing},
};

/// What went wrong, but for crashes of devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    Cut,
    HalfOpen,
    Stall,
    Dark,
    Restart,
    Repeat,
    RepeatOld,
    Hold,
    Reorder,
    ReorderDeep,
    AuditDown,
    Swallow,
    Gateway,
    Bus,
    Clock,
    GatewayClock,
    KeysLost,
    KeyTwice,
}

impl Fault {
    const fn name(self) -> &'static str {
        match self {
            Self::Cut => "connections cut",
            Self::HalfOpen => "connections gone on one side",
            Self::Stall => "connections that stood still",
            Self::Dark => "devices without a network",
            Self::Restart => "browsers started anew",
            Self::Repeat => "copies delivered again",
            Self::RepeatOld => "  of these, older than two days",
            Self::Hold => "deliveries held back",
            Self::Reorder => "mailboxes reordered",
            Self::ReorderDeep => "  beyond what a ratchet keeps",
            Self::AuditDown => "audit not available",
            Self::Swallow => "gateway silent",
            Self::Gateway => "gateway died",
            Self::Bus => "bus died with all mailboxes",
            Self::Clock => "clocks of devices jumped",
            Self::GatewayClock => "clock of the gateway jumped",
            Self::KeysLost => "one-time keys lost",
            Self::KeyTwice => "one-time keys given twice",
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct Figures {
    pub seed: u64,
    pub counts: Counts,
    pub under_way: usize,
    pub crashes: BTreeMap<(Crash, Doing), u64>,
    pub faults: BTreeMap<Fault, u64>,
    pub refusals: BTreeMap<Refusal, u64>,
    /// Devices that need not show something.
    pub excuses: BTreeMap<Excuse, u64>,
    /// Milliseconds of the story.
    pub passed_ms: u64,
    pub nights: u64,
    pub sleeps: u64,
    pub unlocked: u64,
    pub decisions: u64,
    pub joined: u64,
    /// People, devices and members of rooms that went.
    pub left: u64,
    /// Texts that a crash took before they were stored: typed again under another number.
    pub typed_again: u64,
    /// Texts that a device did not take: locked, a full outbox, nobody of that name any more.
    pub not_taken: u64,
    pub entries: usize,
    pub people: usize,
    pub devices: usize,
    pub digest: u64,
    pub violations: Vec<Violation>,
}

impl Figures {
    pub(crate) fn fault(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    /// Crashes of devices at this boundary, whatever they were doing.
    pub fn crashes_at(&self, crash: Crash) -> u64 {
        self.crashes.iter().filter(|((at, _), _)| *at == crash).map(|(_, times)| times).sum()
    }

    /// All crashes of devices.
    pub fn all_crashes(&self) -> u64 {
        self.crashes.values().sum()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = &self.counts;
        let hours = self.passed_ms / 3_600_000;
        writeln!(f, "seed {}, digest {:016x}", self.seed, self.digest)?;
        writeln!(
            f,
            "story: {hours} hours, {} nights, {} people, {} devices, {} roster entries",
            self.nights, self.people, self.devices, self.entries
        )?;
        let rows = [
            ("sends", counts.sends),
            ("  into rooms", counts.room_sends),
            ("shown by other devices", counts.shown),
            ("unreadable at first, healed", counts.healed),
            ("complete on every device meant", counts.complete),
            ("never left a device that was removed", counts.went_with_device),
            ("sender told: not a member any more", counts.told_not_member),
            ("sender told: nobody left to get it", counts.told_nobody_left),
            ("sender told: the clock is wrong", counts.told_clock),
            ("devices without keys yet", counts.without_keys),
            ("typed again after a crash", self.typed_again),
            ("not taken by the device", self.not_taken),
            ("decisions", self.decisions),
            ("devices that joined", self.joined),
            ("departures", self.left),
            ("computers that slept", self.sleeps),
            ("devices unlocked", self.unlocked),
        ];
        for (name, value) in rows {
            writeln!(f, "{name:<40}{value:>12}")?;
        }
        for (excuse, times) in &self.excuses {
            writeln!(f, "{:<40}{times:>12}", excuse.name())?;
        }
        writeln!(f, "crashes of devices, by boundary and by what the turn was about:")?;
        write!(f, "{:<26}", "")?;
        for doing in Doing::ALL {
            write!(f, "{:>9}", doing.name())?;
        }
        writeln!(f, "{:>9}", "all")?;
        for crash in Crash::ALL {
            write!(f, "{:<26}", crash.name())?;
            for doing in Doing::ALL {
                write!(f, "{:>9}", self.crashes.get(&(crash, doing)).copied().unwrap_or(0))?;
            }
            writeln!(f, "{:>9}", self.crashes_at(crash))?;
        }
        writeln!(f, "what else went wrong:")?;
        for (fault, times) in &self.faults {
            writeln!(f, "{:<40}{times:>12}", fault.name())?;
        }
        writeln!(f, "refused copies:")?;
        for (refusal, times) in &self.refusals {
            writeln!(f, "{:<40}{times:>12}", refusal.name())?;
        }
        for violation in &self.violations {
            writeln!(f, "VIOLATION {:?}: {}", violation.kind, violation.told)?;
        }
        Ok(())
    }
}
