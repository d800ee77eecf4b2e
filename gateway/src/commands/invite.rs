//! `gateway invite`: one text, one device, once.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use protocol::{
    audit::timestamp,
    id::{BootId, InviteId, UserId},
    invite::{Invite, InviteSecret},
    limits::MAX_NAME,
    roster::{InviteIssued, Roster, StaffRole},
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{open_office, print};
use crate::{
    audit::{AuditWriter, events},
    bus::Bus,
    clock,
    config::Config,
    counters::Counters,
    keys,
};

/// Whom to invite.
#[derive(Debug)]
pub struct Request {
    /// The person's name.
    pub name: String,
    /// What the person may do.
    pub role: StaffRole,
    /// How long the invite can be used.
    pub ttl: Duration,
    /// Somebody who is in the office already, for another device; a new person otherwise.
    pub user: Option<UserId>,
}

/// Makes an invite and prints it.
pub async fn run(config: &Path, request: Request, as_json: bool) -> anyhow::Result<()> {
    let role = request.role.name();
    let invite = issue(&Config::load(config)?, request).await?;
    let (text, expires) = (invite.to_text()?, timestamp(invite.expires_ms));
    let Invite { user, name, invite, .. } = &invite;
    if as_json {
        let answer = json!({
            "user": user, "name": name, "role": role, "invite": invite, "text": text, "expires": expires,
        });
        print(&answer.to_string())?;
    } else {
        print(&format!("Invite for {name} ({role}), for one device, until {expires}:\n{text}"))?;
    }
    Ok(())
}

/// Enters an invite into the roster and the trail. Whoever has the answer may enrol one device.
pub async fn issue(config: &Config, request: Request) -> anyhow::Result<Invite> {
    anyhow::ensure!(
        !request.name.trim().is_empty() && request.name.len() <= MAX_NAME,
        "--name has 1 to {MAX_NAME} bytes"
    );
    let gateway_key = keys::load_noise_key(&config.noise_key_file)?.public()?;
    let (bus, roster) = open_office(config).await?;
    if let Some(user) = request.user {
        let known = roster.look(|roster| roster.user(user).is_some());
        anyhow::ensure!(known, "nobody in this office has the id {user}; `gateway people` lists them");
    }

    let secret = InviteSecret::from_bytes(clock::random()?);
    let invite = InviteId::from_bytes(clock::random()?);
    let user = request.user.map_or_else(|| clock::random().map(UserId::from_bytes), Ok)?;
    let ttl = u64::try_from(request.ttl.as_millis()).unwrap_or(u64::MAX);
    let expires_ms = clock::now_ms().saturating_add(ttl);
    let issued = InviteIssued {
        invite,
        key: secret.signing_key()?.public().clone(),
        user,
        name: request.name.clone(),
        role: request.role,
        expires_ms,
    };
    roster.append(issued.into()).await.context("the invite could not be entered into the roster")?;
    // Before anybody can see the text.
    record(config, &bus, invite).await?;
    bus.drain().await;

    Ok(Invite {
        office: config.office(),
        roster_root: roster.look(Roster::root).context("the roster is empty")?,
        gateways: config.addresses.clone(),
        gateway_key,
        invite,
        secret,
        user,
        name: request.name,
        expires_ms,
    })
}

/// One record in a chain of its own: this process is not the gateway's run.
async fn record(config: &Config, bus: &Bus, invite: InviteId) -> anyhow::Result<()> {
    let boot = BootId::from_bytes(clock::random()?);
    let (audit, writer) =
        AuditWriter::new(bus.clone(), &config.id, boot, &config.limits, Arc::new(Counters::default()));
    let (finish, give_up) = (CancellationToken::new(), CancellationToken::new());
    let writer = tokio::spawn(writer.run(finish.clone(), give_up.clone()));
    let recorded = audit.record_fact(events::invite_issued(invite)?).await;
    finish.cancel();
    if recorded.is_err() {
        give_up.cancel();
    }
    writer.await?;
    recorded.context("the invite could not be recorded, so it is not shown; make a new one")
}
