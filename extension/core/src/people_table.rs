//! Reading a table of staff: columns name, role, group. Nothing is imported while there is a row that cannot be.

use std::{collections::HashMap, fmt};

use protocol::{
    limits::{MAX_INVITES, MAX_NAME},
    roster::StaffRole,
};
use serde::{Deserialize, Serialize};

/// Longest table that is looked at, in bytes.
const MAX_TABLE: usize = 256 * 1024;

/// Somebody to invite.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPerson {
    /// The name.
    pub name: String,
    /// What the person will be.
    pub role: StaffRole,
    /// Where the person works.
    pub group: Option<String>,
}

/// A row that cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// Its line in the table, from 1.
    pub row: u64,
    /// What is wrong, in words.
    pub message: String,
}

/// What a table says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportedPeople {
    /// Rows that can be imported.
    pub people: Vec<NewPerson>,
    /// Rows that cannot.
    pub errors: Vec<BadRow>,
}

/// Where the columns are.
#[derive(Clone, Copy)]
struct Columns {
    name: usize,
    role: Option<usize>,
    group: Option<usize>,
}

/// Reads a table, with or without a header, separated by comma, semicolon or tab. `taken` tells whether somebody
/// in the office has a name.
pub(crate) fn read(table: &str, taken: impl Fn(&str) -> bool) -> ImportedPeople {
    let mut read = ImportedPeople { people: Vec::new(), errors: Vec::new() };
    if table.len() > MAX_TABLE {
        read.errors
            .push(BadRow { row: 1, message: format!("the table is larger than {} KB", MAX_TABLE / 1024) });
        return read;
    }
    let table = table.trim_start_matches('\u{feff}');
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(separator(table))
        .from_reader(table.as_bytes());
    let mut columns = Columns { name: 0, role: Some(1), group: Some(2) };
    let mut first = true;
    let mut names: HashMap<String, u64> = HashMap::new();
    for record in rows.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let row = error.position().map_or(0, csv::Position::line);
                read.errors.push(BadRow { row, message: "this row is not readable text".to_owned() });
                continue;
            }
        };
        let row = record.position().map_or(0, csv::Position::line);
        if record.iter().all(str::is_empty) {
            continue;
        }
        if std::mem::take(&mut first)
            && let Some(header) = header(&record)
        {
            columns = header;
            continue;
        }
        match person(&record, columns) {
            Ok(person) => {
                let plain = plain(&person.name);
                if let Some(other) = names.insert(plain, row) {
                    read.errors.push(BadRow { row, message: format!("the same name stands in row {other}") });
                } else if taken(&person.name) {
                    let message = "somebody in the office has this name already".to_owned();
                    read.errors.push(BadRow { row, message });
                } else {
                    read.people.push(person);
                }
            }
            Err(message) => read.errors.push(BadRow { row, message }),
        }
    }
    if read.people.is_empty() && read.errors.is_empty() {
        read.errors.push(BadRow { row: 1, message: "the table is empty".to_owned() });
    }
    if read.people.len() > MAX_INVITES {
        let message = format!("{} people at once; {MAX_INVITES} are the most", read.people.len());
        read.errors.push(BadRow { row: 1, message });
    }
    read
}

/// The separator that the first row has most of.
fn separator(table: &str) -> u8 {
    let first = table.lines().next().unwrap_or_default();
    let count = |separator: u8| first.bytes().filter(|byte| *byte == separator).count();
    [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|separator| (count(*separator), *separator == b','))
        .unwrap_or(b',')
}

fn header(record: &csv::StringRecord) -> Option<Columns> {
    let find = |names: &[&str]| {
        record.iter().position(|field| names.iter().any(|name| field.eq_ignore_ascii_case(name)))
    };
    let name = find(&["name", "full name"])?;
    Some(Columns { name, role: find(&["role"]), group: find(&["group", "place", "location", "department"]) })
}

fn person(record: &csv::StringRecord, columns: Columns) -> Result<NewPerson, String> {
    let field = |column: Option<usize>| column.and_then(|at| record.get(at)).filter(|text| !text.is_empty());
    let name = field(Some(columns.name)).ok_or("the name is missing")?;
    for text in [Some(name), field(columns.group)].into_iter().flatten() {
        if text.len() > MAX_NAME {
            return Err(format!("a name of more than {MAX_NAME} bytes"));
        }
        if text.chars().any(char::is_control) {
            return Err("a name with a line break or another control character".to_owned());
        }
    }
    let role = field(columns.role).map_or(Ok(StaffRole::Staff), |text| text.to_lowercase().parse())?;
    Ok(NewPerson { name: name.to_owned(), role, group: field(columns.group).map(str::to_owned) })
}

fn plain(name: &str) -> String {
    name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

impl fmt::Debug for NewPerson {
    /// Without the name: what is printed may end up in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPerson").field("role", &self.role).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(table: &str) -> Vec<(u64, String)> {
        read(table, |name| name == "Taken Already")
            .errors
            .into_iter()
            .map(|bad| (bad.row, bad.message))
            .collect()
    }

    #[test]
    fn a_table_with_header_in_any_order_is_read() {
        let read = read("Group;Name;Role\nFront desk;Ana Rivera;Staff\n;Ben Sample;ADMIN\n", |_| false);
        assert_eq!(read.errors, []);
        let shown: Vec<_> =
            read.people.iter().map(|p| (p.name.as_str(), p.role, p.group.as_deref())).collect();
        assert_eq!(
            shown,
            [("Ana Rivera", StaffRole::Staff, Some("Front desk")), ("Ben Sample", StaffRole::Admin, None)]
        );
    }

    #[test]
    fn a_table_without_header_is_name_role_group() {
        let read = read("Ana Rivera,staff,\"Pharmacy, 2nd floor\"\r\nBen Sample\r\n", |_| false);
        assert_eq!(read.errors, []);
        assert_eq!(read.people[0].group.as_deref(), Some("Pharmacy, 2nd floor"));
        assert_eq!(read.people[1].role, StaffRole::Staff);
    }

    #[test]
    fn every_bad_row_is_named_with_its_reason() {
        let table = "name,role\nAna,staff\n,staff\nBen,boss\nana,staff\nTaken Already,staff\n";
        let rows: Vec<_> = errors(table).into_iter().map(|(row, _)| row).collect();
        assert_eq!(rows, [3, 4, 5, 6]);
        let long = format!("name\n{}\n", "x".repeat(MAX_NAME + 1));
        assert_eq!(errors(&long)[0].0, 2);
        assert_eq!(errors("")[0].1, "the table is empty");
        assert_eq!(errors("name\nA\u{7}na\n")[0].0, 2);
    }

    #[test]
    fn too_many_people_are_refused_together() {
        let table: String =
            (0..=MAX_INVITES).fold(String::new(), |table, n| table + &format!("Person {n}\n"));
        assert_eq!(errors(&table).len(), 1);
    }
}
