//! Owns one service: waits for its death, starts it again, ends it when told to.

use std::time::Instant;

use tokio::{sync::mpsc, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{
    Ending, Notice, Service,
    child::{ReadyLine, Running},
    policy::{Deaths, Policy},
};

#[derive(Debug)]
pub(super) struct Keeper {
    service: Service,
    deaths: Deaths,
    notices: mpsc::Sender<Notice>,
    stop: CancellationToken,
}

/// What one attempt to start a service came to.
enum Attempt {
    Ready(Box<Running>, ReadyLine),
    Failed(String),
    Stopped(Ending),
}

impl Keeper {
    pub(super) fn new(
        service: Service,
        policy: Policy,
        notices: mpsc::Sender<Notice>,
        stop: CancellationToken,
    ) -> Self {
        Self { service, deaths: Deaths::new(policy), notices, stop }
    }

    /// Runs until stopped or given up.
    pub(super) async fn keep(mut self, mut running: Running) -> Ending {
        let component = self.service.component;
        loop {
            let mut cause = tokio::select! {
                cause = running.died() => cause,
                () = self.stop.cancelled() => return running.end().await,
            };
            running = loop {
                let Some(wait) = self.deaths.count(Instant::now()) else {
                    self.tell(Notice::GivenUp { component, cause }).await;
                    self.stop.cancelled().await;
                    return Ending::Gone;
                };
                self.tell(Notice::Died { component, cause }).await;
                tokio::select! {
                    () = sleep(wait) => {}
                    () = self.stop.cancelled() => return Ending::Gone,
                }
                match self.attempt().await {
                    Attempt::Ready(running, ready) => {
                        self.tell(Notice::Restarted { component, ready }).await;
                        break *running;
                    }
                    Attempt::Failed(reason) => cause = reason,
                    Attempt::Stopped(ending) => return ending,
                }
            };
        }
    }

    async fn attempt(&self) -> Attempt {
        let mut running = match Running::spawn(&self.service) {
            Ok(running) => running,
            Err(error) => return Attempt::Failed(format!("{error:#}")),
        };
        let ready = tokio::select! {
            ready = running.ready() => ready,
            () = self.stop.cancelled() => return Attempt::Stopped(running.end().await),
        };
        match ready {
            Ok(ready) => Attempt::Ready(Box::new(running), ready),
            Err(cause) => {
                running.end().await;
                Attempt::Failed(cause)
            }
        }
    }

    async fn tell(&self, notice: Notice) {
        // While everything is being stopped, nobody reads notices any more.
        tokio::select! {
            _ = self.notices.send(notice) => {}
            () = self.stop.cancelled() => {}
        }
    }
}
