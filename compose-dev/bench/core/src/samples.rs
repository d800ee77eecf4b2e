//! What was measured.

use std::collections::BTreeMap;

use bench_office::micros;
use serde_json::{Value, json};

/// Microseconds of CPU time of each thing, round by round.
#[derive(Default)]
pub(crate) struct Samples(BTreeMap<&'static str, Vec<f64>>);

impl Samples {
    /// Does something once and notes how long it took.
    pub(crate) fn time<T>(&mut self, what: &'static str, work: impl FnOnce() -> T) -> T {
        let began = micros();
        let result = work();
        self.add(what, micros() - began);
        result
    }

    pub(crate) fn add(&mut self, what: &'static str, micros: f64) {
        self.0.entry(what).or_default().push(micros);
    }

    /// One object a thing.
    pub(crate) fn lines(&self, devices: usize) -> impl Iterator<Item = Value> {
        self.0.iter().map(
            move |(what, micros)| json!({"place": "native", "what": what, "devices": devices, "us": micros}),
        )
    }
}
