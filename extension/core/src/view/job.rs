//! What becomes of commands that the gateway has to answer.

use std::fmt;

use protocol::{
    id::{DeviceId, UserId},
    roster::StaffRole,
};
use serde::Serialize;

use super::Problem;
use crate::qr::Qr;

/// A command that takes its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Job {
    /// Chosen by the caller.
    pub id: String,
    /// How far it is.
    pub state: JobState,
    /// Why it failed.
    pub problem: Option<Problem>,
    /// What came of it.
    pub result: Option<JobResult>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Not answered yet.
    Working,
    /// Done and recorded.
    Done,
    /// Not done.
    Failed,
}

/// What came of a job.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobResult {
    /// Invites to hand out.
    Sheets {
        /// One a person.
        sheets: Vec<Sheet>,
    },
    /// The way to add a device.
    Code {
        /// What to show.
        sheet: CodeSheet,
    },
    /// Devices of a person.
    Devices {
        /// Whose.
        user: UserId,
        /// Oldest first.
        devices: Vec<DeviceUse>,
    },
}

/// What to hand to one invited person: any one of link, QR code of the link, or address and code.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sheet {
    /// The person's name.
    pub name: String,
    /// What the person will be.
    pub role: StaffRole,
    /// Where the person works.
    pub group: Option<String>,
    /// What the office is called.
    pub office: String,
    /// To paste or to follow.
    pub link: String,
    /// Where the gateway is, to type.
    pub address: String,
    /// The code, to type; empty where the gateway did not take the capsule.
    pub code: String,
    /// The link as a picture.
    pub qr: Qr,
    /// Milliseconds since 1970.
    pub expires_at: u64,
}

/// How another workstation becomes a device of this person.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CodeSheet {
    /// To paste.
    pub link: String,
    /// Where the gateway is, to type.
    pub address: String,
    /// The code, to type.
    pub code: String,
    /// The link as a picture.
    pub qr: Qr,
    /// Milliseconds since 1970.
    pub expires_at: u64,
}

/// One device of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceUse {
    /// Which.
    pub device: DeviceId,
    /// When it was made, milliseconds since 1970.
    pub since: u64,
    /// When it connected last.
    pub last_at: Option<u64>,
    /// Whether it is on line.
    pub online: bool,
    /// Whether it is this one.
    pub this_one: bool,
}

// Links and codes let people in.

impl fmt::Debug for JobResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sheets { .. } => "Sheets(..)",
            Self::Code { .. } => "Code(..)",
            Self::Devices { .. } => "Devices(..)",
        })
    }
}
