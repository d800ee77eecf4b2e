//! The select loop of a session. It owns everything of the session and never waits for the bus itself:
//! what takes time is a future that it polls, or a task of the relay.

use std::{pin::pin, sync::Arc};

use async_nats::{Message, Subscriber};
use futures_util::{
    StreamExt,
    future::BoxFuture,
    stream::{FuturesOrdered, FuturesUnordered},
};
use protocol::{
    bus::Parcel,
    error::ErrorCode,
    frame::{self, BusState, PrekeysLow},
    limits::{MAX_CLAIM, MAX_FRAME},
    roster::SignedLease,
};
use tokio::{sync::watch, time::Instant};

use super::{
    inbound::Inbound,
    requests::Done,
    send::{self, Decision},
};
use crate::{
    bus::BusWatch,
    counters::Happening,
    lease::LeaseFeed,
    line::{End, Heard, Line},
    presence::PresenceFeed,
    principal::Principal,
    rate::TokenBucket,
    registry::{Handed, Seat},
    relay::Origin,
    roster::{Revoked, RosterFeed, ended},
    services::Services,
};

/// Devices a second whose keys a client may claim for long; at once, twice the largest claim.
const CLAIMS_PER_SECOND: u32 = 5;
const CLAIMS_AT_ONCE: u32 = 2000;
/// Appends a second for long, and at once: what a person does by hand, and one import of many.
const APPENDS_PER_SECOND: u32 = 1;
const APPENDS_AT_ONCE: u32 = 60;
const _: () = assert!(CLAIMS_AT_ONCE as usize >= 2 * MAX_CLAIM);

/// A session under way.
#[derive(Debug)]
pub(super) struct Actor {
    pub(super) services: Arc<Services>,
    pub(super) principal: Principal,
    seat: Seat,
    live: Subscriber,
    mail: Subscriber,
    pub(super) inbound: Inbound,
    presence: PresenceFeed,
    leases: LeaseFeed,
    link: BusWatch,
    growth: watch::Receiver<u64>,
    pub(super) feed: RosterFeed,
    pub(super) deciding: FuturesOrdered<BoxFuture<'static, Decision>>,
    pub(super) jobs: FuturesUnordered<BoxFuture<'static, Done>>,
    /// How many of the jobs are the client's requests.
    pub(super) requests: usize,
    pub(super) rate: TokenBucket,
    /// Frames over the rate that are refused one by one, before the session is.
    pub(super) patience: TokenBucket,
    /// Devices whose keys the client may claim: using up others' one-time keys is an attack.
    pub(super) claims: TokenBucket,
    /// Appends to the roster: it is kept for good.
    pub(super) appends: TokenBucket,
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
    Lease(SignedLease),
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
        leases: LeaseFeed,
        link: BusWatch,
    ) -> Self {
        let limits = &services.config.limits;
        let bucket = || TokenBucket::new(limits.frames_per_second, limits.frame_burst);
        Self {
            rate: bucket(),
            patience: bucket(),
            claims: TokenBucket::new(CLAIMS_PER_SECOND, CLAIMS_AT_ONCE),
            appends: TokenBucket::new(APPENDS_PER_SECOND, APPENDS_AT_ONCE),
            growth: services.roster.growth(),
            feed: RosterFeed::default(),
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
            leases,
            link,
        }
    }

    /// Runs until the session is over and says why.
    pub(super) async fn run(&mut self, line: &mut Line) -> End {
        let services = Arc::clone(&self.services);
        let patience = services.config.limits.silence;
        let mut stopped = pin!(services.stop.cancelled());
        // Also at the beginning: it may have been revoked since it authenticated.
        let mut look = true;
        let mut silence = pin!(tokio::time::sleep_until(self.heard + patience));
        loop {
            if std::mem::take(&mut look)
                && let Some(standing) =
                    self.services.roster.look(|roster| ended(roster, self.principal.device))
            {
                let Revoked { code, since, until } = standing;
                // What the client may not have read yet, the signed entry that says so above all.
                let known = self.feed.next().map_or(since, |next| next.saturating_sub(1));
                let _ = RosterFeed::until(known, until).flow(&services.roster, line);
                return code.into();
            }
            let event = tokio::select! {
                biased;
                () = &mut stopped => Event::End(ErrorCode::GatewayStopping),
                Ok(code) = &mut self.seat.end => Event::End(code),
                // Before what the client says: it may be a device that was revoked just now.
                Ok(()) = self.growth.changed() => Event::RosterGrew,
                Some(decision) = self.deciding.next() => Event::Decided(decision),
                heard = line.next() => Event::Heard(heard),
                Some(handed) = self.seat.inbox.recv() => Event::Handed(handed),
                Some(message) = self.live.next() => Event::Live(message),
                Some(done) = self.jobs.next() => Event::Done(done),
                Some(_) = self.mail.next() => Event::MailCame,
                presence = self.presence.next() => Event::Presence(presence),
                lease = self.leases.next() => Event::Lease(lease),
                epoch = self.link.changed() => Event::Bus(epoch),
                () = &mut silence => Event::Silence,
            };
            look = matches!(event, Event::RosterGrew);
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
                self.inbound.parcel(line, &parcel, Origin::Here(done))
            }
            Event::Handed(Handed::PrekeysLow(one_time_keys)) => {
                line.send(&PrekeysLow { one_time_keys }.into())
            }
            Event::Live(message) => self.live(line, message),
            Event::MailCame => {
                self.inbound.mail_came();
                Ok(())
            }
            Event::Done(Done::Mail(page)) => self.inbound.read(line, page),
            Event::Done(Done::Request(answer)) => {
                self.requests -= 1;
                answer.map_or(Ok(()), |answer| line.send(&answer))
            }
            Event::Done(Done::Appended(answer)) => {
                self.requests -= 1;
                self.feed.then(answer.claimed, answer.behind, answer.frame);
                Ok(())
            }
            Event::Presence(presence) => line.send(&presence.into()),
            Event::Lease(lease) => line.send(&lease.into()),
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
        self.feed.flow(&self.services.roster, line)
    }

    fn live(&mut self, line: &mut Line, message: Message) -> Result<(), End> {
        let (Ok(parcel), Some(reply)) = (Parcel::decode(&message.payload, MAX_FRAME), message.reply) else {
            self.services.counters.count(Happening::BusErrors);
            return Ok(());
        };
        self.inbound.parcel(line, &parcel, Origin::Elsewhere(reply))
    }
}
