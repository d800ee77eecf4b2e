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
    requests::{self, Done, capsules, devices, passphrase, prekeys, roster},
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
                self.feed.ask(fetch.from);
            }
            ClientFrame::PublishPrekeys(keys) => {
                let cost = 1 + keys.one_time.len() / 10;
                if let Some(code) = self.overload(cost, self.requests >= MAX_JOBS)? {
                    return line.send(&prekeys::refused_publish(code));
                }
                self.request(prekeys::publish(&self.services, &self.principal, keys));
            }
            ClientFrame::ClaimPrekeys(claim) => {
                let (request, count) = (claim.request, claim.devices.len());
                if count > MAX_CLAIM {
                    return line.send(&requests::refused(request, ErrorCode::FrameTooLarge));
                }
                if let Some(code) = self.overload(1, self.requests >= MAX_JOBS)? {
                    return line.send(&requests::refused(request, code));
                }
                if !self.claims.take(u32::try_from(count).unwrap_or(u32::MAX)) {
                    self.services.counters.refused(ErrorCode::RateLimited);
                    return line.send(&requests::refused(request, ErrorCode::RateLimited));
                }
                self.request(prekeys::claim(&self.services, claim));
            }
            ClientFrame::Ping(ping) => {
                self.charge(1)?;
                self.inbound.sign_of_life();
                line.send(&Pong { number: ping.number }.into())?;
            }
            ClientFrame::StoreCapsule(frame) => {
                let request = frame.request;
                let work = capsules::store(&self.services, &self.principal, frame);
                return self.numbered(line, request, work);
            }
            ClientFrame::FetchCapsule(frame) => {
                let request = frame.request;
                let work = capsules::fetch(&self.services, &self.principal, frame);
                return self.numbered(line, request, work);
            }
            ClientFrame::BeginPassphrase(frame) => {
                let request = frame.request;
                let work = passphrase::begin(&self.services, &self.principal, frame);
                return self.numbered(line, request, work);
            }
            ClientFrame::StorePassphrase(frame) => {
                let request = frame.request;
                let work = passphrase::store(&self.services, &self.principal, frame);
                return self.numbered(line, request, work);
            }
            ClientFrame::FetchDevices(frame) => {
                let work = devices::fetch(&self.services, &self.principal, &frame);
                return self.numbered(line, frame.request, work);
            }
            ClientFrame::AppendRoster(frame) => {
                let request = frame.request;
                if !self.appends.take(1) {
                    self.charge(1)?;
                    self.services.counters.refused(ErrorCode::RateLimited);
                    return line.send(&requests::refused(request, ErrorCode::RateLimited));
                }
                let work = roster::append(&self.services, &self.principal, frame);
                return self.numbered(line, request, work);
            }
            ClientFrame::RenewLease(renewal) => {
                if let Some(code) = self.overload(1, self.requests >= MAX_JOBS)? {
                    return line.send(&roster::refused_renewal(code));
                }
                self.request(roster::renew(&self.services, &self.principal, renewal));
            }
            // Only before a session.
            ClientFrame::Authenticate(_)
            | ClientFrame::Visit(_)
            | ClientFrame::BeginSignIn(_)
            | ClientFrame::FinishSignIn(_) => return Err(ErrorCode::BadFrame.into()),
        }
        Ok(())
    }

    /// Does the work of a request, unless there is too much of it.
    fn numbered(&mut self, line: &mut Line, request: u32, work: BoxFuture<'static, Done>) -> Result<(), End> {
        if let Some(code) = self.overload(1, self.requests >= MAX_JOBS)? {
            return line.send(&requests::refused(request, code));
        }
        self.request(work);
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
