use protocol::{
    envelope::{Wrap, WrapKind},
    id::{Curve25519Public, DeviceId},
    signature::{Role, SigningKey},
};
use serde::{Deserialize, Serialize};
use vodozemac::olm::{Account, Session, SessionConfig, SessionPickle};

use super::*;
use crate::{
    refusal::Refusal,
    store::{Batch, Keep, key},
};

const ANN: DeviceId = DeviceId::from_bytes([1; 16]);
const BEN: DeviceId = DeviceId::from_bytes([2; 16]);

/// Ann with a session to Ben, and Ben.
fn pair() -> (OlmAccount, Sessions, OlmAccount, Sessions) {
    let (ann, mut ben) = (OlmAccount::make(), OlmAccount::make());
    let signer = SigningKey::from_seed(Role::Device, [2; 32]).unwrap();
    let prekeys = ben.refill(0, BEN, &signer, 0).unwrap();
    let prekey = prekeys[0].verify(signer.public()).unwrap();
    let mut sessions = Sessions::default();
    sessions.add(BEN, ann.open_session(&ben.identity(), &prekey.key).unwrap());
    (ann, sessions, ben, Sessions::default())
}

fn send(sessions: &mut Sessions, to: DeviceId, text: &str) -> Wrap {
    sessions.encrypt(to, text.as_bytes()).unwrap().unwrap()
}

#[test]
fn sessions_are_of_version_two_both_ways() {
    let (ann, mut from_ann, mut ben, mut from_ben) = pair();
    let wrap = send(&mut from_ann, BEN, "first");
    assert_eq!(wrap.kind, WrapKind::Prekey);
    let decrypted = from_ben.decrypt(ANN, &ann.identity(), &wrap, &ben).ok().unwrap();
    from_ben.accept(decrypted, &mut ben);
    let answer = send(&mut from_ben, ANN, "answer");
    // Version byte 4 announces a whole MAC.
    assert_eq!((answer.kind, answer.body[0]), (WrapKind::Normal, 4));
}

#[test]
fn a_first_message_of_version_one_is_refused() {
    let (ann, _, mut ben, from_ben) = pair();
    let signer = SigningKey::from_seed(Role::Device, [2; 32]).unwrap();
    let key = ben.refill(0, BEN, &signer, 0).unwrap()[0].verify(signer.public()).unwrap().key;
    let account = Account::new();
    let mut session = account
        .create_outbound_session(
            SessionConfig::version_1(),
            key_form::olm_key(&ben.identity()),
            key_form::olm_key(&key),
        )
        .unwrap();
    let (_, body) = session.encrypt("weak").unwrap().to_parts();
    let wrap = Wrap { device: BEN, kind: WrapKind::Prekey, body };
    let identity = Curve25519Public::from_bytes(account.curve25519_key().to_bytes());
    assert_eq!(from_ben.decrypt(ANN, &identity, &wrap, &ben).err(), Some(Refusal::OlmMalformed));
    assert_ne!(identity, ann.identity());
}

#[test]
fn a_stored_session_of_version_one_is_refused() {
    #[derive(Serialize, Deserialize)]
    struct Record {
        sessions: Vec<SessionPickle>,
    }
    let (ann, ben) = (Account::new(), Account::new());
    let weak: Session = ann
        .create_outbound_session(SessionConfig::version_1(), ben.curve25519_key(), ben.curve25519_key())
        .unwrap();
    let record = Record { sessions: vec![weak.pickle()] };
    let bytes = protocol::codec::encode(&record).unwrap();
    let error = Sessions::default().restore(&key::sessions(BEN), BEN, &bytes).unwrap_err();
    assert_eq!(error.code(), "storage_damaged");
}

#[test]
fn decrypting_changes_nothing_until_it_is_accepted() {
    let (ann, mut from_ann, mut ben, mut from_ben) = pair();
    let wrap = send(&mut from_ann, BEN, "first");
    // Twice without accepting: the one-time key is still there.
    for _ in 0..2 {
        assert!(from_ben.decrypt(ANN, &ann.identity(), &wrap, &ben).is_ok());
    }
    let decrypted = from_ben.decrypt(ANN, &ann.identity(), &wrap, &ben).ok().unwrap();
    assert_eq!(decrypted.plaintext.as_slice(), b"first");
    from_ben.accept(decrypted, &mut ben);
    assert_eq!(from_ben.decrypt(ANN, &ann.identity(), &wrap, &ben).err(), Some(Refusal::NoOneTimeKey));

    let wrap = send(&mut from_ann, BEN, "second");
    let mut damaged = wrap.clone();
    *damaged.body.last_mut().unwrap() ^= 1;
    assert!(from_ben.decrypt(ANN, &ann.identity(), &damaged, &ben).is_err());
    let decrypted = from_ben.decrypt(ANN, &ann.identity(), &wrap, &ben).ok().unwrap();
    assert_eq!(decrypted.plaintext.as_slice(), b"second");
}

/// Those are tried on a copy, which is kept for the next: it has to be the account as it is then.
#[test]
fn first_messages_that_do_not_open_leave_those_that_do() {
    let (ann, mut from_ann, mut ben, mut from_ben) = pair();
    let signer = SigningKey::from_seed(Role::Device, [2; 32]).unwrap();
    let open = |from_ben: &mut Sessions, ben: &mut OlmAccount, wrap: &Wrap| {
        let decrypted = from_ben.decrypt(ANN, &ann.identity(), wrap, ben)?;
        from_ben.accept(decrypted, ben);
        Ok::<_, Refusal>(())
    };
    let mut damaged = send(&mut from_ann, BEN, "damaged");
    *damaged.body.last_mut().unwrap() ^= 1;
    assert_eq!(open(&mut from_ben, &mut ben, &damaged), Err(Refusal::CannotDecrypt));

    // Keys that are newer than the copy.
    let new = ben.refill(0, BEN, &signer, 0).unwrap()[0].verify(signer.public()).unwrap().key;
    let mut second = Sessions::default();
    second.add(BEN, ann.open_session(&ben.identity(), &new).unwrap());
    let on_new = send(&mut second, BEN, "on a new key");
    assert_eq!(open(&mut from_ben, &mut ben, &on_new), Ok(()));

    // The key is used up, in the copy too.
    let mut third = Sessions::default();
    third.add(BEN, ann.open_session(&ben.identity(), &new).unwrap());
    let used = send(&mut third, BEN, "on a used key");
    assert_eq!(open(&mut from_ben, &mut ben, &damaged), Err(Refusal::CannotDecrypt));
    assert_eq!(open(&mut from_ben, &mut ben, &used), Err(Refusal::NoOneTimeKey));
    let (mut again, mut sessions) = stored(&mut ben, &mut from_ben);
    assert_eq!(open(&mut sessions, &mut again, &used), Err(Refusal::NoOneTimeKey));
    assert_eq!(open(&mut sessions, &mut again, &send(&mut second, BEN, "a second one")), Ok(()));
    assert_eq!(open(&mut from_ben, &mut ben, &send(&mut from_ann, BEN, "whole")), Ok(()));
}

#[test]
fn the_identity_key_of_a_first_message_is_compared_as_bytes() {
    let (ann, mut from_ann, ben, from_ben) = pair();
    let wrap = send(&mut from_ann, BEN, "first");
    let at = wrap.body.windows(32).position(|window| window == ann.identity().as_bytes()).unwrap();
    let mut flipped = wrap.clone();
    flipped.body[at + 31] ^= 0x80;
    assert_eq!(from_ben.decrypt(ANN, &ann.identity(), &flipped, &ben).err(), Some(Refusal::IdentityKey));
    let other = OlmAccount::make();
    assert_eq!(from_ben.decrypt(ANN, &other.identity(), &wrap, &ben).err(), Some(Refusal::IdentityKey));
}

#[test]
fn flipped_top_bits_of_the_other_keys_are_refused() {
    let (ann, mut from_ann, ben, from_ben) = pair();
    let wrap = send(&mut from_ann, BEN, "first");
    // Three fields of 32 bytes stand before the inner message: one-time key, base key, identity key.
    let mut refused = 0;
    for at in 0..wrap.body.len() - 33 {
        if wrap.body[at + 1] == 32 && [0x0a, 0x12].contains(&wrap.body[at]) {
            let mut flipped = wrap.clone();
            flipped.body[at + 33] ^= 0x80;
            match from_ben.decrypt(ANN, &ann.identity(), &flipped, &ben).err() {
                Some(Refusal::KeyForm) => refused += 1,
                other => assert!(other.is_some(), "byte {at} was accepted"),
            }
        }
    }
    assert!(refused >= 2);
}

#[test]
fn out_of_order_messages_open_and_sessions_survive_storage() {
    let (ann, mut from_ann, mut ben, mut from_ben) = pair();
    let wraps: Vec<_> = (0..20).map(|number| send(&mut from_ann, BEN, &number.to_string())).collect();
    for (number, wrap) in wraps.iter().enumerate().rev() {
        let decrypted = from_ben.decrypt(ANN, &ann.identity(), wrap, &ben).ok().unwrap();
        assert_eq!(decrypted.plaintext.as_slice(), number.to_string().as_bytes());
        from_ben.accept(decrypted, &mut ben);
        (ben, from_ben) = stored(&mut ben, &mut from_ben);
    }
    assert_eq!(from_ben.decrypt(ANN, &ann.identity(), &wraps[3], &ben).err(), Some(Refusal::NoOneTimeKey));
}

/// What is left after a restart.
fn stored(account: &mut OlmAccount, sessions: &mut Sessions) -> (OlmAccount, Sessions) {
    let mut batch = Batch::default();
    account.flush(&mut batch).unwrap();
    sessions.flush(&mut batch).unwrap();
    let mut again = (None, Sessions::default());
    for (name, value) in batch.into_plain() {
        if name == key::ACCOUNT {
            again.0 = Some(OlmAccount::restore(&value).unwrap());
        } else {
            again.1.restore(&name, ANN, &value).unwrap();
        }
    }
    // An account that did not change is not written again.
    (again.0.unwrap_or_else(|| std::mem::replace(account, OlmAccount::make())), again.1)
}

#[test]
fn one_time_keys_are_made_when_few_are_left_and_never_twice() {
    let mut account = OlmAccount::make();
    let signer = SigningKey::from_seed(Role::Device, [2; 32]).unwrap();
    let first = account.refill(0, BEN, &signer, 0).unwrap();
    assert_eq!(first.len(), 50);
    assert!(account.refill(25, BEN, &signer, 0).unwrap().is_empty());
    let more = account.refill(24, BEN, &signer, 0).unwrap();
    assert_eq!(more.len(), 26);
    let mut keys: Vec<_> =
        first.iter().chain(&more).map(|key| key.verify(signer.public()).unwrap()).collect();
    keys.sort_by_key(|key| key.key_id);
    keys.dedup_by_key(|key| key.key_id);
    assert_eq!(keys.len(), 76);
    assert!(account.refill(u32::MAX, BEN, &signer, 0).unwrap().is_empty());
}

#[test]
fn canonical_is_less_than_the_prime() {
    let is_sound = |bytes| key_form::is_sound(&Curve25519Public::from_bytes(bytes));
    let mut prime = [0xff; 32];
    (prime[0], prime[31]) = (0xed, 0x7f);
    assert!(!is_sound(prime));
    prime[0] = 0xec;
    assert!(!is_sound(prime), "p - 1 is of low order");
    prime[0] = 0xeb;
    assert!(is_sound(prime), "p - 2 is not");
    let mut base = [0; 32];
    base[0] = 9;
    assert!(is_sound(base));
    base[31] = 0x80;
    assert!(!is_sound(base));
}

/// The list against what the Olm library does with these keys.
#[test]
fn keys_that_give_everybody_the_secret_are_refused_and_no_others() {
    let order_eight = [
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ];
    let numbers = [0, 1, 2, 9].map(|number| {
        let mut bytes = [0; 32];
        bytes[0] = number;
        bytes
    });
    let near_the_prime = [0xeb, 0xec].map(|last| {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (last, 0x7f);
        bytes
    });
    let order_eight = order_eight.map(|hex| *hex.parse::<Curve25519Public>().unwrap().as_bytes());
    let random = (0..50).map(|_| Account::new().curve25519_key().to_bytes());
    let mut refused = 0;
    for bytes in numbers.into_iter().chain(near_the_prime).chain(order_eight).chain(random) {
        let key = Curve25519Public::from_bytes(bytes);
        let secret = vodozemac::Curve25519SecretKey::from_slice(&[0x42; 32]);
        let agrees = secret.diffie_hellman(&key_form::olm_key(&key)).is_some();
        assert_eq!(key_form::is_sound(&key), agrees, "{key}");
        refused += u32::from(!agrees);
    }
    assert_eq!(refused, 5);
}
