//! The table of permissions in docs/security.md.

use std::collections::BTreeMap;

use domain::{Operation, Standing};

const SECURITY: &str = include_str!("../../../../../docs/security.md");

/// Permissions by operation and standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table(BTreeMap<(Operation, Standing), bool>);

impl Table {
    /// Reads the table of the document.
    pub(super) fn documented() -> Self {
        let mut rows = SECURITY
            .lines()
            .skip_while(|line| !line.starts_with("| operation |"))
            .take_while(|line| line.starts_with('|'))
            .map(cells);
        let header = rows.next().expect("the document has the table");
        let standings: Vec<Standing> = header[1..header.len() - 1]
            .iter()
            .map(|name| standing(name))
            .collect();
        let mut table = BTreeMap::new();
        for row in rows.skip(1) {
            let operation = row[0].trim_matches('`').parse().expect("an operation");
            for (&standing, cell) in standings.iter().zip(&row[1..]) {
                let before = table.insert((operation, standing), is_yes(cell));
                assert_eq!(before, None, "{operation} has two rows");
            }
        }
        Self(table)
    }

    /// Builds the table from the code.
    pub(super) fn coded() -> Self {
        let cells = Operation::ALL.iter().flat_map(|&operation| {
            Standing::ALL.map(|standing| ((operation, standing), operation.is_allowed_to(standing)))
        });
        Self(cells.collect())
    }

    pub(super) fn allows(&self, operation: Operation, standing: Standing) -> bool {
        self.0[&(operation, standing)]
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = (Operation, Standing)> {
        self.0.keys().copied()
    }

    /// Returns a copy with one cell inverted.
    pub(super) fn with_flipped(&self, cell: (Operation, Standing)) -> Self {
        let mut table = self.clone();
        let flipped = table.0.get_mut(&cell).expect("a cell of the table");
        *flipped = !*flipped;
        table
    }
}

fn cells(row: &'static str) -> Vec<&'static str> {
    row.trim_matches('|').split('|').map(str::trim).collect()
}

fn standing(name: &str) -> Standing {
    let found = Standing::ALL
        .into_iter()
        .find(|standing| standing.as_str() == name);
    found.unwrap_or_else(|| panic!("unknown standing {name:?}"))
}

fn is_yes(cell: &str) -> bool {
    match cell {
        "yes" => true,
        "no" => false,
        other => panic!("a cell must be yes or no, not {other:?}"),
    }
}

#[test]
fn the_document_agrees_with_the_code() {
    assert_eq!(Table::documented(), Table::coded());
}
