//! Tests that the examples in `docs/redis.md` are decoded, and that it explains every reason for a rejection.

use super::*;

const DOCUMENT: &str = include_str!("../../../../../docs/redis.md");

#[test]
fn every_example_is_decoded() {
    let mut examples = 0;
    for line in DOCUMENT
        .lines()
        .filter_map(|line| line.strip_prefix("redis-cli PUBLISH "))
    {
        let (channel, payload) = line.split_once(' ').expect("a channel and a payload");
        let channel = match channel {
            "vehicle:position:update" => Channel::Position,
            "vehicle:state:update" => Channel::State,
            other => panic!("no such channel: {other}"),
        };
        let json = payload
            .replace("'$(date +%s%3N)'", "1732333333123")
            .replace(r#"'"$stamp"'"#, r#"{"sec":1732333333,"nanosec":123456789}"#);
        let json = json.trim_matches('\'');
        for item in decode(channel, json.as_bytes().to_vec().into(), NOW, 16 * MAX_BYTES).items {
            assert!(item.report.is_ok(), "{:?}: {json}", item.report);
        }
        examples += 1;
    }
    assert_eq!(examples, 9, "one example for each form");
}

#[test]
fn every_reason_is_explained() {
    for reason in Reason::ALL {
        assert!(
            DOCUMENT.contains(&format!("`{}`", reason.as_str())),
            "{}",
            reason.as_str()
        );
    }
}
