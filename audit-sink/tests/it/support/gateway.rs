//! Records as a gateway tells them.

use audit_sink::intake::Delivery;
use protocol::{
    audit::{Chain, Event, EventKind},
    id::{BootId, EventId},
    subject,
};

pub struct Gateway {
    pub name: &'static str,
    chain: Chain,
    told: u64,
    salt: u8,
}

impl Gateway {
    pub fn new(name: &'static str, run: u8) -> Self {
        let chain = Chain::new(name.parse().unwrap(), BootId::from_bytes([run; 16]));
        Self { name, chain, told: 0, salt: run }
    }

    /// A record of something new.
    pub fn tell(&mut self, now_ms: u64) -> Vec<u8> {
        let mut random = [self.salt; 10];
        random[..8].copy_from_slice(&self.told.to_be_bytes());
        random[9] = self.name.as_bytes()[self.name.len() - 1];
        self.told += 1;
        self.retell(EventId::new(now_ms, random), now_ms)
    }

    /// A record of an event that may have been told before.
    pub fn retell(&mut self, id: EventId, now_ms: u64) -> Vec<u8> {
        self.append(Event::new(id, EventKind::MessageSent), now_ms)
    }

    pub fn append(&mut self, event: Event, now_ms: u64) -> Vec<u8> {
        self.chain.append(event, now_ms).unwrap()
    }

    pub fn subject(&self) -> String {
        subject::audit(&self.name.parse().unwrap())
    }

    pub fn deliver(&self, lines: &[Vec<u8>]) -> Delivery {
        Delivery { subject: self.subject(), body: body(lines).into() }
    }
}

pub fn body(lines: &[Vec<u8>]) -> Vec<u8> {
    lines.iter().flat_map(|line| line.iter().copied().chain([b'\n'])).collect()
}
