//! Recorded bytes. A change here is a change of the protocol: an older peer would not understand it.
//! `UPDATE_VECTORS=1 cargo test -p protocol --test it vectors` writes them anew, for a new version only.

mod frames;
mod handshake;
mod statements;
mod texts;
mod words;

use std::path::PathBuf;

use protocol::{codec, limits::MAX_FRAME, signature::SigningKey};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// MessagePack as JSON for people and for other languages: byte strings become `"hex:..."`.
fn readable(value: &rmpv::Value) -> Value {
    match value {
        rmpv::Value::Nil => Value::Null,
        rmpv::Value::Boolean(flag) => json!(flag),
        rmpv::Value::Integer(number) => json!(number.as_u64().expect("only unsigned numbers travel")),
        rmpv::Value::String(text) => json!(text.as_str().expect("text is UTF-8")),
        rmpv::Value::Binary(bytes) => json!(format!("hex:{}", hex(bytes))),
        rmpv::Value::Array(items) => items.iter().map(readable).collect(),
        rmpv::Value::Map(fields) => {
            fields.iter().map(|(key, value)| (key.as_str().unwrap().to_owned(), readable(value))).collect()
        }
        other => panic!("{other} has no place in a frame"),
    }
}

fn read(bytes: &[u8]) -> Value {
    readable(&rmpv::decode::read_value(&mut &bytes[..]).unwrap())
}

fn vector(name: &str, bytes: &[u8]) -> Value {
    json!({ "name": name, "bytes_hex": hex(bytes), "json": read(bytes) })
}

/// A signed statement: `inner` is what its `statement` or `entry` holds.
fn signed_vector(name: &str, bytes: &[u8], statement: &[u8], key: &SigningKey) -> Value {
    let mut vector = vector(name, bytes);
    vector["inner"] = read(statement);
    vector["signed_by"] = json!(key.public().as_str());
    vector
}

/// The vector of a value that is nothing but its fields.
fn plain<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(name: &str, value: &T) -> Value {
    let bytes = codec::encode(value).unwrap();
    assert_eq!(&codec::decode::<T>(&bytes, MAX_FRAME).unwrap(), value);
    vector(name, &bytes)
}

/// Compares with the recorded file, or writes it when asked to.
fn check_recorded(file: &str, vectors: &[Value]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors").join(file);
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(vectors).unwrap() + "\n").unwrap();
    }
    let recorded: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(recorded.len(), vectors.len(), "{file}: another number of vectors");
    for (recorded, now) in recorded.iter().zip(vectors) {
        assert_eq!(recorded, now, "{file}");
    }
}
