//! The parts of `cargo dev test`, in the order in which they run.

use anyhow::Result;
use clap::ValueEnum;

use super::{Context, browsers, deny, rust, web};

/// One named check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// cargo fmt
    Format,
    /// biome: format and lint of the TypeScript side
    WebFormat,
    /// cargo-deny: bans, licences, sources
    Deny,
    /// clippy on everything, warnings are errors
    Lint,
    /// clippy on the browser core as the browser gets it
    Wasm,
    /// the whole workspace checked for Windows
    Windows,
    /// tests of every crate but this program's
    Rust,
    /// the TypeScript compiler, strict
    WebTypes,
    /// vitest
    WebUnit,
    /// the extension built for Chrome, Edge and Firefox
    Extension,
    /// web-ext lint on what was built; knip
    WebLint,
    /// tests of this program and of a whole office
    Office,
    /// real Chromium and real Firefox, end to end
    Browsers,
}

impl Part {
    /// All parts, cheap ones first.
    pub const ALL: [Self; 13] = [
        Self::Format,
        Self::WebFormat,
        Self::Deny,
        Self::Lint,
        Self::Wasm,
        Self::Windows,
        Self::Rust,
        Self::WebTypes,
        Self::WebUnit,
        Self::Extension,
        Self::WebLint,
        Self::Office,
        Self::Browsers,
    ];

    /// Its name on the command line and in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::WebFormat => "web-format",
            Self::Deny => "deny",
            Self::Lint => "lint",
            Self::Wasm => "wasm",
            Self::Windows => "windows",
            Self::Rust => "rust",
            Self::WebTypes => "web-types",
            Self::WebUnit => "web-unit",
            Self::Extension => "extension",
            Self::WebLint => "web-lint",
            Self::Office => "office",
            Self::Browsers => "browsers",
        }
    }

    /// What it checks, in a few words.
    pub fn about(self) -> String {
        self.to_possible_value()
            .and_then(|value| value.get_help().map(ToString::to_string))
            .unwrap_or_default()
    }

    /// Runs it; the text is a short note on what was seen.
    pub(super) async fn run(self, context: &Context<'_>) -> Result<String> {
        match self {
            Self::Format => rust::format(context).await,
            Self::WebFormat => web::format(context).await,
            Self::Deny => deny::deny(context).await,
            Self::Lint => rust::lint(context).await,
            Self::Wasm => rust::wasm(context).await,
            Self::Windows => rust::windows(context).await,
            Self::Rust => rust::tests(context).await,
            Self::WebTypes => web::types(context).await,
            Self::WebUnit => web::unit(context).await,
            Self::Extension => web::extension(context).await,
            Self::WebLint => web::lint(context).await,
            Self::Office => rust::office(context).await,
            Self::Browsers => browsers::browsers(context).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_the_name_that_the_command_line_takes() {
        assert_eq!(Part::ALL.len(), Part::value_variants().len());
        for part in Part::ALL {
            assert_eq!(Part::from_str(part.name(), false), Ok(part));
            assert!(!part.about().is_empty(), "{part:?}");
        }
    }
}
