//! The passphrase: sets it (it locks this device and signs in elsewhere), and opens a locked device with it.
//!
//! The first one comes before anything else: it wraps the vault of a device that is not in yet ([`super::unsaved`]), and is
//! registered with the gateway as soon as that has let the device in. Changing it goes: stretch for this device, register
//! with the gateway (which stretches again, differently), and only when the gateway has recorded it is this device's vault
//! wrapped anew. A crash in between leaves the old one valid here.

use protocol::{
    frame::{BeginPassphrase, PassphraseAnswer, StorePassphrase},
    opaque::Stretch,
};
use serde_bytes::ByteBuf;
use zeroize::Zeroizing;

use super::{Core, connection::Request, turn::Turn};
use crate::{
    Effects,
    effects::Write,
    error::CoreError,
    opaque::{self, Begun, Failure, Step},
    secretbox,
    store::{STRETCHED, VaultKey, VaultRecord, key},
    stretching::StretchJob,
    view::Problem,
};

/// Shortest passphrase, in characters.
const MIN_PASSPHRASE: usize = 12;
/// Words that make a shorter one good enough, and the characters that it needs anyway.
const MIN_WORDS: usize = 4;
/// Longest passphrase, in bytes.
const MAX_PASSPHRASE: usize = 1024;

/// What a stretched passphrase is for.
pub(super) enum Stretching {
    Unlock,
    /// Wraps what a new device has made. With a job where a person chose it just now; without where it is the one that
    /// signed in, which the gateway has.
    WrapNew {
        job: Option<String>,
        passphrase: Zeroizing<String>,
        salt: [u8; 16],
    },
    /// This device's own wrap comes first.
    SetHere {
        job: Option<String>,
        passphrase: Zeroizing<String>,
        salt: [u8; 16],
    },
    SetThere {
        setting: Setting,
        step: Step,
    },
    SignIn(Step),
}

/// A passphrase that is being set.
pub(super) struct Setting {
    /// None where it goes to the gateway by itself.
    job: Option<String>,
    /// The vault record as it will be; none where it is already.
    wrapped: Option<VaultRecord>,
}

/// A first passphrase that the gateway does not have yet. In memory alone: after a crash the person is asked to set it again.
#[derive(Default)]
pub(super) struct Registering {
    passphrase: Option<Zeroizing<String>>,
    under_way: bool,
}

impl Registering {
    /// The connection is gone, or the gateway refused: on the next one it is tried again.
    pub(super) fn interrupted(&mut self) {
        self.under_way = false;
    }

    pub(super) const fn is_due(&self) -> bool {
        self.passphrase.is_some()
    }
}

/// What waits for the gateway.
pub(super) enum Exchange {
    Begun(Setting, Begun),
    Storing(Setting),
}

/// The stretching under way.
pub(super) struct UnderWay {
    id: u32,
    what: Stretching,
}

impl UnderWay {
    /// Whether it is of a passphrase that signed in, from the asking to the wrapping.
    pub(super) const fn is_of_signing_in(&self) -> bool {
        matches!(self.what, Stretching::SignIn(_) | Stretching::WrapNew { job: None, .. })
    }
}

impl Core {
    /// Sets or changes the passphrase.
    pub fn set_passphrase(&mut self, passphrase: &str, job: &str, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let name = core.member.as_ref().map(|member| member.identity.name().to_owned());
            check_strength(passphrase, &name.ok_or(CoreError::NotMember)?)?;
            if !core.owes_passphrase() && core.connection.session().is_none() {
                return Err(CoreError::NotConnected);
            }
            core.jobs.begin(job)?;
            core.problem = None;
            core.stretch_for_vault(Zeroizing::new(passphrase.to_owned()), Some(job.to_owned()), turn)
        })
    }

    /// The first half of setting a passphrase: what wraps this device's vault.
    pub(super) fn stretch_for_vault(
        &mut self,
        passphrase: Zeroizing<String>,
        job: Option<String>,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        let salt = VaultKey::make_salt(self.rng.as_mut())?;
        let input = passphrase.as_bytes().to_vec();
        let what = if self.owes_passphrase() {
            Stretching::WrapNew { job, passphrase, salt }
        } else {
            Stretching::SetHere { job, passphrase, salt }
        };
        self.begin_stretch(what, input, salt, Stretch::STANDARD, STRETCHED, turn);
        turn.changed = true;
        Ok(())
    }

    /// Gives the gateway a first passphrase that it does not have, once there is a session and nothing else is stretched.
    pub(super) fn pump_registration(&mut self, turn: &mut Turn) -> Result<(), CoreError> {
        let free = self.stretching.is_none() && !self.registering.under_way;
        let Some(passphrase) = self.registering.passphrase.clone().filter(|_| free) else { return Ok(()) };
        if self.connection.session().is_none() {
            return Ok(());
        }
        self.registering.under_way = true;
        let begun = opaque::begin_registration(&passphrase)?;
        self.exchange_passphrase(Setting { job: None, wrapped: None }, begun, turn)
    }

    /// Opens a locked device. A wrong passphrase shows as a problem.
    pub fn unlock(&mut self, passphrase: &str, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let (salt, stretch) =
                core.locked.as_ref().and_then(VaultRecord::lock).ok_or(CoreError::NotLocked)?;
            core.problem = None;
            let input = passphrase.as_bytes().to_vec();
            core.begin_stretch(Stretching::Unlock, input, salt, stretch, STRETCHED, turn);
            turn.changed = true;
            Ok(())
        })
    }

    /// The host has stretched something.
    pub fn stretched(&mut self, id: u32, output: &[u8], now_ms: u64) -> Result<Effects, CoreError> {
        let output = Zeroizing::new(output.to_vec());
        self.turn(now_ms, |core, turn| core.take_stretched(id, &output, turn))
    }

    /// The host could not.
    pub fn stretch_failed(&mut self, id: u32, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let Some(under_way) = core.stretching.take_if(|under_way| under_way.id == id) else {
                return Ok(());
            };
            let problem = Problem::new(
                "stretch_failed",
                "The browser could not work on the passphrase; it may lack memory. Try again.",
            );
            turn.changed = true;
            match under_way.what {
                Stretching::SetHere { job: Some(job), .. }
                | Stretching::SetThere { setting: Setting { job: Some(job), .. }, .. } => {
                    core.jobs.fail(&job, problem);
                    Ok(())
                }
                Stretching::WrapNew { job, .. } => {
                    if let Some(job) = job {
                        core.jobs.fail(&job, problem.clone());
                    }
                    core.problem = Some(problem);
                    Ok(())
                }
                Stretching::Unlock => {
                    core.problem = Some(problem);
                    Ok(())
                }
                // Tried again on the next connection.
                Stretching::SetHere { job: None, .. } | Stretching::SetThere { .. } => Ok(()),
                Stretching::SignIn(_) => {
                    core.end_asking(problem, turn);
                    Ok(())
                }
            }
        })
    }

    pub(super) fn begin_stretch(
        &mut self,
        what: Stretching,
        input: Vec<u8>,
        salt: [u8; 16],
        stretch: Stretch,
        length: usize,
        turn: &mut Turn,
    ) {
        self.last_stretch = self.last_stretch.wrapping_add(1);
        let id = self.last_stretch;
        self.stretching = Some(UnderWay { id, what });
        turn.stretch = Some(StretchJob {
            id,
            input: ByteBuf::from(input),
            salt: ByteBuf::from(salt),
            memory_kib: stretch.memory_kib,
            passes: stretch.passes,
            length,
        });
    }

    fn take_stretched(&mut self, id: u32, output: &[u8], turn: &mut Turn) -> Result<(), CoreError> {
        let Some(under_way) = self.stretching.take_if(|under_way| under_way.id == id) else { return Ok(()) };
        turn.changed = true;
        match under_way.what {
            Stretching::Unlock => {
                match self.locked.as_ref().and_then(|record| record.unwrap_with(output)) {
                    Some(vault) => {
                        turn.keep_in_session(key::SESSION_VAULT, Some(vault.to_session()));
                        turn.keep_in_session(key::SESSION_ACTIVE, Some(turn.now.to_be_bytes().to_vec()));
                        // Everything is read again, this time with the key.
                        turn.reopen = true;
                    }
                    None => {
                        self.problem = Some(Problem::new("wrong_passphrase", "This is not the passphrase."));
                    }
                }
                Ok(())
            }
            Stretching::WrapNew { job, passphrase, salt } => {
                let (Some(vault), Some(unsaved)) = (&self.vault, self.unsaved.take()) else { return Ok(()) };
                let wrapped = VaultRecord::wrap(vault, salt, Stretch::STANDARD, output, self.rng.as_mut())?;
                let records = unsaved.leave(turn);
                turn.raw_writes.extend(records);
                self.use_wrapped(&wrapped, turn)?;
                if let Some(job) = job {
                    self.registering.passphrase = Some(passphrase);
                    self.jobs.done(&job, None);
                }
                self.connect_if_saved(turn);
                Ok(())
            }
            Stretching::SetHere { job, passphrase, salt } => {
                let Some(vault) = &self.vault else { return Ok(()) };
                let wrapped =
                    Some(VaultRecord::wrap(vault, salt, Stretch::STANDARD, output, self.rng.as_mut())?);
                let begun = opaque::begin_registration(&passphrase)?;
                self.exchange_passphrase(Setting { job, wrapped }, begun, turn)
            }
            Stretching::SetThere { setting, step } => match step.finish_registration(output) {
                Ok(finished) => {
                    let backup = self.backup()?;
                    let plain = Zeroizing::new(protocol::codec::encode(&backup)?);
                    let backup = secretbox::seal(&finished.backup_key, &plain, self.rng.as_mut())?;
                    let Some(session) = self.connection.session_mut() else {
                        self.fail_setting(&setting);
                        return Ok(());
                    };
                    let exchange = Box::new(Exchange::Storing(setting));
                    let request = session.begin(Request::Passphrase(exchange));
                    let (message, stretch) = (finished.message, Stretch::STANDARD);
                    let store = StorePassphrase { request, message, stretch, backup };
                    turn.send(&mut session.channel, &store.into())
                }
                Err(Failure::WrongPassphrase) => {
                    self.fail_setting(&setting);
                    Ok(())
                }
                Err(Failure::Core(error)) => Err(error),
            },
            Stretching::SignIn(step) => {
                let outcome = step.finish_login(output);
                self.finish_sign_in(outcome, turn)
            }
        }
    }

    fn exchange_passphrase(
        &mut self,
        setting: Setting,
        begun: Begun,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        let Some(session) = self.connection.session_mut() else {
            self.fail_setting(&setting);
            return Ok(());
        };
        let message = begun.message.clone();
        let request = session.begin(Request::Passphrase(Box::new(Exchange::Begun(setting, begun))));
        turn.send(&mut session.channel, &BeginPassphrase { request, message }.into())
    }

    pub(super) fn take_passphrase_answer(
        &mut self,
        answer: &PassphraseAnswer,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        let (Some(member), Some(session)) = (&self.member, self.connection.session_mut()) else {
            return Ok(());
        };
        let Some(Request::Passphrase(exchange)) = session.end(answer.request) else { return Ok(()) };
        let Exchange::Begun(setting, begun) = *exchange else { return Ok(()) };
        let step = begun.answered(&answer.message, member.identity.home().office);
        match step.registration_input() {
            Ok(input) => {
                let length = input.len();
                let what = Stretching::SetThere { setting, step };
                self.begin_stretch(what, input, [0; 16], Stretch::STANDARD, length, turn);
                Ok(())
            }
            Err(Failure::WrongPassphrase) => {
                self.fail_setting(&setting);
                Ok(())
            }
            Err(Failure::Core(error)) => Err(error),
        }
    }

    /// The gateway has recorded the passphrase: now it locks this device too.
    pub(super) fn passphrase_stored(&mut self, exchange: Exchange, turn: &mut Turn) -> Result<(), CoreError> {
        let Exchange::Storing(setting) = exchange else { return Ok(()) };
        if let Some(wrapped) = &setting.wrapped {
            self.use_wrapped(wrapped, turn)?;
        }
        // Whichever it was, it is newer than one that still waits.
        self.registering = Registering::default();
        if let Some(session) = self.connection.session_mut() {
            session.has_passphrase = true;
        }
        if let Some(job) = &setting.job {
            self.jobs.done(job, None);
        }
        turn.changed = true;
        Ok(())
    }

    /// From now on this is what opens the device.
    fn use_wrapped(&mut self, wrapped: &VaultRecord, turn: &mut Turn) -> Result<(), CoreError> {
        let value = Some(ByteBuf::from(wrapped.to_bytes()?));
        turn.raw_writes.push(Write { key: key::VAULT.to_owned(), value });
        if let Some(vault) = &self.vault {
            turn.keep_in_session(key::SESSION_VAULT, Some(vault.to_session()));
        }
        self.note_activity(turn);
        self.wrapped = true;
        Ok(())
    }

    pub(super) fn fail_exchange(&mut self, exchange: Exchange, problem: Problem) {
        let (Exchange::Begun(setting, _) | Exchange::Storing(setting)) = exchange;
        if let Some(job) = &setting.job {
            self.jobs.fail(job, problem);
        }
    }

    fn fail_setting(&mut self, setting: &Setting) {
        let problem = Problem::new("not_connected", "The passphrase could not be stored. Try again.");
        if let Some(job) = &setting.job {
            self.jobs.fail(job, problem);
        }
    }
}

/// What a passphrase must have. Guessing costs a second each; length is what makes it hopeless.
fn check_strength(passphrase: &str, name: &str) -> Result<(), CoreError> {
    let plain = passphrase.trim().to_lowercase();
    let letters = plain.chars().count();
    let words = plain.split_whitespace().count();
    let distinct = plain.chars().collect::<std::collections::BTreeSet<_>>().len();
    let long = letters >= MIN_PASSPHRASE || words >= MIN_WORDS;
    let is_name =
        name.to_lowercase().split_whitespace().any(|part| plain == part) || plain == name.to_lowercase();
    if passphrase.len() > MAX_PASSPHRASE || !long || distinct < 5 || is_name {
        return Err(CoreError::WeakPassphrase);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_repeated_and_personal_passphrases_are_refused() {
        for weak in ["", "short", "aaaaaaaaaaaaaaaa", "Ana Rivera-Lopez", "ana rivera-lopez "] {
            assert_eq!(check_strength(weak, "Ana Rivera-Lopez"), Err(CoreError::WeakPassphrase), "{weak}");
        }
        for good in ["correct horse battery", "tea at four pm", "x9!kkQw2#mmL"] {
            assert_eq!(check_strength(good, "Ana Rivera-Lopez"), Ok(()), "{good}");
        }
    }
}
