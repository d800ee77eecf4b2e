//! Coming without knowing the gateway's key: by a typed code, or by name and passphrase. Through an introduction the
//! gateway gives something that only the code or the passphrase opens, and in it stands the true gateway key. Whoever
//! stands in between learns one guess and nothing else.

use protocol::{
    channel::Channel,
    error::ErrorCode,
    frame::{BeginSignIn, FetchCapsule, FinishSignIn, GatewayFrame, Refused, SignInAnswer},
    id::Curve25519Public,
    text::{Code, CodeLink},
};
use zeroize::Zeroizing;

use super::{Connection, Core, member::Member, passphrase::Stretching, turn::Turn};
use crate::{
    Effects,
    capsule::{self, Backup, Content},
    error::CoreError,
    identity::{Identity, Pass},
    link::Reason,
    olm::OlmAccount,
    opaque::{self, Begun, Failure, Finished},
    secret::Secret,
    secretbox,
    view::Problem,
};

/// Number of the only request of an introduction that is under way.
const REQUEST: u32 = 1;

/// What is asked for. In memory alone: a restart forgets it.
pub(super) struct Asking {
    pub(super) gateways: Vec<String>,
    pub(super) what: Question,
    pub(super) stretching: bool,
}

pub(super) enum Question {
    Code(Code),
    SignIn { name: String, passphrase: Zeroizing<String> },
}

/// A connection through an introduction.
pub(super) struct Introduced {
    channel: Channel,
    begun: Option<Begun>,
    finished: Option<Secret>,
}

impl Introduced {
    pub(super) fn channel(&mut self) -> &mut Channel {
        &mut self.channel
    }
}

impl Core {
    /// Enters by a typed code.
    pub fn join_by_code(&mut self, address: &str, code: &str, now_ms: u64) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let code = Code::from_text(code)?;
            core.ask(vec![address_from(address)?], Question::Code(code), turn)
        })
    }

    /// Signs in on a new workstation.
    pub fn sign_in(
        &mut self,
        address: &str,
        name: &str,
        passphrase: &str,
        now_ms: u64,
    ) -> Result<Effects, CoreError> {
        self.turn(now_ms, |core, turn| {
            let name = name.trim().to_owned();
            if name.is_empty() || name.len() > protocol::limits::MAX_NAME {
                return Err(CoreError::Name);
            }
            let passphrase = Zeroizing::new(passphrase.to_owned());
            core.ask(vec![address_from(address)?], Question::SignIn { name, passphrase }, turn)
        })
    }

    pub(super) fn ask_by_link(&mut self, text: &str, turn: &mut Turn) -> Result<(), CoreError> {
        let link = CodeLink::from_text(text)?;
        self.ask(link.gateways.clone(), Question::Code(link.code), turn)
    }

    fn ask(&mut self, gateways: Vec<String>, what: Question, turn: &mut Turn) -> Result<(), CoreError> {
        self.require_no_member()?;
        if !matches!(self.connection, Connection::None) {
            turn.close();
        }
        self.connection = Connection::None;
        self.stretching = None;
        self.problem = None;
        self.removed = false;
        self.link.start(gateways.clone(), turn.now);
        self.asking = Some(Asking { gateways, what, stretching: false });
        turn.changed = true;
        Ok(())
    }

    /// The introduction is done: asks.
    pub(super) fn introduced(&mut self, mut channel: Channel, turn: &mut Turn) -> Result<(), CoreError> {
        let Some(asking) = &mut self.asking else { return self.give_up(Reason::GatewayUnreachable, turn) };
        self.link.entered(turn.now);
        let mut begun = None;
        match &asking.what {
            Question::Code(code) => {
                let fetch = FetchCapsule { request: REQUEST, capsule: code.capsule() };
                turn.send(&mut channel, &fetch.into())?;
            }
            Question::SignIn { name, passphrase } => {
                let login = opaque::begin_login(passphrase)?;
                let message = login.message.clone();
                turn.send(
                    &mut channel,
                    &BeginSignIn { request: REQUEST, name: name.clone(), message }.into(),
                )?;
                begun = Some(login);
            }
        }
        turn.changed = true;
        self.connection = Connection::Introduced(Box::new(Introduced { channel, begun, finished: None }));
        Ok(())
    }

    pub(super) fn take_introduced_frame(
        &mut self,
        mut introduced: Box<Introduced>,
        frame: GatewayFrame,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        match frame {
            GatewayFrame::Capsule(capsule) => {
                let Some(Asking { what: Question::Code(code), .. }) = &self.asking else { return Ok(()) };
                let Some(content) = capsule::open(code, &capsule.sealed) else {
                    self.end_asking(code_unknown(), turn);
                    return Ok(());
                };
                self.use_capsule(&introduced, content, turn)
            }
            GatewayFrame::SignInAnswer(answer) => self.stretch_login(introduced, &answer, turn),
            GatewayFrame::SignedIn(signed) => {
                let opened = introduced.finished.take().and_then(|key| secretbox::open(&key, &signed.backup));
                let backup: Option<Backup> =
                    opened.and_then(|plain| protocol::codec::decode(&plain, plain.len()).ok());
                let Some(backup) = backup else {
                    self.end_asking(between(), turn);
                    return Ok(());
                };
                self.use_backup(&introduced, backup, turn)
            }
            GatewayFrame::Refused(Refused { code, .. }) => {
                self.refused_question(code, turn);
                Ok(())
            }
            _ => {
                self.connection = Connection::Introduced(introduced);
                Ok(())
            }
        }
    }

    fn stretch_login(
        &mut self,
        mut introduced: Box<Introduced>,
        answer: &SignInAnswer,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        if !answer.stretch.is_acceptable() {
            let problem = Problem::new(
                "weak_parameters",
                "The gateway asks for a weaker protection of your passphrase than is allowed. Do not sign in; tell your office lead.",
            );
            self.end_asking(problem, turn);
            return Ok(());
        }
        let Some(begun) = introduced.begun.take() else {
            self.end_asking(between(), turn);
            return Ok(());
        };
        let step = begun.answered(&answer.message, answer.office);
        match step.login_input() {
            Ok(input) => {
                if let Some(asking) = &mut self.asking {
                    asking.stretching = true;
                }
                self.connection = Connection::Introduced(introduced);
                let length = input.len();
                self.begin_stretch(Stretching::SignIn(step), input, [0; 16], answer.stretch, length, turn);
                Ok(())
            }
            Err(Failure::WrongPassphrase) => {
                self.end_asking(between(), turn);
                Ok(())
            }
            Err(Failure::Core(error)) => Err(error),
        }
    }

    /// The passphrase is stretched: proves it, unless the gateway's record shows already that it is another one.
    pub(super) fn finish_sign_in(
        &mut self,
        outcome: Result<Finished, Failure>,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        match outcome {
            Ok(finished) => {
                let Connection::Introduced(introduced) = &mut self.connection else {
                    let problem = Problem::new("timeout", "The connection was lost meanwhile. Try again.");
                    self.end_asking(problem, turn);
                    return Ok(());
                };
                introduced.finished = Some(finished.backup_key);
                let message = FinishSignIn { request: REQUEST, message: finished.message };
                turn.send(introduced.channel(), &message.into())
            }
            Err(Failure::WrongPassphrase) => {
                // The gateway counts the attempt when the connection ends without a proof.
                self.end_asking(wrong_passphrase(), turn);
                Ok(())
            }
            Err(Failure::Core(error)) => Err(error),
        }
    }

    fn use_capsule(
        &mut self,
        introduced: &Introduced,
        content: Content,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        match content {
            Content::Invite(mut invite) => {
                if !is_remote(introduced, &invite.gateway_key) {
                    self.end_asking(between(), turn);
                    return Ok(());
                }
                self.put_known_address(&mut invite.gateways);
                self.asking = None;
                self.join_with(&invite, turn)
            }
            Content::Identity(backup) => self.use_backup(introduced, *backup, turn),
        }
    }

    /// Becomes a new device of the person whose identity this is.
    fn use_backup(
        &mut self,
        introduced: &Introduced,
        mut backup: Backup,
        turn: &mut Turn,
    ) -> Result<(), CoreError> {
        if !is_remote(introduced, &backup.home.gateway_key) {
            self.end_asking(between(), turn);
            return Ok(());
        }
        self.put_known_address(&mut backup.home.gateways);
        let passphrase = match self.asking.take().map(|asking| asking.what) {
            Some(Question::SignIn { passphrase, .. }) => Some(passphrase),
            _ => None,
        };
        let account = OlmAccount::make();
        let rng = self.rng.as_mut();
        let pass = |_: &_| Ok(Pass::Person);
        let identity = Identity::make(backup.home, backup.person, &account, turn.now, rng, pass)?;
        let mut member = Member::new(identity, account);
        member.directory.meet_colleague(backup.known);
        self.begin_entering(member, turn)?;
        // The one that signed in locks this workstation too.
        match passphrase.filter(|_| self.owes_passphrase()) {
            Some(passphrase) => self.stretch_for_vault(passphrase, None, turn),
            None => Ok(()),
        }
    }

    /// The address that just worked comes first, whatever was written down elsewhere.
    fn put_known_address(&self, gateways: &mut Vec<String>) {
        let Some(asked) = self.asking.as_ref().and_then(|asking| asking.gateways.first()) else { return };
        gateways.retain(|gateway| gateway != asked);
        gateways.insert(0, asked.clone());
    }

    fn refused_question(&mut self, code: ErrorCode, turn: &mut Turn) {
        let problem = match code {
            ErrorCode::CodeUnknown => code_unknown(),
            ErrorCode::WrongPassphrase => wrong_passphrase(),
            ErrorCode::TooManyAttempts => Problem::new(
                "too_many_attempts",
                "Too many attempts with a wrong passphrase. Wait some minutes, or add this workstation from another one.",
            ),
            ErrorCode::Overloaded
            | ErrorCode::RateLimited
            | ErrorCode::BusUnavailable
            | ErrorCode::AuditUnavailable
            | ErrorCode::GatewayStopping => {
                Problem::new(code.name(), "The gateway cannot answer now. Try again in a minute.")
            }
            _ => Problem::new(code.name(), "The gateway refused this. Ask your office lead."),
        };
        self.end_asking(problem, turn);
    }

    pub(super) fn end_asking(&mut self, problem: Problem, turn: &mut Turn) {
        self.asking = None;
        self.stretching = None;
        self.link.stop();
        self.connection = Connection::None;
        turn.close();
        self.problem = Some(problem);
    }
}

fn is_remote(introduced: &Introduced, key: &Curve25519Public) -> bool {
    introduced.channel.remote() == Some(key)
}

fn code_unknown() -> Problem {
    Problem::new(
        "code_unknown",
        "The gateway does not know this code: it was used, has expired, or is mistyped. Ask for a new one.",
    )
}

fn wrong_passphrase() -> Problem {
    Problem::new("wrong_passphrase", "Name and passphrase do not belong together.")
}

fn between() -> Problem {
    Problem::new(
        "wrong_gateway_key",
        "This is not the gateway of your office: somebody may be between you and it. Check the address; tell your office lead.",
    )
}

/// "192.168.1.20:7421" or an address with its scheme.
fn address_from(text: &str) -> Result<String, CoreError> {
    let (scheme, rest) = text.trim().split_once("://").unwrap_or(("ws", text.trim()));
    let rest = rest.trim_end_matches('/');
    let fits = matches!(scheme, "ws" | "wss")
        && !rest.is_empty()
        && rest.len() <= 260
        && rest.chars().all(|letter| letter.is_ascii_alphanumeric() || ".:-[]".contains(letter));
    if fits { Ok(format!("{scheme}://{rest}")) } else { Err(CoreError::Address) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        assert_eq!(address_from(" 192.168.1.20:7421 ").unwrap(), "ws://192.168.1.20:7421");
        assert_eq!(address_from("wss://chat.office:7421/").unwrap(), "wss://chat.office:7421");
        for wrong in ["", "http://x", "ws://", "://", "a b", "x/y", "x?y"] {
            assert_eq!(address_from(wrong).unwrap_err().code(), "bad_address", "{wrong}");
        }
    }
}
