use std::ops::Range;

use crate::row::Row;

/// Divides rows into blocks of at most `max_rows` rows and less than `max_span_ms`, and returns their ranges. The rows
/// must be sorted.
///
/// # Panics
/// Panics if `max_rows` is 0.
pub fn ranges(rows: &[Row], max_rows: usize, max_span_ms: i64) -> impl Iterator<Item = Range<usize>> {
    assert!(max_rows > 0, "a block has at least one row");
    let mut start = 0;
    std::iter::from_fn(move || {
        let first = rows.get(start)?;
        let end_ms = first.at_ms.saturating_add(max_span_ms);
        let candidates = &rows[start..rows.len().min(start + max_rows)];
        let count = candidates.partition_point(|row| row.at_ms < end_ms).max(1);
        let range = start..start + count;
        start = range.end;
        Some(range)
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(&[], 3, 100, &[])]
    #[case(&[0, 1, 2, 3], 3, 100, &[0..3, 3..4])]
    #[case(&[0, 99, 100, 250], 3, 100, &[0..2, 2..3, 3..4])]
    #[case(&[0, 1], 3, 0, &[0..1, 1..2])]
    fn rows_are_divided_by_number_and_time(
        #[case] times: &[i64],
        #[case] max_rows: usize,
        #[case] max_span_ms: i64,
        #[case] expected: &[Range<usize>],
    ) {
        let rows: Vec<Row> = times
            .iter()
            .map(|&at_ms| Row {
                at_ms,
                ..Row::default()
            })
            .collect();
        assert_eq!(ranges(&rows, max_rows, max_span_ms).collect::<Vec<_>>(), expected);
    }
}
