//! What a session does about each frame of its client.

use futures_util::future::BoxFuture;
use protocol::{
    error::ErrorCode,
    frame::{ClientFrame, GatewayFrame, Pong, Refused},
    limits::{MAX_CLAIM, MAX_UNANSWERED},
};

use super::{
    MAX_JOBS,
    actor::Actor,
    requests::{self, Done},
    send,
};
use crate::{
    counters::Happening,
    line::{End, Heard, Line},
};

impl Actor {
    /// Takes a frame, or any sign of life.
    pub(super) fn heard(&mut self, line: &mut Line, heard: Heard) -> Result<(), End> {
        let frame = match heard {
            Heard::Frame(frame) => frame,
            Heard::Unknown(number) => {
                self.charge(1)?;
                self.services.counters.refused(ErrorCode::UnknownFrame);
                return line.send(&unknown_frame(number));
            }
            Heard::Something | Heard::Drained => return self.charge(1),
        };
        match frame {
            ClientFrame::SendMessage(message) => {
                let id = message.envelope.header.message;
                if let Some(code) = self.overload(1, self.deciding.len() >= MAX_UNANSWERED)? {
                    return line.send(&send::refused(id, code));
                }
                self.deciding.push_back(send::decide(&self.services, &self.principal, message.envelope));
            }
            ClientFrame::ConfirmDelivery(confirmation) => {
                // Free of charge as an answer to something; anything else has no effect and costs.
                if !self.inbound.confirm(confirmation.message) {
                    self.services.counters.count(Happening::StrayConfirmation);
                    self.charge(1)?;
                }
            }
            ClientFrame::FetchRoster(fetch) => {
                self.charge(1)?;
                self.roster_next = Some(fetch.from);
            }
            ClientFrame::PublishPrekeys(keys) => {
                let cost = 1 + keys.one_time.len() / 10;
                if let Some(code) = self.overload(cost, self.requests >= MAX_JOBS)? {
                    return line.send(&requests::refused_publish(code));
                }
                self.request(requests::publish(&self.services, &self.principal, keys));
            }
            ClientFrame::ClaimPrekeys(claim) => {
                let (request, count) = (claim.request, claim.devices.len());
                if count > MAX_CLAIM {
                    return line.send(&requests::refused_claim(request, ErrorCode::FrameTooLarge));
                }
                if let Some(code) = self.overload(1, self.requests >= MAX_JOBS)? {
                    return line.send(&requests::refused_claim(request, code));
                }
                if !self.claims.take(u32::try_from(count).unwrap_or(u32::MAX)) {
                    self.services.counters.refused(ErrorCode::RateLimited);
                    return line.send(&requests::refused_claim(request, ErrorCode::RateLimited));
                }
                self.request(requests::claim(&self.services, claim));
            }
            ClientFrame::Ping(ping) => {
                self.charge(1)?;
                self.inbound.sign_of_life();
                line.send(&Pong { number: ping.number }.into())?;
            }
            // Only as the first frame.
            ClientFrame::Enrol(_) | ClientFrame::Authenticate(_) => return Err(ErrorCode::BadFrame.into()),
        }
        Ok(())
    }

    fn request(&mut self, request: BoxFuture<'static, Done>) {
        self.requests += 1;
        self.jobs.push(request);
    }

    /// Takes the cost of a frame that cannot be refused by itself.
    fn charge(&mut self, cost: u32) -> Result<(), End> {
        if self.rate.take(cost) { Ok(()) } else { Err(ErrorCode::RateLimited.into()) }
    }

    /// Whether a frame is too much: for its rate, or for what is under way. Going on regardless ends the session.
    fn overload(&mut self, cost: usize, full: bool) -> Result<Option<ErrorCode>, End> {
        let code = if !self.rate.take(u32::try_from(cost).unwrap_or(u32::MAX)) {
            ErrorCode::RateLimited
        } else if full {
            ErrorCode::Overloaded
        } else {
            return Ok(None);
        };
        if self.patience.take(1) {
            self.services.counters.refused(code);
            Ok(Some(code))
        } else {
            Err(ErrorCode::RateLimited.into())
        }
    }
}

fn unknown_frame(number: u16) -> GatewayFrame {
    let code = ErrorCode::UnknownFrame;
    Refused { code, message: None, request: None, frame: Some(number), retry: false }.into()
}
