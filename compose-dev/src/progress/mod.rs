//! What is shown meanwhile: a spinner on a terminal, plain lines in a log, JSON for a script.
//!
//! Text goes to standard error while something is under way; results go to standard output.

mod event;
mod terminal;

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

pub use self::event::{Event, StepState};
use self::terminal::Spinner;

/// Where progress goes.
#[derive(Debug)]
pub struct Progress {
    style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Terminal,
    Plain,
    Json,
    Quiet,
}

impl Progress {
    /// JSON when asked for, else what standard error can show.
    pub fn new(json: bool) -> Self {
        let style = match (json, io::stderr().is_terminal()) {
            (true, _) => Style::Json,
            (false, true) => Style::Terminal,
            (false, false) => Style::Plain,
        };
        Self { style }
    }

    /// Shows nothing but errors: for steps inside a step that is shown.
    pub const fn quiet() -> Self {
        Self { style: Style::Quiet }
    }

    /// Whether a script is reading.
    pub fn is_json(&self) -> bool {
        self.style == Style::Json
    }

    /// Begins a step. Dropping it without [`Step::done`] shows it as not done.
    pub fn step(&self, name: &'static str, title: &'static str) -> Step<'_> {
        self.event(&Event::Step { name, state: StepState::Started, ms: None });
        let spinner = match self.style {
            Style::Terminal => Some(Spinner::new(title)),
            Style::Plain => {
                self.line(&format!("...     {title}"));
                None
            }
            Style::Json | Style::Quiet => None,
        };
        Step { progress: self, name, title, spinner, started: Instant::now(), finished: false }
    }

    /// A step that had nothing to do.
    pub fn skipped(&self, name: &'static str, _title: &'static str) {
        // A person does not want to read about work that was not needed.
        self.event(&Event::Step { name, state: StepState::Skipped, ms: Some(0) });
    }

    /// A JSON line, for scripts alone.
    pub fn event(&self, event: &Event<'_>) {
        if self.is_json() {
            let line = serde_json::to_string(event)
                .unwrap_or_else(|error| format!("{{\"event\":\"error\",\"message\":\"{error}\"}}"));
            self.result(&line);
        }
    }

    /// A line of text about what is going on, for people alone.
    pub fn say(&self, text: &str) {
        if matches!(self.style, Style::Terminal | Style::Plain) {
            self.line(text);
        }
    }

    /// A result, on standard output.
    pub fn result(&self, text: &str) {
        let mut out = io::stdout().lock();
        // Nobody reads any more: nothing to tell them, and no reason to stop.
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    }

    /// What another program printed, on standard error in every style.
    pub fn output(&self, text: &str) {
        if !text.is_empty() {
            self.line(text);
        }
    }

    /// The sentence that this program ends with.
    pub fn error(&self, message: &str) {
        self.event(&Event::Error { message });
        self.say(&format!("error: {message}"));
    }

    #[expect(clippy::unused_self, reason = "writing goes through the one object that knows the style")]
    fn line(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

/// A step under way.
#[derive(Debug)]
pub struct Step<'a> {
    progress: &'a Progress,
    name: &'static str,
    title: &'static str,
    spinner: Option<Spinner>,
    started: Instant,
    finished: bool,
}

impl Step<'_> {
    /// Shows a few words beside the title, on a terminal.
    pub fn detail(&self, text: &str) {
        if let Some(spinner) = &self.spinner {
            spinner.detail(text);
        }
    }

    /// Time since the step began.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The step is done; `note` says what came of it.
    pub fn done(mut self, note: &str) {
        let ms = u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.progress.event(&Event::Step { name: self.name, state: StepState::Done, ms: Some(ms) });
        self.close("ok", note);
    }

    /// The step is done and its result is bad.
    pub fn failed(mut self) {
        self.close("FAILED", "");
    }

    fn close(&mut self, verdict: &str, note: &str) {
        self.finished = true;
        if let Some(spinner) = self.spinner.take() {
            spinner.clear();
        }
        let gap = if note.is_empty() { "" } else { "  " };
        let seconds = seconds(self.elapsed());
        self.progress.say(&format!("{verdict:<6}  {:<34} {seconds:>7}{gap}{note}", self.title));
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        if !self.finished {
            // After an error, which is told elsewhere, or because somebody wanted to stop.
            self.close("--", "");
        }
    }
}

/// A duration as people say it: `0.4 s`, `75 s`.
pub fn seconds(duration: Duration) -> String {
    if duration < Duration::from_secs(60) {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} s", duration.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_read_naturally() {
        assert_eq!(seconds(Duration::from_millis(420)), "0.4 s");
        assert_eq!(seconds(Duration::from_millis(75_900)), "75 s");
    }
}
