//! `cargo dev up`: build what changed, start the office, keep it running, stop it in order.

mod services;
mod shutdown;
mod welcome;

use std::{process::ExitCode, time::Instant};

use anyhow::{Context as _, Result, bail};
use tokio::{net::TcpListener, sync::mpsc};

use self::{
    services::{Started, start, to_record},
    shutdown::Shutdown,
};
use crate::{
    build,
    cli::Up,
    invite,
    office::{Folder, Held, Ports, Record},
    progress::{Event, Progress, seconds},
    standin::StandIn,
    supervisor::{Ending, Notice, Policy, Supervisor},
    workspace::Workspace,
};

/// Runs until Ctrl-C, or until a service cannot be kept running.
pub async fn run(workspace: &Workspace, options: &Up, progress: &Progress) -> Result<ExitCode> {
    let began = Instant::now();
    let mut shutdown = Shutdown::listen()?;

    let ports = Ports::from_base(options.port_base);
    let folder = Folder::new(&options.state.state)?;
    let office = folder.hold()?;
    let page = TcpListener::from_std(ports.claim()?)?;

    let prepared = async {
        build::everything(workspace, progress).await?;
        services::prepare(workspace, &folder, ports, progress).await
    };
    tokio::select! {
        prepared = prepared => prepared?,
        // Build tools are killed with the future that runs them.
        () = shutdown.requested() => return Ok(stopped(progress)),
    }

    let (mut supervisor, mut notices) = Supervisor::new(Policy::default());
    let page = StandIn::serve(page)?;
    let started = tokio::select! {
        started = start(workspace, &folder, &mut supervisor, progress) => Some(started),
        () = shutdown.requested() => None,
    };
    let Some(started) = started else {
        drain(supervisor, page, progress).await?;
        return Ok(stopped(progress));
    };

    let served = match started {
        Ok(started) => {
            serve(workspace, &folder, &office, &page, started, progress, began, &mut notices, &mut shutdown)
                .await
        }
        Err(error) => Err(error),
    };
    drain(supervisor, page, progress).await?;
    served?;
    Ok(stopped(progress))
}

/// From ready to the wish to stop. An error is the reason to stop that nobody wished for.
#[expect(clippy::too_many_arguments, reason = "everything that an office consists of, used once")]
async fn serve(
    workspace: &Workspace,
    folder: &Folder,
    office: &Held,
    page: &StandIn,
    started: Started,
    progress: &Progress,
    began: Instant,
    notices: &mut mpsc::Receiver<Notice>,
    shutdown: &mut Shutdown,
) -> Result<()> {
    let mut record = to_record(workspace, folder, &started, page.address());
    record.founding_text = invite::founding_text(workspace, folder).await?;
    office.publish(&record)?;
    announce(&record, progress, began);
    loop {
        tokio::select! {
            () = shutdown.requested() => return Ok(()),
            notice = notices.recv() => match notice {
                Some(notice) => follow(notice, &mut record, office, progress)?,
                None => bail!("the supervisor has ended unexpectedly: this is a fault in cargo dev"),
            },
        }
    }
}

fn announce(record: &Record, progress: &Progress, began: Instant) {
    let took = began.elapsed();
    if progress.is_json() {
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        progress.event(&Event::Ready { ms, office: record });
    } else {
        progress.result(&welcome::text(record, &seconds(took)));
    }
}

/// Tells what happened to a service, and keeps the record true.
fn follow(notice: Notice, record: &mut Record, office: &Held, progress: &Progress) -> Result<()> {
    match notice {
        Notice::Died { component, cause } => {
            progress.event(&Event::Died { component, cause: &cause });
            progress.say(&format!("The {component} died ({cause}) and is being started again."));
        }
        Notice::Restarted { component, ready } => {
            services::update_pids(&mut record.pids, component, &ready);
            office.publish(record)?;
            progress.event(&Event::Restarted { component, pid: ready.pid });
            progress.say(&format!("The {component} is ready again (process {}).", ready.pid));
        }
        Notice::GivenUp { component, cause } => bail!(
            "the {component} died too often and was given up ({cause}): read {}",
            record.logs.join(component).with_extension("log").display()
        ),
    }
    Ok(())
}

async fn drain(supervisor: Supervisor, page: StandIn, progress: &Progress) -> Result<()> {
    progress.say("Stopping: what is under way is finished first.");
    let began = Instant::now();
    page.stop().await;
    let endings = supervisor.stop().await.context("stopping the services")?;
    for (component, ending) in endings {
        if ending == Ending::Killed {
            progress.say(&format!("The {component} did not stop in time and was ended by force."));
        }
    }
    progress.say(&format!("Everything has ended ({}).", seconds(began.elapsed())));
    Ok(())
}

fn stopped(progress: &Progress) -> ExitCode {
    progress.event(&Event::Stopped);
    ExitCode::SUCCESS
}
