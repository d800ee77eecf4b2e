//! Text that must never reach a log, an error or a terminal.

use std::fmt;

use zeroize::Zeroizing;

/// A secret line of text: wiped when dropped, and not printable by accident.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of secret text.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_shows_nothing_of_the_secret() {
        let secret = Secret::new("SUAEXAMPLE".to_owned());

        assert_eq!(format!("{secret:?}"), "Secret(..)");
    }
}
