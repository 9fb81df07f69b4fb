//! Call stacks, parsed from the output of `perf script -F comm,ip,sym`: for each sample a line with the name of the
//! thread, then a line per frame with its address and symbol, the innermost first, then an empty line.

/// Crates of the runtime and the standard library, whose functions call those of the server. Consecutive frames of
/// these crates become a single frame.
const MACHINERY: [&str; 8] = [
    "std",
    "core",
    "alloc",
    "tokio",
    "tokio_util",
    "futures_core",
    "futures_util",
    "actix_rt",
];

/// A sample: the functions that were running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stack {
    /// Name of the thread; Linux keeps its first 15 bytes.
    pub thread: String,
    /// Functions, the outermost first.
    pub frames: Vec<Frame>,
}

/// A function in a stack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Frame {
    /// Path of the function, without generic arguments and closures.
    pub name: String,
    pub is_kernel: bool,
}

impl Frame {
    /// Returns the crate of the function, or its whole name if it is not a path.
    #[must_use]
    pub(super) fn krate(&self) -> &str {
        self.name
            .trim_start_matches(['<', '&'])
            .split("::")
            .next()
            .unwrap_or_default()
    }
}

/// Parses the stacks. Frames without a symbol are left out.
pub(super) fn parse(script: &str) -> Vec<Stack> {
    script.split("\n\n").filter_map(parse_one).collect()
}

fn parse_one(sample: &str) -> Option<Stack> {
    let mut lines = sample.lines().filter(|line| !line.trim().is_empty());
    let thread = lines.next()?.trim().to_owned();
    let mut frames: Vec<_> = lines.filter_map(parse_frame).collect();
    frames.reverse();
    frames.dedup_by(|next, previous| next == previous || (is_machinery(next) && is_machinery(previous)));
    Some(Stack { thread, frames })
}

fn parse_frame(line: &str) -> Option<Frame> {
    let (address, symbol) = line.trim().split_once(' ')?;
    let address = u64::from_str_radix(address, 16).ok()?;
    let symbol = symbol.trim();
    if symbol == "[unknown]" {
        return None;
    }
    let is_kernel = address >> 63 == 1;
    let name = if is_kernel {
        symbol.to_owned()
    } else {
        plain(symbol)
    };
    let frame = Frame { name, is_kernel };
    if is_machinery(&frame) {
        let name = format!("{}::…", frame.krate());
        return Some(Frame { name, ..frame });
    }
    Some(frame)
}

fn is_machinery(frame: &Frame) -> bool {
    !frame.is_kernel && MACHINERY.contains(&frame.krate())
}

/// Returns the path without generic arguments and closures. `<T as Trait>::f` becomes `T::f`, because the type is more
/// informative than the trait.
fn plain(symbol: &str) -> String {
    let mut path = symbol;
    let mut rest = String::new();
    if let Some(inner) = symbol.strip_prefix('<')
        && let Some((qualified, function)) = split_at_closing(inner)
    {
        path = qualified
            .split_once(" as ")
            .map_or(qualified, |(implementor, _)| implementor);
        function.clone_into(&mut rest);
    }
    let path = without_arguments(path) + &without_arguments(&rest);
    path.replace("::{{closure}}", "").replace("{{closure}}", "")
}

/// Splits at the `>` that closes an open `<` before the text.
fn split_at_closing(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1_u32;
    for (at, character) in text.char_indices() {
        match character {
            '<' => depth += 1,
            // The arrow of a function type closes nothing.
            '>' if !text[..at].ends_with('-') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
    }
    None
}

fn without_arguments(path: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::new();
    let mut before = ' ';
    for character in path.chars() {
        match character {
            '<' => depth += 1,
            '>' if before != '-' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(character),
            _ => {}
        }
        before = character;
    }
    kept.replace("::::", "::").trim_end_matches("::").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(name: &str) -> Frame {
        Frame {
            name: name.to_owned(),
            is_kernel: false,
        }
    }

    #[test]
    fn stacks_are_read_from_the_outermost_frame_inwards() {
        let script = "live \n\t 1d830aa live::hub::serve\n\t 1b3e3f1 application::live::Live::tick\n\n\
                      actix-server wo \n\tffffffff813600e2 tcp_sendmsg\n\t 10a974 __libc_send\n\n";
        let kernel = Frame {
            name: "tcp_sendmsg".to_owned(),
            is_kernel: true,
        };
        assert_eq!(
            parse(script),
            [
                Stack {
                    thread: "live".to_owned(),
                    frames: vec![frame("application::live::Live::tick"), frame("live::hub::serve")],
                },
                Stack {
                    thread: "actix-server wo".to_owned(),
                    frames: vec![frame("__libc_send"), kernel],
                },
            ]
        );
    }

    #[test]
    fn runtime_frames_are_one_frame_and_unknown_ones_none() {
        let script = "live \n\t 1 live::serve\n\t 2 [unknown]\n\t 3 tokio::runtime::task::poll\n\
                      \t 4 core::ops::call_once\n\t 5 std::thread::start\n";
        let [stack] = &parse(script)[..] else {
            panic!("one stack")
        };
        assert_eq!(stack.frames, [frame("std::…"), frame("live::serve")]);
    }

    #[test]
    fn paths_lose_their_arguments_and_closures() {
        let cases = [
            ("fred::router::Router<T>::poll", "fred::router::Router::poll"),
            (
                "<alloc::vec::Vec<T> as core::iter::FromIterator<I>>::from_iter",
                "alloc::vec::Vec::from_iter",
            ),
            ("live::run::{{closure}}::{{closure}}", "live::run"),
            ("<fn(u8) -> u8 as core::ops::Fn>::call", "fn(u8) -> u8::call"),
            ("malloc", "malloc"),
        ];
        for (symbol, expected) in cases {
            assert_eq!(plain(symbol), expected);
        }
    }
}
