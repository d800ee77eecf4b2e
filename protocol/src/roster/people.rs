//! People, their devices and their invites: what entries may do to them and what they do.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
};

use super::{
    change::{
        Change, DeviceRevoked, InviteIssued, OfficeOpened, PersonJoined, PersonRevoked, RevocationReason,
        RoleChanged, StaffRole,
    },
    error::RosterError,
    replay::Act,
};
use crate::{
    device::{DeviceCertificate, DeviceStatement},
    id::{DeviceId, InviteId, OfficeId, UserId},
    identity::IdentityStatement,
    key_form::canonical_curve25519,
    limits::{MAX_INVITES, MAX_NAME},
    signature::{Nkey, Role},
};

/// When something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Index of the entry that says so.
    pub index: u64,
    /// Its author's clock, milliseconds since 1970.
    pub at_ms: u64,
    /// Why.
    pub reason: RevocationReason,
}

/// A person who joined.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub user: UserId,
    /// The person's name.
    pub name: String,
    /// What the person may do.
    pub role: StaffRole,
    /// Where the person works.
    pub group: Option<String>,
    /// The person's identity key.
    pub identity: Nkey,
    /// Index of the entry that brought this identity key.
    pub identity_since: u64,
    /// The person's devices that are not revoked, oldest first.
    pub devices: Vec<DeviceId>,
    /// When the person left.
    pub revoked: Option<Revocation>,
}

impl User {
    /// Whether the person manages the office.
    pub fn is_administrator(&self) -> bool {
        self.role == StaffRole::Admin
    }
}

impl fmt::Debug for User {
    /// Without the name: what is printed may end up in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("user", &self.user)
            .field("role", &self.role)
            .field("devices", &self.devices)
            .field("revoked", &self.revoked)
            .finish_non_exhaustive()
    }
}

/// A device that joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// What it said of itself.
    pub statement: DeviceStatement,
    /// That, as it was signed, for checking the Olm signature.
    pub certificate: DeviceCertificate,
    /// Index of the entry that brought it.
    pub since: u64,
    /// When it left.
    pub revoked: Option<Revocation>,
}

/// An invite, as far as the roster knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedInvite {
    /// What was issued.
    pub issued: InviteIssued,
    /// Author of the invite; none for the office key.
    pub by: Option<UserId>,
    /// The device that used it.
    pub used_by: Option<DeviceId>,
    /// Taken back, also because the person joined by another invite, left or got another role.
    pub withdrawn: bool,
}

impl IssuedInvite {
    /// Whether it can still be used.
    pub const fn is_open(&self, now_ms: u64) -> bool {
        self.used_by.is_none() && !self.withdrawn && now_ms < self.issued.expires_ms
    }
}

/// All of them.
#[derive(Clone, Default)]
pub(super) struct People {
    users: BTreeMap<UserId, User>,
    names: HashMap<String, UserId>,
    devices: HashMap<DeviceId, Device>,
    invites: BTreeMap<InviteId, IssuedInvite>,
    /// Keys of devices, people and invites: none may stand for two.
    keys: HashSet<Vec<u8>>,
}

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("People")
            .field("users", &self.users.len())
            .field("devices", &self.devices.len())
            .finish_non_exhaustive()
    }
}

impl People {
    pub(super) fn user(&self, user: UserId) -> Option<&User> {
        self.users.get(&user)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    pub(super) fn named(&self, name: &str) -> Option<UserId> {
        self.names.get(&plain_name(name)).copied()
    }

    pub(super) fn device(&self, device: DeviceId) -> Option<&Device> {
        self.devices.get(&device)
    }

    pub(super) fn devices(&self) -> impl Iterator<Item = &Device> {
        self.devices.values()
    }

    pub(super) fn invite(&self, invite: InviteId) -> Option<&IssuedInvite> {
        self.invites.get(&invite)
    }

    pub(super) fn invites(&self) -> impl Iterator<Item = &IssuedInvite> {
        self.invites.values()
    }

    pub(super) fn active(&self, user: UserId) -> Option<&User> {
        self.user(user).filter(|user| user.revoked.is_none())
    }

    /// The office key, or an administrator.
    pub(super) fn require_administrator(&self, act: Act) -> Result<(), RosterError> {
        match act.author {
            None => Ok(()),
            Some(user) if self.active(user).is_some_and(User::is_administrator) => Ok(()),
            Some(_) => Err(RosterError::NotAllowed),
        }
    }

    pub(super) fn judge_opening(
        &self,
        office: OfficeId,
        opened: &OfficeOpened,
        act: Act,
    ) -> Result<DeviceStatement, RosterError> {
        opened.office_key.require(Role::Office)?;
        opened.identity.require(Role::Person)?;
        check_name(&opened.name)?;
        check_name(&opened.founder_name)?;
        opened.policy.check()?;
        self.read_device(office, opened.founder, &opened.certificate, &opened.identity, act)
    }

    pub(super) fn judge_joining(
        &self,
        office: OfficeId,
        joined: &PersonJoined,
        act: Act,
    ) -> Result<(IdentityStatement, DeviceStatement), RosterError> {
        let claimed = joined.identity.read()?;
        let invite = self.invite(claimed.invite).filter(|invite| !invite.withdrawn);
        let invite = invite.ok_or(RosterError::InviteUnknown)?;
        if invite.used_by.is_some() {
            return Err(RosterError::InviteUsed);
        }
        if act.made_ms >= invite.issued.expires_ms {
            return Err(RosterError::InviteExpired);
        }
        if act.signatures {
            joined.identity.verify(&invite.issued.key)?;
        }
        let user = invite.issued.user;
        if claimed.office != office || claimed.user != user || act.author != Some(user) {
            return Err(RosterError::OtherPerson);
        }
        if self.keys.contains(claimed.identity.as_str().as_bytes()) {
            return Err(RosterError::Duplicate("identity key"));
        }
        // Somebody else may have taken the name since the invite was issued to a person who had left.
        if self.names.get(&plain_name(&invite.issued.name)).is_some_and(|taken| *taken != user) {
            return Err(RosterError::NameTaken);
        }
        let statement = self.read_device(office, user, &joined.certificate, &claimed.identity, act)?;
        Ok((claimed, statement))
    }

    pub(super) fn judge_device(
        &self,
        office: OfficeId,
        certificate: &DeviceCertificate,
        act: Act,
    ) -> Result<DeviceStatement, RosterError> {
        // Only the person: an administrator, and the office key, could otherwise speak for anybody.
        let author = act.author.and_then(|user| self.active(user)).ok_or(RosterError::NotAllowed)?;
        self.read_device(office, author.user, certificate, &author.identity, act)
    }

    /// Everything else about people.
    pub(super) fn judge(&self, change: &Change, act: Act) -> Result<(), RosterError> {
        match change {
            Change::InvitesIssued(issued) => {
                self.require_administrator(act)?;
                self.judge_invites(&issued.invites, act)
            }
            Change::InvitesWithdrawn(withdrawn) => {
                self.require_administrator(act)?;
                check_count(withdrawn.invites.len())?;
                for invite in &withdrawn.invites {
                    let invite = self.invite(*invite).filter(|invite| !invite.withdrawn);
                    if invite.ok_or(RosterError::InviteUnknown)?.used_by.is_some() {
                        return Err(RosterError::InviteUsed);
                    }
                }
                Ok(())
            }
            Change::DeviceRevoked(DeviceRevoked { device, .. }) => {
                let device = self.device(*device).filter(|device| device.revoked.is_none());
                let device = device.ok_or(RosterError::Unknown("device"))?;
                if act.author == Some(device.statement.user) {
                    return Ok(());
                }
                self.require_administrator(act)?;
                self.require_reach(device.statement.user, act)
            }
            Change::PersonRevoked(PersonRevoked { user }) => {
                self.require_administrator(act)?;
                self.active(*user).ok_or(RosterError::Unknown("person"))?;
                self.require_reach(*user, act)
            }
            Change::RoleChanged(RoleChanged { user, role }) => {
                self.require_administrator(act)?;
                self.active(*user).ok_or(RosterError::Unknown("person"))?;
                self.require_reach(*user, act)?;
                if *role == StaffRole::Admin && act.author.is_some() {
                    return Err(RosterError::NotAllowed);
                }
                Ok(())
            }
            Change::PersonMoved(moved) => {
                self.require_administrator(act)?;
                self.active(moved.user).ok_or(RosterError::Unknown("person"))?;
                moved.group.as_deref().map_or(Ok(()), check_name)
            }
            _ => Err(RosterError::OutOfPlace(act.index)),
        }
    }

    /// Administrators are made and unmade by the office key alone, so that one stolen administrator's key cannot
    /// take the office over.
    fn require_reach(&self, user: UserId, act: Act) -> Result<(), RosterError> {
        let administrator = self.active(user).is_some_and(User::is_administrator);
        if administrator && act.author.is_some() { Err(RosterError::NotAllowed) } else { Ok(()) }
    }

    fn judge_invites(&self, invites: &[InviteIssued], act: Act) -> Result<(), RosterError> {
        check_count(invites.len())?;
        let (mut names, mut ids, mut users) = (HashSet::new(), HashSet::new(), HashSet::new());
        let mut keys = HashSet::new();
        for issued in invites {
            issued.key.require(Role::Invite)?;
            check_name(&issued.name)?;
            issued.group.as_deref().map_or(Ok(()), check_name)?;
            if issued.role == StaffRole::Admin && act.author.is_some() {
                return Err(RosterError::NotAllowed);
            }
            if let Some(known) = self.active(issued.user) {
                self.require_reach(issued.user, act)?;
                // A new identity for somebody is no way to another role.
                if known.role != issued.role {
                    return Err(RosterError::NotAllowed);
                }
            }
            let name = plain_name(&issued.name);
            let pending = self.invites.values().any(|invite| {
                invite.is_open(act.made_ms)
                    && invite.issued.user != issued.user
                    && plain_name(&invite.issued.name) == name
            });
            let taken = self.names.get(&name).is_some_and(|user| *user != issued.user);
            if taken || pending || !names.insert(name) {
                return Err(RosterError::NameTaken);
            }
            if self.invites.contains_key(&issued.invite) || !ids.insert(issued.invite) {
                return Err(RosterError::Duplicate("invite"));
            }
            if !users.insert(issued.user) {
                return Err(RosterError::Duplicate("person"));
            }
            if self.keys.contains(issued.key.as_str().as_bytes()) || !keys.insert(&issued.key) {
                return Err(RosterError::Duplicate("invite key"));
            }
        }
        Ok(())
    }

    fn read_device(
        &self,
        office: OfficeId,
        user: UserId,
        certificate: &DeviceCertificate,
        identity: &Nkey,
        act: Act,
    ) -> Result<DeviceStatement, RosterError> {
        let statement = if act.signatures { certificate.verify(identity)? } else { certificate.read()? };
        if statement.office != office || statement.user != user {
            return Err(RosterError::OtherPerson);
        }
        if self.devices.contains_key(&statement.device) {
            return Err(RosterError::Duplicate("device"));
        }
        // One key under two names would let one device speak for another.
        if keys_of(&statement).iter().any(|key| self.keys.contains(key)) {
            return Err(RosterError::Duplicate("device key"));
        }
        Ok(statement)
    }

    pub(super) fn found(&mut self, opened: &OfficeOpened, statement: DeviceStatement) {
        let user = User {
            user: opened.founder,
            name: opened.founder_name.clone(),
            role: StaffRole::Admin,
            group: None,
            identity: opened.identity.clone(),
            identity_since: 0,
            devices: Vec::new(),
            revoked: None,
        };
        self.settle(user);
        self.put_device(opened.certificate.clone(), statement, 0);
    }

    pub(super) fn join(
        &mut self,
        invite: InviteId,
        identity: Nkey,
        certificate: DeviceCertificate,
        statement: DeviceStatement,
        act: Act,
    ) {
        let Some(invite) = self.invites.get_mut(&invite) else { return };
        invite.used_by = Some(statement.device);
        let issued = invite.issued.clone();
        self.end_invites(issued.user);
        let revocation = Revocation { index: act.index, at_ms: act.made_ms, reason: RevocationReason::Lost };
        self.revoke_devices(issued.user, revocation);
        self.settle(User {
            user: issued.user,
            name: issued.name,
            role: issued.role,
            group: issued.group,
            identity,
            identity_since: act.index,
            devices: Vec::new(),
            revoked: None,
        });
        self.put_device(certificate, statement, act.index);
    }

    pub(super) fn add_device(
        &mut self,
        certificate: DeviceCertificate,
        statement: DeviceStatement,
        act: Act,
    ) {
        self.put_device(certificate, statement, act.index);
    }

    /// Does what [`Self::judge`] found good.
    pub(super) fn change(&mut self, change: &Change, act: Act) {
        match change {
            Change::InvitesIssued(issued) => {
                for issued in &issued.invites {
                    self.keys.insert(issued.key.as_str().as_bytes().to_vec());
                    let invite = IssuedInvite {
                        issued: issued.clone(),
                        by: act.author,
                        used_by: None,
                        withdrawn: false,
                    };
                    self.invites.insert(issued.invite, invite);
                }
            }
            Change::InvitesWithdrawn(withdrawn) => {
                for invite in &withdrawn.invites {
                    if let Some(invite) = self.invites.get_mut(invite) {
                        invite.withdrawn = true;
                    }
                }
            }
            Change::DeviceRevoked(revoked) => {
                let revocation = Revocation { index: act.index, at_ms: act.made_ms, reason: revoked.reason };
                if let Some(device) = self.devices.get_mut(&revoked.device) {
                    device.revoked = Some(revocation);
                    if let Some(user) = self.users.get_mut(&device.statement.user) {
                        user.devices.retain(|device| *device != revoked.device);
                    }
                }
            }
            Change::PersonRevoked(revoked) => {
                let revocation =
                    Revocation { index: act.index, at_ms: act.made_ms, reason: RevocationReason::Lost };
                self.revoke_devices(revoked.user, revocation);
                self.end_invites(revoked.user);
                if let Some(user) = self.users.get_mut(&revoked.user) {
                    user.revoked = Some(revocation);
                    self.names.remove(&plain_name(&user.name));
                }
            }
            Change::RoleChanged(changed) => {
                if let Some(user) = self.users.get_mut(&changed.user) {
                    user.role = changed.role;
                }
                self.end_invites(changed.user);
            }
            Change::PersonMoved(moved) => {
                if let Some(user) = self.users.get_mut(&moved.user) {
                    user.group.clone_from(&moved.group);
                }
            }
            _ => {}
        }
    }

    fn settle(&mut self, user: User) {
        if let Some(former) = self.users.get(&user.user) {
            let former = plain_name(&former.name);
            // Not where the person had left and somebody else has had the name since.
            if self.names.get(&former) == Some(&user.user) {
                self.names.remove(&former);
            }
        }
        self.names.insert(plain_name(&user.name), user.user);
        self.keys.insert(user.identity.as_str().as_bytes().to_vec());
        self.users.insert(user.user, user);
    }

    fn put_device(&mut self, certificate: DeviceCertificate, statement: DeviceStatement, since: u64) {
        self.keys.extend(keys_of(&statement));
        if let Some(user) = self.users.get_mut(&statement.user) {
            user.devices.push(statement.device);
        }
        self.devices.insert(statement.device, Device { statement, certificate, since, revoked: None });
    }

    /// Takes back what was issued for a person and not used: it says who they were to be before they joined, left or
    /// became something else, and would undo that.
    fn end_invites(&mut self, user: UserId) {
        for invite in self.invites.values_mut() {
            if invite.issued.user == user && invite.used_by.is_none() {
                invite.withdrawn = true;
            }
        }
    }

    fn revoke_devices(&mut self, user: UserId, revocation: Revocation) {
        let Some(user) = self.users.get_mut(&user) else { return };
        for device in std::mem::take(&mut user.devices) {
            if let Some(device) = self.devices.get_mut(&device) {
                device.revoked = Some(revocation);
            }
        }
    }
}

fn keys_of(statement: &DeviceStatement) -> [Vec<u8>; 4] {
    [
        statement.signing_key.as_str().as_bytes().to_vec(),
        canonical_curve25519(statement.noise_key.as_bytes()).to_vec(),
        canonical_curve25519(statement.olm_identity.as_bytes()).to_vec(),
        statement.olm_signing.as_bytes().to_vec(),
    ]
}

/// How names are compared: two people whom others would take for each other are one too many.
pub fn plain_name(name: &str) -> String {
    // Joiners are spelling in some languages and nothing to see in others.
    let name: String = name.chars().filter(|letter| !matches!(letter, '\u{200c}' | '\u{200d}')).collect();
    name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

pub(super) fn check_name(name: &str) -> Result<(), RosterError> {
    let fits = !plain_name(name).is_empty()
        && name.len() <= MAX_NAME
        && !name.chars().any(|letter| letter.is_control() || is_unseen(letter));
    if fits { Ok(()) } else { Err(RosterError::Name) }
}

/// Characters that show nothing, or make others show in another order: with them two names look alike and are not.
const fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

const fn check_count(count: usize) -> Result<(), RosterError> {
    if count == 0 || count > MAX_INVITES { Err(RosterError::InviteCount) } else { Ok(()) }
}
