//! The native benchmarks of the core. Prints one JSON object a line; `cargo dev bench core` starts it and draws the table.
//!
//! Every round does each thing once, ours and libsodium's one after the other, so that whatever else the machine does
//! disturbs both alike.

mod rounds;
mod samples;
mod sodium;

use std::io::Write as _;

use anyhow::Result;
use clap::Parser;
use serde_json::json;

/// Measures the core on this machine, without a browser.
#[derive(Parser)]
struct Arguments {
    /// Recipient devices, one run for each.
    #[arg(long, value_delimiter = ',', default_value = "1,20,150,500")]
    devices: Vec<usize>,
    /// How often everything is done.
    #[arg(long, default_value_t = 11)]
    rounds: usize,
}

fn main() -> Result<()> {
    let Arguments { devices, rounds } = Arguments::parse();
    let sodium = sodium::Sodium::begin()?;
    for devices in devices {
        writeln!(std::io::stdout(), "{}", json!({"doing": format!("{devices} devices")}))?;
        let samples = rounds::run(devices, rounds, &sodium)?;
        for line in samples.lines(devices) {
            writeln!(std::io::stdout(), "{line}")?;
        }
    }
    let samples = rounds::run_alone(rounds)?;
    for line in samples.lines(1) {
        writeln!(std::io::stdout(), "{line}")?;
    }
    Ok(())
}
