//! Colours of plots. The SVG has those for a light background, and a style sheet that replaces them if the reader
//! prefers a dark one.

use plotters::style::RGBColor;

/// A colour on a light background, and its replacement on a dark one.
struct Ink {
    light: RGBColor,
    dark: RGBColor,
}

const INKS: [Ink; 8] = [
    Ink::new(BACKGROUND, RGBColor(0x0D, 0x11, 0x17)),
    Ink::new(TEXT, RGBColor(0xE6, 0xED, 0xF3)),
    Ink::new(AXIS, RGBColor(0x8B, 0x94, 0x9E)),
    Ink::new(GRID, RGBColor(0x30, 0x36, 0x3D)),
    Ink::new(SERIES[0], RGBColor(0x58, 0xA6, 0xFF)),
    Ink::new(SERIES[1], RGBColor(0xF0, 0x88, 0x3E)),
    Ink::new(SERIES[2], RGBColor(0x3F, 0xB9, 0x50)),
    Ink::new(SERIES[3], RGBColor(0xBC, 0x8C, 0xFF)),
];

pub(super) const BACKGROUND: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
pub(super) const TEXT: RGBColor = RGBColor(0x1F, 0x23, 0x28);
pub(super) const AXIS: RGBColor = RGBColor(0x59, 0x63, 0x6E);
pub(super) const GRID: RGBColor = RGBColor(0xD1, 0xD9, 0xE0);
/// Colours of the series of a chart, in order.
pub(super) const SERIES: [RGBColor; 4] = [
    RGBColor(0x09, 0x69, 0xDA),
    RGBColor(0xBC, 0x4C, 0x00),
    RGBColor(0x1A, 0x7F, 0x37),
    RGBColor(0x82, 0x50, 0xDF),
];

/// Colour of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hue {
    First,
    Second,
    Third,
    /// The colour of axes.
    Neutral,
}

impl Hue {
    /// Returns the value of an SVG attribute.
    #[must_use]
    pub(crate) fn colour(self) -> String {
        hex(match self {
            Self::First => SERIES[0],
            Self::Second => SERIES[1],
            Self::Third => SERIES[2],
            Self::Neutral => AXIS,
        })
    }
}

impl Ink {
    const fn new(light: RGBColor, dark: RGBColor) -> Self {
        Self { light, dark }
    }

    fn rule(&self) -> String {
        let [light, dark] = [self.light, self.dark].map(hex);
        ["fill", "stroke"]
            .map(|property| format!("[{property}=\"{light}\"]{{{property}:{dark}}}"))
            .concat()
    }
}

/// Returns the value of an SVG attribute.
pub(super) fn hex(RGBColor(r, g, b): RGBColor) -> String {
    format!("#{r:02X}{g:02X}{b:02X}")
}

/// Adds the style sheet to an SVG, after its first line.
pub(super) fn with_dark_mode(svg: &str) -> String {
    let rules: String = INKS.iter().map(Ink::rule).collect();
    let (start, rest) = svg.split_once('\n').unwrap_or((svg, ""));
    format!("{start}\n<style>@media (prefers-color-scheme: dark) {{{rules}}}</style>\n{rest}")
}
