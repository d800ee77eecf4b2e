//! The gateway as a whole: what is started in which order, who owns which task, and how it all ends.
//!
//! Tasks: one accept loop a listener and one task a connection (tracker `connections`), deliveries under way (tracker
//! of the relay), the audit writer, and the `keepers` (bus, presence, roster, counters). A keeper that ends
//! takes the gateway down with it: half a gateway is worse than none.

mod error;
mod listen;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

pub use error::{ServeError, StartError};
use protocol::{audit::EventKind, id::BootId, subject};
use tokio::{
    net::TcpListener,
    sync::Semaphore,
    task::{JoinHandle, JoinSet},
    time::{Instant, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    accept::{Introductions, Places},
    audit::{AuditUnavailable, AuditWriter, Recent, events},
    bus::{Bus, BusError, LiveRequests},
    capsules::Capsules,
    clock,
    config::{Config, PeerPolicy},
    counters::Counters,
    founding, keys,
    lane::Lanes,
    lease::Leases,
    mailbox::Mailboxes,
    passphrase::Passphrases,
    prekeys::Prekeys,
    presence::Presence,
    rate::TokenBucket,
    registry::Registry,
    relay::Relay,
    revocations::Revocations,
    roster::RosterLog,
    seats::Seats,
    services::Services,
};

/// How often changed counters are logged.
const LOG_COUNTERS_EVERY: Duration = Duration::from_secs(60);
/// Failed proofs of identity that are recorded a second, and at once.
const RECORDED_FAILURES: (u32, u32) = (10, 100);
/// Unknown invites and devices for which the stream is asked a second, and at once.
const SECOND_LOOKS: (u32, u32) = (20, 100);

/// A gateway that is serving.
#[derive(Debug)]
pub struct Server {
    services: Arc<Services>,
    addresses: Vec<SocketAddr>,
    connections: TaskTracker,
    keepers: JoinSet<ServeError>,
    writer: JoinHandle<()>,
    writer_stop: WriterStop,
}

/// The two ways in which the audit writer ends.
#[derive(Debug, Default)]
struct WriterStop {
    /// When all is stored.
    finish: CancellationToken,
    /// Now.
    give_up: CancellationToken,
}

impl Server {
    /// Starts everything; returns when clients can connect. To be called inside a tokio runtime.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let noise_key = keys::load_noise_key(&config.noise_key_file)?;
        let seed = keys::load_bus_seed(&config.bus.nkey_file)?;
        let mut listeners = Vec::with_capacity(config.listen.len());
        for &address in &config.listen {
            let listener = TcpListener::bind(address).await;
            listeners.push(listener.map_err(|source| StartError::Listen { address, source })?);
        }
        let counters = Arc::new(Counters::default());
        let bus = Bus::connect(&config, &seed, Arc::clone(&counters)).await?;
        // Subscribed before the roster is read, so that nothing is missed in between.
        let roster_news = subscribe(&bus, subject::ROSTER).await?;
        let presence_reports = subscribe(&bus, subject::PRESENCE_ALL).await?;
        let roster = Arc::new(RosterLog::open(bus.clone(), &config).await?);
        let lease_news = subscribe(&bus, subject::LEASE).await?;
        let founding_key =
            (roster.length() == 0).then(|| founding::key(&config.noise_key_file)).transpose()?;
        let (live, answers) = LiveRequests::open(&bus).await?;

        let writer_stop = WriterStop::default();
        let limits = config.limits.clone();
        let (audit, writer) = AuditWriter::new(
            bus.clone(),
            &config.id,
            BootId::from_bytes(clock::random()?),
            &limits,
            Arc::clone(&counters),
        );
        let writer = tokio::spawn(writer.run(writer_stop.finish.clone(), writer_stop.give_up.clone()));
        audit.record(events::gateway(EventKind::GatewayStart)?).await?;

        let passphrases = Passphrases::open(
            &config.passphrase_key_file,
            config.office(),
            bus.clone(),
            audit.clone(),
            Arc::clone(&roster),
        )
        .await?;
        let stop = CancellationToken::new();
        let registry = Registry::new(limits.unconfirmed);
        let presence = Presence::new();
        let relay = Arc::new(Relay {
            bus: bus.clone(),
            registry: Arc::clone(&registry),
            live: live.clone(),
            mailboxes: Mailboxes::new(bus.clone()),
            lanes: Lanes::default(),
            roster: Arc::clone(&roster),
            audit: audit.clone(),
            counters: Arc::clone(&counters),
            confirm_within: limits.confirm_within,
            stop: stop.clone(),
            places: Arc::new(Semaphore::new(limits.deliveries.min(Semaphore::MAX_PERMITS))),
            tasks: TaskTracker::new(),
        });
        let mut keepers = JoinSet::new();
        keepers.spawn(keep("the watch over the bus", bus.clone().watch()));
        keepers.spawn(keep("live delivery", live.run(answers)));
        let keeping = Arc::clone(&presence).run(
            bus.clone(),
            config.id.clone(),
            Arc::clone(&registry),
            presence_reports,
        );
        keepers.spawn(keep("presence", keeping));
        keepers.spawn({
            let roster = Arc::clone(&roster);
            async move { roster.follow(roster_news).await.into() }
        });
        let leases = Leases::new(bus.clone(), Arc::clone(&roster));
        keepers.spawn(keep("leases", Arc::clone(&leases).run(lease_news)));
        let revocations =
            Revocations { bus: bus.clone(), roster: Arc::clone(&roster), counters: Arc::clone(&counters) };
        keepers.spawn(keep("revocations", revocations.run()));
        keepers.spawn(keep("the counters' log", log_counters(Arc::clone(&counters))));

        let services = Arc::new(Services {
            noise_key,
            founding_key,
            peers: PeerPolicy::new(config.allowed_peers.clone()),
            prekeys: Prekeys::new(bus.clone(), Arc::clone(&counters)),
            seats: Seats::new(bus.clone()),
            capsules: Capsules::new(bus.clone(), audit.clone()),
            passphrases,
            introductions: Introductions::new(limits.max_introductions),
            recent: Recent::default(),
            failures: Mutex::new(TokenBucket::new(RECORDED_FAILURES.0, RECORDED_FAILURES.1)),
            second_looks: Mutex::new(TokenBucket::new(SECOND_LOOKS.0, SECOND_LOOKS.1)),
            config,
            bus,
            audit,
            roster,
            leases,
            registry,
            presence,
            relay,
            counters,
            stop,
        });
        let connections = TaskTracker::new();
        let places = Places::new(&limits);
        let mut addresses = Vec::with_capacity(listeners.len());
        for listener in listeners {
            let unknown = |source| StartError::Listen { address: ([0, 0, 0, 0], 0).into(), source };
            addresses.push(listener.local_addr().map_err(unknown)?);
            connections.spawn(listen::listen(
                Arc::clone(&services),
                listener,
                places.clone(),
                connections.clone(),
            ));
        }
        Ok(Self { services, addresses, connections, keepers, writer, writer_stop })
    }

    /// Where it listens, with the ports that were taken for port 0.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Its counters.
    pub fn counters(&self) -> &Arc<Counters> {
        &self.services.counters
    }

    /// Connections under way, listeners not counted.
    pub fn connections(&self) -> usize {
        self.connections.len() - self.addresses.len()
    }

    /// The roster as it knows it.
    pub fn roster(&self) -> &Arc<RosterLog> {
        &self.services.roster
    }

    /// Waits until it ends by itself, which it should not.
    pub async fn failed(&mut self) -> ServeError {
        match self.keepers.join_next().await {
            Some(Ok(error)) => error,
            Some(Err(panic)) => ServeError::Part(panic.to_string()),
            None => std::future::pending().await,
        }
    }

    /// Stops in order: no new connections; sessions end with their records; deliveries go to the mailbox; the trail is
    /// flushed; the bus is drained. `false` when `limits.drain_within` was over before that.
    pub async fn shutdown(mut self) -> bool {
        let deadline = Instant::now() + self.services.config.limits.drain_within;
        self.services.stop.cancel();
        self.connections.close();
        self.services.relay.tasks.close();
        let drained = async {
            self.connections.wait().await;
            self.services.relay.tasks.wait().await;
            if let Ok(event) = events::gateway(EventKind::GatewayStop) {
                self.services.audit.record_fact(event).await?;
            }
            self.writer_stop.finish.cancel();
            // Its only way to fail is a panic, which the test of the chain would show.
            let _ = (&mut self.writer).await;
            Ok::<_, AuditUnavailable>(())
        };
        let in_order = matches!(timeout_at(deadline, drained).await, Ok(Ok(())));
        if !in_order {
            tracing::warn!("not everything was finished when the time for the stop was over");
            self.writer_stop.give_up.cancel();
            self.writer_stop.finish.cancel();
            let _ = self.writer.await;
        }
        self.services.bus.drain().await;
        self.keepers.shutdown().await;
        tracing::info!(counters = ?self.services.counters.snapshot(), in_order, "stopped");
        in_order
    }
}

async fn subscribe(bus: &Bus, subject: &'static str) -> Result<async_nats::Subscriber, BusError> {
    let subscribed = bus.client().subscribe(subject).await;
    subscribed.map_err(|_| BusError::Unavailable("a subscription could not be made"))
}

/// A task that has no reason to end.
async fn keep(name: &'static str, task: impl Future<Output = ()>) -> ServeError {
    task.await;
    ServeError::Part(name.to_owned())
}

async fn log_counters(counters: Arc<Counters>) {
    let mut ticks = tokio::time::interval(LOG_COUNTERS_EVERY);
    let mut before = counters.snapshot();
    loop {
        ticks.tick().await;
        let now = counters.snapshot();
        if now != before {
            tracing::info!(counters = ?now, "counters");
            before = now;
        }
    }
}
