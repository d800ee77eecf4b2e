//! Devices, a gateway and time, all in memory and in one thread.

use std::collections::{BTreeMap, VecDeque};

use extension_core::{
    Core, CoreError, Effects, NewPerson, Notice, Refusal, Socket, StoredRecord, Target,
    rng::Rng,
    view::{ChatMessage, Job, JobResult, JobState, LinkState, MessageState, Sheet, Stage, View},
};
use protocol::{
    envelope::Addressed,
    id::{DeviceId, MessageId, UserId},
    roster::StaffRole,
};

use crate::{
    crash::{Crash, Doing},
    gateway::{Conn, Gateway},
};

pub const START: u64 = 1_800_000_000_000;

/// SplitMix64: every run of a test draws the same. What it gives is not its own state, so a generator that is
/// seeded with it goes its own way, and two devices never draw the same ids and nonces.
pub struct Seeded(pub u64);

impl Seeded {
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Rng for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), CoreError> {
        for byte in bytes {
            *byte = self.draw().to_le_bytes()[3];
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
    /// By this device's clock.
    pub wake_at: Option<u64>,
    pub notices: Vec<Notice>,
    /// How far this device's clock is ahead of the world's, in milliseconds.
    pub ahead_ms: i64,
    /// Whether it can reach the gateway.
    pub reachable: bool,
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

/// What a turn left on disk, told where somebody watches.
pub struct Commit {
    pub host: usize,
    /// Messages that were added or changed.
    pub lines: Vec<(Target, ChatMessage)>,
    /// Messages that were sealed.
    pub sealed: Vec<MessageId>,
}

pub struct World {
    pub now: u64,
    pub gateway: Gateway,
    pub hosts: Vec<Host>,
    pub reachable: bool,
    /// The next turn of a host ends in its crash.
    pub crash: BTreeMap<usize, Crash>,
    /// A crash waits for a turn that has its boundary.
    pub patient: bool,
    /// How often which crash ended which kind of turn.
    pub crashes: BTreeMap<(Crash, Doing), u64>,
    /// Of all cores that there were before.
    pub refusals: BTreeMap<Refusal, u64>,
    /// Every so many turns the whole view is compared, since one that changed has to be said.
    pub look_every: u64,
    turns: u64,
    /// What was committed since somebody looked; nothing unless `watching`.
    pub commits: Vec<Commit>,
    pub watching: bool,
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
            crash: BTreeMap::new(),
            patient: false,
            crashes: BTreeMap::new(),
            refusals: BTreeMap::new(),
            look_every: 1,
            turns: 0,
            commits: Vec::new(),
            watching: false,
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
        let job = format!("code {}", self.seeded.draw());
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
        let core = self.open(&BTreeMap::new(), &BTreeMap::new(), self.now).unwrap();
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
            ahead_ms: 0,
            reachable: true,
        });
        self.hosts.len() - 1
    }

    fn open(
        &mut self,
        records: &BTreeMap<String, Vec<u8>>,
        session: &BTreeMap<String, Vec<u8>>,
        now: u64,
    ) -> Result<Core, CoreError> {
        let stored = |records: &BTreeMap<String, Vec<u8>>| {
            records
                .iter()
                .map(|(key, value)| StoredRecord { key: key.clone(), value: value.clone() })
                .collect()
        };
        let seed = self.seeded.draw();
        let mut core = Core::open_with(stored(records), stored(session), now, Box::new(Seeded(seed)))?;
        if self.passphrase_first {
            core.require_passphrase();
        }
        Ok(core)
    }

    /// The time by a device's clock.
    pub fn local(&self, index: usize) -> u64 {
        self.now.saturating_add_signed(self.hosts[index].ahead_ms)
    }

    /// When a device wants to be woken, by the world's clock.
    pub fn wakes_at(&self, index: usize) -> Option<u64> {
        let host = &self.hosts[index];
        host.wake_at.map(|at| at.saturating_add_signed(-host.ahead_ms))
    }

    /// Calls a core and carries its effects out.
    pub fn act(
        &mut self,
        index: usize,
        call: impl FnOnce(&mut Core, u64) -> Result<Effects, CoreError>,
    ) -> Result<(), CoreError> {
        let now = self.local(index);
        self.turns += 1;
        let looks = self.turns.is_multiple_of(self.look_every);
        let core = &mut self.hosts[index].core;
        let shown = looks.then(|| core.view());
        let effects = call(core, now)?;
        // Or a panel would go on showing what is no longer so.
        if let Some(shown) = shown.filter(|_| !effects.changed) {
            let after = core.view();
            assert!(after == shown, "changed unsaid: {}", difference(&shown, &after));
        }
        self.carry_out(index, effects);
        Ok(())
    }

    /// Does what a turn asks for, in its order. Between any two steps of it the device can stop, see [`Crash`].
    fn carry_out(&mut self, index: usize, effects: Effects) {
        let (doing, patient) = (Doing::of(&effects), self.patient);
        let crash = self.crash.get(&index).copied().filter(|crash| !patient || crash.is_in(&effects));
        if let Some(crash) = crash {
            self.crash.remove(&index);
            *self.crashes.entry((crash, doing)).or_default() += 1;
        }
        if crash == Some(Crash::BeforeCommit) {
            return self.reopen(index);
        }
        let host = &mut self.hosts[index];
        let mut sealed = Vec::new();
        for write in effects.writes {
            match write.value {
                Some(value) => {
                    // How far a message has come is written from when it is sealed on.
                    let message = write.key.strip_prefix("progress/").filter(|_| self.watching);
                    if let Some(message) = message.filter(|_| !host.records.contains_key(&write.key)) {
                        sealed.push(message.parse().unwrap());
                    }
                    host.records.insert(write.key, value.into_vec())
                }
                None => host.records.remove(&write.key),
            };
        }
        if self.watching {
            let core = &host.core;
            let lines = effects.touched.iter();
            let lines = lines.filter_map(|line| Some((line.with, core.message(line.with, line.message)?)));
            self.commits.push(Commit { host: index, lines: lines.collect(), sealed });
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
        if effects.reopen || crash == Some(Crash::AfterSession) {
            return self.reopen(index);
        }
        if let Some(socket) = effects.socket {
            self.drop_socket(index);
            self.hosts[index].connecting = matches!(socket, Socket::Connect(_));
        }
        if crash == Some(Crash::AfterSocket) {
            return self.reopen(index);
        }
        let most = match crash {
            Some(Crash::AfterSending(most)) => most,
            _ => usize::MAX,
        };
        let host = &mut self.hosts[index];
        host.to_gateway.extend(effects.outgoing.into_iter().take(most).map(|message| message.into_vec()));
        if crash.is_some() {
            while let (Some(conn), Some(bytes)) =
                (self.hosts[index].conn, self.hosts[index].to_gateway.pop_front())
            {
                self.gateway.take(conn, &bytes);
            }
            return self.reopen(index);
        }
        host.wake_at = effects.wake_at;
        host.notices.extend(effects.notices);
        if let Some(job) = effects.stretch {
            let output =
                extension_core::stretch(&job.input, &job.salt, job.memory_kib, job.passes, job.length)
                    .unwrap();
            let id = job.id;
            self.act(index, |core, now| core.stretched(id, &output, now)).unwrap();
        }
    }

    /// The browser starts again from what is stored.
    pub fn reopen(&mut self, index: usize) {
        self.drop_socket(index);
        for (refusal, times) in self.hosts[index].core.refusals().all() {
            *self.refusals.entry(refusal).or_default() += times;
        }
        let (records, session) = (self.hosts[index].records.clone(), self.hosts[index].session.clone());
        let now = self.local(index);
        self.hosts[index].core = self.open(&records, &session, now).expect("what was stored opens");
        self.hosts[index].wake_at = None;
        self.act(index, |core, now| core.start(now)).unwrap();
    }

    /// The browser ends, and with it what only memory knew.
    pub fn restart_browser(&mut self, index: usize) {
        self.hosts[index].session.clear();
        self.reopen(index);
    }

    /// The connection is gone, and nobody has told the device.
    pub fn drop_socket(&mut self, index: usize) {
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

    /// Whether a device has a socket or is opening one.
    pub fn is_connecting(&self, index: usize) -> bool {
        self.hosts[index].conn.is_some() || self.hosts[index].connecting
    }

    /// Lets one thing happen to a host. False where nothing was to be done now.
    pub fn step(&mut self, index: usize) -> bool {
        self.step_network(index) || self.step_timer(index)
    }

    /// Lets the timer of a host go off, if it is time.
    pub fn step_timer(&mut self, index: usize) -> bool {
        self.gateway.tell(self.now);
        let due = self.wakes_at(index).is_some_and(|at| at <= self.now);
        if due {
            self.act(index, Core::tick).unwrap();
        }
        due
    }

    /// Lets one thing happen on the way between a host and the gateway.
    pub fn step_network(&mut self, index: usize) -> bool {
        self.gateway.tell(self.now);
        if std::mem::take(&mut self.hosts[index].connecting) {
            if self.reachable && self.hosts[index].reachable {
                let conn = self.next_conn;
                self.next_conn += 1;
                self.gateway.conns.insert(conn, Conn::new(self.gateway.now));
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
            let down = |index: &usize| self.hosts[*index].core.view().link.state != LinkState::Connected;
            let waiting = (0..self.hosts.len()).filter(down).filter_map(|index| self.wakes_at(index)).min();
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
            let next = (0..self.hosts.len()).filter_map(|index| self.wakes_at(index)).min();
            let Some(next) = next.filter(|at| *at <= end) else { break };
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
