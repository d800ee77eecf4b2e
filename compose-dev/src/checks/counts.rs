//! Adds up what `cargo test` prints per test binary.

/// Totals over all test binaries.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: u32,
    pub(super) ignored: u32,
    pub(super) binaries: u32,
}

impl Counts {
    /// Reads lines like `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; …`.
    pub(super) fn of(output: &str) -> Self {
        let mut counts = Self::default();
        for line in output.lines() {
            let Some((_, result)) = line.split_once("test result: ") else { continue };
            counts.binaries += 1;
            counts.passed += number_before(result, " passed");
            counts.ignored += number_before(result, " ignored");
        }
        counts
    }
}

/// `Tests  40 passed (40)` in what vitest prints.
pub(super) fn of_vitest(output: &str) -> Option<u32> {
    let line = output.lines().map(str::trim).find(|line| line.starts_with("Tests "))?;
    Some(number_before(line, " passed"))
}

fn number_before(text: &str, word: &str) -> u32 {
    text.split_once(word)
        .and_then(|(before, _)| before.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_added_up() {
        let output = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
                      noise 9 passed\ntest result: ok. 40 passed; 0 failed; 0 ignored; 0 measured";
        assert_eq!(of_vitest(" Test Files  9 passed (9)\n      Tests  40 passed (40)\n"), Some(40));
        assert_eq!(of_vitest("nothing"), None);
        assert_eq!(Counts::of(output), Counts { passed: 42, ignored: 1, binaries: 2 });
    }
}
