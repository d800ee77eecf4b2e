//! Every test that docs/attacks.md names is there, so that the page cannot tell of defences that nobody checks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{fs, path::Path};

/// What stands between backticks and names a test: a file and a function, or the title of a test in TypeScript.
fn named(page: &str) -> Vec<(&str, &str)> {
    let quoted = page.split('`').skip(1).step_by(2);
    quoted.filter_map(|quoted| quoted.split_once("::")).collect()
}

fn has(root: &Path, file: &str, test: &str) -> bool {
    let Ok(source) = fs::read_to_string(root.join(file)) else { return false };
    if Path::new(file).extension().is_some_and(|kind| kind == "rs") {
        let Some(at) = source.find(&format!("fn {test}(")) else { return false };
        // Since the item before it, there is the mark of a test.
        let head = source[..at].rsplit("\n}\n").next().unwrap_or_default();
        return head.contains("[test]") || head.contains("::test");
    }
    source.contains(&format!("test(\"{test}\""))
}

#[test]
fn every_test_that_the_page_of_attacks_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
    let page = fs::read_to_string(root.join("docs/attacks.md")).expect("the page");
    let named = named(&page);
    assert!(named.len() > 100, "{} tests are named", named.len());
    let missing: Vec<_> = named.into_iter().filter(|(file, test)| !has(root, file, test)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_test_that_is_not_there_is_missed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let here = "tests/named_tests.rs";
    assert!(has(root, here, "a_test_that_is_not_there_is_missed"));
    assert!(!has(root, here, "has") && !has(root, here, "nothing") && !has(root, "nowhere.rs", "named"));
    assert_eq!(named("| x | `a.rs::b`, `c` |"), [("a.rs", "b")]);
}
