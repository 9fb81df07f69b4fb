//! Valid and invalid values of single settings.

use super::*;

#[rstest]
#[case("ENV", "prod", "must be development, staging or production")]
#[case("HTTP__BIND", "8080", "must be host:port")]
#[case("HTTP__BIND", "::1:8080", "must be host:port")]
#[case("HTTP__BIND", "127.0.0.1:65536", "must be host:port")]
#[case("HTTP__CORS_ORIGINS", "*", "must be a list of origins")]
#[case("HTTP__CORS_ORIGINS", "https://a.example/path", "must be a list of origins")]
#[case(
    "HTTP__TRUSTED_PROXIES",
    "10.0.0.0/33",
    "must be a list of addresses and networks"
)]
#[case("HTTP__ALLOWED_HOSTS", "https://fleet.example", "must be a list of hosts")]
#[case("HTTP__ALLOWED_HOSTS", "fleet.example,", "must be a list of hosts")]
#[case("HTTP__ALLOWED_HOSTS", "[::1],::1", "and [::1]; invalid: \"::1\"")]
#[case(
    "HTTP__ALLOWED_HOSTS",
    "a:99999,b,a:0,c..d",
    "invalid: \"a:99999\", \"a:0\", \"c..d\""
)]
#[case("HTTP__BIND", "c..d:80", "must be host:port")]
#[case("HTTP__BIND", "h:+80", "must be host:port")]
#[case("HTTP__CORS_ORIGINS", "https://a.example,*", "; invalid: \"*\"")]
#[case("HTTP__CORS_ORIGINS", "https:a.example", "must be a list of origins")]
#[case("AUTH__ISSUER", "a\nb", "must be a single line")]
#[case("HTTP__MAX_CONNECTIONS_PER_IP", "0", "from 1 to 10000000")]
#[case("LIMITS__BODY_BYTES", "1", "from 16777216")]
#[case(
    "LIMITS__BODY_BYTES_PER_CLIENT",
    "67108865",
    "must not be greater than LIMITS__BODY_BYTES"
)]
#[case(
    "HTTP__SHUTDOWN_TIMEOUT_MS",
    "1s",
    "must be a whole number of milliseconds from 1 to 600000"
)]
#[case(
    "HTTP__DRAIN_MS",
    "5001",
    "must not be more than half of HTTP__SHUTDOWN_TIMEOUT_MS"
)]
#[case("DATABASE__URL", "mysql://u@h/d", "must begin with postgres://")]
#[case("DATABASE__URL", "postgres://u@h:port/d", "invalid value for option `port`")]
#[case("DATABASE__URL", "postgres:///d", "must specify a host")]
#[case("DATABASE__URL", "postgres://u@h/d?colour=red", "unknown option `colour`")]
#[case("DATABASE__POOL_SIZE", "0", "must be a whole number from 1 to 1000")]
#[case("REDIS__URL", "localhost:6379", "must be a URL such as redis://")]
#[case("REDIS__URL", "http://localhost:6379", "must be a URL such as redis://")]
#[case("REDIS__URL", "redis-ring://localhost:6379", "must be a URL such as redis://")]
#[case(
    "REDIS__URL",
    "redis://localhost:6379/first",
    "must specify the database as a number"
)]
#[case("REDIS__URL", "redis-cluster://h:1/2", "Redis Cluster only has database 0")]
#[case(
    "REDIS__URL",
    "redis-cluster://h:1?node=h2",
    "must specify each node as host:port"
)]
#[case("REDIS__URL", "redis-sentinel://h:26379", "must specify the Sentinel service")]
#[case("REDIS__URL", "redis://h:6379?db=3", "unknown parameter db")]
#[case("REDIS__URL", "redis://user@h", "must specify a password with the user")]
#[case("REDIS__CHANNEL_SHARDS", "0", "must be a whole number from 1 to 1024")]
#[case("REDIS__CHANNEL_SHARDS", "1025", "must be a whole number from 1 to 1024")]
#[case("LOG__FILE_MAX_MB", "0", "from 1 to 1000000")]
#[case("LOG__FILE_KEEP", "-1", "from 0 to 1000")]
#[case(
    "TELEMETRY__OTLP_ENDPOINT",
    "http://u:p@h:4318",
    "must not contain a user or a password"
)]
#[case("REDIS__KEY_STYLE", "braces", "must be tagged or plain")]
#[case("LIVE__INTERVAL_MS", "0", "from 1 to 10000")]
#[case("LIVE__INTERVAL_MS", "99.5", "must be a whole number of milliseconds")]
#[case("LIVE__BOUNDS", "1,2,3", "must be six numbers")]
#[case("LIVE__BOUNDS", "1,0,0,0,1,1", "each minimum below its maximum")]
#[case("LIVE__MAX_SPEED_MPS", "0", "must be a number from 0.001")]
#[case("LIVE__MAX_JUMP_M", "inf", "must be a number from 0")]
#[case("LIVE__MAX_JUMP_M", "NaN", "must be a number from 0")]
#[case(
    "LIVE__DISCONNECTED_AFTER_MS",
    "4999",
    "must not be less than LIVE__STALE_AFTER_MS"
)]
#[case("LIVE__DECODER_THREADS", "17", "from 0 to 16")]
#[case("LIVE__KEY_TTL_S", "1", "must be longer than LIVE__SYNC_INTERVAL_MS")]
#[case("WS__MAX_CONNECTIONS", "-1", "must be a whole number")]
#[case("AUTH__REFRESH_TTL_S", "899", "must not be less than AUTH__ACCESS_TTL_S")]
#[case("AUTH__SIGNING_KEY", "c2VjcmV0", "no key found")]
#[case("AUTH__PREVIOUS_KEYS", "c2VjcmV0", "no key found")]
#[case(
    "HTTP__METRICS_TOKEN",
    "short",
    "must consist of at least 16 printable ASCII characters"
)]
#[case("LIMITS__API_BURST", "many", "must be a whole number")]
#[case("GRAPHQL__MAX_DEPTH", "65", "from 1 to 64")]
#[case("GRAPHQL__INTROSPECTION", "yes", "must be true or false")]
#[case("LOG__LEVEL", "inof", "must be a level")]
#[case("LOG__LEVEL", "info,fred=loud", "info,fred=warn; invalid: \"fred=loud\"")]
#[case("LOG__LEVEL", "info,fred=", "invalid: \"fred=\"")]
#[case("LOG__LEVEL", "[request{id=.*}]=debug", "must be a level")]
#[case("TELEMETRY__OTLP_ENDPOINT", "localhost:4318", "must be a base URL")]
#[case("TELEMETRY__OTLP_ENDPOINT", "ftp://collector.example", "must be a base URL")]
#[case("TELEMETRY__OTLP_ENDPOINT", "http:collector.example", "must be a base URL")]
#[case(
    "TELEMETRY__OTLP_ENDPOINT",
    "http://collector.example/v1/traces/",
    "must not end with /v1/traces, which is appended"
)]
#[case("TELEMETRY__OTLP_PROTOCOL", "udp", "must be http or grpc")]
#[case("TELEMETRY__OTLP_CA_FILE", "/etc/ssl/ca.pem", "has no effect unless")]
#[case("TELEMETRY__OTLP_HEADERS", "authorization", "must be a list of headers")]
#[case("TELEMETRY__OTLP_HEADERS", "a b=c", "must be a list of headers")]
#[case("TELEMETRY__SAMPLE_RATIO", "1.01", "must be a number from 0 to 1")]
fn an_invalid_value_is_rejected(#[case] name: &str, #[case] value: &str, #[case] why: &str) {
    check_refused(&format!("{PREFIX}{name}"), value, why);
}

#[rstest]
#[case("HTTP__BIND", "127.8.9.10:0")]
#[case("HTTP__BIND", "[::1]:8080")]
#[case("HTTP__BIND", "[::ffff:127.0.0.1]:8080")]
#[case("HTTP__BIND", "LocalHost:8080")]
#[case("HTTP__TRUSTED_PROXIES", "10.0.0.7, fd00::/8")]
#[case("HTTP__ALLOWED_HOSTS", "fleet.example, fleet.example:8443, [::1]")]
#[case("DATABASE__URL", "postgresql://u:p@h1:5432,h2:5433/d?sslmode=require")]
#[case("DATABASE__URL", "postgres:///d?host=/run/postgresql")]
#[case("REDIS__URL", "redis://localhost")]
#[case("REDIS__URL", "rediss://user:password@redis.example:6380/3")]
#[case("REDIS__URL", "redis://[::1]:6379")]
#[case("REDIS__URL", "redis-cluster://h:7000?node=h:7001&node=[::1]:7002")]
#[case("REDIS__URL", "valkey://localhost")]
#[case("REDIS__URL", "valkeys-cluster://h:7000")]
#[case(
    "REDIS__URL",
    "rediss-sentinel://h:26379?node=h2:26379&sentinelServiceName=mymaster"
)]
#[case("HTTP__BIND", "0.0.0.0:8080")]
#[case("HTTP__BIND", "[::]:8080")]
#[case("LOG__LEVEL", "info,fred=warn,actix_web=off")]
#[case("LOG__LEVEL", "Info, fred=WARN")]
#[case("TELEMETRY__OTLP_ENDPOINT", "http://collector.example/otlp")]
#[case("TELEMETRY__OTLP_ENDPOINT", "https://collector.example:4317")]
#[case("TELEMETRY__OTLP_HEADERS", "authorization=Basic dXNlcg==, x-tenant=7")]
#[case("TELEMETRY__SAMPLE_RATIO", "1")]
fn a_valid_value_is_accepted(#[case] name: &str, #[case] value: &str) {
    let effective =
        load(None, &[(&format!("{PREFIX}{name}"), value)]).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(shown(&effective, name).ends_with("# environment"));
}
