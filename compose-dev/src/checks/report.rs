//! The verdict: a table, and one closing line that CI reads.

use std::{fmt::Write as _, time::Duration};

use super::Part;
use crate::progress::seconds;

/// How a part went.
pub(super) struct Outcome {
    pub(super) part: Part,
    pub(super) took: Duration,
    pub(super) passed: bool,
    pub(super) note: String,
}

/// The table. Its last line is `N passed, M failed`, alone.
pub(super) fn table(outcomes: &[Outcome], took: Duration) -> String {
    let mut text = String::from("\n");
    for Outcome { part, took, passed, note } in outcomes {
        let verdict = if *passed { "ok" } else { "FAILED" };
        // Writing to a string cannot fail.
        let line = format!("{verdict:<6}  {:<12} {:>8}  {note}", part.name(), seconds(*took));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let passed = outcomes.iter().filter(|outcome| outcome.passed).count();
    let failed = outcomes.len() - passed;
    let _ = write!(text, "\nAll parts together took {}.\n\n{passed} passed, {failed} failed", seconds(took));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_line_stands_alone_and_counts() {
        let outcome = |part, passed, note: &str| Outcome {
            part,
            took: Duration::from_millis(1200),
            passed,
            note: note.to_owned(),
        };
        let outcomes = [
            outcome(Part::Format, true, ""),
            outcome(Part::Rust, false, "cargo test failed"),
            outcome(Part::Deny, true, ""),
        ];
        let text = table(&outcomes, Duration::from_secs(90));
        assert_eq!(text.lines().last(), Some("2 passed, 1 failed"));
        assert!(text.contains("FAILED  rust            1.2 s  cargo test failed"), "{text}");
    }
}
