//! What people write, to whom, and how much.

use extension_core::{Hint, Target};
use protocol::id::UserId;

use crate::{
    accountant::text_of,
    office::{Office, Sabotage, State},
};

impl Office {
    /// Somebody writes something, perhaps much.
    pub(crate) fn write(&mut self) {
        if !self.one_in(2) {
            return;
        }
        let host = self.roll(self.seats.len() as u64) as usize;
        let seat = &self.seats[host];
        if seat.state != State::In || seat.asleep.is_some() {
            return;
        }
        let Some(target) = self.choose_target(seat.user) else { return };
        if self.one_in(40) {
            self.world.act(host, |core, now| core.hint(Hint::Activity, now)).unwrap();
            self.after();
        }
        let is_small = self.reach(target) < 8;
        let many = if is_small && self.one_in(250) { 20 + self.roll(50) } else { 1 + self.roll(3) / 2 };
        for _ in 0..many {
            if self.accountant.next() == self.plan.sends || !self.type_text(host, target) {
                break;
            }
        }
        if self.plan.sabotage.is_some() && !self.broken && self.accountant.next() * 2 > self.plan.sends {
            self.sabotage(host, target);
        }
    }

    fn reach(&self, target: Target) -> usize {
        match target {
            Target::Person(_) => 1,
            Target::Room(room) => self.world.gateway.roster.members(room).count(),
        }
    }

    fn choose_target(&mut self, me: UserId) -> Option<Target> {
        let draw = self.roll(100);
        let roster = &self.world.gateway.roster;
        if draw < 12 {
            let rooms: Vec<_> = roster.rooms().filter(|room| roster.is_member(room.room, me)).collect();
            // The larger the room, the less is said in it.
            let rooms = rooms.into_iter().filter(|room| {
                let many = roster.members(room.room).count();
                many > 1 && (many < 7 || draw == 0)
            });
            let rooms: Vec<_> = rooms.map(|room| room.room).collect();
            let at = self.roll(rooms.len() as u64) as usize;
            return rooms.get(at).copied().map(Target::Room);
        }
        let others: Vec<_> = roster.users().map(|user| user.user).filter(|user| *user != me).collect();
        let at = self.roll(others.len() as u64) as usize;
        let other = others.get(at).copied()?;
        // Who is not there is written to, and not as much.
        let is_there = self.seats.iter().any(|seat| seat.user == other && seat.asleep.is_none());
        (is_there || self.one_in(4)).then_some(Target::Person(other))
    }

    /// Types the next text. False where the device does not take it.
    fn type_text(&mut self, host: usize, target: Target) -> bool {
        let number = self.accountant.next();
        let text = text_of(self.plan.seed, number);
        if self.world.act(host, |core, now| core.send_text(target, &text, now)).is_err() {
            self.figures.not_taken += 1;
            return false;
        }
        self.after();
        if self.accountant.next() == number {
            self.figures.typed_again += 1;
        }
        true
    }

    fn sabotage(&mut self, host: usize, target: Target) {
        if self.plan.sabotage == Some(Sabotage::Repeat) {
            let number = self.accountant.next() - 1;
            let text = text_of(self.plan.seed, number);
            if self.world.act(host, |core, now| core.send_text(target, &text, now)).is_ok() {
                self.after();
                self.broken = true;
            }
            return;
        }
        self.spoil_a_copy();
    }
}
