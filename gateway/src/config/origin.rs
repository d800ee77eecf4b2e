//! Which browser origins may connect. A browser always sends its page's origin with an upgrade, and a
//! page cannot choose it, so a web page that tries to speak as the extension is told from it here.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An origin, or every origin of a scheme: `chrome-extension://<id>`, `moz-extension://*`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OriginPattern(String);

/// The text is not a pattern that may be allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not an origin such as chrome-extension://<id> or moz-extension://* (only an extension's scheme may \
     have *)"
)]
pub struct OriginPatternError(String);

/// The schemes whose host is made up by the browser, at random for each installation: `*` is then no
/// wider than "an extension of this browser".
const RANDOM_HOSTS: &str = "moz-extension";

impl TryFrom<String> for OriginPattern {
    type Error = OriginPatternError;

    fn try_from(text: String) -> Result<Self, OriginPatternError> {
        let valid = text.split_once("://").is_some_and(|(scheme, host)| {
            let plain = |part: &str| {
                !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:".contains(&b))
            };
            plain(scheme) && (plain(host) || (host == "*" && scheme == RANDOM_HOSTS))
        });
        if valid { Ok(Self(text)) } else { Err(OriginPatternError(text)) }
    }
}

impl From<OriginPattern> for String {
    fn from(pattern: OriginPattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl OriginPattern {
    /// Whether `origin`, as the browser sent it, is covered.
    pub fn covers(&self, origin: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(scheme) => origin.strip_prefix(scheme).is_some_and(|host| !host.is_empty()),
            None => self.0 == origin,
        }
    }
}

/// The extension's fixed Chromium id, and Firefox, which makes up an id for each installation.
#[expect(clippy::expect_used, reason = "constants; a test loads the defaults")]
pub(super) fn defaults() -> Vec<OriginPattern> {
    ["chrome-extension://kphlnfbheljjhdgjbojfffloepmhjjpl", "moz-extension://*"]
        .map(|text| OriginPattern::try_from(text.to_owned()).expect("a valid pattern"))
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Result<OriginPattern, OriginPatternError> {
        OriginPattern::try_from(text.to_owned())
    }

    #[test]
    fn a_star_stands_for_one_installation_of_a_firefox_extension() {
        let firefox = pattern("moz-extension://*").unwrap();

        assert!(firefox.covers("moz-extension://6a0c2b4e-0f1e-4a7c-9f5e-1d2c3b4a5968"));
        assert!(!firefox.covers("moz-extension://"));
        assert!(!firefox.covers("https://moz-extension.example"));
        assert!(!firefox.covers("null"));
    }

    #[test]
    fn a_fixed_origin_covers_itself_alone() {
        let chromium = &defaults()[0];

        assert!(chromium.covers(&chromium.to_string()));
        assert!(!chromium.covers("chrome-extension://abcdefghijklmnopabcdefghijklmnop"));
        assert!(!chromium.covers(&format!("{chromium}.example")));
    }

    #[test]
    fn patterns_that_would_let_pages_in_are_refused() {
        for text in ["*", "null", "https://*", "chrome-extension://*", "moz-extension://*.example", ""] {
            assert!(pattern(text).is_err(), "{text}");
        }
    }
}
