//! From a bus message to records: lines of JSON with a newline after each.

use bytes::Bytes;
use protocol::{
    audit::{AuditRecord, EventKind, RecordError},
    subject,
};
use serde::{Deserialize, Serialize};

use crate::layout::{Day, parse_ms};

/// One message of stream AUDIT.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its subject, which the broker let only one gateway publish on.
    pub subject: String,
    /// Lines.
    pub body: Bytes,
}

/// Why a line is kept beside the trail and not in it. The names are for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Longer than a record can be.
    TooLong,
    /// Not JSON of the schema.
    Malformed,
    /// Of another schema version.
    OtherVersion,
    /// Told in the name of another gateway than the one that published it.
    ForeignGateway,
    /// Of a kind that the sink alone may write.
    ReservedKind,
    /// The time cannot be read.
    BadTime,
    /// The end of a file that a crash cut off; it was not acknowledged, so it comes again.
    TornTail,
}

impl Reason {
    /// The name as it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Malformed => "malformed",
            Self::OtherVersion => "other_version",
            Self::ForeignGateway => "foreign_gateway",
            Self::ReservedKind => "reserved_kind",
            Self::BadTime => "bad_time",
            Self::TornTail => "torn_tail",
        }
    }
}

/// A line that is a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// What it says.
    pub record: AuditRecord,
    /// The day of the record.
    pub day: Day,
}

/// The lines of a message. The newline after the last one may be missing.
pub fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\n").unwrap_or(line))
}

/// Reads one line that came on `from`.
pub fn read(from: &str, line: &[u8]) -> Result<Accepted, Reason> {
    let record = AuditRecord::from_line(line).map_err(|error| match error {
        RecordError::TooLong(_) => Reason::TooLong,
        RecordError::Malformed(_) => unread_reason(line),
        RecordError::OtherVersion(_) => Reason::OtherVersion,
    })?;
    // The broker vouches for the subject and for nothing in the message: a gateway that was taken over
    // must not be able to speak in the name of another one.
    if subject::audit(&record.gw) != from {
        return Err(Reason::ForeignGateway);
    }
    if record.kind == EventKind::AuditDuplicate {
        return Err(Reason::ReservedKind);
    }
    let day = parse_ms(&record.ts).map(Day::of_ms).ok_or(Reason::BadTime)?;
    Ok(Accepted { record, day })
}

/// A later schema has fields and kinds that this one does not know: that is no garbage.
fn unread_reason(line: &[u8]) -> Reason {
    #[derive(Deserialize)]
    struct Versioned {
        v: u64,
    }
    match serde_json::from_slice::<Versioned>(line) {
        Ok(Versioned { v }) if v != u64::from(protocol::audit::SCHEMA_VERSION) => Reason::OtherVersion,
        _ => Reason::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use protocol::{
        audit::{Chain, Event, MAX_LINE},
        id::{BootId, EventId},
    };

    use super::*;

    fn line() -> String {
        let mut chain = Chain::new("gw1".parse().unwrap(), BootId::from_bytes([1; 16]));
        let event = Event::new(EventId::new(5, [2; 10]), EventKind::SessionLogin);
        String::from_utf8(chain.append(event, 1_795_000_000_000).unwrap()).unwrap()
    }

    #[test]
    fn a_message_is_split_into_lines_with_or_without_the_last_newline() {
        assert_eq!(lines(b"a\nb\n").collect::<Vec<_>>(), [b"a", b"b"]);
        assert_eq!(lines(b"a\n\nb").collect::<Vec<_>>(), [&b"a"[..], b"", b"b"]);
        assert_eq!(lines(b"").count(), 0);
    }

    #[test]
    fn each_thing_that_is_no_record_has_its_reason() {
        let good = line();
        assert_eq!(read("audit.ev.gw1", good.as_bytes()).unwrap().day.to_string(), "2026-11-18");
        let cases = [
            (String::new(), Reason::Malformed),
            ("{}".to_owned(), Reason::Malformed),
            ("\u{0}\u{0}".to_owned(), Reason::Malformed),
            (good.replace('}', ",\"text\":\"x\"}"), Reason::Malformed),
            (good.replace("session.login", "session.party"), Reason::Malformed),
            (good.replace("\"v\":1", "\"v\":2"), Reason::OtherVersion),
            ("{\"v\":2,\"shape\":\"new\"}".to_owned(), Reason::OtherVersion),
            (good.replace("session.login", "audit.duplicate"), Reason::ReservedKind),
            (good.replace("2026-11-18T", "yesterday"), Reason::BadTime),
            (" ".repeat(MAX_LINE + 1), Reason::TooLong),
        ];
        for (text, reason) in cases {
            assert_eq!(read("audit.ev.gw1", text.as_bytes()), Err(reason), "{text:.80}");
        }
        assert_eq!(read("audit.ev.gw2", good.as_bytes()), Err(Reason::ForeignGateway));
    }
}
