//! Tables of the deliveries, readings and visits of a soak run, as a section of a document.

use std::fmt;

use super::{
    observer::{Reading, mebibytes},
    report::SoakReport,
    visit::Leave,
};
use crate::report::grouped;

impl fmt::Display for SoakReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scale, course, .. } = self;
        writeln!(
            f,
            "Measured on {}: {} for {} min, with {} visitors per second.\n",
            self.day,
            scale.workload.title(),
            self.outcome.measured.as_secs() / 60,
            scale.arrivals_hz
        )?;
        writeln!(
            f,
            "- Machine: {} (shared with the load generator, Redis and PostgreSQL)",
            self.machine.hardware
        )?;
        writeln!(f, "- Software: {}", self.machine.software)?;
        writeln!(f, "- Command: `just test-soak`")?;
        if let Some(growth) = course.growth() {
            writeln!(
                f,
                "- Memory: {:.1} MiB in the first quarter after the warm-up, {:.1} MiB in the last (medians)",
                mebibytes(growth.first),
                mebibytes(growth.last)
            )?;
        }
        self.write_deliveries(f)?;
        self.write_readings(f)?;
        self.write_visits(f)
    }
}

impl SoakReport {
    fn write_deliveries(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = &self.outcome.tally;
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|quantile| tally.latency_ms(quantile));
        writeln!(
            f,
            "- Deliveries to the steady clients: {}, with {} lost updates and {} gaps; p50 {p50:.1} ms, \
             p99 {p99:.1} ms, max {max:.1} ms\n",
            grouped(tally.delivered),
            tally.lost,
            tally.gaps
        )
    }

    fn write_readings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let course = &self.course;
        writeln!(
            f,
            "| | before the visitors | maximum | after the visitors |\n|---|--:|--:|--:|"
        )?;
        type Figure = fn(&Reading) -> u64;
        let figures: [(&str, Figure); 6] = [
            ("sockets at `/ws`", |reading| reading.sockets),
            ("connections of HTTP clients", |reading| reading.connections),
            ("subscribers", |reading| reading.subscribers),
            ("rooms", |reading| reading.rooms),
            ("file descriptors", |reading| reading.descriptors),
            ("threads", |reading| reading.threads),
        ];
        for (title, figure) in figures {
            let most = course.readings.iter().map(figure).max().unwrap_or_default();
            let [before, after] = [&course.before, &course.after].map(figure);
            writeln!(f, "| {title} | {before} | {most} | {after} |")?;
        }
        let bytes = |reading: &Reading| reading.resident_bytes;
        let most = course.readings.iter().map(bytes).max().unwrap_or_default();
        let [before, after] = [&course.before, &course.after].map(bytes);
        let [before, most, after] = [before, most, after].map(mebibytes);
        writeln!(f, "| memory, MiB | {before:.1} | {most:.1} | {after:.1} |\n")
    }

    fn write_visits(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let visits = &self.course.visits;
        writeln!(
            f,
            "| {} visitors | number |\n|---|--:|",
            grouped(visits.all().into())
        )?;
        for leave in Leave::ALL {
            let count = grouped(visits.leaving(leave).into());
            writeln!(f, "| {} | {count} |", leave.title())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::soak::report::tests::a_sound_report;

    #[test]
    fn the_figures_are_written_as_tables() {
        let text = a_sound_report().to_string();
        for line in [
            "- Memory: 80.0 MiB in the first quarter after the warm-up, 80.0 MiB in the last (medians)",
            "| sockets at `/ws` | 10 | 120 | 10 |",
            "| file descriptors | 50 | 160 | 50 |",
            "| memory, MiB | 80.0 | 80.0 | 80.0 |",
            "| 6 visitors | number |",
            "| unsubscribed, and sent a close frame | 1 |",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "no line {line} in {text}"
            );
        }
    }
}
