//! What comes inside a message: the bytes that Olm carries, what Olm decrypted, what the payload held.

use std::collections::BTreeMap;

use protocol::{
    codec,
    envelope::{Addressed, Header, SealedPayload, Wrap, WrapKind},
    frame::GatewayFrame,
    id::{ConversationId, MessageId},
};

use super::{
    CHECKED,
    desk::{Desk, SAID, SCENE},
    script::Script,
};
use crate::{
    core::{
        Core,
        samples::{self, NOW, ROOM},
    },
    directory::Place,
    message::{
        payload::{Content, Payload},
        seal,
        wrap::{Common, WrapBody},
    },
    secret::Secret,
    target::Target,
};

/// A colleague's device at the scene: what it seals is really its own.
struct Insider {
    desk: Desk,
    header: Header,
    root: Secret,
}

fn insider() -> (Insider, Desk) {
    let mut ben = Desk::of(SCENE.disk.clone(), SCENE.now).unwrap();
    ben.act(Core::start).unwrap();
    ben.connect();
    // Person 2, who has written to Ben before.
    let desk = Desk::of(SCENE.colleague.clone(), SCENE.now).unwrap();
    let me = samples::member_of_ref(&desk.core).me().clone();
    let header = Header {
        message: MessageId::new(NOW, [1; 10]),
        conversation: ConversationId::direct(me.user, samples::user(1)),
        sender_user: me.user,
        sender_device: me.device,
        expires_ms: NOW + 3_600_000,
    };
    (Insider { desk, header, root: Secret::from_bytes([3; 32]) }, ben)
}

impl Insider {
    /// What Olm is to carry for this payload.
    fn wrap(&mut self, payload: &SealedPayload, to: &Desk) -> Vec<u8> {
        let sender = samples::member_of_ref(&self.desk.core).me().clone();
        let recipient = samples::member_of_ref(&to.core).me().clone();
        let common = Common {
            header: &self.header,
            hash: seal::hash(&self.header, payload),
            root: &self.root,
            counter: 77,
            roster: Place { length: SCENE.roster.length(), head: SCENE.roster.head() },
            sender: &sender,
        };
        WrapBody::new(&common, &recipient).encode().unwrap().to_vec()
    }

    /// The copy with these bytes inside Olm.
    fn copy(&mut self, plaintext: &[u8], payload: SealedPayload, to: &Desk) -> GatewayFrame {
        let device = samples::member_of_ref(&to.core).me().device;
        let sessions = &mut samples::member_of(&mut self.desk.core).sessions;
        let wrap = sessions.encrypt(device, plaintext).unwrap().unwrap();
        Addressed { header: self.header.clone(), payload, wrap, accepted_ms: NOW }.into()
    }

    fn seal(&self, padded: &[u8]) -> SealedPayload {
        seal::seal(&self.root, padded, &mut crate::rng::OsRng).unwrap()
    }

    fn words(&self) -> Payload {
        Payload::new(self.header.clone(), Content::Text("words".to_owned()), None, None)
    }
}

/// The plaintext of a wrap: what a colleague's device puts into Olm. The first byte says whether honest bytes are changed.
pub(super) fn wrap(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let (mut insider, mut ben) = insider();
    let payload = insider.seal(&insider.words().to_padded().unwrap());
    let honest = insider.wrap(&payload, &ben);
    let how = script.byte();
    let plaintext = if how & 1 == 0 { script.edited(honest.clone()) } else { script.rest().to_vec() };
    if let Ok(wrap) = WrapBody::decode(&plaintext) {
        let written = wrap.encode().unwrap();
        let again = WrapBody::decode(&written).unwrap();
        assert_eq!(again.encode().unwrap(), written);
    }
    let frame = insider.copy(&plaintext, payload, &ben);
    ben.hear_all([frame]);
    ben.check();
    let said = texts(&ben);
    assert!(said.iter().all(|text| text == "words" || ["first contact", ""].contains(&text.as_str())));
    if plaintext == honest {
        assert!(said.iter().any(|text| text == "words"), "what is honest is shown");
    }
}

fn texts(ben: &Desk) -> Vec<String> {
    let lines = ben.core.conversation(samples::user(2)).messages.into_iter().filter(|line| !line.mine);
    lines.map(|line| line.text).collect()
}

/// What a colleague's device puts into a payload. The first byte says whether the bytes are the value alone, the padded value, or
/// changes of an honest one.
pub(super) fn payload(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let (mut insider, mut ben) = insider();
    let padded = match script.byte() % 3 {
        0 => pad(script.rest()),
        1 => script.rest().to_vec(),
        _ => {
            let value = codec::encode(&insider.words()).unwrap();
            pad(&script.edited(value))
        }
    };
    if let Ok(payload) = Payload::from_padded(&padded) {
        let written = payload.to_padded().unwrap();
        assert!(Payload::from_padded(&written).is_ok());
    }
    let payload = insider.seal(&padded);
    let plaintext = insider.wrap(&payload, &ben);
    let frame = insider.copy(&plaintext, payload, &ben);
    ben.hear_all([frame.clone()]);
    ben.check();
    // Again, and after a start, it is known.
    let shown = texts(&ben);
    ben.hear_all([frame.clone()]);
    ben.restart();
    ben.connect();
    ben.hear_all([frame]);
    assert_eq!(texts(&ben), shown, "a message is shown once");
    ben.now += 60_000;
    ben.act(Core::tick).unwrap();
    ben.check();
}

fn pad(value: &[u8]) -> Vec<u8> {
    let mut padded = (value.len() as u32).to_be_bytes().to_vec();
    padded.extend_from_slice(value);
    padded.resize(padded.len().next_multiple_of(256), 0);
    padded
}

/// An Olm message, before and behind its MAC. The first byte says of which kind, whose and whether an honest one is changed.
pub(super) fn olm_message(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let which = script.byte();
    let ben = Desk::of(SCENE.disk.clone(), SCENE.now).unwrap();
    let member = samples::member_of_ref(&ben.core);
    let honest: Vec<Addressed> = SCENE.copies.iter().map(|copy| addressed(copy)).collect();
    let copy = script.one(&honest).clone();
    let body = if which & 1 == 0 { script.edited(copy.wrap.body.clone()) } else { script.rest().to_vec() };
    let kind = if which & 2 == 0 { copy.wrap.kind } else { WrapKind::Prekey };
    let kind = if which & 4 == 0 { kind } else { WrapKind::Normal };
    let sender = member.directory.sender(copy.header.sender_device).unwrap();
    let wrap = Wrap { device: copy.wrap.device, kind, body };
    let decrypt = || member.sessions.decrypt(sender.device, &sender.olm_identity, &wrap, &member.account);
    match (decrypt(), decrypt()) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first.plaintext, second.plaintext, "decrypting changes nothing");
            if CHECKED {
                let inside =
                    WrapBody::decode(&first.plaintext).expect("only what an honest device sealed opens");
                assert!(honest.iter().any(|copy| copy.header.message == inside.message()));
            }
        }
        (Err(first), Err(second)) => assert_eq!(first, second),
        _ => panic!("decrypting changes nothing"),
    }
}

pub(super) fn addressed(frame: &[u8]) -> Addressed {
    let GatewayFrame::Deliver(addressed) = GatewayFrame::decode(frame, usize::MAX).unwrap() else {
        panic!("a copy")
    };
    addressed
}

/// Whether all that is shown was said by somebody.
pub(super) fn only_what_was_said(ben: &Desk, mine: &[String]) {
    if !CHECKED {
        return;
    }
    let people = (0..3).map(|number| Target::Person(samples::user(number)));
    for target in people.chain([Target::Room(ROOM)]) {
        let mut times: BTreeMap<String, u32> = BTreeMap::new();
        for line in ben.core.conversation(target).messages {
            let said = SAID.contains(&line.text.as_str()) || line.text.is_empty();
            assert!(line.mine || said, "somebody's words were made up");
            assert!(!line.mine || mine.contains(&line.text), "one's own words were made up");
            if !line.mine && !line.text.is_empty() {
                *times.entry(line.text).or_default() += 1;
            }
        }
        assert!(times.values().all(|times| *times == 1), "a message is shown once");
    }
}
