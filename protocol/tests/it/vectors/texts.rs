//! What people paste, type or scan.

use protocol::text::{Code, CodeLink, Founding, Invite, RecoveryKit};
use serde_json::json;

use super::{check_recorded, hex};
use crate::samples;

#[test]
fn an_invite_has_its_recorded_text() {
    let text = samples::invite().to_text().unwrap();
    assert_eq!(Invite::from_text(&text).unwrap(), samples::invite());
    check_recorded("invite.json", &[json!({ "name": "Invite", "text": text })]);
}

#[test]
fn a_founding_text_has_its_recorded_form() {
    let text = samples::founding().to_text().unwrap();
    assert_eq!(Founding::from_text(&text).unwrap(), samples::founding());
    check_recorded("founding.json", &[json!({ "name": "Founding", "text": text })]);
}

#[test]
fn a_recovery_kit_has_its_recorded_text() {
    let text = samples::recovery_kit().to_text().unwrap();
    assert_eq!(RecoveryKit::from_text(&text).unwrap(), samples::recovery_kit());
    check_recorded("recovery.json", &[json!({ "name": "RecoveryKit", "text": text })]);
}

#[test]
fn a_code_has_its_recorded_text_capsule_and_key() {
    let code = samples::code();
    let text = code.to_text().unwrap();
    assert_eq!(Code::from_text(&text).unwrap(), code);
    let link = samples::code_link().to_text().unwrap();
    assert_eq!(CodeLink::from_text(&link).unwrap(), samples::code_link());
    let vectors = [
        json!({ "name": "Code", "text": text, "capsule": code.capsule(), "key": hex(&code.key()) }),
        json!({ "name": "CodeLink", "text": link }),
    ];
    check_recorded("code.json", &vectors);
}
