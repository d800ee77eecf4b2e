//! The select loop of a session. It owns everything of the session and never waits for the bus itself:
//! what takes time is a future that it polls, or a task of the relay.

use std::pin::pin;
use std::sync::Arc;

use async_nats::{Message, Subscriber};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesOrdered, FuturesUnordered};
use protocol::bus::Parcel;
use protocol::error::ErrorCode;
use protocol::frame::{self, BusState, ClientFrame, Pong, PrekeysLow, Refused, RosterEntries};
use protocol::limits::{MAX_CLAIM, MAX_FRAME, MAX_UNANSWERED};
use tokio::sync::watch;
use tokio::time::Instant;

use super::MAX_JOBS;
use super::inbound::Inbound;
use super::requests::{self, Done};
use super::send::{self, Decision};
use crate::bus::BusWatch;
use crate::counters::Happening;
use crate::line::{End, Heard, Line};
use crate::presence::PresenceFeed;
use crate::principal::Principal;
use crate::rate::TokenBucket;
use crate::registry::{Handed, Seat};
use crate::relay::Origin;
use crate::services::Services;

/// Roster entries are sent while less than this waits for the client, so that a long roster does not make a
/// slow reader of it.
const ROSTER_AHEAD: usize = 256 * 1024;

/// A session under way.
#[derive(Debug)]
pub(super) struct Actor {
    services: Arc<Services>,
    principal: Principal,
    seat: Seat,
    live: Subscriber,
    mail: Subscriber,
    inbound: Inbound,
    presence: PresenceFeed,
    link: BusWatch,
    growth: watch::Receiver<u64>,
    /// The next roster entry to send, once the client has asked.
    roster_next: Option<u64>,
    deciding: FuturesOrdered<BoxFuture<'static, Decision>>,
    jobs: FuturesUnordered<BoxFuture<'static, Done>>,
    /// How many of the jobs are the client's requests.
    requests: usize,
    rate: TokenBucket,
    /// Frames over the rate that are refused one by one, before the session is.
    patience: TokenBucket,
    heard: Instant,
}

/// What the loop woke up for.
enum Event {
    Heard(Result<Heard, End>),
    Decided(Decision),
    Handed(Handed),
    Live(Message),
    MailCame,
    Done(Done),
    RosterGrew,
    Presence(frame::Presence),
    Bus(Option<u64>),
    Silence,
    End(ErrorCode),
}

impl Actor {
    #[expect(clippy::too_many_arguments, reason = "made in one place, from what the start has gathered")]
    pub(super) fn new(
        services: Arc<Services>,
        principal: Principal,
        seat: Seat,
        live: Subscriber,
        mail: Subscriber,
        inbound: Inbound,
        presence: PresenceFeed,
        link: BusWatch,
    ) -> Self {
        let limits = &services.config.limits;
        let bucket = || TokenBucket::new(limits.frames_per_second, limits.frame_burst);
        Self {
            rate: bucket(),
            patience: bucket(),
            growth: services.roster.growth(),
            roster_next: None,
            deciding: FuturesOrdered::new(),
            jobs: FuturesUnordered::new(),
            requests: 0,
            heard: Instant::now(),
            services,
            principal,
            seat,
            live,
            mail,
            inbound,
            presence,
            link,
        }
    }

    /// Runs until the session is over and says why.
    pub(super) async fn run(&mut self, line: &mut Line) -> End {
        let services = Arc::clone(&self.services);
        let patience = services.config.limits.silence;
        let mut stopped = pin!(services.stop.cancelled());
        let mut silence = pin!(tokio::time::sleep_until(self.heard + patience));
        loop {
            let event = tokio::select! {
                biased;
                () = &mut stopped => Event::End(ErrorCode::GatewayStopping),
                Ok(code) = &mut self.seat.end => Event::End(code),
                Some(decision) = self.deciding.next() => Event::Decided(decision),
                heard = line.next() => Event::Heard(heard),
                Some(handed) = self.seat.inbox.recv() => Event::Handed(handed),
                Some(message) = self.live.next() => Event::Live(message),
                Some(done) = self.jobs.next() => Event::Done(done),
                Some(_) = self.mail.next() => Event::MailCame,
                Ok(()) = self.growth.changed() => Event::RosterGrew,
                presence = self.presence.next() => Event::Presence(presence),
                epoch = self.link.changed() => Event::Bus(epoch),
                () = &mut silence => Event::Silence,
            };
            if matches!(event, Event::Silence) {
                let until = self.heard + patience;
                if until <= Instant::now() {
                    return End::Refused(ErrorCode::Idle);
                }
                silence.as_mut().reset(until);
                continue;
            }
            if let Err(end) = self.handle(line, event).await {
                return end;
            }
            if let Err(end) = self.carry_on(line) {
                return end;
            }
        }
    }

    async fn handle(&mut self, line: &mut Line, event: Event) -> Result<(), End> {
        match event {
            Event::Heard(Ok(Heard::Drained)) | Event::RosterGrew | Event::Silence => Ok(()),
            Event::Heard(heard) => {
                let heard = heard?;
                self.heard = Instant::now();
                self.heard(line, heard)
            }
            Event::Decided(decision) => send::carry_out(&self.services, line, decision).await,
            Event::Handed(Handed::Parcel { parcel, done }) => {
                self.inbound.parcel(line, &parcel, Origin::Here(done)).await
            }
            Event::Handed(Handed::PrekeysLow(one_time_keys)) => {
                line.send(&PrekeysLow { one_time_keys }.into())
            }
            Event::Live(message) => self.live(line, message).await,
            Event::MailCame => {
                self.inbound.mail_came();
                Ok(())
            }
            Event::Done(Done::Mail(page)) => self.inbound.read(line, page).await,
            Event::Done(Done::Request(answer)) => {
                self.requests -= 1;
                answer.map_or(Ok(()), |answer| line.send(&answer))
            }
            Event::Presence(presence) => line.send(&presence.into()),
            Event::Bus(epoch) => {
                if epoch.is_some() {
                    self.inbound.bus_came_back();
                }
                line.send(&BusState { up: epoch.is_some() }.into())
            }
            Event::End(code) => Err(End::Refused(code)),
        }
    }

    /// What follows from any change: more of the mailbox, more of the roster.
    fn carry_on(&mut self, line: &mut Line) -> Result<(), End> {
        if self.link.is_up()
            && let Some(reading) = self.inbound.next_reading()
        {
            self.jobs.push(Box::pin(async move { Done::Mail(reading.run().await) }));
        }
        while let Some(first) = self.roster_next
            && line.queued_bytes() < ROSTER_AHEAD
        {
            let page = self.services.roster.page(first);
            if page.is_empty() {
                break;
            }
            self.roster_next = Some(first + page.len() as u64);
            let entries = page.iter().map(|entry| entry.to_vec().into()).collect();
            line.send(&RosterEntries { first, entries }.into())?;
        }
        Ok(())
    }

    async fn live(&mut self, line: &mut Line, message: Message) -> Result<(), End> {
        let (Ok(parcel), Some(reply)) = (Parcel::decode(&message.payload, MAX_FRAME), message.reply) else {
            self.services.counters.count(Happening::BusErrors);
            return Ok(());
        };
        self.inbound.parcel(line, &parcel, Origin::Elsewhere(reply)).await
    }

    fn heard(&mut self, line: &mut Line, heard: Heard) -> Result<(), End> {
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
                if let Some(code) = self.overload(1 + count / 10, self.requests >= MAX_JOBS)? {
                    return line.send(&requests::refused_claim(request, code));
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

fn unknown_frame(number: u16) -> frame::GatewayFrame {
    let code = ErrorCode::UnknownFrame;
    Refused { code, message: None, request: None, frame: Some(number), retry: false }.into()
}
