//! One office: its folder, its ports, and the record that other commands find it by.

mod folder;
mod ports;
mod record;

pub use self::{
    folder::{Folder, Held},
    ports::Ports,
    record::{Extension, Invite, Pids, Record},
};
