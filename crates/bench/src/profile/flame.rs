//! Flame graphs: a bar per function and its callers, from the bottom upwards, as wide as its share of the samples
//! (B. Gregg, *The Flame Graph*, Communications of the ACM 59(6), 2016).

use std::{collections::BTreeMap, fmt::Write as _};

use super::stack::{Frame, Stack};
use crate::plot::{Hue, framed};

const WIDTH: f64 = 1_200.0;
/// Height of a bar, in pixels.
const BAR: f64 = 17.0;
/// Space for the title above the bars, and for the legend below them, in pixels.
const MARGIN: f64 = 34.0;
/// Minimum share of the samples. Smaller bars can't be seen.
const LEAST: f64 = 0.002;
/// Approximate width of a character, in pixels.
const CHARACTER: f64 = 6.3;
/// Crates of this workspace that run in the server.
const OWN: [&str; 13] = [
    "server",
    "domain",
    "live",
    "application",
    "adapters_redis",
    "adapters_postgres",
    "adapters_auth",
    "adapters_memory",
    "api_ws",
    "api_graphql",
    "api_rest",
    "http_edge",
    "observability",
];

/// A function that was called from one chain of callers.
#[derive(Debug, Default)]
struct Node {
    /// Number of samples in the function and in those that it called.
    samples: u64,
    called: BTreeMap<Frame, Node>,
}

impl Node {
    fn add(&mut self, frames: &[Frame]) {
        self.samples += 1;
        if let Some((frame, rest)) = frames.split_first() {
            self.called.entry(frame.clone()).or_default().add(rest);
        }
    }

    /// Returns the number of bars that stand above this one.
    fn height(&self, least: u64) -> usize {
        let called = self.called.values().filter(|node| node.samples >= least);
        called.map(|node| node.height(least) + 1).max().unwrap_or(0)
    }
}

/// Draws the stacks of all threads, whose names are the lowest bars.
pub(super) fn to_svg(title: &str, stacks: &[Stack]) -> String {
    let mut root = Node::default();
    for stack in stacks {
        let thread = Frame {
            name: thread_name(&stack.thread).to_owned(),
            is_kernel: false,
        };
        let frames: Vec<_> = [thread].into_iter().chain(stack.frames.iter().cloned()).collect();
        root.add(&frames);
    }
    let least = ((stacks.len() as f64 * LEAST).ceil() as u64).max(1);
    let height = MARGIN * 2.0 + root.height(least) as f64 * BAR;
    let mut bars = Bars {
        svg: String::new(),
        total: root.samples.max(1) as f64,
        least,
        bottom: height - MARGIN,
    };
    bars.draw_called(&root, 0.0, 0);
    framed(WIDTH, height, &escaped(title), &[&bars.svg, &legend(height)])
}

/// Returns the label of a thread's bar: a description for the HTTP workers and the runtime's threads, otherwise the
/// thread's name.
fn thread_name(name: &str) -> &str {
    match name {
        "actix-server wo" => "workers of sockets and requests",
        "tokio-rt-worker" => "runtime",
        name => name,
    }
}

struct Bars {
    svg: String,
    /// Number of samples of the whole width.
    total: f64,
    least: u64,
    bottom: f64,
}

impl Bars {
    fn draw_called(&mut self, node: &Node, left: f64, level: usize) {
        let mut left = left;
        for (frame, called) in &node.called {
            let width = called.samples as f64 / self.total * WIDTH;
            if called.samples >= self.least {
                self.draw(frame, called, left, width, level);
                self.draw_called(called, left, level + 1);
            }
            left += width;
        }
    }

    fn draw(&mut self, frame: &Frame, node: &Node, left: f64, width: f64, level: usize) {
        let top = self.bottom - (level + 1) as f64 * BAR;
        let (name, share) = (escaped(&frame.name), node.samples as f64 / self.total * 100.0);
        let colour = hue(frame, level).colour();
        let label = escaped(&label(&frame.name, width));
        let text_at = (left + 3.0, top + BAR - 5.0);
        let _ = writeln!(
            self.svg,
            "<g><title>{name}: {share:.1} %</title>\
             <rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{colour}\" \
             fill-opacity=\"0.3\"/><text x=\"{:.1}\" y=\"{:.1}\">{label}</text></g>",
            (width - 0.5).max(0.5),
            BAR - 1.0,
            text_at.0,
            text_at.1,
        );
    }
}

/// Returns as much of the end of a path as fits into a bar: whole names if possible, otherwise the beginning of the
/// last one.
fn label(path: &str, width: f64) -> String {
    let room = ((width - 6.0) / CHARACTER).max(0.0) as usize;
    if room < 3 {
        return String::new();
    }
    let names: Vec<_> = path.split("::").collect();
    let fitting = (0..names.len())
        .map(|first| names[first..].join("::"))
        .find(|label| label.chars().count() <= room);
    fitting.unwrap_or_else(|| {
        let last = names.last().copied().unwrap_or_default();
        last.chars().take(room - 1).chain(['…']).collect()
    })
}

fn hue(frame: &Frame, level: usize) -> Hue {
    match frame {
        _ if level == 0 => Hue::Neutral,
        Frame { is_kernel: true, .. } => Hue::Second,
        frame if OWN.contains(&frame.krate()) => Hue::First,
        frame if frame.name.contains("::…") => Hue::Neutral,
        _ => Hue::Third,
    }
}

fn legend(height: f64) -> String {
    let entries = [
        (Hue::First, "fleetwatch"),
        (Hue::Third, "libraries"),
        (Hue::Second, "kernel"),
        (Hue::Neutral, "threads, runtime"),
    ];
    let mut svg = String::new();
    for (index, (hue, name)) in entries.into_iter().enumerate() {
        let (left, top) = (3.0 + index as f64 * 140.0, height - 20.0);
        let _ = writeln!(
            svg,
            "<rect x=\"{left}\" y=\"{top}\" width=\"12\" height=\"12\" fill=\"{}\" fill-opacity=\"0.3\"/>\
             <text x=\"{}\" y=\"{}\">{name}</text>",
            hue.colour(),
            left + 18.0,
            top + 10.0,
        );
    }
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(names: &[&str]) -> Stack {
        let frame = |name: &&str| Frame {
            name: (*name).to_owned(),
            is_kernel: false,
        };
        Stack {
            thread: "live".to_owned(),
            frames: names.iter().map(frame).collect(),
        }
    }

    #[test]
    fn bars_are_as_wide_as_their_share() {
        let svg = to_svg("load", &[stack(&["live::a", "live::b"]), stack(&["live::a"])]);
        assert!(svg.contains("<title>live: 100.0 %</title>"), "{svg}");
        assert!(svg.contains("<title>live::a: 100.0 %</title>"), "{svg}");
        assert!(svg.contains("<title>live::b: 50.0 %</title>"), "{svg}");
    }

    #[test]
    fn names_are_escaped() {
        let svg = to_svg("load", &[stack(&["a<b>&c"])]);
        assert!(svg.contains("a&lt;b&gt;&amp;c"), "{svg}");
    }

    #[test]
    fn labels_keep_the_end_of_a_path() {
        let label = |width| label("live::hub::serving::serve", width);
        assert_eq!(label(400.0), "live::hub::serving::serve");
        assert_eq!(label(100.0), "serving::serve");
        assert_eq!(label(30.0), "se…");
        assert_eq!(label(10.0), "");
    }
}
