//! Trace context of a message on its path from a robot to a socket.

use std::{fmt, str::FromStr};

/// Parent of a span in a distributed trace, as in the W3C Trace Context header `traceparent`
/// (<https://www.w3.org/TR/trace-context/#traceparent-header>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceParent {
    /// Trace id; not zero.
    pub trace_id: u128,
    /// Span id; not zero.
    pub span_id: u64,
    /// Whether the sender records the trace.
    pub sampled: bool,
}

/// Error returned for a text that is not a `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a W3C traceparent such as 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
pub struct InvalidTraceParent;

impl FromStr for TraceParent {
    type Err = InvalidTraceParent;

    fn from_str(text: &str) -> Result<Self, InvalidTraceParent> {
        let bytes = text.as_bytes();
        let lower_hex = |part: &str| {
            part.bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        if bytes.len() < 55 || !text.is_ascii() {
            return Err(InvalidTraceParent);
        }
        let (version, trace_id, span_id, flags) = (&text[..2], &text[3..35], &text[36..52], &text[53..55]);
        let dashed = [2, 35, 52].iter().all(|&at| bytes[at] == b'-');
        // Version 00 has exactly four parts; a later version may append more after another dash.
        let sound_end = match version {
            "00" => bytes.len() == 55,
            "ff" => false,
            _ => bytes.len() == 55 || bytes[55] == b'-',
        };
        if !dashed || !sound_end || ![version, trace_id, span_id, flags].into_iter().all(lower_hex) {
            return Err(InvalidTraceParent);
        }
        let parsed = Self {
            trace_id: u128::from_str_radix(trace_id, 16).map_err(|_| InvalidTraceParent)?,
            span_id: u64::from_str_radix(span_id, 16).map_err(|_| InvalidTraceParent)?,
            sampled: u8::from_str_radix(flags, 16).map_err(|_| InvalidTraceParent)? & 1 == 1,
        };
        if parsed.trace_id == 0 || parsed.span_id == 0 {
            Err(InvalidTraceParent)
        } else {
            Ok(parsed)
        }
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "00-{:032x}-{:016x}-{:02x}",
            self.trace_id,
            self.span_id,
            u8::from(self.sampled)
        )
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_parsed_traceparent_is_written_unchanged() {
        let parsed: TraceParent = EXAMPLE.parse().expect("the standard's own example");
        assert!(parsed.sampled);
        assert_eq!(parsed.to_string(), EXAMPLE);
    }

    #[rstest]
    #[case("")]
    #[case("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1")]
    #[case("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01")]
    #[case("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    #[case("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01")]
    #[case("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    #[case("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more")]
    #[case("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    #[case("00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01")]
    fn an_invalid_traceparent_is_rejected(#[case] text: &str) {
        assert_eq!(text.parse::<TraceParent>(), Err(InvalidTraceParent));
    }

    #[test]
    fn a_later_version_may_have_more_parts() {
        assert!(
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"
                .parse::<TraceParent>()
                .is_ok()
        );
    }
}
