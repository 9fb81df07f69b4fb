use domain::Violations;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    Fault, InvalidJson, first_fault, parse,
    reader::{BEYOND_DOUBLE, MAX_VALUES, OUT_OF_RANGE, TOO_MANY_VALUES},
};

#[test]
fn values_of_all_kinds_are_parsed() {
    let text = r#" {"a": [1, -2, 2.5, 1e300, true, null, "x\u0000"], "b": {"c": {}}} "#;
    let expected = json!({"a": [1, -2, 2.5, 1e300, true, null, "x\0"], "b": {"c": {}}});
    assert_eq!(parse(text.as_bytes()), Ok(expected));
}

#[rstest]
#[case("")]
#[case("{")]
#[case("{} {}")]
#[case("{'a': 1}")]
#[case("NaN")]
#[case("\"\u{1}\"")]
fn text_that_is_not_json_is_rejected(#[case] text: &str) {
    assert!(
        matches!(parse(text.as_bytes()), Err(InvalidJson::Syntax(_))),
        "{text:?}"
    );
}

/// The text is valid JSON: RFC 8259, section 6, leaves the range of numbers to the implementation.
#[rstest]
#[case("1e400", "body")]
#[case(r#"{"a": [1, -1e309]}"#, "a[1]")]
#[case(r#"{"a": 1, "b": {"c": [[], [{"d": 1e999}]]}, "e": 1e400}"#, "b.c[1][0].d")]
fn a_number_out_of_range_is_rejected(#[case] text: &str, #[case] field: &str) {
    let Err(InvalidJson::Content(faults)) = parse(text.as_bytes()) else {
        panic!("{text} was not rejected");
    };
    let faults: Vec<_> = faults.iter().collect();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].field, field);
    assert_eq!(faults[0].message, BEYOND_DOUBLE);
    let path = if field == "body" { "" } else { field };
    assert_eq!(
        first_fault(text.as_bytes()),
        Some(Fault::OutOfRange(path.to_owned()))
    );
}

#[test]
fn invalid_utf_8_and_deep_nesting_are_rejected() {
    assert!(matches!(parse(b"\"\xff\""), Err(InvalidJson::Syntax(_))));
    let deep = "[".repeat(1_000) + &"]".repeat(1_000);
    assert!(matches!(parse(deep.as_bytes()), Err(InvalidJson::Syntax(_))));
}

#[test]
fn every_duplicate_key_is_reported() {
    let text = r#"{"name": 1, "name": 2, "list": [{"x": 1}, {"x": 1, "x": 1}], "a": {"b": 1, "b": 2}}"#;
    let Err(InvalidJson::Content(faults)) = parse(text.as_bytes()) else {
        panic!("the duplicate keys are not reported");
    };
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["name", "list[1].x", "a.b"]);
}

/// If every fault were listed with its full path, the list could be thousands of times as long as the text.
#[rstest]
#[case::a_long_key_over_many_lists(format!(
    r#"{{"{}":[{}]}}"#, "k".repeat(400_000), [r#"{"a":1,"a":2}"#; 12_000].join(",")
), 12_000)]
#[case::many_duplicates(format!("{{{}\"a\":1}}", r#""a":1,"#.repeat(40_000)), 40_000)]
#[case::many_long_duplicates(format!(
    r#"{{"{0}":{{"{0}":1,"{0}":2,"{0}":3}}}}"#, "k".repeat(200_000)
), 2)]
fn the_reported_faults_are_bounded(#[case] text: String, #[case] count: usize) {
    let Err(InvalidJson::Content(faults)) = parse(text.as_bytes()) else {
        panic!("the duplicate keys are not reported");
    };
    assert_eq!(faults.count(), count);
    assert!(faults.iter().count() <= Violations::MAX);
    let bytes: usize = faults
        .iter()
        .map(|fault| fault.field.len() + fault.message.len())
        .sum();
    assert!(bytes < 64 * 1024, "{bytes} bytes");
    let first = &faults.iter().next().expect("a fault").field;
    assert!(
        first.starts_with("kkk") && first.contains('…') || first == "a",
        "{first}"
    );
}

#[test]
fn a_long_key_is_not_copied_for_each_value_below_it() {
    let text = format!(
        r#"{{"{0}":[{1}],"{0}":1}}"#,
        "k".repeat(900_000),
        ["1"; 40_000].join(",")
    );
    let started = std::time::Instant::now();
    let path = format!("{}…", "k".repeat(100));
    assert_eq!(first_fault(text.as_bytes()), Some(Fault::Duplicate(path)));
    assert!(matches!(parse(text.as_bytes()), Err(InvalidJson::Content(_))));
    // Copying a path of 900 kB for each of 40,000 values (36 GB) would take about ten seconds, not milliseconds.
    assert!(
        started.elapsed() < std::time::Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn the_number_of_values_is_limited() {
    let list = |values: usize| format!("[{}]", vec!["{}"; values - 1].join(","));
    assert!(parse(list(MAX_VALUES).as_bytes()).is_ok());
    assert_eq!(first_fault(list(MAX_VALUES).as_bytes()), None);
    assert_eq!(
        first_fault(list(MAX_VALUES + 1).as_bytes()),
        Some(Fault::TooManyValues)
    );
    let faults = Violations::of("body", TOO_MANY_VALUES);
    assert_eq!(
        parse(list(MAX_VALUES + 1).as_bytes()),
        Err(InvalidJson::Content(faults))
    );
}

#[rstest]
#[case(r#"{"query": "", "variables": {"a": 1, "b": {"a": 1}}}"#, None)]
#[case(r#"{"query": "", "query": ""}"#, Some("query"))]
#[case(
    r#"{"variables": {"input": {"name": 1, "type": null, "name": 1}}}"#,
    Some("variables.input.name")
)]
#[case(r#"{"v": [{"a": 1}, [true, {"\u0062": "x", "b": -1.5}]]}"#, Some("v[1][1].b"))]
#[case(r#"[{"query": ""}, {"query": "", "query": ""}]"#, Some("[1].query"))]
#[case(r#"{"a": {"x": 1, "x": 1}, "a": 1}"#, Some("a.x"))]
#[case(r#"{"a": 1, "a": "#, Some("a"))]
#[case(r#"{"a""#, None)]
#[case("7", None)]
#[case("", None)]
fn the_first_duplicate_key_is_found_even_in_a_truncated_text(
    #[case] text: &str,
    #[case] expected: Option<&str>,
) {
    let expected = expected.map(|path| Fault::Duplicate(path.to_owned()));
    assert_eq!(first_fault(text.as_bytes()), expected);
}

proptest! {
    #[test]
    fn results_match_those_of_serde_json(text in r#"[\[\]{}:,"a-c0-9.eE \\-]{0,40}"#) {
        match (parse(text.as_bytes()), serde_json::from_str::<Value>(&text)) {
            (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
            (Err(InvalidJson::Content(_)), Ok(_)) | (Err(InvalidJson::Syntax(_)), Err(_)) => {}
            (Err(InvalidJson::Content(_)), Err(error)) => {
                prop_assert!(error.to_string().starts_with(OUT_OF_RANGE), "{}", error);
            }
            (ours, theirs) => prop_assert!(false, "{:?} and {:?}", ours, theirs),
        }
    }
}
