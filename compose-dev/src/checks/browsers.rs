//! The end-to-end tests in real browsers.

use anyhow::Result;

use super::{Context, web};
use crate::{
    browser::{CHROMIUM, FIREFOX},
    build,
    progress::Progress,
    tool,
};

pub(super) async fn browsers(context: &Context<'_>) -> Result<String> {
    // Both before either is used: one sentence per missing browser, at once.
    let chromium = CHROMIUM.ensure(context.workspace, context.step).await?;
    let firefox = FIREFOX.ensure(context.workspace, context.step).await?;
    web::built(context).await?;
    build::everything(context.workspace, &Progress::quiet()).await?;
    let mut command = context.workspace.command(tool::npm()?);
    command.args(["run", "--silent", "e2e"]).current_dir(context.workspace.extension());
    command.env("NO_COLOR", "1").env(CHROMIUM.variable, chromium).env(FIREFOX.variable, firefox);
    // The tests start offices with this very program.
    // Not this process's own file: the office tests may have compiled it anew.
    command.env("CARGO_DEV", context.workspace.binary("dev"));
    let output = context.run(command, "the tests in Chromium and Firefox").await?;
    Ok(node_summary(&output))
}

/// `# pass 12` in what node's test runner prints.
fn node_summary(output: &str) -> String {
    let passed = output.lines().find_map(|line| {
        let line = line.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        line.strip_prefix("pass ")?.trim().parse::<u32>().ok()
    });
    passed.map_or_else(String::new, |passed| format!("{passed} tests"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_summary_is_read_from_both_of_its_formats() {
        assert_eq!(node_summary("# tests 3\n# pass 3\n# fail 0"), "3 tests");
        assert_eq!(node_summary("ℹ tests 4\nℹ pass 4\nℹ fail 0"), "4 tests");
        assert_eq!(node_summary("nothing"), "");
    }
}
