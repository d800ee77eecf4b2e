//! What the bus lets each identity do, seen from the wire.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use broker_config::{check::check, throwaway::ThrowawayBroker};

#[tokio::test]
async fn every_allowed_operation_works_and_every_other_is_denied() {
    let broker = ThrowawayBroker::start().await.unwrap();

    let report = check(&broker).await.unwrap();

    assert!(report.wrong.is_empty(), "{report}");
    assert!(report.allowed >= 69 && report.denied >= 316, "{report}");
}
