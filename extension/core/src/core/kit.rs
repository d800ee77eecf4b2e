//! The recovery kit: the office key on paper, and back.

use protocol::text::RecoveryKit;

use super::Core;
use crate::{Effects, error::CoreError, qr::Qr, view::Kit};

/// Letters of a group.
const GROUP: usize = 5;

impl Core {
    /// The kit, where the office key is on this device.
    pub fn recovery_kit(&self) -> Result<Kit, CoreError> {
        let member = self.member.as_ref().ok_or(CoreError::NotMember)?;
        let secret = member.identity.office_key().ok_or(CoreError::NoOfficeKey)?.clone();
        let home = member.identity.home();
        let office_name = member.directory.office_name().unwrap_or_default().to_owned();
        let text = RecoveryKit {
            office: home.office,
            office_name: office_name.clone(),
            roster_root: home.roster_root,
            gateways: home.gateways.clone(),
            gateway_key: home.gateway_key,
            secret,
        }
        .to_text()?;
        let letters: Vec<char> = text.chars().collect();
        let groups = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
        Ok(Kit { office: office_name, groups, qr: Qr::of(&text)?, text })
    }

    /// The kit is where it belongs.
    pub fn kit_was_saved(&mut self, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            core.member.as_mut().ok_or(CoreError::NotMember)?.identity.set_kit_saved();
            turn.changed = true;
            Ok(())
        })
    }

    /// Puts the office key of a kit onto this administrator's device.
    pub fn take_office_key(&mut self, kit: &str, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let kit = RecoveryKit::from_text(kit)?;
            let member = core.member.as_mut().ok_or(CoreError::NotMember)?;
            let roster = member.directory.roster();
            let same = Some(kit.secret.signing_key()?.public()) == roster.office_key();
            if !same || roster.root() != Some(kit.roster_root) {
                return Err(CoreError::OtherOffice);
            }
            if roster.administrator(member.me().user).is_none() {
                return Err(CoreError::Roster(protocol::error::ErrorCode::NotAllowed));
            }
            member.identity.keep_office_key(kit.secret);
            member.identity.set_kit_saved();
            turn.changed = true;
            Ok(())
        })
    }
}
