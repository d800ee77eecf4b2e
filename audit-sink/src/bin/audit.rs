//! The auditor's tool: `audit query` lists records of the trail.

use std::{
    io::{self, BufWriter, ErrorKind, Write},
    path::PathBuf,
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use audit_sink::query::{
    self, Problem, Query, QueryError,
    directory::Directory,
    filter::Filter,
    render::{Csv, JsonLines, Render, Table},
    when,
};
use clap::{Parser, Subcommand, ValueEnum};
use protocol::{
    audit::{EventKind, Outcome},
    id::{ConversationId, ObjectId},
};

/// Reads the audit trail. Never writes to it.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists records in the order of the trail.
    Query(QueryArgs),
}

#[derive(Debug, clap::Args)]
struct QueryArgs {
    /// The audit folder, `dir` in sink.toml.
    #[arg(long)]
    dir: PathBuf,
    /// Records in which this person acted or received; a name needs --directory.
    #[arg(long, value_name = "ID|NAME")]
    user: Option<String>,
    /// From this moment on: 2026-11-22, 2026-11-22T06:20:00Z, or time ago such as 2h.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<u64>,
    /// Before this moment, written like --since.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<u64>,
    /// Only this kind, such as message.sent; may be given several times.
    #[arg(long = "kind", value_name = "KIND", value_parser = kind)]
    kinds: Vec<EventKind>,
    /// Only this outcome; may be given several times.
    #[arg(long = "outcome", value_name = "OUTCOME")]
    outcomes: Vec<OutcomeArg>,
    /// Only this conversation.
    #[arg(long, value_name = "ID")]
    conversation: Option<ConversationId>,
    /// Only what is about this message, invite, device, person or room.
    #[arg(long, visible_alias = "message", value_name = "ID")]
    object: Option<ObjectId>,
    /// At most so many, the newest ones.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// How to print.
    #[arg(long, default_value = "table")]
    format: Format,
    /// Names of people: {"users":[{"user":"..","name":".."}]}.
    #[arg(long, value_name = "FILE.json")]
    directory: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For people: short ids.
    Table,
    /// The stored lines as they are.
    Jsonl,
    /// For spreadsheets.
    Csv,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OutcomeArg {
    /// As intended.
    #[value(alias = "0")]
    Success,
    /// Refused, for a reason that the person can mend.
    #[value(alias = "4")]
    Minor,
    /// Refused, and somebody should look at it.
    #[value(alias = "8")]
    Serious,
}

impl From<OutcomeArg> for Outcome {
    fn from(outcome: OutcomeArg) -> Self {
        match outcome {
            OutcomeArg::Success => Self::Success,
            OutcomeArg::Minor => Self::MinorFailure,
            OutcomeArg::Serious => Self::SeriousFailure,
        }
    }
}

fn main() -> ExitCode {
    let Command::Query(args) = Cli::parse().command;
    match answer(args) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(problems) => fail(&format!("{problems} problems in the files; everything else is above")),
        Err(error) => fail(&format!("{error:#}")),
    }
}

/// Prints the answer and returns how many faults the files have.
fn answer(args: QueryArgs) -> anyhow::Result<u64> {
    let directory = args.directory.as_deref().map(Directory::load).transpose()?.unwrap_or_default();
    let query = Query {
        dir: args.dir,
        filter: Filter {
            user: args.user.map(|user| directory.find(&user)).transpose()?,
            since_ms: args.since,
            until_ms: args.until,
            kinds: args.kinds,
            outcomes: args.outcomes.into_iter().map(Outcome::from).collect(),
            conversation: args.conversation,
            object: args.object,
        },
        limit: args.limit,
    };
    let out = BufWriter::new(io::stdout().lock());
    let mut render: Box<dyn Render> = match args.format {
        Format::Table => Box::new(Table::new(out, &directory)),
        Format::Jsonl => Box::new(JsonLines::new(out)),
        Format::Csv => Box::new(Csv::new(out, &directory)),
    };
    let mut problems = 0;
    let mut tell = |problem: Problem| {
        problems += 1;
        complain(&problem.to_string());
    };
    match query::run(&query, render.as_mut(), &mut tell) {
        // Whoever reads has seen enough: `audit query .. | head`.
        Err(QueryError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(problems),
        outcome => {
            outcome?;
            Ok(problems)
        }
    }
}

fn moment(text: &str) -> Result<u64, when::ParseWhenError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    when::parse(text, u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
}

fn kind(text: &str) -> Result<EventKind, String> {
    EventKind::ALL.iter().copied().find(|kind| kind.name() == text).ok_or_else(|| {
        let names: Vec<_> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
        format!("there are {}", names.join(", "))
    })
}

fn fail(sentence: &str) -> ExitCode {
    complain(sentence);
    ExitCode::FAILURE
}

fn complain(sentence: &str) {
    // Nobody left to tell when even this fails.
    let _ = writeln!(io::stderr(), "audit: {sentence}");
}
