//! Commands that the gateway has to answer, by the names that callers gave them. In memory alone: who asked sees
//! the outcome, or is gone.

use crate::{
    error::CoreError,
    view::{Job, JobResult, JobState, Problem},
};

/// Jobs remembered at once; the oldest finished one makes room.
const MAX_JOBS: usize = 32;

#[derive(Debug, Default)]
pub(super) struct Jobs(Vec<Job>);

impl Jobs {
    /// Begins a job. Refused while one of that name is there, or too many are under way.
    pub(super) fn begin(&mut self, id: &str) -> Result<(), CoreError> {
        if id.is_empty() || id.len() > 64 || self.0.iter().any(|job| job.id == id) {
            return Err(CoreError::JobName);
        }
        if self.0.len() >= MAX_JOBS {
            let finished = self.0.iter().position(|job| job.state != JobState::Working);
            self.0.remove(finished.ok_or(CoreError::Busy)?);
        }
        let state = JobState::Working;
        self.0.push(Job { id: id.to_owned(), state, problem: None, result: None });
        Ok(())
    }

    pub(super) fn done(&mut self, id: &str, result: Option<JobResult>) {
        if let Some(job) = self.0.iter_mut().find(|job| job.id == id) {
            job.state = JobState::Done;
            job.result = result;
        }
    }

    pub(super) fn fail(&mut self, id: &str, problem: Problem) {
        if let Some(job) = self.0.iter_mut().find(|job| job.id == id) {
            job.state = JobState::Failed;
            job.problem = Some(problem);
        }
    }

    /// The caller has seen it.
    pub(super) fn forget(&mut self, id: &str) {
        self.0.retain(|job| job.id != id);
    }

    pub(super) fn show(&self) -> Vec<Job> {
        self.0.clone()
    }
}
