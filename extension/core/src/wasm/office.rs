//! Administration, rooms, verification.

use protocol::{
    id::UserId,
    roster::{Policy, RoomMembers, StaffRole},
};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::{Core, argument, effects, from_js, id, ms, thrown, to_js};
use crate::NewPerson;

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Members {
    Everyone,
    Role { role: StaffRole },
    Group { group: String },
    Chosen { users: Vec<UserId> },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names that the TypeScript side sends, with their unit")]
struct Rules {
    idle_lock_ms: f64,
    stale_lock_ms: f64,
    stale_wipe_ms: f64,
    history_ms: f64,
}

fn users(value: JsValue, name: &str) -> Result<Vec<UserId>, JsValue> {
    from_js(value, name)
}

#[wasm_bindgen]
impl Core {
    /// See the type declarations.
    #[wasm_bindgen(js_name = readPeople, skip_typescript)]
    pub fn read_people(&self, csv: &str) -> Result<JsValue, JsValue> {
        to_js(&self.0.read_people(csv))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = makeRoom, skip_typescript)]
    pub fn make_room(
        &mut self,
        name: &str,
        members: JsValue,
        job: &str,
        now_ms: f64,
    ) -> Result<JsValue, JsValue> {
        let members = match from_js(members, "members")? {
            Members::Everyone => RoomMembers::Everyone,
            Members::Role { role } => RoomMembers::Role(role),
            Members::Group { group } => RoomMembers::Group(group),
            Members::Chosen { users } => RoomMembers::Chosen(users),
        };
        effects(self.0.make_room(name, members, job, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = setPolicy, skip_typescript)]
    pub fn set_policy(&mut self, policy: JsValue, job: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        let rules: Rules = from_js(policy, "policy")?;
        let policy = Policy {
            idle_lock_ms: ms(rules.idle_lock_ms),
            stale_lock_ms: ms(rules.stale_lock_ms),
            stale_wipe_ms: ms(rules.stale_wipe_ms),
            history_ms: ms(rules.history_ms),
        };
        effects(self.0.set_policy(policy, job, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = setRole, skip_typescript)]
    pub fn set_role(&mut self, user: &str, role: &str, job: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        let role = role.parse().map_err(|_| argument("role"))?;
        effects(self.0.set_role(id(user, "user")?, role, job, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(skip_typescript)]
    pub fn invite(
        &mut self,
        people: JsValue,
        ttl_ms: f64,
        job: &str,
        now_ms: f64,
    ) -> Result<JsValue, JsValue> {
        let people: Vec<NewPerson> = from_js(people, "people")?;
        effects(self.0.invite(&people, ms(ttl_ms), job, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = inviteAgain, skip_typescript)]
    pub fn invite_again(
        &mut self,
        user: &str,
        ttl_ms: f64,
        job: &str,
        now_ms: f64,
    ) -> Result<JsValue, JsValue> {
        effects(self.0.invite_again(id(user, "user")?, ms(ttl_ms), job, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = withdrawInvite, skip_typescript)]
    pub fn withdraw_invite(&mut self, invite: &str, job: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.withdraw_invite(id(invite, "invite")?, job, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = revokePerson, skip_typescript)]
    pub fn revoke_person(&mut self, user: &str, job: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.revoke_person(id(user, "user")?, job, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = setGroup, skip_typescript)]
    pub fn set_group(
        &mut self,
        user: &str,
        group: Option<String>,
        job: &str,
        now_ms: f64,
    ) -> Result<JsValue, JsValue> {
        effects(self.0.set_group(id(user, "user")?, group, job, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = clearAlarm, skip_typescript)]
    pub fn clear_alarm(&mut self, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.clear_alarm(ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = changeRoom, skip_typescript)]
    pub fn change_room(
        &mut self,
        room: &str,
        add: JsValue,
        remove: JsValue,
        job: &str,
        now_ms: f64,
    ) -> Result<JsValue, JsValue> {
        let (add, remove) = (users(add, "add")?, users(remove, "remove")?);
        effects(self.0.change_room(id(room, "room")?, add, remove, job, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = renameRoom, skip_typescript)]
    pub fn rename_room(
        &mut self,
        room: &str,
        name: &str,
        job: &str,
        now_ms: f64,
    ) -> Result<JsValue, JsValue> {
        effects(self.0.rename_room(id(room, "room")?, name, job, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = leaveRoom, skip_typescript)]
    pub fn leave_room(&mut self, room: &str, job: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.leave_room(id(room, "room")?, job, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = closeRoom, skip_typescript)]
    pub fn close_room(&mut self, room: &str, job: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.close_room(id(room, "room")?, job, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = safetyNumber, skip_typescript)]
    pub fn safety_number(&self, user: &str) -> Result<JsValue, JsValue> {
        let number = self.0.safety_number(id(user, "user")?).map_err(|error| thrown(&error))?;
        to_js(&number)
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = checkSafetyText, skip_typescript)]
    pub fn check_safety_text(&mut self, user: &str, text: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.check_safety_text(id(user, "user")?, text, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = markVerified, skip_typescript)]
    pub fn mark_verified(&mut self, user: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.mark_verified(id(user, "user")?, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = acknowledgeKeys, skip_typescript)]
    pub fn acknowledge_keys(&mut self, user: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.acknowledge_keys(id(user, "user")?, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = startComparison, skip_typescript)]
    pub fn start_comparison(&mut self, user: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.start_comparison(id(user, "user")?, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = acceptComparison, skip_typescript)]
    pub fn accept_comparison(&mut self, user: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.accept_comparison(id(user, "user")?, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = finishComparison, skip_typescript)]
    pub fn finish_comparison(
        &mut self,
        user: &str,
        comparison: &str,
        matches: bool,
        now_ms: f64,
    ) -> Result<JsValue, JsValue> {
        let (user, comparison) = (id(user, "user")?, id(comparison, "comparison")?);
        effects(self.0.finish_comparison(user, comparison, matches, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = closeComparison, skip_typescript)]
    pub fn close_comparison(&mut self, user: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.close_comparison(id(user, "user")?, ms(now_ms)))
    }
}
