//! The end of a story: everything is mended, and nothing may be left over.

use extension_core::view::LinkState;

use crate::{
    accountant::Kind,
    office::{HOUR, MINUTE, Office, SECOND, State},
};

impl Office {
    /// Everything is mended, everybody comes back, and after a while nothing may be left over.
    pub(crate) fn come_to_rest(&mut self) {
        self.calm = true;
        self.mend_everything();
        for host in 0..self.seats.len() {
            if self.seats[host].state != State::Gone && self.seats[host].asleep.is_some() {
                self.wake(host);
            }
        }
        self.rest(20 * MINUTE);
        for host in 0..self.seats.len() {
            let device = self.seats[host].device;
            let stays = device.is_some_and(|device| self.world.gateway.roster.device(device).is_some());
            if self.seats[host].state != State::Gone {
                self.look(host, stays);
            }
        }
        let phantoms = self.accountant.phantoms();
        if phantoms > 0 {
            let told = format!("{phantoms} that say nothing to people stay unreadable");
            self.accountant.blame(Kind::Undecryptable, told);
        }
        // What was lost twice is asked for again ever more rarely.
        for _ in 0..48 {
            self.accountant.review(self.world.now, false);
            if self.waiting().is_empty() && self.accountant.unreadable() == 0 {
                break;
            }
            self.rest(10 * MINUTE);
            for host in 0..self.seats.len() {
                self.look(host, false);
            }
        }
        self.accountant.review(self.world.now, true);
        if self.accountant.unreadable() > 0 {
            let many = self.accountant.unreadable();
            self.accountant.blame(Kind::Undecryptable, format!("{many} messages cannot be read"));
        }
        self.let_the_rest_expire();
        for told in self.waiting() {
            self.accountant.blame(Kind::Waits, told);
        }
        for host in 0..self.seats.len() {
            let left = self.seats[host]
                .device
                .is_some_and(|device| self.world.gateway.roster.device(device).is_none());
            if left && !self.world.hosts[host].records.is_empty() {
                self.accountant
                    .blame(Kind::NotWiped, format!("host {host} was removed and keeps its records"));
            }
        }
        self.explain_refusals();
    }

    /// What was written to somebody who left before it was sealed waits for its three days, and is then told.
    fn let_the_rest_expire(&mut self) {
        if self.accountant.under_way() == 0 {
            return;
        }
        for host in 0..self.seats.len() {
            if self.seats[host].state != State::Gone {
                self.sleep(host, 73 * HOUR);
            }
        }
        self.world.now += 73 * HOUR;
        for host in 0..self.seats.len() {
            if self.seats[host].state != State::Gone {
                self.wake(host);
            }
        }
        self.rest(20 * MINUTE);
        self.accountant.review(self.world.now, false);
        let left = self.accountant.under_way();
        if left > 0 {
            self.accountant
                .blame(Kind::NotTold, format!("{left} messages could not go out, and nobody is told"));
        }
    }

    /// Lets time pass in which nobody writes and nothing breaks.
    fn rest(&mut self, ms: u64) {
        let end = self.world.now + ms;
        while self.world.now < end {
            while self.step_somebody() {}
            self.advances += 1;
            let seats = 0..self.seats.len();
            let awake = seats.filter(|host| self.seats[*host].state != State::Gone);
            let next = awake.filter_map(|host| self.world.wakes_at(host)).min().unwrap_or(end);
            // Some moments are looked at in between, for what is not a timer.
            self.world.now = next.clamp(self.world.now + 1, self.world.now + 5 * SECOND).min(end);
            self.advances = self.advances.next_multiple_of(64);
            self.chores();
        }
    }

    /// Devices that still have something to send.
    fn waiting(&self) -> Vec<String> {
        let seats = self.seats.iter().enumerate().filter(|(_, seat)| seat.state == State::In);
        seats
            .filter_map(|(host, _)| {
                let records = &self.world.hosts[host].records;
                let many = records.keys().filter(|key| key.starts_with("outbox/")).count();
                let view = self.world.hosts[host].core.view();
                let away = view.link.state != LinkState::Connected;
                let alarm = view.alarm.map(|alarm| alarm.code);
                (many > 0 || away)
                    .then(|| format!("{many} messages wait on host {host}, {:?}, alarm {alarm:?}", view.link))
            })
            .collect()
    }
}
