//! Plays an office in which everything breaks, and says what came of every message.

use std::{
    io::Write as _,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;
use simulation::{Figures, Office, Plan};

/// Exits with 1 where a message was lost, shown twice, shown to a stranger or left unreadable.
#[derive(Parser)]
#[command(name = "simulate")]
struct Arguments {
    /// Messages that people send.
    #[arg(long, default_value_t = 10_000)]
    sends: u64,
    /// The same seed plays the same story.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// People at the beginning; 6 at least.
    #[arg(long, default_value_t = 14)]
    users: usize,
}

fn main() -> ExitCode {
    let Arguments { sends, seed, users } = Arguments::parse();
    let began = Instant::now();
    let mut told = began;
    let mut out = std::io::stdout();
    let plan = Plan { seed, sends, people: users.max(6), sabotage: None };
    let figures = Office::open(plan).run(&mut |figures: &Figures| {
        if told.elapsed() < Duration::from_secs(2) {
            return;
        }
        told = Instant::now();
        let done = figures.counts.sends;
        let rate = u128::from(done) * 1_000 / began.elapsed().as_millis().max(1);
        let (shown, crashes, open) = (figures.counts.shown, figures.all_crashes(), figures.under_way);
        let hours = figures.passed_ms / 3_600_000;
        let _ = writeln!(
            out,
            "{done} sends in {hours} hours, {shown} shown, {open} under way, {crashes} crashes, {rate} sends/s"
        );
    });
    let seconds = began.elapsed().as_secs();
    let _ = writeln!(out, "{figures}took {seconds} s, {} KiB at most", most_memory());
    if figures.violations.is_empty() {
        return ExitCode::SUCCESS;
    }
    let _ = writeln!(out, "seed {seed} with {sends} sends and {users} users shows it again");
    ExitCode::FAILURE
}

/// As the kernel says; nothing where it does not.
fn most_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map(|line| line.trim_end_matches("kB").trim().to_owned()).unwrap_or_default()
}
