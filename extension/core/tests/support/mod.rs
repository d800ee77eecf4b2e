//! Devices, a gateway and time, all in memory and in one thread.

pub mod gateway;

use std::collections::{BTreeMap, VecDeque};

use extension_core::{
    Core, CoreError, Effects, NewPerson, Notice, Socket, StoredRecord, Target,
    rng::Rng,
    view::{ChatMessage, Job, JobResult, JobState, LinkState, MessageState, Sheet, Stage, View},
};
use gateway::{Conn, Gateway};
use protocol::{
    envelope::Addressed,
    id::{DeviceId, UserId},
    roster::StaffRole,
};

pub const START: u64 = 1_800_000_000_000;

/// SplitMix64: every run of a test draws the same. What it gives is not its own state, so a generator that is
/// seeded with it goes its own way, and two devices never draw the same ids and nonces.
pub struct Seeded(pub u64);

impl Seeded {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Rng for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), CoreError> {
        for byte in bytes {
            *byte = self.next().to_le_bytes()[3];
        }
        Ok(())
    }
}

/// A browser: storage, a core, one socket, one timer.
pub struct Host {
    pub user: UserId,
    pub records: BTreeMap<String, Vec<u8>>,
    /// Memory that outlives the core and not the browser.
    pub session: BTreeMap<String, Vec<u8>>,
    pub core: Core,
    /// The gateway's id of the connection.
    pub conn: Option<usize>,
    connecting: bool,
    to_gateway: VecDeque<Vec<u8>>,
    pub wake_at: Option<u64>,
    pub notices: Vec<Notice>,
}

impl Host {
    pub fn device(&self) -> DeviceId {
        self.core.view().me.expect("joined").device
    }

    pub fn texts(&self, with: impl Into<Target>) -> Vec<String> {
        self.messages(with).into_iter().map(|message| message.text).collect()
    }

    pub fn messages(&self, with: impl Into<Target>) -> Vec<ChatMessage> {
        self.core.conversation(with).messages
    }

    pub fn states(&self, with: impl Into<Target>) -> Vec<MessageState> {
        self.messages(with).into_iter().map(|message| message.state).collect()
    }
}

/// Where a device stops without warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    BeforeCommit,
    AfterCommit,
    /// After the commit and the first outgoing message.
    HalfSent,
}

pub struct World {
    pub now: u64,
    pub gateway: Gateway,
    pub hosts: Vec<Host>,
    pub reachable: bool,
    /// The next turn of this host ends in this crash.
    pub crash: Option<(usize, Crash)>,
    /// The same for the next turn in which something stretched comes back.
    pub crash_when_stretched: Option<(usize, Crash)>,
    pub seeded: Seeded,
    /// Browsers that are added or opened from now on write nothing before a passphrase wraps it.
    pub passphrase_first: bool,
    next_conn: usize,
}

impl World {
    pub fn new(seed: u64) -> Self {
        Self {
            now: START,
            gateway: Gateway::new(START),
            hosts: Vec::new(),
            reachable: true,
            crash: None,
            crash_when_stretched: None,
            seeded: Seeded(seed),
            passphrase_first: false,
            next_conn: 0,
        }
    }

    /// People who joined and are connected.
    pub fn with_people<const N: usize>(seed: u64, names: [&str; N]) -> (Self, [usize; N]) {
        let mut world = Self::new(seed);
        let hosts = names.map(|name| {
            let (user, invite) = world.gateway.invite(name);
            world.add(user, &invite)
        });
        world.settle();
        for host in &world.hosts {
            assert_eq!(host.core.view().stage, Stage::Member);
            assert_eq!(host.core.view().link.state, LinkState::Connected);
        }
        (world, hosts)
    }

    /// An office that its founder has opened: host 0.
    pub fn opened(seed: u64) -> (Self, usize) {
        let mut world = Self::new(seed);
        world.gateway = Gateway::unopened(START);
        let lead = world.add_new(UserId::from_bytes([0; 16]));
        let text = world.gateway.founding_text();
        world.act(lead, |core, now| core.found(&text, "Riverside", "Lee Lead", now)).unwrap();
        world.settle();
        world.hosts[lead].user = world.hosts[lead].core.view().me.expect("in").user;
        (world, lead)
    }

    /// Somebody whom `lead` invites, and who joins by the link.
    pub fn hire(&mut self, lead: usize, name: &str, role: StaffRole) -> usize {
        let sheet = self.sheet(lead, name, role);
        let host = self.add(UserId::from_bytes([0; 16]), &sheet.link);
        self.settle();
        self.hosts[host].user = self.hosts[host].core.view().me.expect("in").user;
        host
    }

    /// What `lead` hands to somebody.
    pub fn sheet(&mut self, lead: usize, name: &str, role: StaffRole) -> Sheet {
        let job = format!("invite {name}");
        let person = NewPerson { name: name.to_owned(), role, group: None };
        self.done(lead, &job, |core, id, now| core.invite(&[person], 3_600_000, id, now));
        let Some(JobResult::Sheets { mut sheets }) = self.job(lead, &job).result else { panic!("no sheet") };
        sheets.remove(0)
    }

    /// A command that names a job, which succeeds.
    pub fn done(
        &mut self,
        index: usize,
        job: &str,
        call: impl FnOnce(&mut Core, &str, u64) -> Result<Effects, CoreError>,
    ) {
        self.act(index, |core, now| call(core, job, now)).unwrap();
        self.drain();
        let job = self.job(index, job);
        assert_eq!(job.state, JobState::Done, "{job:?}");
    }

    /// A browser that has been given an invite.
    pub fn add(&mut self, user: UserId, invite: &str) -> usize {
        let index = self.add_new(user);
        let invite = invite.to_owned();
        self.act(index, |core, now| core.join(&invite, now)).unwrap();
        index
    }

    /// Another browser of the same person, by a typed code.
    pub fn add_device(&mut self, of: usize) -> usize {
        let (address, code) = self.add_device_code(of);
        let user = self.hosts[of].user;
        let index = self.add_new(user);
        self.act(index, |core, now| core.join_by_code(&address, &code, now)).unwrap();
        index
    }

    /// Address and code for another browser.
    pub fn add_device_code(&mut self, of: usize) -> (String, String) {
        let job = format!("code {}", self.seeded.next());
        self.act(of, |core, now| core.add_device(&job, now)).unwrap();
        self.drain();
        let done = self.job(of, &job);
        let Some(JobResult::Code { sheet }) = done.result else { panic!("{done:?}") };
        (sheet.address, sheet.code)
    }

    /// A job as it stands.
    pub fn job(&self, index: usize, id: &str) -> Job {
        let jobs = self.hosts[index].core.view().jobs;
        jobs.into_iter().find(|job| job.id == id).expect("the job is there")
    }

    /// A browser without anything.
    pub fn add_new(&mut self, user: UserId) -> usize {
        let core = self.open(&BTreeMap::new(), &BTreeMap::new()).unwrap();
        self.hosts.push(Host {
            user,
            records: BTreeMap::new(),
            session: BTreeMap::new(),
            core,
            conn: None,
            connecting: false,
            to_gateway: VecDeque::new(),
            wake_at: None,
            notices: Vec::new(),
        });
        self.hosts.len() - 1
    }

    fn open(
        &mut self,
        records: &BTreeMap<String, Vec<u8>>,
        session: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Core, CoreError> {
        let stored = |records: &BTreeMap<String, Vec<u8>>| {
            records
                .iter()
                .map(|(key, value)| StoredRecord { key: key.clone(), value: value.clone() })
                .collect()
        };
        let seed = self.seeded.next();
        let mut core = Core::open_with(stored(records), stored(session), self.now, Box::new(Seeded(seed)))?;
        if self.passphrase_first {
            core.require_passphrase();
        }
        Ok(core)
    }

    /// Calls a core and carries its effects out.
    pub fn act(
        &mut self,
        index: usize,
        call: impl FnOnce(&mut Core, u64) -> Result<Effects, CoreError>,
    ) -> Result<(), CoreError> {
        let now = self.now;
        let core = &mut self.hosts[index].core;
        let shown = core.view();
        let effects = call(core, now)?;
        // Or a panel would go on showing what is no longer so.
        assert!(
            effects.changed || core.view() == shown,
            "changed unsaid: {}",
            difference(&shown, &core.view())
        );
        self.carry_out(index, effects);
        Ok(())
    }

    fn carry_out(&mut self, index: usize, effects: Effects) {
        let crash = self.crash.take_if(|(host, _)| *host == index).map(|(_, crash)| crash);
        if crash == Some(Crash::BeforeCommit) {
            return self.reopen(index);
        }
        let host = &mut self.hosts[index];
        for write in effects.writes {
            match write.value {
                Some(value) => host.records.insert(write.key, value.into_vec()),
                None => host.records.remove(&write.key),
            };
        }
        if crash == Some(Crash::AfterCommit) {
            return self.reopen(index);
        }
        for write in effects.session_writes {
            match write.value {
                Some(value) => host.session.insert(write.key, value.into_vec()),
                None => host.session.remove(&write.key),
            };
        }
        if effects.reopen {
            return self.reopen(index);
        }
        host.wake_at = effects.wake_at;
        host.notices.extend(effects.notices);
        if let Some(socket) = effects.socket {
            self.drop_socket(index);
            self.hosts[index].connecting = matches!(socket, Socket::Connect(_));
        }
        let host = &mut self.hosts[index];
        for message in effects.outgoing {
            host.to_gateway.push_back(message.into_vec());
            if crash == Some(Crash::HalfSent) {
                break;
            }
        }
        if let Some(job) = effects.stretch {
            let output =
                extension_core::stretch(&job.input, &job.salt, job.memory_kib, job.passes, job.length)
                    .unwrap();
            let id = job.id;
            self.crash = self.crash.or(self.crash_when_stretched.take());
            self.act(index, |core, now| core.stretched(id, &output, now)).unwrap();
        }
        if crash == Some(Crash::HalfSent) {
            while let (Some(conn), Some(bytes)) =
                (self.hosts[index].conn, self.hosts[index].to_gateway.pop_front())
            {
                self.gateway.take(conn, &bytes);
            }
            self.reopen(index);
        }
    }

    /// The browser starts again from what is stored.
    pub fn reopen(&mut self, index: usize) {
        self.drop_socket(index);
        let (records, session) = (self.hosts[index].records.clone(), self.hosts[index].session.clone());
        self.hosts[index].core = self.open(&records, &session).expect("what was stored opens");
        self.hosts[index].wake_at = None;
        self.act(index, |core, now| core.start(now)).unwrap();
    }

    /// The browser ends, and with it what only memory knew.
    pub fn restart_browser(&mut self, index: usize) {
        self.hosts[index].session.clear();
        self.reopen(index);
    }

    fn drop_socket(&mut self, index: usize) {
        let host = &mut self.hosts[index];
        host.connecting = false;
        host.to_gateway.clear();
        if let Some(conn) = host.conn.take() {
            self.gateway.conns.remove(&conn);
        }
    }

    /// The network drops the connection and all that was under way.
    pub fn cut(&mut self, index: usize) {
        if self.hosts[index].conn.is_some() || self.hosts[index].connecting {
            self.drop_socket(index);
            self.act(index, |core, now| core.socket_closed(1006, now)).unwrap();
        }
    }

    /// Lets one thing happen to a host. False where nothing was to be done now.
    pub fn step(&mut self, index: usize) -> bool {
        self.gateway.now = self.now;
        if std::mem::take(&mut self.hosts[index].connecting) {
            if self.reachable {
                let conn = self.next_conn;
                self.next_conn += 1;
                self.gateway.conns.insert(conn, Conn::new());
                self.hosts[index].conn = Some(conn);
                self.act(index, Core::socket_opened).unwrap();
            } else {
                self.act(index, |core, now| core.socket_closed(1006, now)).unwrap();
            }
            return true;
        }
        let conn = self.hosts[index].conn;
        if let (Some(conn), Some(bytes)) = (conn, self.hosts[index].to_gateway.pop_front()) {
            self.gateway.take(conn, &bytes);
            return true;
        }
        if let Some(peer) = conn.and_then(|conn| self.gateway.conns.get_mut(&conn)) {
            if let Some(bytes) = peer.to_client.pop_front() {
                self.act(index, |core, now| core.socket_message(&bytes, now)).unwrap();
                return true;
            }
            if let Some(code) = peer.closing {
                self.drop_socket(index);
                self.act(index, |core, now| core.socket_closed(code, now)).unwrap();
                return true;
            }
        }
        if self.hosts[index].wake_at.is_some_and(|at| at <= self.now) {
            self.act(index, Core::tick).unwrap();
            return true;
        }
        false
    }

    /// Runs until nobody has anything to do now.
    pub fn drain(&mut self) {
        for _ in 0..1_000_000 {
            let mut any = false;
            for index in 0..self.hosts.len() {
                any |= self.step(index);
            }
            if !any {
                return;
            }
        }
        panic!("the world never comes to rest");
    }

    /// Runs, and lets time pass, until everybody who joined is connected and quiet.
    pub fn settle(&mut self) {
        for _ in 0..200 {
            self.drain();
            let down = |host: &Host| host.core.view().link.state != LinkState::Connected;
            let waiting = self.hosts.iter().filter(|host| down(host)).filter_map(|host| host.wake_at).min();
            match waiting {
                None => return,
                Some(at) => self.now = self.now.max(at),
            }
        }
        panic!("somebody never connects");
    }

    /// Lets time pass up to `at`, stopping wherever somebody wants to be woken.
    pub fn pass(&mut self, ms: u64) {
        let end = self.now + ms;
        loop {
            self.drain();
            let next = self.hosts.iter().filter_map(|host| host.wake_at).min().filter(|at| *at <= end);
            let Some(next) = next else { break };
            self.now = self.now.max(next);
        }
        self.now = end;
        self.drain();
    }

    pub fn send(&mut self, from: usize, to: usize, text: &str) {
        let user = self.hosts[to].user;
        self.act(from, |core, now| core.send_text(user, text, now)).unwrap();
    }

    /// The gateway delivers this to a host, whatever it is.
    pub fn inject(&mut self, to: usize, addressed: Addressed) {
        let conn = self.hosts[to].conn.expect("connected");
        self.gateway.send(conn, addressed);
        self.drain();
    }
}

/// The lines in which two views differ.
fn difference(before: &View, after: &View) -> String {
    let (before, after) = (format!("{before:#?}"), format!("{after:#?}"));
    let lines = before.lines().zip(after.lines()).filter(|(before, after)| before != after);
    lines.map(|(before, after)| format!("-{before}\n+{after}")).collect::<Vec<_>>().join("\n")
}
