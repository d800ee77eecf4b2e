//! The native clock: CPU time of this thread where the system can tell, so that what other programs do meanwhile hardly
//! shows; elsewhere the time that passes.

/// Microseconds from a beginning that means nothing.
#[cfg(unix)]
pub fn micros() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    #[expect(clippy::cast_precision_loss, reason = "a program runs for minutes")]
    let micros = time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3;
    micros
}

/// Microseconds from a beginning that means nothing.
#[cfg(not(unix))]
pub fn micros() -> f64 {
    use std::{sync::OnceLock, time::Instant};

    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e6
}
