//! Plots of measurements as SVG.
//!
//! * [`Chart`], [`Series`]: the contents; [`to_svg`] draws charts, one below the other.
//! * [`Axis`], [`Scale`]: linear or logarithmic axes.
//! * `theme`: colours for light and dark backgrounds.

mod axis;
mod theme;

use std::io;

use plotters::{
    chart::ChartBuilder,
    coord::Shift,
    drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea as _},
    element::PathElement,
    prelude::SVGBackend,
    series::LineSeries,
    style::{
        Color as _, IntoTextStyle as _, TRANSPARENT,
        text_anchor::{HPos, Pos, VPos},
    },
};

pub(crate) use axis::{Axis, Scale};
use axis::{Extent, label_of};
pub(crate) use theme::Hue;
use theme::{AXIS, BACKGROUND, GRID, SERIES, TEXT};

/// Width of a plot, in pixels.
const WIDTH: i32 = 960;
/// Height of a chart, in pixels.
const HEIGHT: i32 = 270;
/// Width of the list of series beside a chart, in pixels.
const LEGEND_WIDTH: i32 = 190;
const FONT: &str = "sans-serif";
/// Maximum numbers of labels of the x axis and of the y axis.
const LABELS: (usize, usize) = (11, 7);
/// Maximum number of points of a series whose points are marked on its line.
const MARKED: usize = 40;

/// A line in a chart.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub name: String,
    /// Points (x, y). Those without a position on a logarithmic axis are left out.
    pub points: Vec<(f64, f64)>,
}

/// A chart of up to four series.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    pub title: String,
    pub x: Axis,
    pub y: Axis,
    pub series: Vec<Series>,
}

type DrawingError = DrawingAreaErrorKind<io::Error>;

/// Draws charts, one below the other.
///
/// # Errors
/// Fails if there is no room for a part of a chart.
pub(crate) fn to_svg(charts: &[Chart]) -> anyhow::Result<String> {
    let mut svg = String::new();
    draw(charts, &mut svg)?;
    Ok(theme::with_dark_mode(&svg))
}

/// Returns an SVG of this size, in pixels, with a title and the elements of `parts`.
#[must_use]
pub(crate) fn framed(width: f64, height: f64, title: &str, parts: &[&str]) -> String {
    let (background, text) = (theme::hex(BACKGROUND), theme::hex(TEXT));
    let svg = format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         xmlns=\"http://www.w3.org/2000/svg\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"{background}\"/>\n\
         <g font-family=\"{FONT}\" font-size=\"11\" fill=\"{text}\">\n\
         <text x=\"3\" y=\"20\" font-size=\"16\">{title}</text>\n{}</g>\n</svg>\n",
        parts.concat()
    );
    theme::with_dark_mode(&svg)
}

fn draw(charts: &[Chart], svg: &mut String) -> Result<(), DrawingError> {
    let size = (WIDTH as u32, HEIGHT as u32 * charts.len() as u32);
    let root = SVGBackend::with_string(svg, size).into_drawing_area();
    root.fill(&BACKGROUND)?;
    for (chart, area) in charts.iter().zip(root.split_evenly((charts.len(), 1))) {
        let (area, legend) = area.split_horizontally(WIDTH - LEGEND_WIDTH);
        chart.draw(&area)?;
        chart.draw_legend(&legend)?;
    }
    root.present()
}

impl Chart {
    fn draw(&self, area: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), DrawingError> {
        let points = || self.series.iter().flat_map(move |series| self.points(series));
        let x = Extent::of(self.x.scale, points().map(|(x, _)| x));
        let y = Extent::of(self.y.scale, points().map(|(_, y)| y));
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, (FONT, 18, &TEXT))
            .margin(10)
            .x_label_area_size(44)
            .y_label_area_size(72)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .x_desc(self.x.label.as_str())
            .y_desc(self.y.label.as_str())
            .x_labels(LABELS.0)
            .y_labels(LABELS.1)
            .x_label_formatter(&|value: &f64| label_of(*value))
            .y_label_formatter(&|value: &f64| label_of(*value))
            .label_style((FONT, 14, &TEXT))
            .axis_desc_style((FONT, 15, &TEXT))
            .axis_style(AXIS)
            .bold_line_style(GRID)
            .max_light_lines(1)
            .light_line_style(TRANSPARENT)
            .set_all_tick_mark_size(4)
            .draw()?;
        for (series, color) in self.series.iter().zip(SERIES) {
            let points: Vec<_> = self.points(series).collect();
            let mark = if points.len() <= MARKED { 3 } else { 0 };
            let style = color.stroke_width(2).filled();
            chart.draw_series(LineSeries::new(points, style).point_size(mark))?;
        }
        Ok(())
    }

    /// Returns the points of a series that have a position on both axes.
    fn points<'a>(&'a self, series: &'a Series) -> impl Iterator<Item = (f64, f64)> + 'a {
        let has_place = move |(x, y): &(f64, f64)| self.x.scale.has(*x) && self.y.scale.has(*y);
        series.points.iter().copied().filter(has_place)
    }

    fn draw_legend(&self, area: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), DrawingError> {
        let style = (FONT, 14, &TEXT).into_text_style(area);
        let style = style.pos(Pos::new(HPos::Left, VPos::Center));
        for (y, (series, color)) in (50..).step_by(22).zip(self.series.iter().zip(SERIES)) {
            area.draw(&PathElement::new(vec![(4, y), (24, y)], color.stroke_width(3)))?;
            area.draw_text(&series.name, &style, (30, y))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_chart(series: Vec<Series>) -> Chart {
        let axis = |label: &str, scale| Axis {
            label: label.to_owned(),
            scale,
        };
        Chart {
            title: "Memory & growth".to_owned(),
            x: axis("vehicles", Scale::Logarithmic),
            y: axis("memory, MiB", Scale::Linear),
            series,
        }
    }

    fn a_series(name: &str) -> Series {
        Series {
            name: name.to_owned(),
            points: vec![(0.0, 1.0), (1_000.0, 40.0), (10_000.0, 70.0)],
        }
    }

    #[test]
    fn titles_labels_units_and_names_are_written_as_text() {
        let svg = to_svg(&[a_chart(vec![a_series("server")])]).unwrap();
        for text in [
            "Memory &amp; growth",
            "vehicles",
            "memory, MiB",
            "10,000",
            "server",
        ] {
            assert!(svg.lines().any(|line| line == text), "no text {text} in {svg}");
        }
        assert!(svg.trim_end().ends_with("</svg>"));
    }

    #[test]
    fn each_series_is_a_line_of_its_color_in_its_chart() {
        let charts = [
            a_chart(vec![a_series("server"), a_series("stores")]),
            a_chart(vec![a_series("sockets")]),
        ];
        let svg = to_svg(&charts).unwrap();
        let lines = |color: &str| {
            let stroke = format!(r#"stroke="{color}" stroke-width="2" points="#);
            svg.matches(&stroke).count()
        };
        assert_eq!((lines("#0969DA"), lines("#BC4C00"), lines("#1A7F37")), (2, 1, 0));
        assert!(svg.starts_with(r#"<svg width="960" height="540" "#), "{svg}");
    }

    #[test]
    fn every_color_has_a_replacement_for_dark_backgrounds() {
        let chart = a_chart(["a", "b", "c", "d"].map(a_series).to_vec());
        let svg = to_svg(&[chart]).unwrap();
        let (_, drawing) = svg.split_once("</style>").unwrap();
        for property in ["fill", "stroke"] {
            for (place, start) in drawing.match_indices(&format!(r##"{property}="#"##)) {
                let rule = format!("[{}]", &drawing[place..place + start.len() + 7]);
                assert!(svg.contains(&rule), "no rule {rule}");
            }
        }
    }

    #[test]
    fn a_chart_without_points_has_axes() {
        let empty = Series {
            points: Vec::new(),
            ..a_series("server")
        };
        assert!(to_svg(&[a_chart(vec![empty])]).unwrap().contains("vehicles"));
        to_svg(&[a_chart(Vec::new())]).unwrap();
    }
}
