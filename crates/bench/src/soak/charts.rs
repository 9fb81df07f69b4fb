//! Charts of memory, connections, descriptors and threads over a soak run.

use super::{
    observer::{Reading, mebibytes},
    report::Course,
};
use crate::plot::{Axis, Chart, Scale, Series};

/// Returns the charts of memory, of connections, and of descriptors and threads over time.
pub(super) fn of(course: &Course) -> Vec<Chart> {
    let series = |name: &str, figure: fn(&Reading) -> f64| Series {
        name: name.to_owned(),
        points: course
            .readings
            .iter()
            .chain([&course.after])
            .map(|reading| (reading.at.as_secs_f64() / 60.0, figure(reading)))
            .collect(),
    };
    vec![
        chart(
            "Memory of the server",
            "RSS, MiB",
            vec![series("resident", |reading| mebibytes(reading.resident_bytes))],
        ),
        chart(
            "Clients, and their state in the server",
            "number",
            vec![
                series("sockets at /ws", |reading| reading.sockets as f64),
                series("HTTP connections", |reading| reading.connections as f64),
                series("subscribers", |reading| reading.subscribers as f64),
                series("rooms", |reading| reading.rooms as f64),
            ],
        ),
        chart(
            "Resources of the operating system",
            "number",
            vec![
                series("file descriptors", |reading| reading.descriptors as f64),
                series("threads", |reading| reading.threads as f64),
            ],
        ),
    ]
}

fn chart(title: &str, unit: &str, series: Vec<Series>) -> Chart {
    let axis = |label: &str| Axis {
        label: label.to_owned(),
        scale: Scale::Linear,
    };
    Chart {
        title: title.to_owned(),
        x: axis("time, min"),
        y: axis(unit),
        series,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soak::report::tests::a_sound_report;

    #[test]
    fn charts_show_the_whole_run_in_minutes() {
        let course = a_sound_report().course;
        let charts = of(&course);
        let [memory, clients, resources] = &charts[..] else {
            panic!("another number of charts")
        };
        assert_eq!(memory.series[0].points[30], (0.5, 80.0));
        assert_eq!(clients.series.len(), 4);
        let descriptors = &resources.series[0].points;
        assert_eq!((descriptors[0].1, descriptors[100].1), (160.0, 50.0));
    }
}
