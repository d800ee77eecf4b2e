#![cfg(unix)]
//! The services here are shell scripts: they are ready, die and drain on command.

use std::path::Path;

use tokio::time::timeout;

use super::*;

const LONG: Duration = Duration::from_secs(20);

struct Office {
    folder: tempfile::TempDir,
    supervisor: Supervisor,
    notices: mpsc::Receiver<Notice>,
}

impl Office {
    fn new() -> Self {
        let quick = Policy {
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_millis(5),
            ..Policy::default()
        };
        let (supervisor, notices) = Supervisor::new(quick);
        Self { folder: tempfile::tempdir().expect("temporary folder"), supervisor, notices }
    }

    fn service(&self, component: &'static str, script: &str) -> Service {
        let ready = r#"echo "{\"event\":\"ready\",\"pid\":$$}""#;
        Service {
            component,
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.replace("READY", ready).into()],
            log: self.folder.path().join(format!("{component}.log")),
            ready_within: LONG,
            stop_within: LONG,
        }
    }

    async fn notice(&mut self) -> Notice {
        timeout(LONG, self.notices.recv()).await.expect("in time").expect("not closed")
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

const STAYS: &str = "trap 'exit 0' TERM; READY; while :; do sleep 0.05; done";

fn kill_hard(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).expect("fits")).expect("not zero");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("killed");
}

#[tokio::test]
async fn killed_service_is_started_again() {
    let mut office = Office::new();
    let service = office.service("gateway", STAYS);
    let first = office.supervisor.start(service).await.expect("starts");
    kill_hard(first.pid);
    let Notice::Died { component: "gateway", cause } = office.notice().await else { panic!("not died") };
    assert_eq!(cause, "killed by signal 9");
    let Notice::Restarted { ready, .. } = office.notice().await else { panic!("not restarted") };
    assert_ne!(ready.pid, first.pid);
    assert_eq!(office.supervisor.stop().await.expect("stops"), [("gateway", Ending::Drained)]);
}

#[tokio::test]
async fn service_that_keeps_dying_is_given_up_with_its_last_words() {
    let mut office = Office::new();
    let marker = office.file("was-ready");
    // Ready once, then never again.
    let script = format!(
        "if [ -e {marker} ]; then echo 'error: no disk' >&2; exit 1; fi; touch {marker}; READY; exit 3"
    );
    let service = office.service("sink", &script);
    office.supervisor.start(service).await.expect("starts");
    for _ in 0..4 {
        assert!(matches!(office.notice().await, Notice::Died { .. }));
    }
    let Notice::GivenUp { cause, .. } = office.notice().await else { panic!("not given up") };
    assert_eq!(cause, "exit code 1; it said: no disk");
    assert_eq!(office.supervisor.stop().await.expect("stops"), [("sink", Ending::Gone)]);
}

#[tokio::test]
async fn first_start_that_fails_is_one_sentence() {
    let mut office = Office::new();
    let service = office.service("broker", "echo 'error: port 7420 is in use' >&2; exit 1");
    let sentence = office.supervisor.start(service).await.expect_err("fails").to_string();
    assert_eq!(sentence, "the broker did not start: exit code 1; it said: port 7420 is in use");
}

#[tokio::test]
async fn service_that_never_gets_ready_is_ended() {
    let mut office = Office::new();
    let service = Service {
        ready_within: Duration::from_millis(50),
        ..office.service("broker", "trap 'exit 0' TERM; while :; do sleep 0.05; done")
    };
    let sentence = office.supervisor.start(service).await.expect_err("fails").to_string();
    assert!(sentence.starts_with("the broker did not start: it was not ready within"), "{sentence}");
}

#[tokio::test]
async fn services_stop_in_the_opposite_order() {
    let mut office = Office::new();
    let order = office.file("order");
    for component in ["broker", "sink", "gateway"] {
        let script =
            format!("trap 'echo {component} >> {order}; exit 0' TERM; READY; while :; do sleep 0.05; done");
        let service = office.service(component, &script);
        office.supervisor.start(service).await.expect("starts");
    }
    let endings = office.supervisor.stop().await.expect("stops");
    assert_eq!(
        endings,
        [("gateway", Ending::Drained), ("sink", Ending::Drained), ("broker", Ending::Drained)]
    );
    assert_eq!(std::fs::read_to_string(Path::new(&order)).expect("written"), "gateway\nsink\nbroker\n");
}

#[tokio::test]
async fn service_that_will_not_stop_is_killed_after_its_deadline() {
    let mut office = Office::new();
    let stubborn = office.service("gateway", "trap '' TERM; READY; while :; do sleep 0.05; done");
    let service = Service { stop_within: Duration::from_millis(100), ..stubborn };
    office.supervisor.start(service).await.expect("starts");
    assert_eq!(office.supervisor.stop().await.expect("stops"), [("gateway", Ending::Killed)]);
}

#[tokio::test]
async fn much_output_after_the_ready_line_blocks_nothing() {
    let mut office = Office::new();
    let done = office.file("done");
    let script = format!(
        "trap 'exit 0' TERM; READY; head -c 1000000 /dev/zero; touch {done}; while :; do sleep 0.05; done"
    );
    let service = office.service("gateway", &script);
    office.supervisor.start(service).await.expect("starts");
    timeout(LONG, async {
        while !Path::new(&done).exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("the service could write everything");
    office.supervisor.stop().await.expect("stops");
}
