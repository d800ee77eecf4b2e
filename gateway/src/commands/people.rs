//! `gateway people`: who is in the office, who is invited, and who left.

use std::path::Path;

use protocol::{
    audit::timestamp,
    id::{DeviceId, InviteId, UserId},
    roster::{Device, IssuedInvite, Roster},
};
use serde::Serialize;

use super::{open_office, print};
use crate::{clock, config::Config};

/// One person.
#[derive(Debug, Serialize)]
struct Person {
    user: UserId,
    name: String,
    role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    devices: Vec<DeviceId>,
    /// Devices that were signed out or revoked.
    revoked_devices: Vec<DeviceId>,
    /// Invited, and not in the office.
    invited: bool,
    /// The newest invite that can still be used, and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    invite: Option<InviteId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invite_expires: Option<String>,
    /// When the person left the office.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked: Option<String>,
}

/// Prints them.
pub async fn run(config: &Path, as_json: bool) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    let (bus, roster) = open_office(&config).await?;
    bus.drain().await;
    let people = roster.look(|roster| people(roster, clock::now_ms()));
    if as_json {
        let open = roster.length() > 0;
        return Ok(print(&serde_json::json!({ "open": open, "users": people }).to_string())?);
    }
    if roster.length() == 0 {
        print("The office is not open yet; `gateway founding-text` prints the text that opens it.")?;
        return Ok(());
    }
    print(&format!("{:<32}  {:<8}  {:<16}  {:<33}  NAME", "USER", "ROLE", "GROUP", "STATE"))?;
    for person in people {
        let group = person.group.as_deref().unwrap_or_default();
        print(&format!(
            "{}  {:<8}  {group:<16}  {:<33}  {}",
            person.user,
            person.role,
            state(&person),
            person.name
        ))?;
    }
    Ok(())
}

fn state(person: &Person) -> String {
    match (&person.revoked, &person.invite_expires) {
        (Some(revoked), _) => format!("left {revoked}"),
        (None, Some(expires)) if person.invited => format!("invited to {expires}"),
        (None, None) if person.invited => "invite expired".to_owned(),
        (None, invite) => {
            let again = if invite.is_some() { ", invited again" } else { "" };
            format!("{} devices{again}", person.devices.len())
        }
    }
}

/// Those in the office first, by name.
fn people(roster: &Roster, now_ms: u64) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    let mut known: Vec<UserId> = roster.users().map(|user| user.user).collect();
    known.extend(roster.any_devices().map(|device| device.statement.user));
    known.extend(roster.invites().map(|invite| invite.issued.user));
    known.sort_unstable();
    known.dedup();
    for id in known {
        let newest = newest_invite(roster, id, now_ms);
        let user = roster.any_user(id);
        let (name, role, group) = match (user, newest.or_else(|| any_invite(roster, id))) {
            (Some(user), _) => (&user.name, user.role, &user.group),
            (None, Some(invite)) => (&invite.issued.name, invite.issued.role, &invite.issued.group),
            (None, None) => continue,
        };
        people.push(Person {
            user: id,
            name: name.clone(),
            role: role.name(),
            group: group.clone(),
            devices: user.map(|user| user.devices.clone()).unwrap_or_default(),
            revoked_devices: revoked_devices(roster, id),
            invited: user.is_none(),
            invite: newest.map(|invite| invite.issued.invite),
            invite_expires: newest.map(|invite| timestamp(invite.issued.expires_ms)),
            revoked: user.and_then(|user| user.revoked).map(|revocation| timestamp(revocation.at_ms)),
        });
    }
    people.sort_by(|one, other| {
        (one.revoked.is_some(), &one.name).cmp(&(other.revoked.is_some(), &other.name))
    });
    people
}

fn newest_invite(roster: &Roster, user: UserId, now_ms: u64) -> Option<&IssuedInvite> {
    let open = roster.invites().filter(|invite| invite.issued.user == user && invite.is_open(now_ms));
    open.max_by_key(|invite| invite.issued.expires_ms)
}

fn any_invite(roster: &Roster, user: UserId) -> Option<&IssuedInvite> {
    let invites = roster.invites().filter(|invite| invite.issued.user == user && !invite.withdrawn);
    invites.max_by_key(|invite| invite.issued.expires_ms)
}

fn revoked_devices(roster: &Roster, user: UserId) -> Vec<DeviceId> {
    let of_user = |device: &&Device| device.statement.user == user && device.revoked.is_some();
    let mut revoked: Vec<_> =
        roster.any_devices().filter(of_user).map(|device| device.statement.device).collect();
    revoked.sort_unstable();
    revoked
}
