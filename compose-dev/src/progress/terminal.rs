//! The spinner that a person watches.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const REDRAW: Duration = Duration::from_millis(120);

/// One step under way: title, seconds, and what is being done right now.
#[derive(Debug)]
pub(super) struct Spinner {
    bar: ProgressBar,
}

impl Spinner {
    pub(super) fn new(title: &'static str) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) =
            ProgressStyle::with_template("{spinner}       {prefix:34} {elapsed:>7}  {wide_msg}")
        {
            bar.set_style(style);
        }
        bar.set_prefix(title);
        bar.enable_steady_tick(REDRAW);
        Self { bar }
    }

    pub(super) fn detail(&self, text: &str) {
        self.bar.set_message(text.to_owned());
    }

    pub(super) fn clear(self) {
        self.bar.finish_and_clear();
    }
}
