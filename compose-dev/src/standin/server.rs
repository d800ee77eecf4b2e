//! The small HTTP server of the stand-in page.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::page;

/// Connections at a time; a browser opens six. More wait in the system's queue.
const CONNECTIONS: usize = 64;
/// How long a client may take to say what it wants.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// How long answers under way may take once the server stops.
const STOP_WITHIN: Duration = Duration::from_secs(1);
/// Pause after an error of the listener, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The running server.
#[derive(Debug)]
pub struct StandIn {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl StandIn {
    /// Serves on `listener` until stopped.
    pub fn serve(listener: TcpListener) -> Result<Self> {
        let address = listener.local_addr().context("the stand-in page has no address")?;
        let stop = CancellationToken::new();
        let task = tokio::spawn(accept(listener, stop.clone()));
        Ok(Self { address, stop, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Finishes the answers under way and ends.
    pub async fn stop(mut self) {
        self.stop.cancel();
        // Connections are dropped with the task when they take too long.
        if timeout(STOP_WITHIN, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = stop.cancelled() => break,
        };
        let Ok(place) = place else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // Collects ended connections; pends while there are none.
            Some(_) = connections.join_next() => continue,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let stop = stop.clone();
                connections.spawn(async move {
                    serve(stream, stop).await;
                    drop(place);
                });
            }
            Err(_) => sleep(ACCEPT_PAUSE).await,
        }
    }
    while connections.join_next().await.is_some() {}
}

async fn serve(stream: TcpStream, stop: CancellationToken) {
    let service = service_fn(async |request: hyper::Request<hyper::body::Incoming>| {
        Ok::<_, Infallible>(page::answer(request.method(), request.uri()))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // A client that breaks off is of no interest to anybody.
        _ = connection.as_mut() => {}
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn server() -> StandIn {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        StandIn::serve(listener).expect("serves")
    }

    async fn exchange(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("connects");
        stream.write_all(request.as_bytes()).await.expect("writes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("reads");
        answer
    }

    #[tokio::test]
    async fn page_is_served_over_http() {
        let server = server().await;
        let request = "GET /v2/location/x/dashboard HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let answer = exchange(server.address(), request).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains("<!doctype html>"), "{answer}");
        server.stop().await;
    }

    #[tokio::test]
    async fn garbage_is_refused_and_hurts_nobody() {
        let server = server().await;
        let answer = exchange(server.address(), "\u{1}\u{2} not http\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        let request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        assert!(exchange(server.address(), request).await.starts_with("HTTP/1.1 302 "));
        server.stop().await;
    }

    #[tokio::test]
    async fn silent_connection_does_not_hold_up_the_stop() {
        let server = server().await;
        let _silent = TcpStream::connect(server.address()).await.expect("connects");
        let stopped = timeout(STOP_WITHIN * 5, server.stop()).await;
        assert!(stopped.is_ok(), "the stop is bounded");
    }
}
