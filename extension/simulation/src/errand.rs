//! What people decide: who comes, who goes, who belongs to which room.

use extension_core::{
    NewPerson,
    view::{JobResult, JobState},
};
use protocol::{
    id::UserId,
    roster::{Policy, RoomMembers, StaffRole},
};

use crate::office::{HOUR, MINUTE, Office, State};

/// Something that takes until the gateway has answered.
pub(crate) struct Errand {
    host: usize,
    job: String,
    since: u64,
}

impl Office {
    /// Now and then somebody changes the office.
    pub(crate) fn somebody_decides(&mut self) {
        // So many in the whole run: every start of a device reads all entries again.
        let changes = (self.plan.sends / 3_000).clamp(60, 350);
        let made = self.world.gateway.entries.len() as u64;
        let every = 2 * self.plan.sends / changes;
        if made > changes + 100 || !self.one_in(every) {
            return;
        }
        let host = self.roll(self.seats.len() as u64) as usize;
        let seat = &self.seats[host];
        if seat.state != State::In || seat.asleep.is_some() || self.is_locked(host) {
            return;
        }
        let (me, lead) = (seat.user, self.lead);
        let people = self.world.gateway.roster.users().count();
        let devices = self.seats.iter().filter(|seat| seat.state == State::In).count();
        let draw = self.roll(100);
        match draw {
            0..12 if people < self.plan.people + 3 => self.hire(),
            12..26 if devices < self.plan.people * 3 / 2 => self.add_device(host),
            26..34 => self.sign_out(host),
            34..40 => self.lose_device(host),
            40..45 if people > self.plan.people - 3 => self.revoke_somebody(),
            45..52 => self.make_room(host),
            52..80 => self.change_room(me),
            80..86 => self.leave_room(host, me),
            86..90 => self.rename_or_close(),
            90..95 => {
                let history_ms = HOUR + self.roll(3) * HOUR / 2;
                let policy = Policy { idle_lock_ms: 12 * HOUR, history_ms, ..Policy::default() };
                self.decide(lead, |core, job, now| core.set_policy(policy, job, now));
            }
            _ => {}
        }
        self.after();
    }

    /// A command that takes its time.
    fn decide(
        &mut self,
        host: usize,
        call: impl FnOnce(
            &mut extension_core::Core,
            &str,
            u64,
        ) -> Result<extension_core::Effects, extension_core::CoreError>,
    ) {
        if self.seats[host].asleep.is_some() || self.seats[host].state != State::In {
            return;
        }
        self.jobs += 1;
        let job = format!("job {}", self.jobs);
        if self.world.act(host, |core, now| call(core, &job, now)).is_ok() {
            self.figures.decisions += 1;
            self.errands.push(Errand { host, job, since: self.world.now });
        }
    }

    fn hire(&mut self) {
        let (number, lead) = (self.jobs, self.lead);
        let role = if number % 4 == 0 { StaffRole::Auditor } else { StaffRole::Staff };
        let person = NewPerson { name: format!("Newcomer {number}"), role, group: None };
        self.decide(lead, |core, job, now| core.invite(&[person], HOUR, job, now));
    }

    fn add_device(&mut self, host: usize) {
        self.decide(host, |core, job, now| core.add_device(job, now));
    }

    fn sign_out(&mut self, host: usize) {
        if self.is_last(host) {
            return;
        }
        if self.world.act(host, |core, now| core.sign_out(now)).is_ok() {
            self.figures.decisions += 1;
            self.figures.left += 1;
        }
    }

    /// A person says on one device that another one was lost.
    fn lose_device(&mut self, host: usize) {
        let user = self.seats[host].user;
        let other = self.seats.iter().position(|seat| {
            seat.user == user && seat.state == State::In && seat.device != self.seats[host].device
        });
        let Some(device) =
            other.and_then(|other| self.seats[other].device).filter(|_| other != Some(self.lead))
        else {
            return;
        };
        let lost = self.one_in(2);
        self.figures.left += 1;
        self.decide(host, |core, job, now| core.revoke_device(device, lost, job, now));
    }

    fn is_last(&self, host: usize) -> bool {
        let user = self.seats[host].user;
        let devices = self.world.gateway.roster.user(user).map_or(0, |user| user.devices.len());
        devices < 2 || host == self.lead
    }

    fn revoke_somebody(&mut self) {
        let host = self.roll(self.seats.len() as u64) as usize;
        let (user, lead) = (self.seats[host].user, self.lead);
        if user == self.seats[lead].user || self.seats[host].state != State::In {
            return;
        }
        self.figures.left += 1;
        self.decide(lead, |core, job, now| core.revoke_person(user, job, now));
    }

    fn make_room(&mut self, host: usize) {
        if self.world.gateway.roster.rooms().filter(|room| room.closed.is_none()).count() > 8 {
            return;
        }
        let users: Vec<UserId> = self.world.gateway.roster.users().map(|user| user.user).collect();
        let first = self.roll(users.len() as u64) as usize;
        let many = 2 + self.roll(3) as usize;
        let mut members: Vec<_> = (0..many).map(|at| users[(first + at) % users.len()]).collect();
        members.dedup();
        let name = format!("Room {}", self.jobs);
        self.decide(host, |core, job, now| core.make_room(&name, RoomMembers::Chosen(members), job, now));
    }

    /// Somebody comes into a room, or goes.
    fn change_room(&mut self, user: UserId) {
        let roster = &self.world.gateway.roster;
        let rooms: Vec<_> = roster
            .rooms()
            .filter(|room| room.closed.is_none() && matches!(room.members, RoomMembers::Chosen(_)))
            .map(|room| room.room)
            .collect();
        let at = self.roll(rooms.len() as u64) as usize;
        let Some(&room) = rooms.get(at) else { return };
        let (lead, roster) = (self.lead, &self.world.gateway.roster);
        let (add, remove) = if roster.is_member(room, user) {
            if roster.members(room).count() < 3 {
                return;
            }
            self.figures.left += 1;
            (Vec::new(), vec![user])
        } else {
            (vec![user], Vec::new())
        };
        self.decide(lead, |core, job, now| core.change_room(room, add, remove, job, now));
    }

    fn leave_room(&mut self, host: usize, me: UserId) {
        let roster = &self.world.gateway.roster;
        let mut rooms = roster.rooms().filter(|room| {
            matches!(room.members, RoomMembers::Chosen(_))
                && roster.is_member(room.room, me)
                && roster.members(room.room).count() > 2
        });
        let found = rooms.next().map(|room| room.room);
        drop(rooms);
        let Some(room) = found else { return };
        self.figures.left += 1;
        self.decide(host, |core, job, now| core.leave_room(room, job, now));
    }

    fn rename_or_close(&mut self) {
        let close = self.one_in(3);
        let roster = &self.world.gateway.roster;
        let rooms = roster
            .rooms()
            .filter(|room| room.closed.is_none() && matches!(room.members, RoomMembers::Chosen(_)));
        let rooms: Vec<_> = rooms.map(|room| room.room).collect();
        let at = self.roll(rooms.len() as u64) as usize;
        let Some(&room) = rooms.get(at) else { return };
        let (lead, name) = (self.lead, format!("Renamed {}", self.jobs));
        if close && rooms.len() > 3 {
            self.figures.left += 1;
            self.decide(lead, |core, job, now| core.close_room(room, job, now));
        } else {
            self.decide(lead, |core, job, now| core.rename_room(room, &name, job, now));
        }
    }

    /// Takes up what the gateway has answered.
    pub(crate) fn run_errands(&mut self) {
        for errand in std::mem::take(&mut self.errands) {
            let host = errand.host;
            let jobs = self.world.hosts[host].core.view().jobs;
            let Some(job) = jobs.into_iter().find(|job| job.id == errand.job) else { continue };
            if job.state == JobState::Working && self.world.now < errand.since + 5 * MINUTE {
                self.errands.push(errand);
                continue;
            }
            match job.result {
                Some(JobResult::Sheets { sheets }) => {
                    for sheet in sheets {
                        let new = self.world.add_new(UserId::from_bytes([0; 16]));
                        self.take_seat(new, State::Entering);
                        let taken = self.world.act(new, |core, now| core.join(&sheet.link, now));
                        self.figures.joined += u64::from(taken.is_ok());
                    }
                }
                Some(JobResult::Code { sheet }) => {
                    let new = self.world.add_new(self.seats[host].user);
                    self.take_seat(new, State::Entering);
                    let taken =
                        self.world.act(new, |core, now| core.join_by_code(&sheet.address, &sheet.code, now));
                    self.figures.joined += u64::from(taken.is_ok());
                }
                _ => {}
            }
            if self.seats[host].state == State::In && self.seats[host].asleep.is_none() {
                let _ = self.world.act(host, |core, now| core.forget_job(&errand.job, now));
            }
        }
        self.after();
    }
}
