//! A stranger who does not even know the gateway's key: somebody with a code, or with a passphrase on a new
//! workstation. A few questions in a short time, few at once, and nothing else.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use protocol::{
    error::ErrorCode,
    frame::{ClientFrame, GatewayFrame, Pong, Refused},
};
use tokio::time::{Instant, timeout_at};

use super::in_time;
use crate::{
    capsules::Asker,
    line::{End, Heard, Line, retryable},
    passphrase::SignIn,
    services::Services,
};

/// Messages that a stranger may send.
const MOST_FRAMES: usize = 24;
/// Introductions from one address at the same time.
const MOST_OF_ONE: usize = 8;

/// Introductions under way.
#[derive(Debug)]
pub struct Introductions {
    most: usize,
    from: Mutex<HashMap<IpAddr, usize>>,
}

/// A place for one, free again when dropped.
#[derive(Debug)]
struct Place<'a> {
    introductions: &'a Introductions,
    ip: IpAddr,
}

impl Introductions {
    /// None yet, `most` at once.
    pub fn new(most: usize) -> Self {
        Self { most, from: Mutex::default() }
    }

    fn take(&self, ip: IpAddr) -> Option<Place<'_>> {
        let ip = ip.to_canonical();
        let mut from = self.from.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = from.values().sum();
        let own = from.get(&ip).copied().unwrap_or(0);
        if all >= self.most || own >= MOST_OF_ONE {
            return None;
        }
        from.insert(ip, own + 1);
        Some(Place { introductions: self, ip })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut from = self.introductions.from.lock().unwrap_or_else(PoisonError::into_inner);
        match from.get_mut(&self.ip) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(from.remove(&self.ip)),
        }
    }
}

/// Serves a stranger to the end.
pub(super) async fn serve(services: &Arc<Services>, mut line: Line, ip: IpAddr) {
    let deadline = Instant::now() + services.config.limits.introduction_within;
    let mut half = None;
    let end = match services.introductions.take(ip) {
        None => End::Refused(ErrorCode::Overloaded),
        Some(_place) => tokio::select! {
            Err(end) = async { in_time(timeout_at(deadline, questions(services, &mut line, ip, &mut half)).await) } => end,
            () = services.stop.cancelled() => End::Refused(ErrorCode::GatewayStopping),
        },
    };
    if let Some(sign_in) = &half {
        services.passphrases.abandon(sign_in);
    }
    if let End::Refused(code) = end {
        services.counters.refused(code);
        line.refuse(code).await;
    }
}

/// Answers one question after the other, until there is a reason to end.
async fn questions(
    services: &Services,
    line: &mut Line,
    ip: IpAddr,
    half: &mut Option<SignIn>,
) -> Result<std::convert::Infallible, End> {
    let mut left = MOST_FRAMES;
    loop {
        let heard = line.next().await?;
        if !matches!(heard, Heard::Drained) {
            left = left.checked_sub(1).ok_or(ErrorCode::RateLimited)?;
        }
        let frame = match heard {
            Heard::Frame(frame) => frame,
            Heard::Drained => continue,
            // All that a stranger has to say fits into one Noise message: no room for half a frame.
            Heard::Something => return Err(ErrorCode::BadFrame.into()),
            Heard::Unknown(_) => return Err(ErrorCode::NotAuthenticated.into()),
        };
        let (request, answer) = match frame {
            ClientFrame::Ping(ping) => {
                line.send(&Pong { number: ping.number }.into())?;
                continue;
            }
            ClientFrame::FetchCapsule(fetch) => {
                let asker = Asker { principal: None, ip };
                let capsule = services.capsules.fetch(asker, &fetch).await;
                (fetch.request, capsule.map(GatewayFrame::from))
            }
            ClientFrame::BeginSignIn(begin) => {
                if let Some(former) = half.take() {
                    services.passphrases.abandon(&former);
                }
                let begun = services.passphrases.begin_sign_in(ip, &begin).await;
                let answer = begun.map(|(answer, sign_in)| {
                    *half = Some(sign_in);
                    answer.into()
                });
                (begin.request, answer)
            }
            ClientFrame::FinishSignIn(finish) => {
                let answer = match half.take() {
                    Some(sign_in) => services.passphrases.finish_sign_in(sign_in, &finish).await,
                    None => Err(ErrorCode::BadFrame),
                };
                (finish.request, answer.map(GatewayFrame::from))
            }
            _ => return Err(ErrorCode::NotAuthenticated.into()),
        };
        line.send(&answer.unwrap_or_else(|code| {
            services.counters.refused(code);
            refused(request, code)
        }))?;
    }
}

/// The refusal of a question.
pub(super) fn refused(request: u32, code: ErrorCode) -> GatewayFrame {
    Refused { code, message: None, request: Some(request), frame: None, retry: retryable(code) }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_take_the_places_of_all() {
        let introductions = Introductions::new(10);
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));

        let of_one: Vec<_> = std::iter::from_fn(|| introductions.take(one)).collect();
        let of_other: Vec<_> = std::iter::from_fn(|| introductions.take(other)).collect();
        assert_eq!((of_one.len(), of_other.len()), (MOST_OF_ONE, 10 - MOST_OF_ONE));
        drop(of_one);

        assert!(introductions.take(other).is_some());
        drop(of_other);
        assert!(introductions.from.lock().unwrap().is_empty());
    }
}
