use super::*;

fn key_file(dir: &Path) -> String {
    let seed = nkeys::KeyPair::new_user().seed().unwrap();
    fs::create_dir_all(dir.join("keys")).unwrap();
    fs::write(dir.join("keys/sink.nk"), format!("{seed}\n")).unwrap();
    seed
}

fn load_text(dir: &Path, text: &str) -> Result<Checked, ConfigError> {
    let path = dir.join("sink.toml");
    fs::write(&path, text).unwrap();
    load(&path)
}

#[test]
fn the_example_names_every_key_with_its_default() {
    let example: SinkConfig = toml::from_str(include_str!("../../sink.example.toml")).unwrap();
    assert_eq!(example, SinkConfig::default());
    assert_eq!(toml::from_str::<SinkConfig>("").unwrap(), SinkConfig::default());
    let keys = |table: &toml::Table| table.values().filter_map(toml::Value::as_table).count();
    let table: toml::Table = toml::from_str(include_str!("../../sink.example.toml")).unwrap();
    assert_eq!((table.len(), keys(&table)), (6, 3), "a key is missing in sink.example.toml");
    let sections = ["bus", "ingest", "dedupe"].map(|name| table[name].as_table().unwrap().len());
    assert_eq!(sections, [3, 4, 2], "a key is missing in sink.example.toml");
}

#[test]
fn relative_paths_start_at_the_file() {
    let dir = tempfile::tempdir().unwrap();
    key_file(dir.path());
    let checked = load_text(dir.path(), "dir = \"trail\"").unwrap();
    assert_eq!(checked.settings.dir, dir.path().join("trail"));
}

#[test]
fn an_unknown_key_is_named_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    key_file(dir.path());
    let error = load_text(dir.path(), "[bus]\nulr = \"nats://127.0.0.1:1\"\n").unwrap_err().to_string();
    assert!(error.contains("unknown field `ulr`") && error.contains("line 2"), "{error}");
}

#[test]
fn all_faults_are_told_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let text = "origin = \"Our Office\"\nstop_deadline = \"0s\"\n[bus]\nurl = \"nats://a:secret@127.0.0.1:1\"\n\
                [dedupe]\nwindow_days = 1\n[ingest]\nbatch_messages = 0\n";
    let error = load_text(dir.path(), text).unwrap_err().to_string();
    for part in ["origin:", "stop_deadline", "bus.url", "bus.nkey_file", "window_days", "batch_messages"] {
        assert!(error.contains(part), "{part} not in: {error}");
    }
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn a_file_that_holds_another_kind_of_key_is_refused_without_showing_it() {
    let dir = tempfile::tempdir().unwrap();
    key_file(dir.path());
    let account = nkeys::KeyPair::new_account().seed().unwrap();
    fs::write(dir.path().join("keys/sink.nk"), &account).unwrap();
    let error = load_text(dir.path(), "").unwrap_err().to_string();
    assert!(error.contains("holds no nkey user seed") && !error.contains(&account), "{error}");
}

#[test]
fn the_seed_does_not_print() {
    let dir = tempfile::tempdir().unwrap();
    let seed = key_file(dir.path());
    let checked = load_text(dir.path(), "").unwrap();
    assert_eq!(checked.seed.expose(), seed);
    let printed = format!("{checked:?}");
    assert!(printed.contains("Seed(..)") && !printed.contains(&seed), "{printed}");
}
