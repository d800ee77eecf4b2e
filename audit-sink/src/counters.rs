//! What the sink has done since it started; told when it stops and once an hour.

use std::fmt;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident $text:literal,)*) => {
        /// Counts since the start of the process.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct Counters {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Counters {
            /// Nothing done yet.
            pub const ZERO: Self = Self { $($name: 0,)* };
        }

        impl fmt::Display for Counters {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let counts = [$(($text, self.$name),)*];
                for (position, (text, count)) in counts.into_iter().enumerate() {
                    let separator = if position == 0 { "" } else { ", " };
                    write!(f, "{separator}{text} {count}")?;
                }
                Ok(())
            }
        }
    };
}

counters! {
    /// Bus messages whose lines are on the disk.
    messages "messages",
    /// Records written, without the sink's own.
    records "records",
    /// Lines that came again and were known.
    redelivered "redelivered",
    /// Events told twice; each left an `audit.duplicate`.
    duplicates "duplicates",
    /// Lines kept beside the trail.
    rejected "rejected",
    /// Gaps in the numbers of a gateway.
    gaps "gaps",
    /// Records that those gaps are short of.
    missing "missing records",
    /// Gaps that closed later.
    closed_gaps "closed gaps",
    /// Records that do not continue the one before.
    wrong_prev "broken links",
    /// Different records with one number.
    conflicts "number conflicts",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_read_as_a_sentence() {
        let text = Counters { records: 3, gaps: 1, missing: 7, ..Counters::default() }.to_string();
        assert!(text.starts_with("messages 0, records 3, "), "{text}");
        assert!(text.contains("gaps 1, missing records 7"), "{text}");
    }
}
