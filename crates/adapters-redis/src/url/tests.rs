use rstest::rstest;
use secrecy::ExposeSecret as _;

use super::*;

fn url(text: &str) -> RedisUrl {
    text.parse().unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

/// Checks that the text is rejected with a message that contains `why`.
fn check_refused(text: &str, why: &str) {
    let fault = text.parse::<RedisUrl>().expect_err(text).to_string();
    assert!(fault.contains(why), "{text}: {fault}");
}

fn user_and_password(login: Option<&Login>) -> Option<(Option<&str>, &str)> {
    login.map(|login| (login.user.as_deref(), login.password.expose_secret()))
}

#[rstest]
#[case("redis://127.0.0.1", "redis://127.0.0.1:6379/0")]
#[case("redis://redis_1.example:6380/255", "redis://redis_1.example:6380/255")]
#[case("redis://[::1]:6379", "redis://[::1]:6379/0")]
#[case("rediss://[FD00::0:1]/", "rediss://[fd00::1]:6379/0")]
#[case("valkeys://u:p@host", "rediss://host:6379/0")]
#[case(
    "redis-cluster://h1:7000?node=h2:7001&node=[::1]:7002",
    "redis-cluster://h1:7000,h2:7001,[::1]:7002/0"
)]
#[case(
    "redis-cluster://h1:7000/0?node=%5B::1%5D:7002",
    "redis-cluster://h1:7000,[::1]:7002/0"
)]
#[case("valkey-cluster://h", "redis-cluster://h:6379/0")]
#[case(
    "rediss-sentinel://h1/3?node=[::1]:26380&sentinelServiceName=my%20master",
    "rediss-sentinel://h1:26379,[::1]:26380/3 (my master)"
)]
fn every_documented_form_is_parsed(#[case] text: &str, #[case] shown: &str) {
    assert_eq!(url(text).to_string(), shown);
}

#[rstest]
#[case("redis://h", None)]
#[case("redis://@h", None)]
#[case("redis://:@h", None)]
#[case("redis://:pa%20ss@h", Some((None, "pa ss")))]
#[case("redis://:pa ss@h", Some((None, "pa ss")))]
#[case("redis://u%3Aser:%22%27%5C%25%0D%0A%C3%A9@h", Some((Some("u:ser"), "\"'\\%\r\né")))]
#[case("redis://u:p@ss:w@h", Some((Some("u"), "p@ss:w")))]
#[case("redis://u:a+b@h", Some((Some("u"), "a+b")))]
fn users_and_passwords_are_decoded(#[case] text: &str, #[case] expected: Option<(Option<&str>, &str)>) {
    assert_eq!(user_and_password(url(text).login.as_ref()), expected);
}

#[test]
fn sentinels_have_a_separate_login() {
    let url =
        url("redis-sentinel://u:p@h?sentinelServiceName=m&sentinelUsername=s%26u&sentinelPassword=s+p%20");
    let Topology::Sentinel { login, .. } = &url.topology else {
        panic!("{url:?}")
    };
    assert_eq!(user_and_password(login.as_ref()), Some((Some("s&u"), "s+p ")));
    assert_eq!(user_and_password(url.login.as_ref()), Some((Some("u"), "p")));
}

#[rstest]
#[case("", "must be a URL such as redis://")]
#[case("127.0.0.1:6379", "must be a URL such as redis://")]
#[case("localhost:6379", "must be a URL such as redis://")]
#[case("http://127.0.0.1:6379", "must be a URL such as redis://")]
#[case("redis-ring://h", "must be a URL such as redis://")]
#[case("redis://", "must be a URL such as redis://")]
#[case("redis:///0", "must be a URL such as redis://")]
#[case("redis://:6379", "must be a URL such as redis://")]
#[case("redis://u:p@", "must be a URL such as redis://")]
#[case("redis://h:65536", "must be a URL such as redis://")]
#[case("redis://[::1", "must be a URL such as redis://")]
#[case("redis://::1:6379", "must be a URL such as redis://")]
#[case(
    "redis+unix:///run/redis.sock",
    "must specify a host, such as redis://host:6379: Unix sockets are not supported"
)]
#[case(
    "unix:///run/redis.sock",
    "must specify a host, such as redis://host:6379: Unix sockets are not supported"
)]
#[case("redis://h%20x", "must specify the host as a name")]
#[case("redis://h1,h2:6379", "must specify the host as a name")]
#[case("redis://h:0", "must not specify port 0")]
#[case("redis://user@h", "must specify a password with the user")]
#[case("redis://user:@h", "must specify a password with the user")]
#[case("redis://:100%@h", "percent-encoded UTF-8 in the password")]
#[case("redis://:%FF@h", "percent-encoded UTF-8 in the password")]
#[case("redis://%G0:p@h", "percent-encoded UTF-8 in the user")]
#[case("redis://h/first", "must specify the database as a number")]
#[case("redis://h/256", "must specify the database as a number")]
#[case("redis://h/+3", "must specify the database as a number")]
#[case("redis://h/0/1", "must specify the database as a number")]
#[case("redis://h/3/", "must specify the database as a number")]
#[case("redis://h#insecure", "must not contain a fragment (#)")]
#[case("redis://h?db=3", "unknown parameter db; specify the database in the path")]
#[case("redis://h?protocol=resp3", "unknown parameter protocol")]
#[case("redis://h?node=h2:6379", "must not contain the parameter node with redis://")]
#[case(
    "redis://h?sentinelServiceName=m",
    "must not contain the parameter sentinelServiceName with redis://"
)]
#[case("redis-cluster://h:1/2", "Redis Cluster only has database 0")]
#[case(
    "redis-cluster://h:1?sentinelPassword=p",
    "must not contain the parameter sentinelPassword with redis-cluster://"
)]
#[case("redis-cluster://h:1?node=h2", "must specify each node as host:port")]
#[case("redis-cluster://h:1?node=::1:7000", "must specify each node as host:port")]
#[case("redis-cluster://h:1?node=u:p@h2:7000", "must specify each node as host:port")]
#[case("redis-cluster://h:1?node=:7000", "must specify each node as host:port")]
#[case("redis-cluster://h:1?node=h2:+7", "must specify each node as host:port")]
#[case("redis-cluster://h:1?node=h2:0", "must not specify port 0")]
#[case("redis-cluster://h:1?node=", "must specify a value for the parameter node")]
#[case("redis-cluster://h:1?node=h2:2&node=h2:2", "must not repeat the node h2:2")]
#[case("redis-cluster://h:1?node=h:1", "must not repeat the node h:1")]
#[case("redis-sentinel://h", "must specify the Sentinel service")]
#[case(
    "redis-sentinel://h?sentinelServiceName=",
    "must specify a value for the parameter sentinelServiceName"
)]
#[case(
    "redis-sentinel://h?sentinelservicename=m",
    "did you mean sentinelServiceName?"
)]
#[case(
    "redis-sentinel://h?sentinelServiceName=a&sentinelServiceName=b",
    "must not repeat the parameter sentinelServiceName"
)]
#[case(
    "redis-sentinel://h?sentinelServiceName=m&sentinelUsername=u",
    "must specify a password with the sentinelUsername"
)]
fn an_invalid_url_is_refused_with_the_reason(#[case] text: &str, #[case] why: &str) {
    check_refused(text, why);
}

#[rstest]
#[case("redis://user:hidden@h/zero")]
#[case("redis://user:hid%den@h")]
#[case("redis://user:12?hidden@h")]
#[case("redis://user:12#hidden@h")]
#[case("redis://user:12/hidden@h")]
#[case("redis://hidden@h")]
#[case("redis://:hidden@h?hidden@h=1")]
#[case("redis-cluster://h:1?node=u:hidden@h2:2")]
#[case("redis-sentinel://u:hidden@h?sentinelPassword=hidden")]
fn a_fault_does_not_repeat_a_password(#[case] text: &str) {
    let fault = text.parse::<RedisUrl>().expect_err(text);
    assert!(!format!("{fault} {fault:?}").contains("hidden"), "{fault}");
}

#[test]
fn a_url_is_shown_without_users_and_passwords() {
    let text =
        "redis-sentinel://user:hidden@h/1?sentinelServiceName=m&sentinelUsername=u&sentinelPassword=hidden";
    let url = url(text);
    assert!(!format!("{url} {url:?}").contains("hidden"));
}
