//! `gateway people`: who is in the office, and who is invited and did not come yet.

use std::{collections::BTreeMap, path::Path};

use protocol::{
    audit::timestamp,
    id::{DeviceId, UserId},
    roster::Change,
};
use serde::Serialize;

use super::{open_office, print};
use crate::{clock, config::Config, roster::RosterLog};

/// One person.
#[derive(Debug, Serialize)]
struct Person {
    user: UserId,
    name: String,
    role: &'static str,
    devices: Vec<DeviceId>,
    /// Invited, and no device enrolled yet.
    invited: bool,
    /// Until when the newest unused invite can be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    invite_expires: Option<String>,
}

/// Prints them.
pub async fn run(config: &Path, as_json: bool) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    let (bus, roster) = open_office(&config).await?;
    let people = people(&roster)?;
    bus.drain().await;
    if as_json {
        return Ok(print(&serde_json::json!({ "users": people }).to_string())?);
    }
    print(&format!("{:<32}  {:<8}  {:<24}  NAME", "USER", "ROLE", "DEVICES"))?;
    for person in people {
        let devices = match (person.devices.len(), &person.invite_expires) {
            (0, Some(expires)) => format!("invited to {expires}"),
            (0, None) => "invite expired".to_owned(),
            (number, _) => number.to_string(),
        };
        print(&format!("{}  {:<8}  {devices:<24}  {}", person.user, person.role, person.name))?;
    }
    Ok(())
}

fn people(roster: &RosterLog) -> anyhow::Result<Vec<Person>> {
    let now = clock::now_ms();
    let mut people: BTreeMap<UserId, Person> = BTreeMap::new();
    for change in roster.history()? {
        let Change::InviteIssued(issued) = change else { continue };
        let person = people.entry(issued.user).or_insert_with(|| Person {
            user: issued.user,
            name: issued.name.clone(),
            role: issued.role.name(),
            devices: Vec::new(),
            invited: true,
            invite_expires: None,
        });
        let used =
            roster.look(|roster| roster.invite(issued.invite).is_none_or(|invite| invite.used_by.is_some()));
        if !used && issued.expires_ms > now {
            person.invite_expires = Some(timestamp(issued.expires_ms));
        }
        roster.look(|roster| {
            if let Some(user) = roster.user(issued.user) {
                person.name.clone_from(&user.name);
                person.role = user.role.name();
                person.devices.clone_from(&user.devices);
                person.invited = false;
            }
        });
    }
    let mut people: Vec<_> = people.into_values().collect();
    people.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(people)
}
