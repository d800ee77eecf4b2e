//! `cargo dev`: the whole office on one machine, and every check there is.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`cli`] | the commands and their flags |
//! | [`up`] | `cargo dev up`: build what changed, start the office, keep it running, stop it |
//! | [`invite`], [`audit`] | `cargo dev invite`, `cargo dev audit`: act on a running office |
//! | [`checks`] | `cargo dev test` |
//! | [`bench`] | `cargo dev bench`: measurements, with peers beside them |
//! | [`build`], [`stamp`] | the build steps, and how an unchanged one is skipped |
//! | [`office`] | folder, ports and record of one office |
//! | [`supervisor`] | keeps the services running and stops them in order |
//! | `tied` | Linux: services end with this program, whatever way it ends |
//! | [`standin`] | the page that stands in for the CRM |
//! | [`progress`] | what a person or a script sees meanwhile |
//! | [`process`], [`tool`], `browser`, [`workspace`] | running other programs, finding them, and where things are |

pub mod audit;
pub mod bench;
mod browser;
pub mod build;
pub mod checks;
pub mod cli;
pub mod invite;
pub mod office;
pub mod process;
pub mod progress;
pub mod stamp;
pub mod standin;
pub mod supervisor;
#[cfg(target_os = "linux")]
pub mod tied;
pub mod tool;
pub mod up;
pub mod workspace;
