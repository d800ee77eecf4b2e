//! What administrators do, and what everybody does with their own devices and rooms.

use protocol::{
    frame::FetchDevices,
    id::{DeviceId, RoomId, UserId},
    roster::{
        DeviceRevoked, PersonMoved, PersonRevoked, Policy, PolicyChanged, RevocationReason, RoleChanged,
        RoomChanged, RoomClosed, RoomLeft, RoomMade, RoomMembers, RoomName, RoomRenamed, StaffRole,
    },
};

use super::{
    Core,
    append::{Author, Then},
    connection::Request,
    turn::Turn,
};
use crate::{
    Effects,
    error::CoreError,
    rng::make_bytes,
    view::{DeviceUse, JobResult},
};

impl Core {
    /// Removes a person and all their devices from the office.
    pub fn revoke_person(&mut self, user: UserId, job: &str, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let author = core.author_over(user, None);
            core.append(Some(job), author, PersonRevoked { user }.into(), Then::Nothing, turn)
        })
    }

    /// Changes what a person may do. To and from administrator needs the office key.
    pub fn set_role(
        &mut self,
        user: UserId,
        role: StaffRole,
        job: &str,
        now_ms: u64,
    ) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let author = core.author_over(user, Some(role));
            core.append(Some(job), author, RoleChanged { user, role }.into(), Then::Nothing, turn)
        })
    }

    /// Changes where a person works.
    pub fn set_group(
        &mut self,
        user: UserId,
        group: Option<String>,
        job: &str,
        now_ms: u64,
    ) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let change = PersonMoved { user, group };
            core.append(Some(job), Author::Me, change.into(), Then::Nothing, turn)
        })
    }

    /// Changes the office's rules.
    pub fn set_policy(&mut self, policy: Policy, job: &str, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            core.append(Some(job), Author::Me, PolicyChanged { policy }.into(), Then::Nothing, turn)
        })
    }

    /// Revokes a device: one's own, or as an administrator anybody's.
    pub fn revoke_device(
        &mut self,
        device: DeviceId,
        lost: bool,
        job: &str,
        now_ms: u64,
    ) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let member = core.member.as_ref().ok_or(CoreError::NotMember)?;
            let owner = member.directory.any_device(device).map(|known| known.statement.user);
            let author = match owner {
                Some(user) if user != member.me().user => core.author_over(user, None),
                _ => Author::Me,
            };
            let reason = if lost { RevocationReason::Lost } else { RevocationReason::SignedOut };
            core.append(Some(job), author, DeviceRevoked { device, reason }.into(), Then::Nothing, turn)
        })
    }

    /// Leaves the office on this device: revokes it, then wipes it.
    pub fn sign_out(&mut self, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let member = core.member.as_ref().ok_or(CoreError::NotMember)?;
            let device = member.me().device;
            if core.connection.session().is_none() {
                return Err(CoreError::NotConnected);
            }
            let change = DeviceRevoked { device, reason: RevocationReason::SignedOut };
            core.append(None, Author::Me, change.into(), Then::SignOut, turn)
        })
    }

    /// Asks when the devices of a person were there last.
    pub fn fetch_devices(&mut self, user: UserId, job: &str, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let session = core.connection.session_mut().ok_or(CoreError::NotConnected)?;
            core.jobs.begin(job)?;
            let request = session.begin(Request::Devices(job.to_owned(), user));
            turn.changed = true;
            turn.send(&mut session.channel, &FetchDevices { request, user }.into())
        })
    }

    pub(super) fn take_devices(&mut self, devices: &protocol::frame::Devices, turn: &mut Turn) {
        let (Some(member), Some(session)) = (&self.member, self.connection.session_mut()) else { return };
        let Some(Request::Devices(job, user)) = session.end(devices.request) else { return };
        let me = member.me().device;
        let mut shown: Vec<_> = devices
            .devices
            .iter()
            .filter_map(|used| {
                let known = member.directory.device(used.device).filter(|known| known.user == user)?;
                Some(DeviceUse {
                    device: used.device,
                    since: known.created_ms,
                    last_at: used.last_ms,
                    online: used.online,
                    this_one: used.device == me,
                })
            })
            .collect();
        shown.sort_by_key(|device| device.since);
        self.jobs.done(&job, Some(JobResult::Devices { user, devices: shown }));
        turn.changed = true;
    }

    /// Makes a room.
    pub fn make_room(
        &mut self,
        name: &str,
        members: RoomMembers,
        job: &str,
        now_ms: u64,
    ) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let room = RoomId::from_bytes(make_bytes(core.rng.as_mut())?);
            let name = core.room_name(name)?;
            let members = match members {
                RoomMembers::Chosen(mut users) => {
                    // Who makes a room of chosen people is one of them.
                    let me = core.member.as_ref().ok_or(CoreError::NotMember)?.me().user;
                    users.retain(|user| *user != me);
                    users.insert(0, me);
                    RoomMembers::Chosen(users)
                }
                other => other,
            };
            let change = RoomMade { room, name: name.commitment(), members };
            core.append(Some(job), Author::Me, change.into(), Then::NameRoom(room, name), turn)
        })
    }

    /// Gives a room another name.
    pub fn rename_room(
        &mut self,
        room: RoomId,
        name: &str,
        job: &str,
        now_ms: u64,
    ) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let name = core.room_name(name)?;
            let change = RoomRenamed { room, name: name.commitment() };
            core.append(Some(job), Author::Me, change.into(), Then::NameRoom(room, name), turn)
        })
    }

    /// Adds and removes members.
    pub fn change_room(
        &mut self,
        room: RoomId,
        add: Vec<UserId>,
        remove: Vec<UserId>,
        job: &str,
        now_ms: u64,
    ) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let then = core.tell_name(room);
            core.append(Some(job), Author::Me, RoomChanged { room, add, remove }.into(), then, turn)
        })
    }

    /// Leaves a room of chosen people.
    pub fn leave_room(&mut self, room: RoomId, job: &str, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            core.append(Some(job), Author::Me, RoomLeft { room }.into(), Then::Nothing, turn)
        })
    }

    /// Closes a room.
    pub fn close_room(&mut self, room: RoomId, job: &str, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            core.append(Some(job), Author::Me, RoomClosed { room }.into(), Then::Nothing, turn)
        })
    }

    fn room_name(&mut self, name: &str) -> Result<RoomName, CoreError> {
        let text = name.trim();
        let fits = !text.is_empty()
            && text.len() <= protocol::limits::MAX_NAME
            && !text.chars().any(char::is_control);
        if !fits {
            return Err(CoreError::Name);
        }
        Ok(RoomName { salt: make_bytes(self.rng.as_mut())?, text: text.to_owned() })
    }

    /// Newcomers learn the name of a room with the next message in it, so one is sent.
    fn tell_name(&self, room: RoomId) -> Then {
        let name = self.member.as_ref().and_then(|member| member.room_names.get(room));
        name.map_or(Then::Nothing, |name| Then::NameRoom(room, name.clone()))
    }

    /// Administrators are the office key's; everybody else is an administrator's.
    fn author_over(&self, user: UserId, role: Option<StaffRole>) -> Author {
        let known = self.member.as_ref().and_then(|member| member.directory.person(user));
        let administrator = known.is_some_and(protocol::roster::User::is_administrator);
        if administrator || role == Some(StaffRole::Admin) { Author::Office } else { Author::Me }
    }
}
