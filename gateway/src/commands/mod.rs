//! What the binary does, command by command.

pub mod founding_text;
pub mod people;
pub mod run;

use std::sync::Arc;

use crate::{bus::Bus, config::Config, counters::Counters, keys, roster::RosterLog};

/// The office as a short-lived command sees it: same identity on the bus as the gateway.
async fn open_office(config: &Config) -> anyhow::Result<(Bus, RosterLog)> {
    let seed = keys::load_bus_seed(&config.bus.nkey_file)?;
    let bus = Bus::connect(config, &seed, Arc::new(Counters::default())).await?;
    let roster = RosterLog::open(bus.clone(), config).await?;
    Ok((bus, roster))
}

/// One line on standard output.
fn print(line: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
