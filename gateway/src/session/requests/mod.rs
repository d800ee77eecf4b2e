//! Frames that need an answer from the bus, a file for each subject.

pub(super) mod capsules;
pub(super) mod devices;
pub(super) mod passphrase;
pub(super) mod prekeys;
pub(super) mod roster;

use protocol::{
    error::ErrorCode,
    frame::{GatewayFrame, Refused},
};

use crate::{appending::Answer, line::retryable, mailbox::MailPage, services::Services};

/// Something that a session waits for.
#[derive(Debug)]
pub(super) enum Done {
    /// A page of the mailbox.
    Mail(Option<MailPage>),
    /// A request; with an answer for the client, if it gets one.
    Request(Option<GatewayFrame>),
    /// An append, whose answer may have to wait for entries that the client is sent before.
    Appended(Answer),
}

/// What came of a request that has a number; a refusal is counted.
fn answer<T: Into<GatewayFrame>>(services: &Services, request: u32, outcome: Result<T, ErrorCode>) -> Done {
    Done::Request(Some(match outcome {
        Ok(answer) => answer.into(),
        Err(code) => {
            services.counters.refused(code);
            refused(request, code)
        }
    }))
}

/// The refusal of a request that has a number.
pub(super) fn refused(request: u32, code: ErrorCode) -> GatewayFrame {
    Refused { code, message: None, request: Some(request), frame: None, retry: retryable(code) }.into()
}
