//! The configuration file: the example is true, mistakes are named together.

use std::path::Path;

use broker_config::{
    StateDir,
    init::{InitOptions, init},
};
use gateway::config::Config;

const OFFICE: &str = "office = \"00112233445566778899aabbccddeeff\"\n";

fn parse(text: &str) -> Result<Config, Vec<String>> {
    Config::parse(text, Path::new("gateway.toml")).map_err(|error| error.problems)
}

#[test]
fn the_example_shows_every_default() {
    let example = include_str!("../../gateway.example.toml");

    assert_eq!(parse(example).unwrap(), parse(OFFICE).unwrap());

    let keys = |table: &toml::Table| -> Vec<String> {
        let nested = table.iter().filter_map(|(name, value)| Some((name, value.as_table()?)));
        let below = nested.flat_map(|(name, table)| table.keys().map(move |key| format!("{name}.{key}")));
        table.keys().cloned().chain(below).collect()
    };
    let known = toml::Table::try_from(parse(OFFICE).unwrap()).unwrap();
    assert_eq!(keys(&example.parse().unwrap()), keys(&known), "every key is in the example");
}

#[test]
fn every_mistake_is_named_at_once() {
    let problems = parse(
        "listen = [\"nowhere\"]\nlistn = []\nallowed_peers = [\"10.0.0.0/99\"]\nallowed_origins = [\"https://*\"]\n\
         [bus]\nurll = \"x\"\n[limits]\nsilence = \"45\"\nmax_connection = 1\n",
    )
    .unwrap_err();

    let named = [
        "`listen`",
        "`listn`",
        "`allowed_peers`",
        "`allowed_origins`",
        "`bus.urll`",
        "`limits.silence`",
        "`limits.max_connection`",
    ];
    assert_eq!(problems.len(), named.len(), "{problems:#?}");
    for name in named {
        assert!(problems.iter().any(|problem| problem.contains(name)), "{name} in {problems:#?}");
    }
}

#[test]
fn values_that_cannot_work_are_named_at_once() {
    let problems = parse(
        "listen = []\naddresses = [\"http://gateway\"]\n[limits]\nmax_connections = 0\nsilence = \"1s\"\noutbound_bytes = 10\n",
    )
    .unwrap_err();

    let named = [
        "`office`",
        "`listen`",
        "`addresses`",
        "`limits.max_connections`",
        "`limits.silence`",
        "`limits.outbound_bytes`",
    ];
    assert_eq!(problems.len(), named.len(), "{problems:#?}");
    for name in named {
        assert!(problems.iter().any(|problem| problem.contains(name)), "{name} in {problems:#?}");
    }
}

#[test]
fn what_broker_config_writes_is_understood_and_paths_count_from_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateDir::create(folder.path().join("state")).unwrap();
    init(&state, &InitOptions::on_ports(7420, 7421)).unwrap();

    let config = Config::load(&state.gateway_toml()).unwrap();

    assert!(config.office.is_some());
    assert!(config.noise_key_file.is_file());
    assert_eq!(config.bus.nkey_file, state.nkey_file(broker_config::Identity::Gateway));
    let private = Config::default().allowed_peers;
    assert!(config.allowed_peers.iter().all(|network| private.contains(network)));
}
