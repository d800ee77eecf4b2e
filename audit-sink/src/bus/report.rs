//! What an operator is told. Numbers, gateways and files; never a line of the trail.

use tracing::{error, info, warn};

use crate::{
    chain::Finding,
    recovery::{Recovered, Settings},
    sequencer::Committed,
};

pub(super) fn recovered(settings: &Settings, recovered: &Recovered) {
    let Recovered { files, events, unreadable, torn } = *recovered;
    info!(dir = %settings.dir.display(), origin = %settings.origin, files, events, "took over the audit folder");
    if torn > 0 {
        warn!(
            bytes = torn,
            "the last line was cut off by a crash; it was moved to rejected/ and comes again"
        );
    }
    if unreadable > 0 {
        warn!(lines = unreadable, "lines of the last days cannot be read; `audit query` names file and line");
    }
}

pub(super) fn committed(committed: &Committed) {
    for ((subject, reason), lines) in &committed.rejected {
        warn!(subject, reason, lines, "not records of the trail: kept whole in rejected/");
    }
    if committed.forgotten > 0 {
        warn!(
            events = committed.forgotten,
            "more events than dedupe.capacity; the oldest are forgotten, a repeat of one would stand twice"
        );
    }
    findings(&committed.findings);
}

pub(super) fn findings(findings: &[Finding]) {
    for finding in findings {
        match finding {
            Finding::Gap { run, first, last } => {
                error!(gateway = %run.gw, boot = %run.boot, first, last, "records are missing: {finding}");
            }
            Finding::WrongPrev { run, gseq } | Finding::Conflict { run, gseq } => {
                error!(gateway = %run.gw, boot = %run.boot, gseq, "the chain is broken: {finding}");
            }
            Finding::Closed { run, .. } => {
                info!(gateway = %run.gw, boot = %run.boot, "late records came: {finding}");
            }
        }
    }
}
