//! For the page of the benchmark. Only times are milliseconds since 1970.

use anyhow::Result;
use wasm_bindgen::prelude::*;

use crate::{Layer, Office, TEXT};

/// See [`Office`].
#[wasm_bindgen(js_name = Office)]
pub struct JsOffice {
    office: Office,
    layer: Option<Layer>,
}

/// What everybody writes.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "wasm_bindgen exports nothing that is less than pub")]
pub fn text() -> String {
    TEXT.to_owned()
}

#[wasm_bindgen(js_class = Office)]
impl JsOffice {
    /// See [`Office::open`].
    pub fn open(staff: usize, now_ms: f64) -> Result<Self, JsError> {
        Ok(Self { office: thrown(Office::open(staff, ms(now_ms)))?, layer: None })
    }

    /// See [`Office::invite`].
    pub fn invite(&mut self, now_ms: f64) -> Result<String, JsError> {
        thrown(self.office.invite(ms(now_ms)))
    }

    /// See [`Office::room`].
    pub fn room(&self) -> String {
        self.office.room()
    }

    /// See [`Office::person`].
    pub fn person(&self, index: usize) -> Result<String, JsError> {
        thrown(self.office.person(index))
    }

    /// See [`Office::connected`].
    pub fn connected(&mut self) {
        self.office.connected();
    }

    /// See [`Office::deliver`].
    pub fn deliver(&mut self) -> Option<Vec<u8>> {
        self.office.deliver()
    }

    /// See [`Office::take`].
    pub fn take(&mut self, bytes: &[u8], now_ms: f64) -> Result<(), JsError> {
        thrown(self.office.take(bytes, ms(now_ms)))
    }

    /// See [`Office::read_all`].
    #[wasm_bindgen(js_name = readAll)]
    pub fn read_all(&mut self, confirm: bool, now_ms: f64) -> Result<usize, JsError> {
        thrown(self.office.read_all(confirm, ms(now_ms)))
    }

    /// See [`Office::drop_all`].
    #[wasm_bindgen(js_name = dropAll)]
    pub fn drop_all(&mut self) {
        self.office.drop_all();
    }

    /// See [`Office::begin`].
    pub fn begin(&mut self, first: usize, count: usize) -> Result<(), JsError> {
        thrown(self.office.begin(first, count))
    }

    /// See [`Office::write_room`].
    #[wasm_bindgen(js_name = writeRoom)]
    pub fn write_room(&mut self, first: usize, count: usize, now_ms: f64) -> Result<(), JsError> {
        thrown(self.office.write_room(first, count, ms(now_ms)))
    }

    /// See [`Office::write_person`].
    #[wasm_bindgen(js_name = writePerson)]
    pub fn write_person(&mut self, index: usize, now_ms: f64) -> Result<(), JsError> {
        thrown(self.office.write_person(index, ms(now_ms)))
    }

    /// See [`Layer::new`].
    #[wasm_bindgen(js_name = layerBegin)]
    pub fn layer_begin(&mut self, now_ms: f64) -> Result<(), JsError> {
        self.layer = Some(thrown(Layer::new(&mut self.office, ms(now_ms)))?);
        Ok(())
    }

    /// See [`Layer::seal`].
    #[wasm_bindgen(js_name = layerSeal)]
    pub fn layer_seal(&mut self, now_ms: f64) -> Result<usize, JsError> {
        self.with_layer(|layer, office| layer.seal(office, ms(now_ms)))
    }

    /// See [`Layer::open_all`].
    #[wasm_bindgen(js_name = layerOpenAll)]
    pub fn layer_open_all(&mut self) -> Result<usize, JsError> {
        self.with_layer(Layer::open_all)
    }

    /// See [`Layer::answer`].
    #[wasm_bindgen(js_name = layerAnswer)]
    pub fn layer_answer(&mut self, now_ms: f64) -> Result<(), JsError> {
        self.with_layer(|layer, office| layer.answer(office, ms(now_ms)))
    }

    fn with_layer<T>(
        &mut self,
        call: impl FnOnce(&mut Layer, &mut Office) -> Result<T>,
    ) -> Result<T, JsError> {
        let layer = self.layer.as_mut().ok_or_else(|| JsError::new("layerBegin comes first"))?;
        thrown(call(layer, &mut self.office))
    }
}

fn thrown<T>(result: Result<T>) -> Result<T, JsError> {
    result.map_err(|error| JsError::new(&format!("{error:#}")))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
const fn ms(now_ms: f64) -> u64 {
    now_ms as u64
}
