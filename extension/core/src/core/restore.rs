//! Back into an office whose administrators lost every device: with the recovery kit a new browser becomes a new
//! administrator. The office key invites, the new person joins, both in one step.

use protocol::{
    id::{InviteId, UserId},
    text::{InviteSecret, RecoveryKit},
};

use super::{Core, member::Member, turn::Turn};
use crate::{
    Effects,
    error::CoreError,
    identity::{Home, Identity, Pass, Person},
    olm::OlmAccount,
    rng::make_bytes,
    secret::Secret,
};

impl Core {
    /// Becomes a new administrator of the kit's office, named `name`, which nobody there may have yet.
    pub fn restore_office(&mut self, kit: &str, name: &str, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| core.begin_restoring(kit, name, turn))
    }

    fn begin_restoring(&mut self, kit: &str, name: &str, turn: &mut Turn) -> Result<(), CoreError> {
        self.require_no_member()?;
        let kit = RecoveryKit::from_text(kit)?;
        let account = OlmAccount::make();
        let rng = self.rng.as_mut();
        let person = Person {
            user: UserId::from_bytes(make_bytes(rng)?),
            name: name.trim().to_owned(),
            identity_seed: Secret::make(rng)?,
        };
        let home = Home {
            office: kit.office,
            roster_root: kit.roster_root,
            gateways: kit.gateways.clone(),
            gateway_key: kit.gateway_key,
        };
        let pass = Pass::Kit {
            secret: kit.secret.clone(),
            invite: InviteId::from_bytes(make_bytes(rng)?),
            invited: InviteSecret::from_bytes(make_bytes(rng)?),
        };
        let identity = Identity::make(home, person, &account, turn.now, rng, |_| Ok(pass))?;
        self.begin_entering(Member::new(identity, account), turn)
    }
}
