//! What goes wrong: with devices, on the way, at the gateway and on the bus, and with clocks.

use extension_core::Refusal;
use protocol::envelope::Addressed;

use crate::{
    accountant::Kind,
    crash::Crash,
    figures::Fault,
    office::{HOUR, MINUTE, Office, SECOND, Sabotage, State},
};

/// Copies kept to be delivered again.
const MAX_OLD: usize = 4_000;
/// Furthest that a device's clock is off.
const CLOCK_MS: u64 = 10 * MINUTE;
/// Furthest that the gateway's is.
const GATEWAY_CLOCK_MS: u64 = 7 * MINUTE;

impl Office {
    /// Draws for every kind of fault.
    pub(crate) fn something_breaks(&mut self) {
        if self.world.now >= self.weather_until {
            self.weather = [0, 1, 1, 2, 6][self.roll(5) as usize];
            self.weather_until = self.world.now + 20 * SECOND + self.roll(2 * MINUTE);
        }
        let bad = self.weather;
        if bad == 0 {
            return;
        }
        // A long run has more of everything; each start of a device costs time.
        let crash_in = (6 + self.plan.sends / 8_000) / bad;
        if self.one_in(crash_in.max(1)) {
            self.arm_crash();
        }
        let draw = self.roll(80_000 / bad);
        let host = self.roll(self.seats.len() as u64) as usize;
        let seat = &self.seats[host];
        if seat.state == State::Gone || seat.asleep.is_some() {
            return;
        }
        match draw {
            0..200 => self.cut(host),
            200..260 => self.half_open(host),
            260..360 => {
                self.figures.fault(Fault::Stall);
                self.seats[host].stalled = self.world.now + SECOND + self.roll(90 * SECOND);
            }
            360..400 => self.go_dark(host),
            400..425 => {
                let ms = MINUTE + self.roll(40 * MINUTE);
                self.sleep(host, ms);
            }
            425..440 => self.restart(host),
            440..1_640 => self.repeat(),
            1_640..1_800 => self.hold(host),
            1_800..1_840 => {
                self.figures.fault(Fault::AuditDown);
                self.world.gateway.audit_down = true;
                self.audit_until = Some(self.world.now + SECOND + self.roll(60 * SECOND));
            }
            1_840..1_870 => {
                self.figures.fault(Fault::Swallow);
                self.world.gateway.swallow = true;
                self.swallow_until = Some(self.world.now + SECOND + self.roll(20 * SECOND));
            }
            1_870..1_890 => self.crash_gateway(),
            1_890..1_900 => self.crash_bus(),
            1_900..1_980 => self.jump_clock(host),
            1_980..2_000 => self.jump_gateway_clock(),
            2_000..2_020 => self.lose_keys(host),
            2_020..2_030 => self.give_key_twice(host),
            _ => {}
        }
    }

    /// What lasts for a while ends.
    pub(crate) fn faults_end(&mut self) {
        let now = self.world.now;
        if self.audit_until.take_if(|at| *at <= now).is_some() {
            self.world.gateway.audit_down = false;
        }
        if self.swallow_until.take_if(|at| *at <= now).is_some() {
            // A gateway that answers nothing has to be started again.
            self.world.gateway.swallow = false;
            self.crash_gateway();
        }
        if self.bus_until.take_if(|at| *at <= now).is_some() {
            self.world.gateway.set_bus(true);
        }
        let seats = &self.seats;
        self.world.crash.retain(|host, _| now <= seats[*host].armed_at + MINUTE);
    }

    pub(crate) fn mend_everything(&mut self) {
        self.world.crash.clear();
        self.errands.clear();
        for until in [&mut self.audit_until, &mut self.swallow_until, &mut self.bus_until] {
            *until = until.map(|_| 0);
        }
        self.faults_end();
        for host in 0..self.seats.len() {
            let seat = &mut self.seats[host];
            seat.stalled = 0;
            seat.dark = seat.dark.map(|_| 0);
            seat.held = seat.held.map(|_| 0);
        }
    }

    fn arm_crash(&mut self) {
        let host = self.roll(self.seats.len() as u64) as usize;
        let taken = self.world.crash.contains_key(&host);
        if taken || self.seats[host].state == State::Gone || self.seats[host].asleep.is_some() {
            return;
        }
        let crash = Crash::ALL[self.roll(Crash::ALL.len() as u64) as usize];
        self.seats[host].armed_at = self.world.now;
        self.world.crash.insert(host, crash);
    }

    fn cut(&mut self, host: usize) {
        self.figures.fault(Fault::Cut);
        self.world.cut(host);
        self.after();
    }

    /// One end of the connection is gone, and the other does not know.
    fn half_open(&mut self, host: usize) {
        self.figures.fault(Fault::HalfOpen);
        if let Some(conn) = self.world.hosts[host].conn {
            self.world.gateway.conns.remove(&conn);
        }
    }

    fn go_dark(&mut self, host: usize) {
        self.figures.fault(Fault::Dark);
        self.world.hosts[host].reachable = false;
        self.seats[host].dark = Some(self.world.now + 5 * SECOND + self.roll(10 * MINUTE));
        self.world.cut(host);
        self.after();
    }

    fn restart(&mut self, host: usize) {
        if self.seats[host].passphrase && !self.one_in(5) {
            return;
        }
        self.figures.fault(Fault::Restart);
        self.world.restart_browser(host);
        self.after();
    }

    pub(crate) fn keep_old(&mut self, copy: Addressed) {
        if self.spoiled == Some((copy.header.message, copy.wrap.device)) {
            return;
        }
        if self.old.len() < MAX_OLD {
            self.old.push(copy);
        } else if self.one_in(3) {
            let at = self.roll(MAX_OLD as u64) as usize;
            self.old[at] = copy;
        }
    }

    /// The gateway delivers again what it delivered before, some of it days ago.
    fn repeat(&mut self) {
        for _ in 0..=self.roll(3) {
            if self.old.is_empty() {
                return;
            }
            let at = self.roll(self.old.len() as u64) as usize;
            let copy = self.old[at].clone();
            if let Some(conn) = self.world.gateway.conn_of(copy.wrap.device) {
                self.figures.fault(Fault::Repeat);
                let age = self.world.now.saturating_sub(copy.header.message.created_ms());
                if age > 48 * HOUR {
                    self.figures.fault(Fault::RepeatOld);
                }
                self.world.gateway.send(conn, copy);
            }
        }
    }

    /// What is for a device piles up and then comes in another order.
    fn hold(&mut self, host: usize) {
        let Some(device) = self.seats[host].device else { return };
        self.figures.fault(Fault::Hold);
        self.world.gateway.held.insert(device);
        let before = self.world.gateway.mailbox.get(&device).map_or(0, Vec::len);
        self.seats[host].held_after = self.seats[host].held.map_or(before, |_| self.seats[host].held_after);
        self.seats[host].held = Some(self.world.now + 2 * SECOND + self.roll(90 * SECOND));
    }

    pub(crate) fn release(&mut self, host: usize) {
        self.seats[host].held = None;
        let Some(device) = self.seats[host].device else { return };
        self.world.gateway.held.remove(&device);
        let deep = !self.calm && self.one_in(10);
        let mut mail = self.world.gateway.mailbox.remove(&device).unwrap_or_default();
        // A ratchet keeps forty keys: within a dozen places everything opens, beyond that it has to be mended.
        let reach = if deep { mail.len() } else { 12 };
        let mut moved = false;
        for at in 1..mail.len() {
            let back = self.roll(reach.min(at) as u64 + 1) as usize;
            moved |= back > 0;
            mail.swap(at, at - back);
        }
        if moved {
            self.figures.fault(if deep { Fault::ReorderDeep } else { Fault::Reorder });
        }
        self.world.gateway.mailbox.insert(device, mail);
        self.world.gateway.tell(self.world.now);
        self.world.gateway.drain_mailbox(device);
    }

    /// The gateway dies: what is under way is gone, what it had acknowledged is on the bus.
    fn crash_gateway(&mut self) {
        self.figures.fault(Fault::Gateway);
        self.world.gateway.conns.clear();
        for host in 0..self.seats.len() {
            // Some computers see the connection end, some only that nobody answers.
            let seat = &self.seats[host];
            if seat.state != State::Gone && seat.asleep.is_none() && !self.one_in(4) {
                self.world.cut(host);
                self.after();
            }
        }
    }

    /// The bus dies, and with it every mailbox and who confirmed what.
    fn crash_bus(&mut self) {
        self.figures.fault(Fault::Bus);
        let gateway = &mut self.world.gateway;
        gateway.mailbox.clear();
        gateway.confirmed.clear();
        gateway.set_bus(false);
        self.accountant.mail_lost_at = self.world.now;
        self.bus_until = Some(self.world.now + SECOND + self.roll(30 * SECOND));
    }

    fn jump_clock(&mut self, host: usize) {
        self.figures.fault(Fault::Clock);
        let ahead = self.roll(2 * CLOCK_MS).cast_signed() - CLOCK_MS.cast_signed();
        self.world.hosts[host].ahead_ms = ahead;
    }

    fn jump_gateway_clock(&mut self) {
        self.figures.fault(Fault::GatewayClock);
        let ahead = self.roll(2 * GATEWAY_CLOCK_MS).cast_signed() - GATEWAY_CLOCK_MS.cast_signed();
        self.world.gateway.ahead_ms = ahead;
    }

    fn lose_keys(&mut self, host: usize) {
        if let Some(keys) =
            self.seats[host].device.and_then(|device| self.world.gateway.one_time.get_mut(&device))
        {
            self.figures.fault(Fault::KeysLost);
            keys.clear();
        }
    }

    fn give_key_twice(&mut self, host: usize) {
        let keys = self.seats[host].device.and_then(|device| self.world.gateway.one_time.get_mut(&device));
        if let Some(keys) = keys
            && let Some(first) = keys.front().cloned()
        {
            self.figures.fault(Fault::KeyTwice);
            keys.push_front(first);
        }
    }

    /// Takes a copy out of a mailbox, or damages it, and tells its sender that it was delivered.
    pub(crate) fn spoil_a_copy(&mut self) {
        let damage = self.plan.sabotage == Some(Sabotage::Damage);
        for host in 0..self.seats.len() {
            let Some(device) = self.seats[host].device.filter(|_| self.seats[host].state == State::In) else {
                continue;
            };
            let gateway = &mut self.world.gateway;
            // What is on its way at this moment would come all the same.
            let (Some(mail), Some(conn)) = (gateway.mailbox.get(&device), gateway.conn_of(device)) else {
                continue;
            };
            let waits = gateway.held.contains(&device) && mail.len() > self.seats[host].held_after;
            let Some(copy) = mail.last().cloned().filter(|_| waits) else { continue };
            let message = copy.header.message;
            // A sender that is away would not hear the lie, and offer the message again.
            let hears = gateway.conn_of(copy.header.sender_device).is_some();
            if !hears || !self.accountant.follows(message) {
                continue;
            }
            // An old copy that is delivered again would mend it.
            self.old.retain(|old| (old.header.message, old.wrap.device) != (message, device));
            self.spoiled = Some((message, device));
            let gateway = &mut self.world.gateway;
            gateway.confirmed.insert((message, device));
            gateway.mailbox.get_mut(&device).unwrap().retain(|other| other.header.message != message);
            let at_ms = gateway.now;
            if let Some(sender) = gateway.conn_of(copy.header.sender_device) {
                gateway.send(sender, protocol::frame::Delivered { message, device, at_ms });
            }
            if damage {
                let mut copy = copy;
                *copy.wrap.body.last_mut().unwrap() ^= 1;
                gateway.send(conn, copy);
            }
            self.broken = true;
            return;
        }
    }

    /// Every refusal has to come from something that was broken on purpose, or from somebody's leaving.
    pub(crate) fn explain_refusals(&mut self) {
        self.world.commits.clear();
        let all = self.refusals();
        for (refusal, times) in all {
            let by = |fault: Fault| self.figures.faults.get(&fault).is_some_and(|times| *times > 0);
            let explained = match refusal {
                // A ratchet keeps forty skipped keys and five chains, and a bus that died brings back old copies in a new order.
                Refusal::CannotDecrypt => {
                    by(Fault::ReorderDeep) || by(Fault::Hold) || by(Fault::KeyTwice) || by(Fault::Bus)
                }
                // The gateway gave one key to two senders.
                Refusal::NoOneTimeKey => by(Fault::KeyTwice),
                // A copy was delivered again after days.
                Refusal::TooOld => by(Fault::RepeatOld),
                // The same, of something that was never taken because its sender had left.
                Refusal::Expired => by(Fault::RepeatOld) || self.figures.left > 0,
                // Written by somebody who had left, or read by somebody who had.
                Refusal::SenderLeft | Refusal::NotAMember => self.figures.left > 0,
                _ => false,
            };
            if !explained {
                self.accountant.blame(Kind::Refused, format!("{} {times} times", refusal.name()));
            }
        }
    }
}
