//! What an insider tries: a colleague with a device, sessions and the message root of a conversation.
//! Olm is taken as done; these tests change what it decrypted.

use protocol::{
    device::DeviceCertificate,
    envelope::{Header, SealedPayload},
    id::{ConversationId, Curve25519Public, DeviceId, Hash, InviteId, MessageId, OfficeId, UserId},
    identity::{IdentityCertificate, IdentityStatement},
    roster::{
        Change, InviteIssued, InvitesIssued, OfficeOpened, PersonJoined, Policy, Roster, Source, StaffRole,
    },
    signature::{Role, SigningKey},
    text::InviteSecret,
};
use serde_bytes::ByteBuf;

use super::{
    MAX_TEXT,
    open::open,
    payload::{Content, Payload},
    seal,
    wrap::{Common, WrapBody},
};
use crate::{
    comparison::step::{Compare, Reason, Step},
    directory::{Device, Directory, Place},
    olm::OlmAccount,
    refusal::Refusal,
    rng::OsRng,
    secret::Secret,
};

const NOW: u64 = 1_800_000_000_000;
const OFFICE: OfficeId = OfficeId::from_bytes([9; 16]);

type Spoil = Box<dyn Fn(&mut WrapBody)>;

struct Scene {
    directory: Directory,
    sender: Device,
    me: Device,
    header: Header,
    root: Secret,
    payload: SealedPayload,
}

/// A roster with one device each for two people. `spoil` may damage the second certificate.
fn office(spoil: impl FnOnce(&mut Device, &mut DeviceCertificate)) -> (Directory, Device, Device) {
    let mut roster = Roster::new();
    let mut entries = Vec::new();
    let office_key = SigningKey::from_seed(Role::Office, [9; 32]).unwrap();
    let mut grow = |author: Option<UserId>, key: &SigningKey, change: Change| {
        let entry = roster.next_entry(OFFICE, author, key, change, NOW).unwrap();
        roster.apply(&entry, Source::Wire { now_ms: NOW }).unwrap();
        entries.push(ByteBuf::from(entry));
        roster.root().unwrap()
    };
    let mut spoil = Some(spoil);
    let mut devices = Vec::new();
    let mut root = None;
    for number in 1..=2 {
        let secret = InviteSecret::from_bytes([number; 32]);
        let (invite, user) = (InviteId::from_bytes([number; 16]), UserId::from_bytes([number; 16]));
        let account = OlmAccount::make();
        let signer = SigningKey::from_seed(Role::Device, [number; 32]).unwrap();
        let person = SigningKey::from_seed(Role::Person, [number; 32]).unwrap();
        let noise = protocol::channel::NoisePrivateKey::from_bytes([number; 32]);
        let mut device = Device {
            office: OFFICE,
            user,
            device: DeviceId::from_bytes([number; 16]),
            signing_key: signer.public().clone(),
            noise_key: noise.public().unwrap(),
            olm_identity: account.identity(),
            olm_signing: account.signing(),
            created_ms: NOW,
        };
        let make = |device: &Device| {
            DeviceCertificate::make(device, &signer, &person, |bytes| account.sign(bytes)).unwrap()
        };
        let mut certificate = make(&device);
        if number == 1 {
            let opened = OfficeOpened {
                office_key: office_key.public().clone(),
                name: "Office".to_owned(),
                policy: Policy::default(),
                founder: user,
                founder_name: "Somebody".to_owned(),
                identity: person.public().clone(),
                certificate,
            };
            root = Some(grow(None, &office_key, opened.into()));
            devices.push(device);
            continue;
        }
        let key = secret.signing_key().unwrap().public().clone();
        let (name, role, group, expires_ms) = ("Somebody else".to_owned(), StaffRole::Staff, None, NOW + 1);
        let issued = InviteIssued { invite, key, user, name, role, group, expires_ms };
        grow(None, &office_key, InvitesIssued { invites: vec![issued] }.into());
        if let Some(spoil) = spoil.take() {
            let by_olm = certificate.by_olm;
            spoil(&mut device, &mut certificate);
            let spoilt = certificate.by_olm;
            certificate = make(&device);
            if spoilt != by_olm {
                certificate.by_olm = spoilt;
            }
        }
        let statement = IdentityStatement { office: OFFICE, invite, user, identity: person.public().clone() };
        let identity = IdentityCertificate::make(&statement, &secret.signing_key().unwrap()).unwrap();
        grow(Some(user), &person, PersonJoined { identity, certificate }.into());
        devices.push(device);
    }
    let mut directory = Directory::pinned(root.unwrap());
    directory.take(0, &entries, NOW).unwrap();
    let me = devices.pop().unwrap();
    (directory, devices.pop().unwrap(), me)
}

fn words(header: Header, text: &str) -> Payload {
    Payload::new(header, Content::Text(text.to_owned()), None, None)
}

fn scene(text: &str) -> Scene {
    let (directory, sender, me) = office(|_, _| {});
    let header = Header {
        message: MessageId::new(NOW, [1; 10]),
        conversation: ConversationId::direct(sender.user, me.user),
        sender_user: sender.user,
        sender_device: sender.device,
        expires_ms: NOW + 1_000,
    };
    let root = Secret::make(&mut OsRng).unwrap();
    let padded = words(header.clone(), text).to_padded().unwrap();
    let payload = seal::seal(&root, &padded, &mut OsRng).unwrap();
    Scene { directory, sender, me, header, root, payload }
}

impl Scene {
    fn wrap(&self) -> WrapBody {
        let common = Common {
            header: &self.header,
            hash: seal::hash(&self.header, &self.payload),
            root: &self.root,
            counter: 7,
            roster: self.directory.place(),
            sender: &self.sender,
        };
        WrapBody::new(&common, &self.me)
    }

    fn open(&self, wrap: &WrapBody) -> Result<String, Refusal> {
        let plaintext = wrap.encode().unwrap();
        open(&plaintext, &self.header, &self.payload, &self.sender, &self.me, &self.directory).map(|opened| {
            match opened.content {
                Content::Text(text) => text,
                _ => panic!("not a text"),
            }
        })
    }

    /// Seals other words under the same root and hash, as only one who knows the root can.
    fn reseal(&mut self, padded: &[u8]) -> WrapBody {
        self.payload = seal::seal(&self.root, padded, &mut OsRng).unwrap();
        self.wrap()
    }
}

#[test]
fn an_honest_message_opens() {
    let scene = scene("hello");
    assert_eq!(scene.open(&scene.wrap()).as_deref(), Ok("hello"));
}

#[test]
fn every_field_of_a_wrap_is_checked_by_name() {
    let other_key = SigningKey::from_seed(Role::Device, [50; 32]).unwrap().public().clone();
    let cases: Vec<(Spoil, Refusal)> = vec![
        (Box::new(|wrap| wrap.version = 2), Refusal::WrapVersion),
        (Box::new(|wrap| wrap.kind = 2), Refusal::WrapVersion),
        (Box::new(|wrap| wrap.sender_user = UserId::from_bytes([8; 16])), Refusal::WrapSender),
        (Box::new(|wrap| wrap.sender_device = DeviceId::from_bytes([8; 16])), Refusal::WrapSender),
        (Box::new(move |wrap| wrap.sender_key = other_key.clone()), Refusal::WrapSender),
        (Box::new(|wrap| flip_top_bit(&mut wrap.sender_olm)), Refusal::WrapSender),
        (Box::new(|wrap| wrap.recipient_user = UserId::from_bytes([8; 16])), Refusal::WrapRecipient),
        (Box::new(|wrap| wrap.recipient_device = DeviceId::from_bytes([8; 16])), Refusal::WrapRecipient),
        (Box::new(|wrap| flip_top_bit(&mut wrap.recipient_olm)), Refusal::WrapRecipient),
        (Box::new(|wrap| wrap.conversation = ConversationId::from_bytes([8; 16])), Refusal::WrapConversation),
        (Box::new(|wrap| wrap.message = MessageId::new(NOW, [8; 10])), Refusal::WrapMessage),
        (Box::new(|wrap| wrap.roster_head = Hash::from_bytes([8; 32])), Refusal::RosterFork),
        (Box::new(|wrap| wrap.roster_length -= 1), Refusal::RosterFork),
        (Box::new(|wrap| wrap.roster_length = 0), Refusal::RosterFork),
        (Box::new(|wrap| wrap.root = Secret::from_bytes([8; 32])), Refusal::Commitment),
        (Box::new(|wrap| wrap.hash = Hash::from_bytes([8; 32])), Refusal::PayloadHash),
    ];
    for (number, (change, refusal)) in cases.into_iter().enumerate() {
        let scene = scene("hello");
        let mut wrap = scene.wrap();
        change(&mut wrap);
        assert_eq!(scene.open(&wrap), Err(refusal), "case {number}");
    }
}

fn flip_top_bit(key: &mut Curve25519Public) {
    let mut bytes = *key.as_bytes();
    bytes[31] ^= 0x80;
    *key = Curve25519Public::from_bytes(bytes);
}

#[test]
fn a_co_recipient_cannot_put_other_words_under_the_senders_wraps() {
    let mut scene = scene("the sender's words");
    let honest = scene.wrap();
    let padded = words(scene.header.clone(), "other words").to_padded().unwrap();
    scene.reseal(&padded);
    assert_eq!(scene.open(&honest), Err(Refusal::PayloadHash));
}

#[test]
fn a_commitment_to_another_root_is_refused_even_if_the_hash_covers_it() {
    let mut scene = scene("hello");
    scene.payload.commitment = Hash::from_bytes([8; 32]);
    assert_eq!(scene.open(&scene.wrap()), Err(Refusal::Commitment));
}

#[test]
fn a_damaged_payload_is_refused_even_if_the_hash_covers_it() {
    let mut scene = scene("hello");
    *scene.payload.ciphertext.last_mut().unwrap() ^= 1;
    assert_eq!(scene.open(&scene.wrap()), Err(Refusal::PayloadCipher));
    scene.payload.ciphertext.clear();
    assert_eq!(scene.open(&scene.wrap()), Err(Refusal::PayloadCipher));
}

#[test]
fn the_header_inside_the_payload_must_be_the_one_outside() {
    let mut scene = scene("hello");
    let mut other = scene.header.clone();
    other.expires_ms += 1;
    let padded = words(other, "hello").to_padded().unwrap();
    let wrap = scene.reseal(&padded);
    assert_eq!(scene.open(&wrap), Err(Refusal::PayloadHeader));
}

#[test]
fn padding_has_one_form() {
    let mut scene = scene("hello");
    let honest = words(scene.header.clone(), "hello").to_padded().unwrap();
    assert_eq!(honest.len() % 256, 0);
    let mut cases = vec![Vec::new(), vec![0; 3], vec![0; 256], vec![0xff; 256], honest[..255].to_vec()];
    let mut longer = honest.to_vec();
    longer.extend([0; 256]);
    cases.push(longer);
    let mut marked = honest.to_vec();
    *marked.last_mut().unwrap() = 1;
    cases.push(marked);
    for (number, padded) in cases.into_iter().enumerate() {
        let wrap = scene.reseal(&padded);
        assert_eq!(scene.open(&wrap), Err(Refusal::PayloadMalformed), "case {number}");
    }
}

#[test]
fn content_that_only_a_newer_version_knows_is_refused_by_name() {
    let mut scene = scene("hello");
    let (id, reason) = (scene.header.message, Reason::Stopped);
    let content = Content::Compare(Compare { id, step: Step::Cancel { reason } });
    let mut padded = Payload::new(scene.header.clone(), content, None, None).to_padded().unwrap().to_vec();
    assert!(Payload::from_padded(&padded).is_ok());
    let at = padded.windows(7).position(|word| word == b"compare").unwrap();
    padded[at..at + 7].copy_from_slice(b"imagine");
    let wrap = scene.reseal(&padded);
    assert_eq!(scene.open(&wrap), Err(Refusal::PayloadMalformed));
}

#[test]
fn a_text_that_nobody_may_send_is_not_shown() {
    for text in [String::new(), " \n".to_owned(), "x".repeat(MAX_TEXT + 1)] {
        let scene = scene(&text);
        assert_eq!(scene.open(&scene.wrap()), Err(Refusal::PayloadText));
    }
}

#[test]
fn what_olm_decrypted_may_be_anything() {
    let scene = scene("hello");
    let honest = scene.wrap().encode().unwrap();
    for cut in 0..honest.len() {
        let opened =
            open(&honest[..cut], &scene.header, &scene.payload, &scene.sender, &scene.me, &scene.directory);
        assert_eq!(opened.err(), Some(Refusal::WrapMalformed), "cut at {cut}");
    }
}

#[test]
fn a_sender_who_has_seen_more_of_the_roster_is_believed_for_now() {
    let scene = scene("hello");
    let mut wrap = scene.wrap();
    wrap.roster_length += 5;
    wrap.roster_head = Hash::from_bytes([8; 32]);
    assert_eq!(scene.open(&wrap).as_deref(), Ok("hello"));
}

#[test]
fn a_device_whose_olm_account_did_not_sign_is_nobodys() {
    let (directory, _, spoilt) =
        office(|_, certificate| certificate.by_olm = protocol::id::Signature::from_bytes([1; 64]));
    assert!(directory.is_distrusted(spoilt.device));
    assert!(directory.device(spoilt.device).is_none());
    assert_eq!(directory.devices_of(spoilt.user).count(), 0);
    assert!(directory.trouble().is_none(), "one bad device must not stop the office");
}

/// Keys of low order, and Noise keys in another form, do not come into the roster at all: see `protocol/tests/it/roster/keys.rs`.
#[test]
fn a_device_with_a_non_canonical_olm_key_is_nobodys() {
    let mut prime_plus_nine = [0xff; 32];
    prime_plus_nine[0] = 0xed + 9;
    prime_plus_nine[31] = 0x7f;
    for bytes in [prime_plus_nine, [0xff; 32]] {
        let key = Curve25519Public::from_bytes(bytes);
        let (directory, _, spoilt) = office(|device, _| device.olm_identity = key);
        assert!(directory.is_distrusted(spoilt.device), "{key}");
    }
    let (directory, _, sound) = office(|_, _| {});
    assert!(!directory.is_distrusted(sound.device));
}

#[test]
fn a_place_stands_to_the_log_as_it_should() {
    use crate::directory::Standing;
    let (directory, ..) = office(|_, _| {});
    let place = directory.place();
    assert_eq!(directory.standing(place), Standing::Known);
    assert_eq!(directory.standing(Place { length: place.length + 1, ..place }), Standing::Ahead);
    assert_eq!(directory.standing(Place { length: 2, ..place }), Standing::Contradicts);
}
