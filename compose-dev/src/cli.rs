//! The commands of `cargo dev` and their flags.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand};

use crate::{bench::Place, checks::Part};

/// Runs the whole office on this machine, and every check of the project.
#[derive(Debug, Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `cargo dev` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build what changed, start the office and the CRM stand-in page, stay until Ctrl-C
    Up(Up),
    /// Make an invite for one more person; the office must be running
    Invite(Invite),
    /// Run the auditor's tool on the office: `cargo dev audit query --help`
    Audit(Audit),
    /// Run every check there is
    Test(Test),
    /// Measure, with peers beside it
    Bench(Bench),
    /// Become a service that ends with its parent
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    Tied(crate::tied::Tied),
}

/// Which office is meant.
#[derive(Debug, Clone, Args)]
pub struct State {
    /// Folder of the office: keys, configuration, audit trail
    #[arg(long, value_name = "DIR", default_value = "state/dev")]
    pub state: PathBuf,
}

/// Flags of `cargo dev up`.
#[derive(Debug, Args)]
pub struct Up {
    /// The office to start; made when it does not exist yet
    #[command(flatten)]
    pub state: State,
    /// First of three ports: broker, gateway, CRM stand-in page
    #[arg(long, value_name = "N", default_value_t = 7420, value_parser = clap::value_parser!(u16).range(1024..=65533))]
    pub port_base: u16,
    /// Print one JSON object per line instead of text
    #[arg(long)]
    pub json: bool,
}

/// Flags of `cargo dev invite`.
#[derive(Debug, Args)]
pub struct Invite {
    /// The person's name, as colleagues will see it
    pub name: String,
    /// What the person may do
    #[arg(long, default_value = "staff", value_parser = ["staff", "admin", "auditor"])]
    pub role: String,
    /// How long the invite can be used, for example 24h
    #[arg(long)]
    pub ttl: Option<String>,
    /// Where the invite says that the gateway is, for example behind a proxy
    #[arg(long, value_name = "URL")]
    pub address: Option<String>,
    /// The running office
    #[command(flatten)]
    pub state: State,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// Flags of `cargo dev audit`.
#[derive(Debug, Args)]
pub struct Audit {
    /// The office whose trail is read
    #[command(flatten)]
    pub state: State,
    /// Handed to the `audit` tool, for example: query --user "Office lead" --format csv
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true, value_name = "ARGS")]
    pub args: Vec<OsString>,
}

/// Flags of `cargo dev test`.
#[derive(Debug, Args)]
pub struct Test {
    /// Run this part only; may be given several times
    #[arg(long, value_name = "NAME")]
    pub only: Vec<Part>,
    /// Let the tools that can, repair what they find
    #[arg(long)]
    pub fix: bool,
    /// List the parts and stop
    #[arg(long)]
    pub list: bool,
}

/// Flags of `cargo dev bench`.
#[derive(Debug, Args)]
pub struct Bench {
    /// What to measure
    #[command(subcommand)]
    pub what: Measured,
}

/// What `cargo dev bench` can measure.
#[derive(Debug, Subcommand)]
pub enum Measured {
    /// The core of one device, natively and in browsers, beside libsodium and Matrix
    Core(BenchCore),
}

/// Flags of `cargo dev bench core`.
#[derive(Debug, Args)]
pub struct BenchCore {
    /// Recipient devices: 1 is a talk of two people, more are a room
    #[arg(long, value_name = "N,N", value_delimiter = ',', default_value = "1,20,150,500")]
    pub devices: Vec<u32>,
    /// How often everything is done
    #[arg(long, value_name = "N", default_value_t = 11, value_parser = clap::value_parser!(u32).range(1..=40))]
    pub rounds: u32,
    /// Where to measure
    #[arg(
        long,
        value_name = "NAME,NAME",
        value_delimiter = ',',
        default_value = "native,node,chromium,firefox"
    )]
    pub places: Vec<Place>,
    /// See that it works: two devices and a small room, two rounds
    #[arg(long, conflicts_with_all = ["devices", "rounds"])]
    pub quick: bool,
    /// Print one JSON object a line, in the end one for each result
    #[arg(long)]
    pub json: bool,
}

impl Cli {
    /// Whether everything printed is to be JSON, errors too.
    pub const fn wants_json(&self) -> bool {
        match &self.command {
            Command::Up(up) => up.json,
            Command::Invite(invite) => invite.json,
            Command::Bench(Bench { what: Measured::Core(core) }) => core.json,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn bench_takes_lists() {
        let line = ["cargo dev", "bench", "core", "--devices", "1,150", "--places", "native,firefox"];
        let Command::Bench(Bench { what: Measured::Core(core) }) = Cli::parse_from(line).command else {
            panic!("not bench core")
        };
        assert_eq!(core.devices, [1, 150]);
        assert_eq!(core.places, [Place::Native, Place::Firefox]);
        assert!(Cli::try_parse_from(["cargo dev", "bench", "core", "--rounds", "0"]).is_err());
    }

    #[test]
    fn audit_hands_flags_on() {
        let cli = Cli::parse_from(["cargo dev", "audit", "--state", "x", "query", "--format", "csv"]);
        let Command::Audit(audit) = cli.command else { panic!("not audit") };
        assert_eq!(audit.state.state, PathBuf::from("x"));
        assert_eq!(audit.args, ["query", "--format", "csv"]);
    }
}
