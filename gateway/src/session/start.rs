//! The beginning of a session: records, seat, Welcome. Nothing is answered before the login is recorded.

use std::sync::Arc;

use protocol::{
    error::ErrorCode,
    frame::{GatewayFrame, Welcome},
    subject,
};

use super::{actor::Actor, inbound::Inbound};
use crate::{
    audit::events,
    clock,
    line::{End, Line},
    principal::Principal,
    services::Services,
};

/// Lets the device in.
pub(super) async fn start(
    services: &Arc<Services>,
    line: &mut Line,
    principal: Principal,
) -> Result<Actor, End> {
    // Subscribed before the record is on its way, on the same connection: when the record is stored, the bus
    // knows the subscriptions, and nothing can fall between mailbox and live delivery.
    let client = services.bus.client();
    let unavailable = |_| End::Refused(ErrorCode::BusUnavailable);
    let live = client.subscribe(subject::live(principal.device)).await.map_err(unavailable)?;
    let mail = client.subscribe(subject::mailbox(principal.device)).await.map_err(unavailable)?;
    let login = events::login(&principal).map_err(|_| ErrorCode::Internal)?;
    let (recorded, one_time_keys, has_passphrase) = tokio::join!(
        services.audit.record(login),
        services.prekeys.count(principal.device),
        services.passphrases.has(principal.user),
    );
    recorded.map_err(|_| ErrorCode::AuditUnavailable)?;

    let seat = services.registry.register(&principal);
    let link = services.bus.changes();
    let (lease, lease_feed) = services.leases.follow();
    let welcome = services.roster.look(|roster| Welcome {
        gateway: services.config.id.clone(),
        now_ms: clock::now_ms(),
        roster_length: roster.length(),
        roster_head: roster.head(),
        // Unknown because of the bus: none are asked for now, and the next session asks again.
        one_time_keys: one_time_keys.unwrap_or(crate::prekeys::LOW),
        bus_up: services.bus.epoch().is_some(),
        // Unknown because of the bus: nobody is asked to set one now.
        has_passphrase: has_passphrase.unwrap_or(true),
        lease,
    });
    let (presence, presence_feed) = services.presence.follow();
    for frame in [GatewayFrame::from(welcome), presence.into()] {
        line.send(&frame)?;
    }
    let inbound =
        Inbound::new(principal.clone(), Arc::clone(&services.relay), services.config.limits.unconfirmed);
    Ok(Actor::new(
        Arc::clone(services),
        principal,
        seat,
        live,
        mail,
        inbound,
        presence_feed,
        lease_feed,
        link,
    ))
}
