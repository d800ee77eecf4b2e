//! Fetch a batch, hand it over, acknowledge last.

use std::time::Duration;

use async_nats::{
    Client,
    jetstream::{
        self, Message,
        consumer::{PullConsumer, pull},
    },
};
use futures_util::{FutureExt, StreamExt, future::join_all};
use protocol::subject::{AUDIT_CONSUMER, AUDIT_STREAM};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use super::{RunError, backoff, now_ms, report};
use crate::{
    config::{Checked, IngestConfig},
    counters::Counters,
    intake::Delivery,
    sequencer::Sequencer,
};

/// A pull that brought nothing ends after this time and is renewed.
const PULL_EXPIRES: Duration = Duration::from_secs(20);
/// Silence of the broker for twice this time means that the pull is lost.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How often missing records and the hour are looked at.
const TICK: Duration = Duration::from_secs(5);
const TICKS_PER_HOUR: u32 = 720;
/// Batches that are finished after a stop at most. What was pulled fits into two.
const LAST_BATCHES: usize = 3;

/// Takes records in until `stop`.
pub(super) async fn run(
    config: &Checked,
    client: Client,
    sequencer: Sequencer,
    stop: &CancellationToken,
    ready: impl FnOnce() + Send,
) -> Result<Counters, RunError> {
    let mut context = jetstream::new(client);
    context.set_timeout(config.ingest.ack_timeout);
    let mut ingest = Ingest { config: &config.ingest, stop, sequencer: Some(sequencer) };
    let mut ready = Some(ready);
    while let Some(consumer) = find_consumer(&context, config, stop).await {
        if let Some(ready) = ready.take() {
            ready();
        }
        let stream = consumer
            .stream()
            .max_messages_per_batch(config.ingest.batch_messages)
            .expires(PULL_EXPIRES)
            .heartbeat(HEARTBEAT)
            .messages()
            .await;
        match stream {
            Ok(stream) => ingest.pull(stream).await?,
            Err(error) => debug!("cannot pull: {error}"),
        }
    }
    Ok(ingest.sequencer.map_or(Counters::ZERO, |sequencer| *sequencer.counters()))
}

/// Waits until the broker has the consumer; `None` when it is time to stop.
async fn find_consumer(
    context: &jetstream::Context,
    config: &Checked,
    stop: &CancellationToken,
) -> Option<PullConsumer> {
    let mut failures = 0;
    loop {
        // Asks for CONSUMER.INFO alone: the sink may not see the stream, let alone change it.
        let found = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            found = context.get_consumer_from_stream::<pull::Config, _, _>(AUDIT_CONSUMER, AUDIT_STREAM) => found,
        };
        match found {
            Ok(consumer) => {
                if failures > 0 {
                    info!("the bus has the audit stream; taking records in");
                }
                return Some(consumer);
            }
            Err(error) => {
                if failures == 0 {
                    let server = format!("{}:{}", config.server.host(), config.server.port());
                    warn!(
                        server,
                        "waiting for the bus and its audit stream ({error}); `broker-config run` brings both"
                    );
                }
                failures += 1;
                tokio::select! {
                    () = stop.cancelled() => return None,
                    () = sleep(backoff::pause(failures, config.reconnect_pause)) => {}
                }
            }
        }
    }
}

struct Ingest<'a> {
    config: &'a IngestConfig,
    stop: &'a CancellationToken,
    /// Away only while a thread writes with it.
    sequencer: Option<Sequencer>,
}

impl Ingest<'_> {
    /// Until the stream fails or it is time to stop.
    async fn pull(&mut self, mut stream: pull::Stream) -> Result<(), RunError> {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut tick_count = 0_u32;
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => break,
                _ = ticks.tick() => {
                    tick_count += 1;
                    self.tick(tick_count.is_multiple_of(TICKS_PER_HOUR));
                }
                next = stream.next() => match next {
                    Some(Ok(first)) => {
                        let batch = gather(Some(first), &mut stream, self.config.batch_messages);
                        self.take_in(batch).await?;
                    }
                    Some(Err(error)) => {
                        debug!("the pull ended: {error}");
                        return Ok(());
                    }
                    None => return Ok(()),
                },
            }
        }
        // What was pulled would otherwise wait at the broker for its redelivery, half a minute.
        for _ in 0..LAST_BATCHES {
            let batch = gather(None, &mut stream, self.config.batch_messages);
            if batch.is_empty() {
                break;
            }
            self.take_in(batch).await?;
        }
        Ok(())
    }

    async fn take_in(&mut self, messages: Vec<Message>) -> Result<(), RunError> {
        let batch = messages
            .iter()
            .map(|message| Delivery { subject: message.subject.to_string(), body: message.payload.clone() })
            .collect();
        self.commit(batch).await?;
        acknowledge(&messages).await;
        Ok(())
    }

    /// Tries until the disk has the batch, or until it is time to stop.
    async fn commit(&mut self, mut batch: Vec<Delivery>) -> Result<(), RunError> {
        let mut failures = 0;
        loop {
            let Some(mut sequencer) = self.sequencer.take() else { return Ok(()) };
            // Writing waits for the disk, and a disk may take its time: not on a thread that also answers the bus.
            let (sequencer, returned, outcome) = tokio::task::spawn_blocking(move || {
                let outcome = sequencer.commit(&batch, now_ms());
                (sequencer, batch, outcome)
            })
            .await?;
            self.sequencer = Some(sequencer);
            batch = returned;
            match outcome {
                Ok(committed) => {
                    if failures > 0 {
                        info!("writing again; the records that waited are on the disk");
                    }
                    report::committed(&committed);
                    return Ok(());
                }
                Err(refusal) => {
                    if failures == 0 {
                        error!("no record is acknowledged while this lasts: {refusal}");
                    }
                    failures += 1;
                    tokio::select! {
                        () = self.stop.cancelled() => return Err(RunError::Unwritten(format!("{refusal}."))),
                        () = sleep(backoff::pause(failures, self.config.write_pause)) => {}
                    }
                }
            }
        }
    }

    fn tick(&mut self, hour: bool) {
        let Some(sequencer) = &mut self.sequencer else { return };
        report::findings(&sequencer.overdue(now_ms()));
        if hour {
            info!("since the start: {}", sequencer.counters());
        }
    }
}

/// What has arrived already shares a disk write with the first.
fn gather(first: Option<Message>, stream: &mut pull::Stream, most: usize) -> Vec<Message> {
    let mut batch: Vec<_> = first.into_iter().collect();
    while batch.len() < most {
        match stream.next().now_or_never() {
            Some(Some(Ok(message))) => batch.push(message),
            // An error shows again at the next poll or does not matter any more.
            _ => break,
        }
    }
    batch
}

/// Waits for the broker's confirmation. One that does not come costs nothing: the message is
/// delivered again and known.
async fn acknowledge(messages: &[Message]) {
    let outcomes = join_all(messages.iter().map(Message::double_ack)).await;
    let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    if failed > 0 {
        debug!(failed, "acknowledgements were not confirmed; these messages come again");
    }
}
