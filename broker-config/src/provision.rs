//! Makes the streams and the sink's consumer, at every start: a memory stream is gone after a restart.
//!
//! What an older release did not know is made beside what is there, so its state folder goes on as it is.
//!
//! AUDIT and ROSTER are only ever created. Whoever may update a stream can empty it, so nobody may update
//! these two; one that differs from what this program wants stops the start and is reported.

use std::collections::{BTreeMap, BTreeSet};

use async_nats::{
    Client,
    jetstream::{
        self, ErrorCode,
        consumer::pull,
        context::GetStreamErrorKind,
        stream::{self, ConsumerErrorKind},
    },
};
use serde_json::Value;
use thiserror::Error;

use crate::streams::{self, AUDIT, MBOX, PREKEYS, SEATS, SINK, STATE};

/// Why the bus could not be made ready.
#[derive(Debug, Error)]
pub enum ProvisionError {
    /// The server did not answer or refused.
    #[error("the broker did not {action} {asset}: {reason}")]
    Api {
        /// What was asked.
        action: &'static str,
        /// Of what.
        asset: &'static str,
        /// What the server or the client library said.
        reason: String,
    },
    /// The store has it and the server does not.
    #[error(
        "nats-server could not open the stream {asset} that is in the store: its log has the reason, which is another \
         keys/js.key than the store was made with, or damaged files: put back the key or a copy of the whole folder; \
         nothing was changed"
    )]
    Unreadable {
        /// The stream.
        asset: &'static str,
    },
    /// A stream that may not be changed is not as this program wants it.
    #[error(
        "the stream {asset} in the store differs from what this release expects ({differences}) and is never \
         changed by program: start the release that made this state folder, or keep the folder for the auditor \
         and begin a new one; nothing was changed"
    )]
    Differs {
        /// Stream or consumer.
        asset: &'static str,
        /// Each setting with the value found and the value wanted.
        differences: String,
    },
}

/// Makes what is missing and updates what may be updated; `on_disk` are the streams that cannot be missing.
pub(crate) async fn provision(client: &Client, on_disk: &[&'static str]) -> Result<(), ProvisionError> {
    let jetstream = jetstream::new(client.clone());
    for &asset in on_disk {
        if find(&jetstream, asset).await?.is_none() {
            return Err(ProvisionError::Unreadable { asset });
        }
    }
    create_or_compare(&jetstream, AUDIT, streams::audit()).await?;
    create_or_compare(&jetstream, streams::ROSTER, streams::roster()).await?;
    create_or_update(&jetstream, PREKEYS, streams::prekeys()).await?;
    create_or_update(&jetstream, MBOX, streams::mbox()).await?;
    create_or_update(&jetstream, STATE, streams::state()).await?;
    create_or_update(&jetstream, SEATS, streams::seats()).await?;
    create_sink(&jetstream).await
}

async fn create_or_compare(
    jetstream: &jetstream::Context,
    asset: &'static str,
    wanted: stream::Config,
) -> Result<(), ProvisionError> {
    let Some(found) = find(jetstream, asset).await? else {
        return create(jetstream, asset, wanted).await;
    };
    let differences = differences(&to_value(asset, &found)?, &to_value(asset, &wanted)?);
    if differences.is_empty() { Ok(()) } else { Err(ProvisionError::Differs { asset, differences }) }
}

async fn create_or_update(
    jetstream: &jetstream::Context,
    asset: &'static str,
    wanted: stream::Config,
) -> Result<(), ProvisionError> {
    let Some(found) = find(jetstream, asset).await? else {
        return create(jetstream, asset, wanted).await;
    };
    if differences(&to_value(asset, &found)?, &to_value(asset, &wanted)?).is_empty() {
        return Ok(());
    }
    let updated = jetstream.update_stream(wanted).await;
    updated.map(drop).map_err(|err| api("update", asset, &err))
}

async fn find(
    jetstream: &jetstream::Context,
    asset: &'static str,
) -> Result<Option<stream::Config>, ProvisionError> {
    match jetstream.get_stream(asset).await {
        Ok(stream) => Ok(Some(stream.cached_info().config.clone())),
        Err(err) => match err.kind() {
            GetStreamErrorKind::JetStream(err) if err.error_code() == ErrorCode::STREAM_NOT_FOUND => Ok(None),
            _ => Err(api("describe", asset, &err)),
        },
    }
}

async fn create(
    jetstream: &jetstream::Context,
    asset: &'static str,
    wanted: stream::Config,
) -> Result<(), ProvisionError> {
    let created = jetstream.create_stream(wanted).await;
    created.map(drop).map_err(|err| api("create", asset, &err))
}

async fn create_sink(jetstream: &jetstream::Context) -> Result<(), ProvisionError> {
    const ASSET: &str = "the consumer sink of AUDIT";
    let found: Result<jetstream::consumer::Consumer<pull::Config>, _> =
        jetstream.get_consumer_from_stream(SINK, AUDIT).await;
    let wanted = streams::sink();
    match found {
        Ok(consumer) => {
            let found = to_value(ASSET, &consumer.cached_info().config)?;
            let wanted =
                to_value(ASSET, &jetstream::consumer::IntoConsumerConfig::into_consumer_config(wanted))?;
            let differences = differences(&found, &wanted);
            if differences.is_empty() {
                Ok(())
            } else {
                Err(ProvisionError::Differs { asset: ASSET, differences })
            }
        }
        Err(err) => match err.kind() {
            ConsumerErrorKind::JetStream(err) if err.error_code() == ErrorCode::CONSUMER_NOT_FOUND => {
                let created = jetstream.create_consumer_strict_on_stream(wanted, AUDIT).await;
                created.map(drop).map_err(|err| api("create", ASSET, &err))
            }
            _ => Err(api("describe", ASSET, &err)),
        },
    }
}

fn api(action: &'static str, asset: &'static str, err: &impl ToString) -> ProvisionError {
    ProvisionError::Api { action, asset, reason: err.to_string() }
}

fn to_value(asset: &'static str, config: &impl serde::Serialize) -> Result<Value, ProvisionError> {
    serde_json::to_value(config).map_err(|err| api("describe", asset, &err))
}

/// Each setting that is not as wanted. Only what the server writes in by itself is left out.
fn differences(found: &Value, wanted: &Value) -> String {
    let (found, wanted) = (settings(found), settings(wanted));
    let keys: BTreeSet<_> = found.keys().chain(wanted.keys()).collect();
    let show = |value: Option<&Value>| value.map_or_else(|| "unset".to_owned(), Value::to_string);
    let differs = keys
        .into_iter()
        .filter(|&key| found.get(key) != wanted.get(key))
        .map(|key| format!("{key} is {}, expected {}", show(found.get(key)), show(wanted.get(key))));
    differs.collect::<Vec<_>>().join("; ")
}

/// The settings that mean something: unset and default ones are the same thing on the wire.
fn settings(config: &Value) -> BTreeMap<String, Value> {
    const WRITTEN_BY_SERVER: [&str; 2] = ["metadata", "compression"];
    let means_nothing = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) => false,
    };
    let all = config.as_object().into_iter().flatten();
    all.filter(|(key, value)| !WRITTEN_BY_SERVER.contains(&key.as_str()) && !means_nothing(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
