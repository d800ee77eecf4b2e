//! The figures as a person reads them: one table a place, one column a number of devices.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{figures::Figure, rows::GROUPS};

const LABEL: usize = 62;
const CELL: usize = 26;

/// All tables.
pub(super) fn tables(figures: &[Figure]) -> String {
    let mut text = String::new();
    let mut places: Vec<_> = figures.iter().map(|figure| (&figure.place, &figure.version)).collect();
    places.dedup();
    for (place, version) in places {
        let here: Vec<_> = figures.iter().filter(|figure| figure.place == *place).collect();
        let rounds = here.iter().map(|figure| figure.rounds).max().unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n{}", format!("{place} {version}").trim_end());
        let _ = writeln!(text, "milliseconds: median of {rounds} rounds (fastest-upper quartile)\n");
        table(&mut text, &here);
    }
    text
}

fn table(text: &mut String, figures: &[&Figure]) {
    let sizes: BTreeSet<_> = figures.iter().map(|figure| figure.devices).collect();
    for group in &GROUPS {
        let known = |what: &str| figures.iter().any(|figure| figure.what == what);
        let rows: Vec<_> = group.rows.iter().filter(|(what, _)| known(what)).collect();
        if rows.is_empty() {
            continue;
        }
        let mut head = format!("{:<LABEL$}", group.title);
        for size in &sizes {
            let devices = if *size == 1 { "1 device".to_owned() } else { format!("{size} devices") };
            let _ = write!(head, "{devices:>CELL$}");
        }
        let _ = writeln!(text, "{head}");
        for (what, label) in rows {
            let mut line = format!("  {label:<width$}", width = LABEL - 2);
            for size in &sizes {
                let figure = figures.iter().find(|figure| figure.what == *what && figure.devices == *size);
                let _ = write!(line, "{:>CELL$}", figure.map(|figure| cell(figure)).unwrap_or_default());
            }
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text.push('\n');
    }
}

fn cell(figure: &Figure) -> String {
    format!("{} ({}-{})", ms(figure.median_us), ms(figure.least_us), ms(figure.upper_us))
}

/// Three digits that count.
fn ms(us: f64) -> String {
    let ms = us / 1000.0;
    match ms {
        0.0..1.0 => format!("{ms:.3}"),
        1.0..10.0 => format!("{ms:.2}"),
        10.0..100.0 => format!("{ms:.1}"),
        _ => format!("{ms:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(place: &str, what: &str, devices: u32, median_us: f64) -> Figure {
        Figure {
            place: place.to_owned(),
            version: String::new(),
            what: what.to_owned(),
            devices,
            rounds: 5,
            median_us,
            least_us: median_us / 2.0,
            upper_us: median_us * 2.0,
        }
    }

    #[test]
    fn ours_and_peers_stand_under_each_other_in_one_table_a_place() {
        let figures = [
            figure("native", "turn/seal", 1, 100.0),
            figure("native", "libsodium/seal", 1, 50.0),
            figure("native", "turn/seal", 150, 16_000.0),
            figure("Chromium", "turn/seal", 150, 30_000.0),
        ];
        let text = tables(&figures);
        let lines: Vec<_> = text.lines().collect();
        let at = |start: &str| lines.iter().position(|line| line.trim_start().starts_with(start));
        assert!(at("ours, whole turn") < at("libsodium"), "{text}");
        assert!(text.contains("0.100 (0.050-0.200)"), "{text}");
        assert!(text.contains("16.0 (8.00-32.0)"), "{text}");
        assert_eq!(text.matches("seal one message").count(), 2, "{text}");
        assert!(!text.contains("Matrix"), "a row without figures is left out:\n{text}");
    }

    #[test]
    fn every_row_has_a_name_of_its_own_and_fits() {
        let rows: Vec<_> = GROUPS.iter().flat_map(|group| group.rows).collect();
        let names: BTreeSet<_> = rows.iter().map(|(what, _)| what).collect();
        assert_eq!(names.len(), rows.len());
        assert!(rows.iter().all(|(_, label)| label.len() <= LABEL - 2));
    }
}
