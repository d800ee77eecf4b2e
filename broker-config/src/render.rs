//! `nats-server.conf`, rendered from `broker.toml` and the public keys.
//!
//! The file holds no secret: nkeys are public keys, and the at-rest key comes from the environment. Its
//! paths are relative to the broker folder, which is the server's working folder.

use std::fmt::Write as _;

use crate::{
    config::BrokerConfig,
    keys::{Identity, PublicKeys},
    permissions::{self, Permissions},
};

/// The environment variable that carries the at-rest key.
pub const JETSTREAM_KEY_VARIABLE: &str = "JS_KEY";

/// The whole configuration file.
pub fn nats_server_conf(config: &BrokerConfig, keys: &PublicKeys) -> String {
    let BrokerConfig { name, listen, gateway_id, .. } = config;
    let users = Identity::ALL
        .map(|identity| user(identity, keys.of(identity), &permissions::of(identity, gateway_id)));
    format!(
        r#"# Made by broker-config from broker.toml at every start: change broker.toml, not this file.
# No monitoring, profiling, websocket, mqtt, cluster or leafnode listener: only `listen` is open.
server_name: "{name}"
listen: "{listen}"

pid_file: "nats.pid"
log_file: "nats-server.log"
logfile_size_limit: 10MB
logfile_max_num: 5

max_payload: 1MB
max_connections: 512
# Of one connection: a gateway has two for each device on line.
max_subscriptions: 20480
max_control_line: 2KB
ping_interval: "30s"
ping_max: 2
write_deadline: "5s"
lame_duck_grace_period: "1s"
lame_duck_duration: "31s"

jetstream {{
  store_dir: "store"
  max_mem: 256MB
  max_file: 10GB
  # Without this a power cut loses up to two minutes of acknowledged audit events.
  sync_interval: always
  cipher: aes
  key: ${JETSTREAM_KEY_VARIABLE}
}}

system_account: SYS
accounts {{
  # Nobody logs in here.
  SYS {{ users: [] }}
  CHAT {{
    jetstream {{ max_mem: 256MB, max_file: 10GB, max_streams: 8, max_bytes_required: true }}
    users: [
{}    ]
  }}
}}
"#,
        users.concat()
    )
}

fn user(identity: Identity, key: &str, Permissions { publish, subscribe }: &Permissions) -> String {
    format!(
        "      # {}\n      {{ nkey: {key}, permissions: {{\n          publish: {}\n          subscribe: {} }} }}\n",
        identity.name(),
        subjects(publish),
        subjects(subscribe),
    )
}

/// An empty allow list would mean "everything" to nats-server, so nothing is said as a denial of all.
fn subjects(allow: &[String]) -> String {
    if allow.is_empty() {
        return r#"{ deny: [">"] }"#.to_owned();
    }
    let mut text = "{ allow: [\n".to_owned();
    for subject in allow {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "            \"{subject}\"");
    }
    text + "          ] }"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> String {
        let key = |letter: &str| format!("U{}", letter.repeat(55));
        let keys = PublicKeys { gateway: key("G"), sink: key("S"), provisioner: key("P"), watcher: key("W") };
        nats_server_conf(&BrokerConfig::default(), &keys)
    }

    #[test]
    fn the_rendered_file_is_the_reviewed_one() {
        insta::assert_snapshot!(example());
    }

    #[test]
    fn no_port_but_the_bus_is_opened() {
        let conf = example();

        for listener in ["http", "https", "monitor", "prof_port", "websocket", "mqtt", "cluster", "leafnodes"]
        {
            let opens = |line: &str| line.trim_start().starts_with(listener);
            assert!(!conf.lines().any(opens), "{listener} is configured");
        }
        assert!(!conf.contains("no_auth_user"));
    }
}
