//! A token bucket: so many at once, so many a second for long.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

/// How much somebody may still do.
#[derive(Debug)]
pub struct TokenBucket {
    tokens: f64,
    burst: f64,
    per_second: f64,
    filled: Instant,
}

impl TokenBucket {
    /// A full bucket.
    pub fn new(per_second: u32, burst: u32) -> Self {
        let burst = f64::from(burst);
        Self { tokens: burst, burst, per_second: f64::from(per_second), filled: Instant::now() }
    }

    /// Takes `cost` tokens if there are as many.
    pub fn take(&mut self, cost: u32) -> bool {
        let now = Instant::now();
        let earned = now.duration_since(self.filled).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + earned).min(self.burst);
        self.filled = now;
        let cost = f64::from(cost);
        let enough = self.tokens >= cost;
        if enough {
            self.tokens -= cost;
        }
        enough
    }
}

/// Takes one token of a bucket that many share.
pub fn allowed(bucket: &Mutex<TokenBucket>) -> bool {
    bucket.lock().unwrap_or_else(PoisonError::into_inner).take(1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_followed_by_the_steady_rate() {
        let mut bucket = TokenBucket::new(10, 3);

        assert!(bucket.take(3));
        assert!(!bucket.take(1));
        tokio::time::advance(Duration::from_millis(100)).await;
        assert!(bucket.take(1));
        assert!(!bucket.take(1));
    }

    #[tokio::test(start_paused = true)]
    async fn rest_earns_no_more_than_a_burst() {
        let mut bucket = TokenBucket::new(10, 3);

        tokio::time::advance(Duration::from_secs(3600)).await;

        assert!(!bucket.take(4));
        assert!(bucket.take(3));
    }
}
