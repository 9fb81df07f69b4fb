//! The elements of a JSON array, located without parsing them.

/// Iterator over the elements of an array in JSON text.
///
/// It only looks at strings, brackets and commas, so an element that is not JSON does not affect the others. If the
/// array is cut off or its brackets do not match, the elements that are complete before that place are returned, and
/// the rest of the text becomes one last element.
#[derive(Debug, Clone)]
pub(super) struct Elements {
    /// Offset up to which the text has been scanned.
    at: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// After the opening bracket.
    First,
    /// After a comma.
    Next,
    /// After the closing bracket.
    Closed,
    /// At a break in the text after a complete element.
    Broken,
    End,
}

/// Part of an array's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    /// An element, by the offsets of its start and its end (exclusive).
    Whole(usize, usize),
    /// The rest of the text, from the given offset, because the array is malformed there or has ended.
    Broken(usize),
}

/// Maximum depth of nesting in an element. Valid messages have less.
const MAX_DEPTH: usize = 64;

impl Elements {
    /// Creates the iterator for a text that starts with `[`, after optional whitespace; returns `None` for any other
    /// text.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let at = skip_space(text, 0);
        (text.get(at) == Some(&b'[')).then_some(Self {
            at: at + 1,
            state: State::First,
        })
    }

    /// Returns the number of bytes that were scanned, including blanks and separators.
    pub(super) const fn scanned(&self) -> usize {
        self.at
    }

    /// Returns the next element; `None` at the end.
    pub(super) fn next(&mut self, text: &[u8]) -> Option<Element> {
        let start = skip_space(text, self.at);
        match self.state {
            State::End => return None,
            State::Broken => {
                (self.at, self.state) = (text.len(), State::End);
                return Some(Element::Broken(start));
            }
            State::Closed => {
                (self.at, self.state) = (text.len(), State::End);
                return (start < text.len()).then_some(Element::Broken(start));
            }
            State::First if text.get(start) == Some(&b']') => {
                (self.at, self.state) = (start + 1, State::Closed);
                return self.next(text);
            }
            State::First | State::Next => {}
        }
        let end = match end_of_element(text, start) {
            End::Separator(end) => end,
            End::Break {
                closed: Some(end),
                at,
            } => {
                (self.at, self.state) = (at, State::Broken);
                return Some(Element::Whole(start, end));
            }
            End::Break { closed: None, .. } => {
                (self.at, self.state) = (text.len(), State::End);
                return Some(Element::Broken(start));
            }
        };
        self.state = if text[end] == b',' {
            State::Next
        } else {
            State::Closed
        };
        self.at = end + 1;
        let space = text[start..end]
            .iter()
            .rev()
            .take_while(|byte| is_space(**byte))
            .count();
        Some(Element::Whole(start, end - space))
    }
}

/// The way in which an element ends.
enum End {
    /// Offset of the comma or closing bracket after the element.
    Separator(usize),
    /// The text is cut off or malformed.
    Break {
        /// End of a complete object or array directly before the break.
        closed: Option<usize>,
        /// Offset of the break.
        at: usize,
    },
}

/// Finds the end of the element that starts at `start`.
fn end_of_element(text: &[u8], start: usize) -> End {
    let mut open = [0_u8; MAX_DEPTH];
    let mut depth = 0;
    let mut at = start;
    let mut closed = None;
    loop {
        let broken = End::Break { closed: None, at };
        match text.get(at) {
            None | Some(b'}') if depth == 0 => return End::Break { closed, at },
            Some(b',' | b']') if depth == 0 => return End::Separator(at),
            None => return broken,
            Some(b'"') => match end_of_string(text, at) {
                Some(end) => (at, closed) = (end, None),
                None => return broken,
            },
            Some(bracket @ (b'{' | b'[')) => {
                if depth == MAX_DEPTH {
                    return broken;
                }
                open[depth] = *bracket;
                depth += 1;
            }
            Some(bracket @ (b'}' | b']')) => {
                depth -= 1;
                // In ASCII, `}` and `]` are each two code points after their opening bracket.
                if open[depth] + 2 != *bracket {
                    return broken;
                }
                closed = (depth == 0).then_some(at + 1);
            }
            Some(byte) if is_space(*byte) => {}
            Some(_) => closed = None,
        }
        at += 1;
    }
}

/// Returns the offset of the closing quotation mark of a string that starts at `start`; `None` if there is none.
fn end_of_string(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match *text.get(at)? {
            b'"' => return Some(at),
            // Skipping two bytes is safe: the backslash is followed by one ASCII byte, or by `u` and four digits.
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn skip_space(text: &[u8], from: usize) -> usize {
    let rest = &text[from.min(text.len())..];
    from + rest.iter().take_while(|byte| is_space(**byte)).count()
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Replaces every bare `NaN`, `Infinity` and `-Infinity` in a JSON text with `null`; `None` if there are none.
///
/// Python, C++ and rosbridge write them, although JSON does not have them. Like `null`, they mean that the value is
/// unknown.
pub(super) fn without_bare_tokens(text: &str) -> Option<String> {
    const TOKENS: [&str; 3] = ["NaN", "Infinity", "-Infinity"];
    let bytes = text.as_bytes();
    let mut clean = String::new();
    let (mut copied, mut at) = (0, 0);
    // Inside an array or object, a value follows a colon, a comma or an opening bracket.
    let mut is_value_next = false;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let Some(end) = end_of_string(bytes, at) else {
                    break;
                };
                (at, is_value_next) = (end + 1, false);
                continue;
            }
            b':' | b',' | b'[' => is_value_next = true,
            byte if is_space(byte) => {}
            b'N' | b'I' | b'-' if is_value_next => {
                is_value_next = false;
                let token = TOKENS.iter().find(|token| text[at..].starts_with(**token));
                if let Some(token) = token {
                    clean.push_str(&text[copied..at]);
                    clean.push_str("null");
                    at += token.len();
                    copied = at;
                    continue;
                }
            }
            _ => is_value_next = false,
        }
        at += 1;
    }
    (copied > 0).then(|| clean + &text[copied..])
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Returns the elements of an array, with a `!` before the part where it breaks.
    fn split(text: &str) -> Vec<String> {
        let mut elements = Elements::of(text.as_bytes()).expect("an array");
        let part = |element| match element {
            Element::Whole(start, end) => text[start..end].to_owned(),
            Element::Broken(start) => format!("!{}", &text[start..]),
        };
        std::iter::from_fn(|| elements.next(text.as_bytes()).map(part)).collect()
    }

    #[rstest]
    #[case("[]", &[])]
    #[case(" [ ] ", &[])]
    #[case("[1]", &["1"])]
    #[case("[ {\"a\":[1,2]} ,\n2 ]\n", &["{\"a\":[1,2]}", "2"])]
    #[case(r#"["a,]\"}",{"}":"]"}]"#, &[r#""a,]\"}""#, r#"{"}":"]"}"#])]
    #[case("[NaN,{a b},2]", &["NaN", "{a b}", "2"])]
    #[case("[1,]", &["1", ""])]
    #[case("[,1]", &["", "1"])]
    #[case("[1", &["!1"])]
    #[case("[1,{\"a\":2", &["1", "!{\"a\":2"])]
    #[case("[1,2,", &["1", "2", "!"])]
    #[case("[", &["!"])]
    #[case("[1,{]},3]", &["1", "!{]},3]"])]
    #[case("[1,}]", &["1", "!}]"])]
    #[case("[{},{}}", &["{}", "{}", "!}"])]
    #[case("[{}},{}]", &["{}", "!},{}]"])]
    #[case("[{} }", &["{}", "!}"])]
    #[case("[{},[1]", &["{}", "[1]", "!"])]
    #[case("[{},{}\n", &["{}", "{}", "!"])]
    #[case("[{} 1}", &["!{} 1}"])]
    #[case("[{},{}]}", &["{}", "{}", "!}"])]
    #[case("[1,\"a]", &["1", "!\"a]"])]
    #[case("[1]x", &["1", "!x"])]
    #[case("[1] [2]", &["1", "![2]"])]
    fn an_array_is_split_where_its_commas_are(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(split(text), expected);
    }

    #[test]
    fn nesting_beyond_the_maximum_is_rejected() {
        let deep = |depth| format!("[1,{}{}]", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(split(&deep(64)).len(), 2);
        assert!(split(&deep(65))[1].starts_with('!'));
    }

    #[test]
    fn other_text_is_not_an_array() {
        for text in ["", " ", "{}", "x[", "\u{a0}[]"] {
            assert!(Elements::of(text.as_bytes()).is_none(), "{text:?}");
        }
    }

    #[rstest]
    #[case("{}", None)]
    #[case(r#"{"a":"NaN"}"#, None)]
    #[case(r#"{"NaN":1,"b":-1}"#, None)]
    #[case(r#"{NaN:1}"#, None)]
    #[case(r#"{"a":NaN}"#, Some(r#"{"a":null}"#))]
    #[case(
        r#"{"a" : -Infinity , "b":[Infinity,1,NaN]}"#,
        Some(r#"{"a" : null , "b":[null,1,null]}"#)
    )]
    #[case(r#"{"a":"x\"NaN","b":NaN"#, Some(r#"{"a":"x\"NaN","b":null"#))]
    #[case(r#"{"a":NaNo}"#, Some(r#"{"a":nullo}"#))]
    fn bare_tokens_become_null(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(without_bare_tokens(text).as_deref(), expected);
    }
}
