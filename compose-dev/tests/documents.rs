//! What the documents point at is there: files, images, headings.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What is made, and what others wrote.
const NOT_OURS: [&str; 4] = ["target", "node_modules", "state", "dist"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every Markdown file below `folder`.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && !NOT_OURS.contains(&name.as_str()) {
            found.extend(documents(&path));
        } else if path.extension().is_some_and(|kind| kind == "md") {
            found.push(path);
        }
    }
    found
}

/// The lines that are prose: what stands in a fenced block only looks like a link or a heading.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fence && !fenced
    })
}

/// What stands between the brackets of each `[text](target)`, outside of `code`.
fn targets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(text) {
        let outside: String = line.split('`').step_by(2).collect();
        for rest in outside.split("](").skip(1) {
            found.push(rest.split_once(')').expect("a bracket that closes").0.to_owned());
        }
    }
    found
}

/// Headings by the names under which they can be linked to.
fn anchors(text: &str) -> BTreeSet<String> {
    prose(text)
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim().to_lowercase())
        .map(|heading| {
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// What is wrong with a link of `document`; nothing, where it leads somewhere.
fn fault(document: &Path, target: &str) -> Option<String> {
    if target.contains("://") {
        return None;
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let path = if file.is_empty() { document.to_owned() } else { document.parent().unwrap().join(file) };
    if !path.exists() {
        return Some(format!("{}: there is no {target}", document.display()));
    }
    let anchor = anchor?;
    let text = fs::read_to_string(&path).unwrap();
    (!anchors(&text).contains(anchor)).then(|| format!("{}: no heading for {target}", document.display()))
}

#[test]
fn every_link_and_image_of_the_documents_leads_somewhere() {
    let documents = documents(root());
    assert!(documents.iter().any(|path| path.ends_with("docs/user-guide.md")), "{documents:?}");
    let mut links = 0;
    let mut faults = Vec::new();
    for document in &documents {
        let targets = targets(&fs::read_to_string(document).unwrap());
        links += targets.len();
        faults.extend(targets.iter().filter_map(|target| fault(document, target)));
    }
    assert!(links > 50, "only {links} links were found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_picture_is_shown_in_some_document() {
    let shown: BTreeSet<PathBuf> = documents(root())
        .iter()
        .flat_map(|document| {
            let text = fs::read_to_string(document).unwrap();
            targets(&text).into_iter().map(|target| document.parent().unwrap().join(target))
        })
        .filter_map(|path| path.canonicalize().ok())
        .collect();
    let pictures: Vec<_> =
        fs::read_dir(root().join("docs/images")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!pictures.is_empty());
    for picture in pictures {
        assert!(shown.contains(&picture.canonicalize().unwrap()), "{} is shown nowhere", picture.display());
    }
}

#[test]
fn a_link_to_nowhere_is_found() {
    let document = root().join("docs/user-guide.md");
    assert_eq!(fault(&document, "#rules"), None);
    assert_eq!(fault(&document, "https://example.org/x"), None);
    for target in ["images/no-such-picture.png", "#no-such-heading", "security.md#no-such-heading"] {
        assert!(fault(&document, target).is_some(), "{target}");
    }
    let text = "[a](b.md) `[no](code.md)`\n```\n[no](block.md)\n```\n![c](d.png)";
    assert_eq!(targets(text), ["b.md", "d.png"]);
    assert_eq!(anchors("# Is it *really* them?\n"), BTreeSet::from(["is-it-really-them".to_owned()]));
}
