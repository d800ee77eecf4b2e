//! What a benchmark program prints, and what is made of it.

use serde::{Deserialize, Serialize};

/// One line of a benchmark program.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Line {
    /// One thing, measured in every round.
    Measured(Measured),
    /// What it is about to do.
    Doing { doing: String },
}

/// One thing, measured in every round.
#[derive(Debug, Deserialize)]
pub(super) struct Measured {
    /// `native` or the name of a browser.
    place: String,
    /// Of the browser.
    #[serde(default)]
    version: String,
    /// See [`super::rows`].
    what: String,
    /// For how many devices.
    devices: u32,
    /// Microseconds, round by round.
    us: Vec<f64>,
}

/// One thing, measured: a line of `--json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Figure {
    pub(super) place: String,
    pub(super) version: String,
    pub(super) what: String,
    pub(super) devices: u32,
    pub(super) rounds: usize,
    pub(super) median_us: f64,
    /// The fastest round: what it costs when nothing else disturbs the machine.
    pub(super) least_us: f64,
    /// A quarter of the rounds was slower.
    pub(super) upper_us: f64,
}

impl Measured {
    /// Median, fastest round and upper quartile. None where nothing was measured.
    pub(super) fn figure(self) -> Option<Figure> {
        let mut us = self.us;
        us.sort_by(f64::total_cmp);
        Some(Figure {
            place: self.place,
            version: self.version,
            what: self.what,
            devices: self.devices,
            rounds: us.len(),
            median_us: quantile(&us, 2)?,
            least_us: quantile(&us, 0)?,
            upper_us: quantile(&us, 3)?,
        })
    }
}

/// So many quarters of the way through sorted values, between the two nearest where need be.
fn quantile(sorted: &[f64], quarters: usize) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let (at, rest) = (last * quarters / 4, last * quarters % 4);
    let (below, above) = (sorted.get(at)?, sorted.get((at + 1).min(last))?);
    // Rest is 0 to 3.
    let share = f64::from(u8::try_from(rest).unwrap_or_default()) / 4.0;
    Some(below + (above - below) * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_spread_of_a_few_rounds() {
        let line = r#"{"place":"native","what":"turn/seal","devices":20,"us":[5,1,4,2,3]}"#;
        let Line::Measured(measured) = serde_json::from_str(line).expect("reads") else { panic!("measured") };
        let figure = measured.figure().expect("something was measured");
        assert_eq!((figure.least_us, figure.median_us, figure.upper_us), (1.0, 3.0, 4.0));
        assert_eq!((figure.devices, figure.rounds), (20, 5));
        assert_eq!(quantile(&[1.0, 2.0], 2), Some(1.5));
        assert_eq!(quantile(&[7.0], 3), Some(7.0));
        assert_eq!(quantile(&[], 2), None);
    }

    #[test]
    fn progress_is_told_from_figures() {
        let line = serde_json::from_str(r#"{"place":"Chromium","version":"1","doing":"round 1"}"#);
        assert!(matches!(line.expect("reads"), Line::Doing { doing } if doing == "round 1"));
    }
}
