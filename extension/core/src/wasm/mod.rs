//! The face to TypeScript: types in, types out, errors with a code. No logic.

mod entry;
mod office;
mod types;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use crate::{Core as Inner, CoreError, Effects, Hint, StoredRecord, Target};

/// One device.
#[wasm_bindgen(skip_typescript)]
pub struct Core(Inner);

#[derive(Deserialize)]
struct Record {
    key: String,
    value: ByteBuf,
}

fn stored(records: JsValue, name: &str) -> Result<Vec<StoredRecord>, JsValue> {
    let records: Vec<Record> = from_js(records, name)?;
    let stored = |record: Record| StoredRecord { key: record.key, value: record.value.into_vec() };
    Ok(records.into_iter().map(stored).collect())
}

#[wasm_bindgen]
impl Core {
    /// See the type declarations.
    #[wasm_bindgen(skip_typescript)]
    pub fn open(records: JsValue, session: JsValue, now_ms: f64) -> Result<Core, JsValue> {
        let (records, session) = (stored(records, "records")?, stored(session, "session")?);
        let mut core = Inner::open(records, session, ms(now_ms)).map_err(|error| thrown(&error))?;
        core.require_passphrase();
        Ok(Self(core))
    }

    /// See the type declarations.
    #[wasm_bindgen(skip_typescript)]
    pub fn start(&mut self, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.start(ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = sendText, skip_typescript)]
    pub fn send_text(&mut self, to: &str, text: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.send_text(target(to)?, text, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = markRead, skip_typescript)]
    pub fn mark_read(&mut self, with: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.mark_read(target(with)?, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = socketOpened, skip_typescript)]
    pub fn socket_opened(&mut self, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.socket_opened(ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = socketMessage, skip_typescript)]
    pub fn socket_message(&mut self, bytes: &[u8], now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.socket_message(bytes, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = socketClosed, skip_typescript)]
    pub fn socket_closed(&mut self, code: u16, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.socket_closed(code, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(skip_typescript)]
    pub fn tick(&mut self, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.tick(ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(skip_typescript)]
    pub fn hint(&mut self, kind: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        let hint = match kind {
            "online" => Hint::Online,
            "offline" => Hint::Offline,
            "wake" => Hint::Wake,
            "slept" => Hint::Slept,
            "computer_locked" => Hint::ComputerLocked,
            "activity" => Hint::Activity,
            _ => return Err(argument("kind")),
        };
        effects(self.0.hint(hint, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(skip_typescript)]
    pub fn view(&self) -> Result<JsValue, JsValue> {
        to_js(&self.0.view())
    }

    /// See the type declarations.
    #[wasm_bindgen(skip_typescript)]
    pub fn conversation(&self, with: &str) -> Result<JsValue, JsValue> {
        to_js(&self.0.conversation(target(with)?))
    }
}

fn effects(result: Result<Effects, CoreError>) -> Result<JsValue, JsValue> {
    result.map_err(|error| thrown(&error)).and_then(|effects| to_js(&effects))
}

fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = Serializer::json_compatible().serialize_bytes_as_arrays(false);
    value.serialize(&serializer).map_err(|_| thrown(&CoreError::Internal("crossing into JavaScript")))
}

fn target(text: &str) -> Result<Target, JsValue> {
    text.parse().map_err(|_| thrown(&CoreError::UnknownPerson))
}

/// An id of any kind.
fn id<T: std::str::FromStr>(text: &str, name: &str) -> Result<T, JsValue> {
    text.parse().map_err(|_| argument(name))
}

fn from_js<T: serde::de::DeserializeOwned>(value: JsValue, name: &str) -> Result<T, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(|_| argument(name))
}

/// `Date.now()` as a whole number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
const fn ms(now_ms: f64) -> u64 {
    now_ms as u64
}

fn thrown(error: &CoreError) -> JsValue {
    coded(error.code(), &error.to_string())
}

fn argument(name: &str) -> JsValue {
    coded("bad_argument", &format!("{name} is not of the declared type"))
}

fn coded(code: &str, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    // Setting a property of a fresh object cannot fail.
    let _ = js_sys::Reflect::set(&error, &JsValue::from_str("code"), &JsValue::from_str(code));
    error.into()
}
