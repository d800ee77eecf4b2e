//! Moments as people write them.

use crate::layout::{Day, parse_ms};

/// The text is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no time; write it in UTC as 2026-11-22 or 2026-11-22T06:20:00Z, or as time ago: 30m, 2h, 7days"
)]
pub struct ParseWhenError(String);

/// Milliseconds since 1970 of `text`: a day, an RFC 3339 moment in UTC, or a time before `now_ms`.
pub fn parse(text: &str, now_ms: u64) -> Result<u64, ParseWhenError> {
    let text = text.trim();
    if let Ok(day) = text.parse::<Day>() {
        return Ok(day.start_ms());
    }
    if let Some(ms) = parse_ms(text) {
        return Ok(ms);
    }
    let ago = text.strip_suffix("ago").unwrap_or(text).trim();
    let ago = humantime::parse_duration(ago).map_err(|_| ParseWhenError(text.to_owned()))?;
    Ok(now_ms.saturating_sub(u64::try_from(ago.as_millis()).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_moments_and_times_ago_are_read() {
        let now = parse("2026-11-22T06:20:00Z", 0).unwrap();
        assert_eq!(parse("2026-11-22", now).unwrap(), now - 6 * 3_600_000 - 20 * 60_000);
        assert_eq!(parse("2026-11-22T06:19:59.500Z", now).unwrap(), now - 500);
        assert_eq!(parse("2h", now).unwrap(), now - 2 * 3_600_000);
        assert_eq!(parse("1h 30m ago", now).unwrap(), now - 90 * 60_000);
    }

    #[test]
    fn what_is_no_time_is_told_with_examples() {
        for wrong in ["", "yesterday", "2026-13-01", "5", "-2h", "2026-11-22T06:20:00+01:00"] {
            let error = parse(wrong, 0).unwrap_err().to_string();
            assert!(error.contains("2026-11-22T06:20:00Z"), "{error}");
        }
    }
}
