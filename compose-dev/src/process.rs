//! Runs other programs to their end, with their output in hand.

use std::{
    collections::VecDeque,
    fmt,
    process::{ExitStatus, Stdio},
};

use anyhow::{Context as _, Result};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::Command,
};

/// Lines of output kept of one program: enough for any compiler error, not for a runaway log.
const LINES_KEPT: usize = 2000;

/// A program ended with an error. Its sentence is the error; its output is shown above it.
#[derive(Debug)]
pub struct Failed {
    what: String,
    how: String,
    /// The last lines that it printed.
    pub output: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed ({}); its output is above", self.what, self.how)
    }
}

impl std::error::Error for Failed {}

/// Runs `command` and returns what it printed on both of its outputs; `on_line` sees each line at once.
///
/// Dropping the future kills the program.
pub async fn run(mut command: Command, what: &str, mut on_line: impl FnMut(&str)) -> Result<String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().with_context(|| cannot_start(&command, what))?;
    let mut stdout = child.stdout.take().map(Lines::new);
    let mut stderr = child.stderr.take().map(Lines::new);
    let mut kept = VecDeque::new();
    while stdout.is_some() || stderr.is_some() {
        let line = tokio::select! {
            line = next(&mut stdout) => line,
            line = next(&mut stderr) => line,
        };
        let Some(line) = line else { continue };
        on_line(&line);
        if kept.len() == LINES_KEPT {
            kept.pop_front();
        }
        kept.push_back(line);
    }
    let status = child.wait().await.with_context(|| format!("waiting for {what}"))?;
    let output = Vec::from(kept).join("\n");
    if status.success() {
        return Ok(output);
    }
    Err(Failed { what: what.to_owned(), how: describe(status), output }.into())
}

/// Runs `command` and returns its standard output alone; its standard error becomes part of the error.
pub async fn text(command: &mut Command, what: &str) -> Result<String> {
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.with_context(|| cannot_start(command, what))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    match last_sentence(&said) {
        Some(sentence) => anyhow::bail!("{what} failed: {sentence}"),
        None => anyhow::bail!("{what} failed ({})", describe(output.status)),
    }
}

/// How a program ended, in words.
pub fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("killed by signal {signal}");
    }
    status.code().map_or_else(|| "ended".to_owned(), |code| format!("exit code {code}"))
}

/// The last line that says something, without the name that a program puts before its error.
pub fn last_sentence(output: &str) -> Option<&str> {
    let line = output.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    match line.split_once(": ") {
        Some((name, sentence)) if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') => {
            Some(sentence)
        }
        _ => Some(line),
    }
}

fn cannot_start(command: &Command, what: &str) -> String {
    let program = command.as_std().get_program().to_string_lossy();
    format!("{what}: cannot start {program}, is it installed and on the PATH?")
}

/// Lines of one output, ended by newline or carriage return (progress bars), never failing on bytes that are not text.
struct Lines<R> {
    reader: BufReader<R>,
    // Survives a cancelled read, so that `select!` loses nothing.
    buffer: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(reader: R) -> Self {
        Self { reader: BufReader::new(reader), buffer: Vec::new() }
    }
}

/// The next line; `None` sets the source to `None` when it has ended, and pends for ever after that.
async fn next<R: AsyncRead + Unpin>(source: &mut Option<Lines<R>>) -> Option<String> {
    let Some(lines) = source else { return std::future::pending().await };
    // `read_until` keeps what it has read in `buffer` when it is cancelled.
    match lines.reader.read_until(b'\n', &mut lines.buffer).await {
        Ok(read) if read > 0 || !lines.buffer.is_empty() => {
            let line = String::from_utf8_lossy(&lines.buffer).trim_end().to_owned();
            lines.buffer.clear();
            Some(line)
        }
        _ => {
            *source = None;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_outputs_are_kept() {
        let mut command = Command::new("rustc");
        command.arg("--version");
        let mut seen = 0;
        let output = run(command, "rustc", |_| seen += 1).await.expect("rustc runs");
        assert!(output.starts_with("rustc "), "{output}");
        assert_eq!(seen, 1);
    }

    #[tokio::test]
    async fn failure_says_what_and_keeps_the_output() {
        let mut command = Command::new("rustc");
        command.arg("--no-such-flag");
        let error = run(command, "building the moon", |_| {}).await.expect_err("must fail");
        let failed = error.downcast_ref::<Failed>().expect("typed");
        assert!(failed.output.contains("no-such-flag"), "{}", failed.output);
        assert_eq!(error.to_string(), "building the moon failed (exit code 1); its output is above");
    }

    #[tokio::test]
    async fn missing_program_is_one_sentence() {
        let error =
            run(Command::new("surely-no-such-program"), "making tea", |_| {}).await.expect_err("fails");
        assert_eq!(
            error.to_string(),
            "making tea: cannot start surely-no-such-program, is it installed and on the PATH?"
        );
    }

    #[test]
    fn last_sentence_skips_blank_lines_and_the_prefix() {
        assert_eq!(last_sentence("a\nerror: port in use\n\n"), Some("port in use"));
        assert_eq!(last_sentence("broker-config: port 7420: in use"), Some("port 7420: in use"));
        assert_eq!(last_sentence("\n \n"), None);
    }
}
