//! An office at work: people who write, devices that come and go, days that pass. One seeded generator decides everything.

use std::collections::BTreeMap;

use extension_core::{Hint, Target, view::Stage};
use protocol::{
    envelope::Addressed,
    id::{DeviceId, MessageId, UserId},
    roster::{Policy, RoomMembers, StaffRole},
};

use crate::{
    accountant::Accountant,
    errand::Errand,
    figures::Figures,
    world::{Seeded, World},
};

pub(crate) const SECOND: u64 = 1_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
/// What opens a device with a passphrase.
pub(crate) const PASSPHRASE: &str = "correct horse battery staple";
/// How often the views of a device are looked at. History is kept for an hour at least, and clocks jump within twenty minutes.
const LOOK_MS: u64 = 25 * MINUTE;
/// How long an office works on a day.
const DAY_MS: u64 = 150 * MINUTE;

/// What is broken on purpose, to see it noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// The gateway drops a copy and says that it was delivered.
    Lose,
    /// A device sends a text of its own a second time, under another id.
    Repeat,
    /// The gateway damages a copy and says that it was delivered.
    Damage,
}

/// What to play.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub seed: u64,
    /// Messages that people send.
    pub sends: u64,
    /// People at the beginning.
    pub people: usize,
    pub sabotage: Option<Sabotage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Entering,
    In,
    Gone,
}

/// A device, as far as the story knows.
pub(crate) struct Seat {
    pub(crate) state: State,
    pub(crate) device: Option<DeviceId>,
    pub(crate) user: UserId,
    pub(crate) passphrase: bool,
    /// The computer sleeps until then.
    pub(crate) asleep: Option<u64>,
    pub(crate) was_connecting: bool,
    /// Nothing passes between it and the gateway until then.
    pub(crate) stalled: u64,
    /// It has no network until then.
    pub(crate) dark: Option<u64>,
    /// What is for it is held back until then.
    pub(crate) held: Option<u64>,
    /// How much was in its mailbox when that began: it may be on its way.
    pub(crate) held_after: usize,
    pub(crate) look_at: u64,
    /// When its next crash was decided.
    pub(crate) armed_at: u64,
}

pub struct Office {
    pub(crate) plan: Plan,
    pub(crate) world: World,
    pub(crate) dice: Seeded,
    pub(crate) seats: Vec<Seat>,
    pub(crate) lead: usize,
    pub(crate) accountant: Accountant,
    pub(crate) figures: Figures,
    pub(crate) errands: Vec<Errand>,
    /// Copies to be delivered again.
    pub(crate) old: Vec<Addressed>,
    pub(crate) keyless: Vec<DeviceId>,
    /// How bad the day is: faults are so many times as likely.
    pub(crate) weather: u64,
    pub(crate) weather_until: u64,
    pub(crate) audit_until: Option<u64>,
    pub(crate) swallow_until: Option<u64>,
    pub(crate) bus_until: Option<u64>,
    pub(crate) broken: bool,
    /// The copy that was taken away or damaged then, and whose it was.
    pub(crate) spoiled: Option<(MessageId, DeviceId)>,
    pub(crate) calm: bool,
    day_ends: u64,
    pub(crate) jobs: u64,
    pub(crate) advances: u64,
}

impl Office {
    /// Opens the office, hires the people, makes the first rooms.
    pub fn open(plan: Plan) -> Self {
        let (mut world, lead) = World::opened(plan.seed);
        world.look_every = 211;
        world.gateway.keeps_frames = false;
        world.watching = true;
        world.patient = true;
        let dice = Seeded(plan.seed.wrapping_mul(0x9e37_79b9).wrapping_add(17));
        let mut office = Self {
            plan,
            world,
            dice,
            seats: Vec::new(),
            lead,
            accountant: Accountant::new(plan.seed),
            figures: Figures::default(),
            errands: Vec::new(),
            old: Vec::new(),
            keyless: Vec::new(),
            weather: 1,
            weather_until: 0,
            audit_until: None,
            swallow_until: None,
            bus_until: None,
            broken: false,
            spoiled: None,
            calm: true,
            day_ends: 0,
            jobs: 0,
            advances: 0,
        };
        office.settle_in();
        office.calm = false;
        office
    }

    fn settle_in(&mut self) {
        let lead = self.lead;
        for number in 1..self.plan.people {
            let role = if number % 4 == 0 { StaffRole::Auditor } else { StaffRole::Staff };
            self.world.hire(lead, &format!("Person {number}"), role);
        }
        for host in (1..self.plan.people).step_by(3) {
            self.world.add_device(host);
            self.world.settle();
        }
        let policy = Policy { idle_lock_ms: 12 * HOUR, history_ms: 2 * HOUR, ..Policy::default() };
        self.world.done(lead, "policy", |core, job, now| core.set_policy(policy, job, now));
        let users: Vec<_> = self.world.hosts.iter().map(|host| host.user).collect();
        let chosen = |from: usize, many: usize| {
            RoomMembers::Chosen((from..from + many).map(|at| users[at % self.plan.people]).collect())
        };
        let rooms = [
            (lead, RoomMembers::Everyone),
            (lead, RoomMembers::Role(StaffRole::Auditor)),
            (1, chosen(1, 4)),
            (2, chosen(5, 3)),
            (lead, chosen(3, 5)),
        ];
        for (number, (host, members)) in rooms.into_iter().enumerate() {
            let job = format!("room {number}");
            self.world.done(host, &job, |core, job, now| core.make_room(job, members, job, now));
        }
        for host in 0..self.world.hosts.len() {
            self.take_seat(host, State::In);
            self.seats[host].device = Some(self.world.hosts[host].device());
        }
        let locked = if self.plan.sends > 20_000 { 2 } else { 1 };
        for host in 3..3 + locked {
            self.world.done(host, "set", |core, job, now| core.set_passphrase(PASSPHRASE, job, now));
            self.seats[host].passphrase = true;
        }
        self.world.drain();
        self.after();
        self.day_ends = self.world.now + DAY_MS;
    }

    pub(crate) fn take_seat(&mut self, host: usize, state: State) {
        assert_eq!(host, self.seats.len());
        self.seats.push(Seat {
            state,
            device: None,
            user: self.world.hosts[host].user,
            passphrase: false,
            asleep: None,
            was_connecting: false,
            stalled: 0,
            dark: None,
            held: None,
            held_after: 0,
            look_at: 0,
            armed_at: 0,
        });
    }

    /// Plays the whole story. `progress` is told now and then.
    pub fn run(mut self, progress: &mut dyn FnMut(&Figures)) -> Figures {
        let began = self.world.now;
        while self.accountant.next() < self.plan.sends && self.accountant.violations.is_empty() {
            self.turn();
            if self.advances.is_multiple_of(1_024) {
                self.count(began);
                progress(&self.figures);
            }
        }
        if self.accountant.violations.is_empty() || self.plan.sabotage.is_some() {
            self.come_to_rest();
        }
        self.count(began);
        self.figures.violations = std::mem::take(&mut self.accountant.violations);
        self.figures
    }

    fn count(&mut self, began: u64) {
        self.figures.seed = self.plan.seed;
        self.figures.counts = self.accountant.counts;
        self.figures.under_way = self.accountant.under_way();
        self.figures.crashes = self.world.crashes.clone();
        self.figures.passed_ms = self.world.now - began;
        self.figures.entries = self.world.gateway.entries.len();
        self.figures.excuses = self.accountant.excuses.clone();
        self.figures.digest = self.accountant.digest;
        let seats = self.seats.iter().filter(|seat| seat.state == State::In);
        self.figures.devices = seats.count();
        self.figures.people = self.world.gateway.roster.users().count();
        self.figures.refusals = self.refusals();
    }

    pub(crate) fn refusals(&self) -> BTreeMap<extension_core::Refusal, u64> {
        let mut all = self.world.refusals.clone();
        for host in &self.world.hosts {
            for (refusal, times) in host.core.refusals().all() {
                *all.entry(refusal).or_default() += times;
            }
        }
        all
    }

    /// A number below `many`.
    pub(crate) fn roll(&mut self, many: u64) -> u64 {
        (self.dice.draw() >> 11) % many.max(1)
    }

    pub(crate) fn one_in(&mut self, many: u64) -> bool {
        self.roll(many) == 0
    }

    fn turn(&mut self) {
        self.advances += 1;
        let mut busy = true;
        for _ in 0..=self.roll(24) {
            busy = self.step_somebody();
            if !busy {
                break;
            }
        }
        if busy && !self.one_in(6) {
            return;
        }
        let most = if busy { 120 } else { 500 };
        self.world.now += self.roll(most) + 1;
        self.chores();
        if self.world.now >= self.day_ends {
            return self.night();
        }
        self.write();
        if self.accountant.next() < self.plan.sends {
            self.something_breaks();
            self.somebody_decides();
        }
    }

    /// Lets one thing happen to one device. False where nobody had anything to do.
    pub(crate) fn step_somebody(&mut self) -> bool {
        let many = self.seats.len();
        let first = self.roll(many as u64) as usize;
        for at in 0..many {
            let host = (first + at) % many;
            let seat = &self.seats[host];
            if seat.asleep.is_some() || seat.state == State::Gone {
                continue;
            }
            let did = if seat.stalled > self.world.now {
                self.world.step_timer(host)
            } else {
                self.world.step(host)
            };
            if did {
                self.after();
                return true;
            }
        }
        false
    }

    /// Tells the accountant what has happened.
    pub(crate) fn after(&mut self) {
        let now = self.world.now;
        for commit in std::mem::take(&mut self.world.commits) {
            let host = commit.host;
            self.world.hosts[host].notices.clear();
            if commit.lines.is_empty() && commit.sealed.is_empty() {
                continue;
            }
            self.know(host);
            let seat = &self.seats[host];
            let Some(device) = seat.device else { continue };
            let last =
                self.world.hosts[host].records.range("roster/".to_owned().."roster0".to_owned()).next_back();
            let length = last.map_or(0, |(key, _)| key["roster/".len()..].parse::<usize>().unwrap() + 1);
            self.accountant.committed(commit, seat.user, device, length, now);
        }
        if !self.world.gateway.log.is_empty() {
            let log = std::mem::take(&mut self.world.gateway.log);
            self.accountant.taken(&log);
            for copy in log {
                self.keep_old(copy);
            }
        }
        if self.accountant.see_roster(&self.world.gateway) {
            self.see_who_left();
        }
    }

    /// Learns which device a host has become.
    pub(crate) fn know(&mut self, host: usize) {
        if self.seats[host].device.is_some() {
            return;
        }
        let view = self.world.hosts[host].core.view();
        if view.stage == Stage::Member
            && let Some(me) = view.me
        {
            let seat = &mut self.seats[host];
            (seat.device, seat.user, seat.state) = (Some(me.device), me.user, State::In);
            self.world.hosts[host].user = me.user;
            self.keyless.push(me.device);
        }
    }

    /// A device that was removed is nobody's any more once it has wiped itself.
    fn see_who_left(&mut self) {
        let roster = &self.world.gateway.roster;
        for seat in &mut self.seats {
            if seat.state == State::In && seat.device.is_some_and(|device| roster.device(device).is_none()) {
                // It is to learn of it as it learns of anything.
                seat.asleep = seat.asleep.map(|at| at.min(self.world.now + 10 * MINUTE));
            }
        }
    }

    /// What is due by the clock.
    pub(crate) fn chores(&mut self) {
        let now = self.world.now;
        if self.advances.is_multiple_of(16) {
            self.world.gateway.tell(now);
            self.world.gateway.close_silent();
            self.run_errands();
            let gateway = &self.world.gateway;
            let accountant = &mut self.accountant;
            self.keyless.retain(|device| {
                let has = gateway.fallback.contains_key(device);
                if has {
                    accountant.see_keys(*device, now);
                }
                !has
            });
        }
        for host in 0..self.seats.len() {
            let seat = &self.seats[host];
            if seat.state == State::Gone {
                continue;
            }
            if seat.asleep.is_some_and(|at| at <= now) {
                self.wake(host);
            }
            if self.seats[host].dark.is_some_and(|at| at <= now) {
                self.seats[host].dark = None;
                self.world.hosts[host].reachable = true;
                if self.seats[host].asleep.is_none() {
                    self.world.act(host, |core, now| core.hint(Hint::Online, now)).unwrap();
                    self.after();
                }
            }
            if self.seats[host].held.is_some_and(|at| at <= now) {
                self.release(host);
            }
            if self.seats[host].look_at <= now && self.seats[host].asleep.is_none() {
                self.look(host, false);
            }
            if self.advances.is_multiple_of(64) {
                self.attend(host);
            }
        }
        self.faults_end();
        if self.advances.is_multiple_of(8_192) {
            self.accountant.review(now, false);
        }
    }

    /// A person in front of a device: opens it, and notices that it is gone.
    fn attend(&mut self, host: usize) {
        if self.seats[host].asleep.is_some() {
            return;
        }
        if self.seats[host].state == State::Entering {
            self.know(host);
        }
        let gone = self.world.hosts[host].records.is_empty();
        if gone && self.world.hosts[host].core.stage() != Stage::Entering {
            self.seats[host].state = State::Gone;
            self.world.drop_socket(host);
            self.world.hosts[host].wake_at = None;
            self.accountant.forget(host);
            return;
        }
        if self.seats[host].passphrase && self.is_locked(host) {
            self.figures.unlocked += 1;
            self.world.act(host, |core, now| core.unlock(PASSPHRASE, now)).unwrap();
            self.after();
        }
    }

    pub(crate) fn is_locked(&self, host: usize) -> bool {
        self.seats[host].passphrase && self.world.hosts[host].core.stage() == Stage::Locked
    }

    /// Looks at all that a device shows.
    pub(crate) fn look(&mut self, host: usize, own: bool) {
        self.seats[host].look_at = self.world.now + LOOK_MS;
        if self.seats[host].state != State::In {
            return;
        }
        if self.is_locked(host) {
            return self.accountant.skip(host);
        }
        let core = &self.world.hosts[host].core;
        let roster = &self.world.gateway.roster;
        let people = self.seats.iter().map(|seat| seat.user).collect::<std::collections::BTreeSet<_>>();
        let people = people.into_iter().map(Target::Person);
        let targets = people.chain(roster.rooms().map(|room| Target::Room(room.room)));
        let lines: Vec<_> = targets.flat_map(|target| core.conversation(target).messages).collect();
        self.accountant.look(host, &lines, own);
    }

    /// The computer goes to sleep.
    pub(crate) fn sleep(&mut self, host: usize, ms: u64) {
        self.look(host, false);
        self.seats[host].was_connecting = self.world.is_connecting(host);
        self.world.drop_socket(host);
        self.seats[host].asleep = Some(self.world.now + ms);
        self.world.crash.remove(&host);
        self.figures.sleeps += 1;
    }

    pub(crate) fn wake(&mut self, host: usize) {
        self.seats[host].asleep = None;
        if std::mem::take(&mut self.seats[host].was_connecting) {
            self.world.act(host, |core, now| core.socket_closed(1006, now)).unwrap();
        }
        self.world.act(host, |core, now| core.hint(Hint::Wake, now)).unwrap();
        self.after();
    }

    /// The day is over: everybody goes home. Every fourth night somebody goes who does not come for two days: no two in a row, or
    /// a message could wait for its sender, then for its reader, for longer than it lives.
    fn night(&mut self) {
        self.figures.nights += 1;
        let night = 9 * HOUR + self.roll(3 * HOUR);
        let somebody = self.roll(self.seats.len() as u64) as usize;
        let away =
            self.figures.nights.is_multiple_of(4).then_some(somebody).filter(|host| *host != self.lead);
        for host in 0..self.seats.len() {
            if self.seats[host].state == State::Gone {
                continue;
            }
            let away = if away == Some(host) { 20 * HOUR } else { 0 };
            let ms = night + away + self.roll(10 * MINUTE);
            match self.seats[host].asleep {
                None => self.sleep(host, ms),
                Some(at) => self.seats[host].asleep = Some(at.max(self.world.now + ms)),
            }
        }
        self.accountant.review(self.world.now, false);
        self.world.now += night;
        self.world.gateway.tell(self.world.now);
        self.world.gateway.close_silent();
        self.world.gateway.forget();
        self.day_ends = self.world.now + DAY_MS;
    }
}
