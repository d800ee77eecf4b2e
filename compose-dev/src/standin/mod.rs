//! The page that stands in for the CRM: on loopback, without anything from outside.

mod page;
mod server;

pub use self::server::StandIn;
