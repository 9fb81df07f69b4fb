//! Cells of a CSV file.

use serde_json::{Number, Value};

use crate::vehicle::details::Holds;

/// Type of a column's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Flag,
    /// A JSON value, as text.
    Json,
}

impl Kind {
    /// Returns the type of the cells for a field of the details.
    pub(crate) const fn of(holds: Holds) -> Self {
        match holds {
            Holds::Flag => Self::Flag,
            Holds::Number { .. } | Holds::Amount | Holds::PositiveNumber | Holds::AutonomyLevel => {
                Self::Number
            }
            Holds::Label { .. } | Holds::GuideType | Holds::HoistStatus => Self::Text,
            Holds::Config | Holds::RailSegments => Self::Json,
        }
    }

    /// Parses a cell.
    ///
    /// # Errors
    /// Returns the rule that the cell breaks.
    pub(crate) fn read(self, cell: &str) -> Result<Value, String> {
        match self {
            Self::Text => Ok(cell.into()),
            Self::Number => number(cell.trim()).ok_or_else(|| "must be a number".to_owned()),
            Self::Flag => match cell.trim() {
                "true" | "TRUE" | "True" => Ok(true.into()),
                "false" | "FALSE" | "False" => Ok(false.into()),
                _ => Err("must be true or false".to_owned()),
            },
            Self::Json => strict_json::parse(cell.as_bytes()).map_err(|fault| fault.to_string()),
        }
    }

    pub(crate) fn write(self, value: &Value) -> String {
        match value {
            Value::String(text) if self != Self::Json => text.clone(),
            value => value.to_string(),
        }
    }
}

fn number(cell: &str) -> Option<Value> {
    if let Ok(whole) = cell.parse::<i64>() {
        return Some(whole.into());
    }
    // `parse` alone would also accept `inf` and `nan`.
    let is_plain = cell
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    let float = is_plain.then(|| cell.parse().ok()).flatten()?;
    Number::from_f64(float).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(Kind::Number, " 1.5 ", Ok(json!(1.5)))]
    #[case(Kind::Number, "3", Ok(json!(3)))]
    #[case(Kind::Number, "-2e3", Ok(json!(-2000.0)))]
    #[case(Kind::Number, "1,5", Err("must be a number"))]
    #[case(Kind::Number, "inf", Err("must be a number"))]
    #[case(Kind::Number, "1e999", Err("must be a number"))]
    #[case(Kind::Flag, "TRUE", Ok(json!(true)))]
    #[case(Kind::Flag, "yes", Err("must be true or false"))]
    #[case(Kind::Text, " x ", Ok(json!(" x ")))]
    #[case(Kind::Json, r#"{"a": 1}"#, Ok(json!({"a": 1})))]
    #[case(Kind::Json, r#"{"a": 1, "a": 2}"#, Err("a must not be repeated"))]
    fn a_cell_is_parsed_by_the_type_of_its_column(
        #[case] kind: Kind,
        #[case] cell: &str,
        #[case] expected: Result<Value, &str>,
    ) {
        assert_eq!(kind.read(cell), expected.map_err(str::to_owned));
    }
}
