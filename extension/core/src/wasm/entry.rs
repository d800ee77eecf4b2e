//! Entering, passphrase, lock, recovery, devices.

use wasm_bindgen::prelude::*;

use super::{Core, effects, id, ms, thrown, to_js};

/// See the type declarations.
#[wasm_bindgen(skip_typescript)]
#[expect(unreachable_pub, reason = "wasm_bindgen exports nothing that is less than pub")]
pub fn stretch(
    input: &[u8],
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
    length: usize,
) -> Result<Vec<u8>, JsValue> {
    crate::stretch(input, salt, memory_kib, passes, length).map_err(|error| thrown(&error))
}

#[wasm_bindgen]
impl Core {
    /// See the type declarations.
    #[wasm_bindgen(skip_typescript)]
    pub fn found(
        &mut self,
        text: &str,
        office_name: &str,
        name: &str,
        now_ms: f64,
    ) -> Result<JsValue, JsValue> {
        effects(self.0.found(text, office_name, name, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(skip_typescript)]
    pub fn join(&mut self, text: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.join(text, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = joinByCode, skip_typescript)]
    pub fn join_by_code(&mut self, address: &str, code: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.join_by_code(address, code, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = signIn, skip_typescript)]
    pub fn sign_in(
        &mut self,
        address: &str,
        name: &str,
        passphrase: &str,
        now_ms: f64,
    ) -> Result<JsValue, JsValue> {
        effects(self.0.sign_in(address, name, passphrase, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = stopEntering, skip_typescript)]
    pub fn stop_entering(&mut self, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.stop_entering(ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = setPassphrase, skip_typescript)]
    pub fn set_passphrase(&mut self, passphrase: &str, job: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.set_passphrase(passphrase, job, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(skip_typescript)]
    pub fn unlock(&mut self, passphrase: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.unlock(passphrase, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(skip_typescript)]
    pub fn lock(&mut self, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.lock(ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(skip_typescript)]
    pub fn stretched(&mut self, id: u32, output: &[u8], now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.stretched(id, output, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = stretchFailed, skip_typescript)]
    pub fn stretch_failed(&mut self, id: u32, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.stretch_failed(id, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = forgetJob, skip_typescript)]
    pub fn forget_job(&mut self, job: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.forget_job(job, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = signOut, skip_typescript)]
    pub fn sign_out(&mut self, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.sign_out(ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = recoveryKit, skip_typescript)]
    pub fn recovery_kit(&self) -> Result<JsValue, JsValue> {
        self.0.recovery_kit().map_err(|error| thrown(&error)).and_then(|kit| to_js(&kit))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = kitWasSaved, skip_typescript)]
    pub fn kit_was_saved(&mut self, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.kit_was_saved(ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = takeOfficeKey, skip_typescript)]
    pub fn take_office_key(&mut self, kit: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.take_office_key(kit, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = restoreOffice, skip_typescript)]
    pub fn restore_office(&mut self, kit: &str, name: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.restore_office(kit, name, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = addDevice, skip_typescript)]
    pub fn add_device(&mut self, job: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.add_device(job, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = fetchDevices, skip_typescript)]
    pub fn fetch_devices(&mut self, user: &str, job: &str, now_ms: f64) -> Result<JsValue, JsValue> {
        effects(self.0.fetch_devices(id(user, "user")?, job, ms(now_ms)))
    }

    /// See the type declarations.
    #[wasm_bindgen(js_name = revokeDevice, skip_typescript)]
    pub fn revoke_device(
        &mut self,
        device: &str,
        lost: bool,
        job: &str,
        now_ms: f64,
    ) -> Result<JsValue, JsValue> {
        effects(self.0.revoke_device(id(device, "device")?, lost, job, ms(now_ms)))
    }
}
