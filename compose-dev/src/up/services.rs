//! The three services of an office: what to run, and what is then known about them.

use std::{ffi::OsString, fs, net::SocketAddr, process, time::Duration};

use anyhow::{Context as _, Result};

use crate::{
    build,
    office::{Extension, Folder, Pids, Ports, Record},
    process::{run, text},
    progress::Progress,
    supervisor::{ReadyLine, Service, Supervisor},
    workspace::Workspace,
};

/// Names of the components in sentences, JSON lines and log files.
const BROKER: &str = "broker";
const SINK: &str = "sink";
const GATEWAY: &str = "gateway";

/// What the services said when they were ready.
#[derive(Debug)]
pub(super) struct Started {
    broker: ReadyLine,
    sink: ReadyLine,
    gateway: ReadyLine,
}

/// Obtains nats-server; makes keys and configuration.
pub(super) async fn prepare(
    workspace: &Workspace,
    folder: &Folder,
    ports: Ports,
    progress: &Progress,
) -> Result<()> {
    let step = progress.step("keys", "Keys and configuration");
    let mut init = workspace.command(workspace.binary("broker-config"));
    init.arg("init").arg("--state").arg(folder.path());
    init.args(["--port", &ports.broker.to_string(), "--gateway-port", &ports.gateway.to_string()]);
    init.args(["--allow-origin", &chromium_origin(workspace)?]);
    text(&mut init, "making keys and configuration").await?;
    step.done("");

    let step = progress.step("nats-server", "Message broker (nats-server)");
    let mut fetch = workspace.command(workspace.binary("broker-config"));
    fetch.arg("fetch").arg("--state").arg(folder.path());
    run(fetch, "obtaining nats-server", |line| step.detail(line)).await?;
    step.done("");
    Ok(())
}

/// The extension as Chromium browsers name it to the gateway; fixed by the key in its manifest.
fn chromium_origin(workspace: &Workspace) -> Result<String> {
    let file = workspace.extension().join("manifest/chromium-id.txt");
    let id = fs::read_to_string(&file)
        .with_context(|| format!("cannot read the extension's id from {}", file.display()))?;
    Ok(format!("chrome-extension://{}", id.trim()))
}

/// Starts the services, each when the one that it needs is ready.
pub(super) async fn start(
    workspace: &Workspace,
    folder: &Folder,
    supervisor: &mut Supervisor,
    progress: &Progress,
) -> Result<Started> {
    let step = progress.step("start", "Start broker, audit sink, gateway");
    let state = folder.path().as_os_str();
    let service = |component, binary, flag: &str, value: OsString, ready_within| Service {
        component,
        program: workspace.binary(binary),
        args: vec!["run".into(), flag.into(), value, "--json".into()],
        log: folder.logs().join(component).with_extension("log"),
        ready_within: Duration::from_secs(ready_within),
        stop_within: Duration::from_secs(10),
    };
    // A large store takes its time to be read back.
    let broker = service(BROKER, "broker-config", "--state", state.into(), 60);
    let sink = service(SINK, "audit-sink", "--config", folder.sink_config().into(), 30);
    let gateway = service(GATEWAY, "gateway", "--config", folder.gateway_config().into(), 30);
    let broker = supervisor.start(tied(broker)?).await?;
    let sink = supervisor.start(tied(sink)?).await?;
    let gateway = supervisor.start(tied(gateway)?).await?;
    step.done("");
    Ok(Started { broker, sink, gateway })
}

/// Ends with this program, whatever way that ends, where the system offers it.
fn tied(service: Service) -> Result<Service> {
    #[cfg(target_os = "linux")]
    return crate::tied::tied(service).context("this program does not know where it is");
    #[cfg(not(target_os = "linux"))]
    Ok(service)
}

/// Everything that is known about the office that has just started.
pub(super) fn to_record(
    workspace: &Workspace,
    folder: &Folder,
    started: &Started,
    page: SocketAddr,
) -> Record {
    let dist = |browser| build::dist(workspace, browser);
    Record {
        page: format!("http://{page}/"),
        gateway: started.gateway.listen.clone(),
        broker: started.broker.url.clone().unwrap_or_default(),
        nats_version: started.broker.nats_version.clone().unwrap_or_default(),
        state: folder.path().to_path_buf(),
        gateway_config: folder.gateway_config(),
        audit: folder.audit(),
        logs: folder.logs(),
        extension: Extension { chrome: dist("chrome"), edge: dist("edge"), firefox: dist("firefox") },
        pids: Pids {
            dev: process::id(),
            broker: started.broker.pid,
            nats: started.broker.nats_pid.unwrap_or_default(),
            gateway: started.gateway.pid,
            sink: started.sink.pid,
        },
        founding_text: None,
    }
}

/// Puts the new process of a restarted service into the record.
pub(super) fn update_pids(pids: &mut Pids, component: &str, ready: &ReadyLine) {
    match component {
        BROKER => {
            pids.broker = ready.pid;
            pids.nats = ready.nats_pid.unwrap_or_default();
        }
        SINK => pids.sink = ready.pid,
        GATEWAY => pids.gateway = ready.pid,
        _ => {}
    }
}
