//! The table of a full run in docs/reliability.md.

use std::{fmt::Write as _, fs, time::Duration};

use super::round::Report;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reliability.md");
const BEGIN: &str = "<!-- chaos: begin (written by just test-chaos) -->\n";
const END: &str = "<!-- chaos: end -->\n";

/// Writes the reports into the document.
pub(super) fn write(reports: &[Report]) {
    let text = fs::read_to_string(DOCUMENT).expect("the document");
    let text = replaced(&text, &table(reports)).expect("the document has the markers");
    fs::write(DOCUMENT, text).expect("the document can be written");
}

/// Returns the reports as a table, with a sentence about all of them.
pub(super) fn table(reports: &[Report]) -> String {
    let sum = |count: fn(&Report) -> usize| reports.iter().map(count).sum::<usize>();
    let (acknowledged, unknown) = (sum(|report| report.acknowledged), sum(|report| report.unknown));
    let mut text = format!(
        "In these {} rounds, {acknowledged} changes were acknowledged, and the outcomes of {unknown} others were \
         unknown to their clients.\n\n\
         | fault | noticed in | recovered in | lost | doubled |\n| --- | --: | --: | --: | --: |\n",
        reports.len()
    );
    for report in reports {
        writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            report.fault.title(),
            report.noticed.map_or_else(|| "–".to_owned(), seconds),
            seconds(report.recovered),
            report.verdict.lost.len(),
            report.verdict.doubled.len()
        )
        .expect("a string takes everything");
    }
    text
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn replaced(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n\n{END}{after}", table.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chaos::{checker::Verdict, faults::Fault};

    #[test]
    fn reports_become_rows_between_the_markers() {
        let report = |noticed| Report {
            fault: Fault::RedisFlushed,
            noticed,
            recovered: Duration::from_millis(1_260),
            acknowledged: 20,
            unknown: 3,
            verdict: Verdict::default(),
        };
        let reports = [report(None), report(Some(Duration::from_millis(40)))];
        let document = replaced(
            &format!("# Title\n{BEGIN}old\n{END}last words\n"),
            &table(&reports),
        );
        let document = document.expect("it has the markers");
        for line in [
            "# Title",
            "In these 2 rounds, 40 changes were acknowledged, and the outcomes of 6 others were unknown to their clients.",
            "| Redis: `FLUSHALL` | – | 1.3 s | 0 | 0 |",
            "| Redis: `FLUSHALL` | 0.0 s | 1.3 s | 0 | 0 |",
            "last words",
        ] {
            assert!(document.lines().any(|found| found == line), "{document}");
        }
        assert_eq!(replaced(&document, &table(&reports)), Some(document.clone()));
    }

    #[test]
    fn the_document_has_the_markers() {
        let text = fs::read_to_string(DOCUMENT).expect("the document");
        assert!(replaced(&text, "").is_some());
    }
}
