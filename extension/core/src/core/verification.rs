//! Comparing keys: a number that both see, or the text of one read by the other.

use protocol::{
    id::{Hash, UserId},
    roster::User,
};

use super::{Core, member::Member};
use crate::{Effects, error::CoreError, qr::Qr, view::SafetyNumber};

/// Groups of five digits.
const GROUPS: usize = 12;
const PREFIX: &str = "crmplus-chat://verify/1/";

impl Core {
    /// What this person and `user` compare: the same on both sides as long as nobody changed a key.
    pub fn safety_number(&self, user: UserId) -> Result<SafetyNumber, CoreError> {
        let member = self.member.as_ref().ok_or(CoreError::NotMember)?;
        let text = safety_text(member, user)?;
        Ok(SafetyNumber { groups: groups(&text), qr: Qr::of(&text)?, text })
    }

    /// What the other person's screen or sheet said. Verifies the keys if it belongs to them.
    pub fn check_safety_text(&mut self, user: UserId, text: &str, now_ms: u64) -> Result<Effects, CoreError> {
        let text: String = text.split_whitespace().collect();
        self.turn(now_ms, |core, turn| {
            let member = core.member.as_mut().ok_or(CoreError::NotMember)?;
            if safety_text(member, user)? != text {
                return Err(CoreError::SafetyMismatch);
            }
            let known = member.directory.person(user).ok_or(CoreError::UnknownPerson)?.clone();
            member.pins.verify(&known);
            turn.changed = true;
            Ok(())
        })
    }

    /// The numbers were compared by people.
    pub fn mark_verified(&mut self, user: UserId, now_ms: u64) -> Result<Effects, CoreError> {
        self.on_person(user, now_ms, |member, known| member.pins.verify(known))
    }

    /// A changed key is taken without comparing.
    pub fn acknowledge_keys(&mut self, user: UserId, now_ms: u64) -> Result<Effects, CoreError> {
        self.on_person(user, now_ms, |member, known| member.pins.acknowledge(known))
    }

    /// A person looked into a contradiction of the roster and goes on.
    pub fn clear_alarm(&mut self, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let member = core.member.as_mut().ok_or(CoreError::NotMember)?;
            member.directory.clear_trouble();
            turn.changed = true;
            Ok(())
        })
    }

    fn on_person(
        &mut self,
        user: UserId,
        now_ms: u64,
        change: impl FnOnce(&mut Member, &User),
    ) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let member = core.member.as_mut().ok_or(CoreError::NotMember)?;
            let known = member.directory.person(user).ok_or(CoreError::UnknownPerson)?.clone();
            change(member, &known);
            turn.changed = true;
            Ok(())
        })
    }
}

/// Office, both people and both identity keys, the lower id first.
fn safety_text(member: &Member, user: UserId) -> Result<String, CoreError> {
    let me = member.me().user;
    let person = |user| member.directory.person(user).ok_or(CoreError::UnknownPerson);
    let (one, other) = (person(me)?, person(user)?);
    let (low, high) = if one.user <= other.user { (one, other) } else { (other, one) };
    let hash = Hash::of_parts(
        "crmplus-chat/1 safety number",
        &[
            member.identity.home().roster_root.as_bytes(),
            low.user.as_bytes(),
            low.identity.as_str().as_bytes(),
            high.user.as_bytes(),
            high.identity.as_str().as_bytes(),
        ],
    );
    Ok(format!("{PREFIX}{hash}"))
}

/// Twelve groups of five digits, about 199 bits.
fn groups(text: &str) -> Vec<String> {
    let digest = [Hash::of_parts("1", &[text.as_bytes()]), Hash::of_parts("2", &[text.as_bytes()])];
    let bytes: Vec<u8> = digest.iter().flat_map(|hash| *hash.as_bytes()).collect();
    bytes
        .chunks_exact(5)
        .take(GROUPS)
        .map(|chunk| {
            let number = chunk.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
            format!("{:05}", number % 100_000)
        })
        .collect()
}
