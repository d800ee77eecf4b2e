//! The office's message bus: a real `nats-server`, its keys, its configuration, its streams.
//!
//! Reading order:
//! * [`state`] the state folder and where everything lies in it
//! * [`mod@init`] keys, identifiers and the three TOML files, made once
//! * [`nats_server`] finding `nats-server`, or fetching it with a pinned hash
//! * [`permissions`] and [`render`] what each identity may do, as `nats-server.conf`
//! * [`streams`] and [`provision`] what is stored, and making it so at every start
//! * [`server`] and [`run`] the lock, the child process, its end
//! * [`throwaway`] a real broker for the tests of other crates; [`check`] the proof of the permissions

pub mod check;
pub mod config;
pub mod connect;
mod files;
pub mod init;
pub mod keys;
mod lock;
pub mod nats_server;
pub mod permissions;
pub mod provision;
pub mod render;
pub mod run;
pub mod secret;
pub mod server;
mod service_files;
pub mod state;
mod store;
pub mod streams;
pub mod throwaway;
#[cfg(target_os = "linux")]
pub mod tied;

pub use init::{InitError, InitOptions, Office, init};
pub use keys::Identity;
pub use state::StateDir;
