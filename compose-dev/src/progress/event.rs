//! The JSON lines. Scripts and tests read them: add fields freely, rename none.

use serde::Serialize;

use crate::office::Record;

/// One line of `--json`.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<'a> {
    /// A build or start step began, ended or was not needed.
    Step {
        /// Stable name.
        name: &'static str,
        /// Where it is.
        state: StepState,
        /// How long it took.
        #[serde(skip_serializing_if = "Option::is_none")]
        ms: Option<u64>,
    },
    /// The office can be used.
    Ready {
        /// Milliseconds from the start of the command.
        ms: u64,
        /// Addresses, paths, processes, the text that opens the office.
        #[serde(flatten)]
        office: &'a Record,
    },
    /// A service died and is being started again.
    Died {
        /// Which one.
        component: &'static str,
        /// How it ended.
        cause: &'a str,
    },
    /// A service that had died is ready again.
    Restarted {
        /// Which one.
        component: &'static str,
        /// Its new process.
        pid: u32,
    },
    /// Everything has ended in order.
    Stopped,
    /// The command failed.
    Error {
        /// One sentence: what failed, on what, what to do.
        message: &'a str,
    },
}

/// Where a step is.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Under way.
    Started,
    /// Finished.
    Done,
    /// Nothing had changed since it was last done.
    Skipped,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(event: &Event<'_>) -> serde_json::Value {
        serde_json::to_value(event).expect("serialises")
    }

    #[test]
    fn lines_keep_their_shape() {
        assert_eq!(
            value(&Event::Step { name: "services", state: StepState::Started, ms: None }),
            json!({"event": "step", "name": "services", "state": "started"})
        );
        assert_eq!(
            value(&Event::Step { name: "npm", state: StepState::Skipped, ms: Some(0) }),
            json!({"event": "step", "name": "npm", "state": "skipped", "ms": 0})
        );
        assert_eq!(
            value(&Event::Restarted { component: "gateway", pid: 7 }),
            json!({"event": "restarted", "component": "gateway", "pid": 7})
        );
        assert_eq!(value(&Event::Stopped), json!({"event": "stopped"}));
        assert_eq!(value(&Event::Error { message: "no" }), json!({"event": "error", "message": "no"}));
    }

    #[test]
    fn ready_names_every_address_path_and_process() {
        let office = Record::sample();
        let line = value(&Event::Ready { ms: 900, office: &office });
        assert_eq!(line["event"], "ready");
        for field in ["page", "gateway", "broker", "state", "audit", "logs", "gateway_config"] {
            assert!(line[field].is_string() || line[field].is_array(), "{field}: {line}");
        }
        for component in ["dev", "broker", "nats", "gateway", "sink"] {
            assert!(line["pids"][component].is_u64(), "{component}: {line}");
        }
        for browser in ["chrome", "edge", "firefox"] {
            assert!(line["extension"][browser].is_string(), "{browser}: {line}");
        }
        assert_eq!(line["founding_text"], "secret");
    }
}
