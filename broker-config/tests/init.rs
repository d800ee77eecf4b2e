//! Making an office, and making it again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use broker_config::{InitOptions, StateDir, config::BrokerConfig, init};
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("office");
    (dir, path)
}

fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            all.extend(contents(&entry.path()));
        } else {
            all.insert(entry.path(), fs::read(entry.path()).unwrap());
        }
    }
    all
}

#[test]
fn a_second_init_changes_nothing() {
    let (_dir, path) = folder();
    let state = StateDir::create(&path).unwrap();
    let options = InitOptions::on_ports(7420, 7421);
    let office = init(&state, &options).unwrap();
    let before = contents(&path);

    let again = init(&StateDir::create(&path).unwrap(), &options).unwrap();
    let with_defaults = init(&state, &InitOptions::default()).unwrap();

    assert_eq!(contents(&path), before);
    assert_eq!((&again.id, &with_defaults.id), (&office.id, &office.id));
    assert_eq!(office.id.len(), 32);
}

#[test]
fn other_ports_change_the_ports_and_nothing_else() {
    let (_dir, path) = folder();
    let state = StateDir::create(&path).unwrap();
    init(&state, &InitOptions::on_ports(7420, 7421)).unwrap();
    let own_line = "\n# The practice's own note.\n[limits]\nframes_per_second = 7\n";
    let with_note = fs::read_to_string(state.gateway_toml()).unwrap() + own_line;
    fs::write(state.gateway_toml(), &with_note).unwrap();
    let keys = contents(&state.keys_dir());

    let office = init(&state, &InitOptions::on_ports(8420, 8421)).unwrap();

    assert_eq!(contents(&state.keys_dir()), keys);
    assert_eq!(office.nats_url, "nats://127.0.0.1:8420");
    assert_eq!(office.gateway_addresses, ["ws://127.0.0.1:8421"]);
    let wanted = with_note.replace("7420", "8420").replace("7421", "8421");
    assert_eq!(fs::read_to_string(state.gateway_toml()).unwrap(), wanted);
    assert!(fs::read_to_string(state.nats_conf()).unwrap().contains("127.0.0.1:8420"));
    assert!(fs::read_to_string(state.sink_toml()).unwrap().contains("127.0.0.1:8420"));
}

#[test]
fn an_extension_is_allowed_once_and_stays() {
    let (_dir, path) = folder();
    let state = StateDir::create(&path).unwrap();
    let extension = format!("chrome-extension://{}", "abcdefghijklmnop".repeat(2));
    let options = InitOptions { allowed_origins: vec![extension.clone()], ..InitOptions::default() };

    init(&state, &options).unwrap();
    init(&state, &options).unwrap();
    init(&state, &InitOptions::default()).unwrap();

    let file = fs::read_to_string(state.gateway_toml()).unwrap();
    assert!(file.contains(&format!(r#"allowed_origins = ["moz-extension://*", "{extension}"]"#)), "{file}");
}

#[test]
fn an_origin_that_is_not_one_extension_is_refused() {
    let (_dir, path) = folder();
    let state = StateDir::create(&path).unwrap();
    for origin in
        ["chrome-extension://*", "https://crm.example", "*", "chrome-extension://short", "moz-extension://"]
    {
        let options = InitOptions { allowed_origins: vec![origin.to_owned()], ..InitOptions::default() };

        let err = init(&state, &options).unwrap_err().to_string();

        assert!(err.starts_with(&format!("the origin {origin} is not that of one extension")), "{err}");
    }
    assert!(!state.gateway_toml().exists());
}

#[test]
fn the_files_say_what_the_code_defaults_to() {
    let (_dir, path) = folder();
    let state = StateDir::create(&path).unwrap();
    init(&state, &InitOptions::default()).unwrap();

    let config = BrokerConfig::load(&state).unwrap();

    assert_eq!(config, BrokerConfig { name: config.name.clone(), ..BrokerConfig::default() });
    assert!(config.name.starts_with("office-"));
}

#[test]
fn a_mistyped_key_stops_with_its_name_and_line() {
    let (_dir, path) = folder();
    let state = StateDir::create(&path).unwrap();
    init(&state, &InitOptions::default()).unwrap();
    fs::write(state.broker_toml(), "name = \"office\"\nlisen = \"127.0.0.1:7420\"\n").unwrap();

    let err = BrokerConfig::load(&state).unwrap_err().to_string();

    assert!(err.contains("broker.toml, line 2: unknown field `lisen`"), "{err}");
}

#[test]
fn a_folder_of_another_version_is_not_touched() {
    let (_dir, path) = folder();
    fs::create_dir(&path).unwrap();
    fs::write(path.join("VERSION"), "2\n").unwrap();

    let created = StateDir::create(&path).unwrap_err().to_string();
    let opened = StateDir::open(&path).unwrap_err().to_string();

    assert!(created.contains("has version 2, this program reads version 1"), "{created}");
    assert_eq!(created, opened);
    assert_eq!(contents(&path).len(), 1);
}

#[test]
fn a_folder_with_something_else_in_it_is_not_touched() {
    let (_dir, path) = folder();
    fs::create_dir(&path).unwrap();
    fs::write(path.join("letter.txt"), "Dear all").unwrap();

    let err = StateDir::create(&path).unwrap_err().to_string();

    assert!(err.contains("is not empty and has no VERSION file"), "{err}");
    assert_eq!(contents(&path).len(), 1);
}

#[test]
fn a_folder_without_an_office_says_what_to_do() {
    let (_dir, path) = folder();

    let err = StateDir::open(&path).unwrap_err().to_string();

    assert!(err.contains("run `broker-config init --state"), "{err}");
}

#[test]
fn a_damaged_key_is_reported_and_kept() {
    let (_dir, path) = folder();
    let state = StateDir::create(&path).unwrap();
    init(&state, &InitOptions::default()).unwrap();
    let file = state.nkey_file(broker_config::Identity::Gateway);
    fs::write(&file, "SUDAMAGED\n").unwrap();

    let err = init(&state, &InitOptions::default()).unwrap_err().to_string();

    assert!(err.contains("gateway.nk does not hold the seed of a user nkey"), "{err}");
    assert!(!err.contains("SUDAMAGED"), "{err}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "SUDAMAGED\n");
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_folder() {
    use std::os::unix::fs::PermissionsExt;

    let (_dir, path) = folder();
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let state = StateDir::create(&path).unwrap();
    init(&state, &InitOptions::default()).unwrap();

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for dir in [&path, &state.keys_dir(), &state.broker_dir(), &state.store_dir(), &state.audit_dir()] {
        assert_eq!(mode(dir), 0o700, "{}", dir.display());
    }
    for file in contents(&path).keys() {
        assert_eq!(mode(file), 0o600, "{}", file.display());
    }
}
