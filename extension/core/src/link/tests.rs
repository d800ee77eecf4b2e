use proptest::prelude::*;
use protocol::error::ErrorCode;

use super::*;
use crate::view::LinkState;

fn started() -> Link {
    let mut link = Link::off();
    link.start(vec!["ws://a".to_owned(), "ws://b".to_owned()], 0);
    link
}

fn up(link: &mut Link, now: u64) {
    assert!(matches!(link.due(now), Due::Connect(_)));
    assert!(link.opened(now));
    link.entered(now);
}

#[test]
fn addresses_are_tried_in_turn() {
    let mut link = started();
    let mut now = 0;
    let mut tried = Vec::new();
    for _ in 0..4 {
        let Due::Connect(address) = link.due(now) else { panic!("no attempt at {now}") };
        tried.push(address);
        link.closed(1006, now, 7);
        now = link.wake_at().unwrap();
    }
    assert_eq!(tried, ["ws://a", "ws://b", "ws://a", "ws://b"]);
    assert_eq!(link.show().1, Some(Reason::GatewayUnreachable));
}

#[test]
fn delays_grow_to_half_a_minute_and_start_over_after_a_good_connection() {
    let mut link = started();
    let mut now = 0;
    for _ in 0..40 {
        link.due(now);
        link.closed(1006, now, u64::MAX);
        let wait = link.wake_at().unwrap() - now;
        assert!((BACKOFF_LEAST_MS..=BACKOFF_LAST_MS).contains(&wait));
        now += wait;
    }
    up(&mut link, now);
    link.closed(1006, now + GOOD_MS, BACKOFF_FIRST_MS);
    assert_eq!(link.wake_at(), Some(now + GOOD_MS + BACKOFF_FIRST_MS));
}

#[test]
fn a_replaced_device_stays_away_until_a_person_asks() {
    let mut link = started();
    up(&mut link, 0);
    link.closed(ErrorCode::Replaced.close_code(), 100, 0);
    assert_eq!(link.show().1, Some(Reason::SignedOutByGateway));
    link.network_found(200);
    assert_eq!(link.due(200), Due::Nothing);
    assert!(link.wake_at().unwrap() >= 100 + STAY_AWAY_MS);
    link.woken(300);
    assert!(matches!(link.due(300), Due::Connect(_)));
}

#[test]
fn a_silent_connection_is_pinged_and_then_given_up() {
    let mut link = started();
    up(&mut link, 0);
    assert_eq!(link.due(HEARTBEAT_MS), Due::Ping);
    assert_eq!(link.due(HEARTBEAT_MS), Due::Nothing);
    link.heard(HEARTBEAT_MS + 1);
    assert_eq!(link.due(SILENCE_MS), Due::Ping);
    assert_eq!(link.due(HEARTBEAT_MS + 1 + SILENCE_MS), Due::GiveUp(Reason::Timeout));
}

#[test]
fn after_waking_an_answer_is_wanted_soon() {
    let mut link = started();
    up(&mut link, 0);
    link.woken(1_000);
    assert_eq!(link.due(1_000), Due::Ping);
    assert_eq!(link.due(1_000 + PROBE_MS), Due::GiveUp(Reason::Timeout));
}

#[test]
fn close_codes_become_reasons() {
    for (code, reason) in [
        (ErrorCode::UnsupportedVersion.close_code(), Reason::UnsupportedVersion),
        (ErrorCode::HandshakeFailed.close_code(), Reason::WrongGatewayKey),
        (ErrorCode::Overloaded.close_code(), Reason::Overloaded),
        (ErrorCode::GatewayStopping.close_code(), Reason::GatewayStopping),
        (ErrorCode::DeviceRevoked.close_code(), Reason::NotAllowed),
        (ErrorCode::AuditUnavailable.close_code(), Reason::BusDown),
        (ErrorCode::Idle.close_code(), Reason::Timeout),
        (1001, Reason::GatewayStopping),
        (1006, Reason::GatewayUnreachable),
    ] {
        let mut link = started();
        up(&mut link, 0);
        link.closed(code, 1, 0);
        assert_eq!(link.show(), (LinkState::Reconnecting, Some(reason), link.wake_at()));
    }
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Opened,
    Entered,
    Heard,
    Closed(u16),
    Lost,
    Found,
    Woken,
    Wait(u64),
    ClockBack(u64),
}

fn events() -> impl Strategy<Value = Vec<(Event, u64)>> {
    let event = prop_oneof![
        Just(Event::Opened),
        Just(Event::Entered),
        Just(Event::Heard),
        prop_oneof![Just(1006), Just(1000), Just(4024), Just(4008), Just(4020)].prop_map(Event::Closed),
        Just(Event::Lost),
        Just(Event::Found),
        Just(Event::Woken),
        (0..200_000_u64).prop_map(Event::Wait),
        (0..10_000_000_u64).prop_map(Event::ClockBack),
    ];
    prop::collection::vec((event, any::<u64>()), 0..60)
}

proptest! {
    /// Whatever happened before, a host that only ticks at `wake_at` gets the link up again as soon as
    /// the gateway answers, and within a bounded time.
    #[test]
    fn ticking_at_wake_at_always_reconnects(events in events()) {
        let mut now = 1_000_000_000_000;
        let mut link = Link::off();
        link.start(vec!["ws://a".to_owned()], now);
        for (event, roll) in events {
            match event {
                Event::Opened => { link.opened(now); }
                Event::Entered => if matches!(link.state, State::Entering { .. }) { link.entered(now) },
                Event::Heard => link.heard(now),
                Event::Closed(code) => link.closed(code, now, roll),
                Event::Lost => link.network_lost(now),
                Event::Found => link.network_found(now),
                Event::Woken => link.woken(now),
                Event::Wait(ms) => now += ms,
                Event::ClockBack(ms) => now -= ms,
            }
            if let Due::GiveUp(reason) = link.due(now) {
                link.failed(reason, now, roll);
            }
        }
        // From here on: nothing but ticks, and a gateway that answers each new connection.
        link.due(now);
        let from = now;
        for _ in 0..20 {
            let at = link.wake_at().unwrap();
            now = now.max(at);
            match link.due(now) {
                Due::Connect(_) => { link.opened(now); link.entered(now); break; }
                Due::GiveUp(reason) => link.failed(reason, now, u64::MAX),
                Due::Ping | Due::Nothing => {}
            }
        }
        prop_assert_eq!(link.show().0, LinkState::Connected);
        prop_assert!(now - from <= 4 * (STAY_AWAY_MS + BACKOFF_LAST_MS + SILENCE_MS), "took {} ms", now - from);
    }
}
