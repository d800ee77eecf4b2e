//! QR codes as paths for an SVG.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};
use serde::Serialize;

use crate::error::CoreError;

/// Light modules around the code, as the standard asks.
const QUIET: i32 = 4;

/// A QR code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Qr {
    /// Width and height in modules, quiet zone included: the SVG's viewBox is `0 0 size size`.
    pub size: i32,
    /// The dark modules, as the `d` of one path.
    pub path: String,
}

impl Qr {
    /// The code of a text of at most about 2,300 bytes.
    pub(crate) fn of(text: &str) -> Result<Self, CoreError> {
        let code = QrCode::encode_text(text, QrCodeEcc::Medium)
            .or_else(|_| QrCode::encode_text(text, QrCodeEcc::Low))
            .map_err(|_| CoreError::Internal("drawing a QR code"))?;
        let mut path = String::new();
        for y in 0..code.size() {
            let mut x = 0;
            while x < code.size() {
                let run = (x..code.size()).take_while(|at| code.get_module(*at, y)).count();
                let run = i32::try_from(run).map_err(|_| CoreError::Internal("drawing a QR code"))?;
                if run > 0 {
                    // Writing to a string cannot fail.
                    let _ = write!(path, "M{},{}h{run}v1h-{run}z", x + QUIET, y + QUIET);
                }
                x += run.max(1);
            }
        }
        Ok(Self { size: code.size() + 2 * QUIET, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_finder_pattern_inside_the_quiet_zone() {
        let qr = Qr::of("crmplus-chat://invite/2/abc").unwrap();
        assert!(qr.path.starts_with("M4,4h7v1h-7z"), "{}", qr.path);
        assert_eq!((qr.size - 8 - 17) % 4, 0);
    }

    #[test]
    fn the_longest_invite_fits() {
        assert!(Qr::of(&"x".repeat(1_500)).is_ok());
    }
}
