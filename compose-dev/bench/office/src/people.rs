//! The roster of the office, and how it grows.

use anyhow::{Context as _, Result};
use extension_core::bench::Crowd;
use protocol::{
    channel::NoisePrivateKey,
    id::{Curve25519Public, DeviceId, Hash, InviteId, OfficeId, RoomId, UserId},
    identity::{IdentityCertificate, IdentityStatement},
    limits::MAX_INVITES,
    roster::{
        Change, InviteIssued, InvitesIssued, OfficeOpened, PersonJoined, Policy, RoomMade, RoomMembers,
        Roster, Source, StaffRole,
    },
    signature::{Role, SigningKey},
    text::{Invite, InviteSecret, OfficeSecret},
};
use serde_bytes::ByteBuf;

/// How long an invite holds.
const INVITE_MS: u64 = 24 * 60 * 60 * 1000;

/// Roster, office key and the devices of everybody but the one that is measured.
pub(crate) struct People {
    pub(crate) office: OfficeId,
    pub(crate) roster: Roster,
    pub(crate) entries: Vec<ByteBuf>,
    pub(crate) crowd: Crowd,
    /// The room of all staff.
    pub(crate) room: RoomId,
    /// The founder's device, which is in no room.
    pub(crate) desk: DeviceId,
    /// The staff.
    pub(crate) staff: Vec<(UserId, DeviceId)>,
    office_key: SigningKey,
}

/// Somebody who is about to join.
struct Newcomer {
    user: UserId,
    name: String,
    invite: InviteId,
    secret: InviteSecret,
}

impl People {
    /// An office with a founder, `staff` people and a room for them.
    pub(crate) fn found(staff: usize, now: u64) -> Result<Self> {
        let office = OfficeId::from_bytes(random()?);
        let office_key = OfficeSecret::from_bytes(random()?).signing_key()?;
        let founder = UserId::from_bytes(random()?);
        let identity = SigningKey::from_seed(Role::Person, random()?)?;
        // Only to make the certificate; the real one pins the root, which comes after it.
        let mut crowd = Crowd::new(Hash::from_bytes([0; 32]));
        let (desk, certificate) = crowd.add(office, founder, &identity, now)?;
        let opened = OfficeOpened {
            office_key: office_key.public().clone(),
            name: "The office".to_owned(),
            policy: Policy::default(),
            founder,
            founder_name: "The founder".to_owned(),
            identity: identity.public().clone(),
            certificate,
        };
        let mut roster = Roster::new();
        let opening = roster.next_entry(office, None, &office_key, opened.into(), now)?;
        roster.apply(&opening, Source::Wire { now_ms: now })?;
        crowd.pin(roster.root().context("the office has no first entry")?);
        let opening = ByteBuf::from(opening);
        crowd.follow(0, std::slice::from_ref(&opening), now)?;
        let room = RoomId::from_bytes(random()?);
        let mut people =
            Self { office, roster, entries: vec![opening], crowd, room, desk, staff: Vec::new(), office_key };
        people.hire(staff, now)?;
        let members = RoomMembers::Role(StaffRole::Staff);
        let made = RoomMade { room, name: Hash::from_bytes(random()?), members };
        people.grow_by_office(made.into(), now)?;
        Ok(people)
    }

    /// An invite for the measured device, which is one of the staff.
    pub(crate) fn invite(
        &mut self,
        address: &str,
        gateway_key: Curve25519Public,
        now: u64,
    ) -> Result<String> {
        let newcomer = Newcomer::named("The measured one".to_owned())?;
        self.issue(std::slice::from_ref(&newcomer), now)?;
        let invite = Invite {
            office: self.office,
            office_name: "The office".to_owned(),
            roster_root: self.roster.root().context("the office has no first entry")?,
            known_length: self.roster.length(),
            known_head: self.roster.head(),
            gateways: vec![address.to_owned()],
            gateway_key,
            invite: newcomer.invite,
            secret: newcomer.secret,
            user: newcomer.user,
            name: newcomer.name,
            role: StaffRole::Staff,
            expires_ms: now + INVITE_MS,
        };
        Ok(invite.to_text()?)
    }

    /// Takes an entry that somebody signed.
    pub(crate) fn append(&mut self, entry: ByteBuf, now: u64) -> Result<()> {
        self.roster.apply(&entry, Source::Wire { now_ms: now })?;
        self.crowd.follow(self.roster.length() - 1, std::slice::from_ref(&entry), now)?;
        self.entries.push(entry);
        Ok(())
    }

    fn hire(&mut self, count: usize, now: u64) -> Result<()> {
        let newcomers = (1..=count).map(|number| Newcomer::named(format!("Colleague {number}")));
        let newcomers = newcomers.collect::<Result<Vec<_>>>()?;
        for some in newcomers.chunks(MAX_INVITES) {
            self.issue(some, now)?;
        }
        for newcomer in newcomers {
            let identity = SigningKey::from_seed(Role::Person, random()?)?;
            let statement = IdentityStatement {
                office: self.office,
                invite: newcomer.invite,
                user: newcomer.user,
                identity: identity.public().clone(),
            };
            let (device, certificate) = self.crowd.add(self.office, newcomer.user, &identity, now)?;
            let joined = PersonJoined {
                identity: IdentityCertificate::make(&statement, &newcomer.secret.signing_key()?)?,
                certificate,
            };
            let author = Some(newcomer.user);
            let entry = self.roster.next_entry(self.office, author, &identity, joined.into(), now)?;
            self.append(ByteBuf::from(entry), now)?;
            self.staff.push((newcomer.user, device));
        }
        Ok(())
    }

    fn issue(&mut self, newcomers: &[Newcomer], now: u64) -> Result<()> {
        let issued = |newcomer: &Newcomer| {
            Ok(InviteIssued {
                invite: newcomer.invite,
                key: newcomer.secret.signing_key()?.public().clone(),
                user: newcomer.user,
                name: newcomer.name.clone(),
                role: StaffRole::Staff,
                group: None,
                expires_ms: now + INVITE_MS,
            })
        };
        let invites = newcomers.iter().map(issued).collect::<Result<_>>()?;
        self.grow_by_office(InvitesIssued { invites }.into(), now)
    }

    fn grow_by_office(&mut self, change: Change, now: u64) -> Result<()> {
        let entry = self.roster.next_entry(self.office, None, &self.office_key, change, now)?;
        self.append(ByteBuf::from(entry), now)
    }
}

impl Newcomer {
    fn named(name: String) -> Result<Self> {
        Ok(Self {
            user: UserId::from_bytes(random()?),
            name,
            invite: InviteId::from_bytes(random()?),
            secret: InviteSecret::from_bytes(random()?),
        })
    }
}

/// A gateway's key.
pub(crate) fn gateway_key() -> Result<NoisePrivateKey> {
    Ok(NoisePrivateKey::from_bytes(random()?))
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes)
}
