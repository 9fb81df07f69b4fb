//! The JSON Schema of the file, compared with the reader through an independent validator.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::Value;

use super::*;

fn validator() -> Validator {
    let schema: Value = serde_json::from_str(&json_schema()).expect("JSON");
    assert!(
        jsonschema::draft202012::meta::is_valid(&schema),
        "not a schema: {schema:#}"
    );
    jsonschema::draft202012::new(&schema).expect("a complete schema")
}

/// Returns the value that an editor validates.
fn as_json(toml: &str) -> Value {
    let table: toml::Table = toml.parse().unwrap_or_else(|error| panic!("{toml}: {error}"));
    serde_json::to_value(table).expect("TOML can be written as JSON")
}

#[rstest]
#[case::empty("")]
#[case::environment("env = \"staging\"\n")]
#[case::empty_section("[http]\n")]
#[case::texts(
    "[http]\nbind = \"[::1]:0\"\n[auth]\nissuer = \"fleet\"\n[log]\nfile = \"/var/log/fleetwatch.log\"\n"
)]
#[case::numbers("[live]\ninterval_ms = 1\nmax_jump_m = 0\nmax_speed_mps = 2.5\n[http]\nworkers = 1024\n")]
#[case::large_number("[limits]\nbody_bytes = 68719476736\n")]
#[case::whole_number_as_float("[live]\ninterval_ms = 50.0\n")]
#[case::flags("[http]\ndocs = false\ngraphiql = true\n")]
#[case::words("[redis]\nkey_style = \"plain\"\n[log]\nformat = \"json\"\n")]
#[case::lists("[http]\ncors_origins = [\"https://a.example\"]\nallowed_hosts = []\n")]
#[case::lists_as_texts(
    "[http]\ncors_origins = \"https://a.example, https://b.example\"\ntrusted_proxies = \"none\"\n"
)]
#[case::bounds("[live]\nbounds = [-1, -1, -1, 1, 1, 1.5]\n")]
#[case::bounds_as_text("[live]\nbounds = \"-1,-1,-1,1,1,1.5\"\n")]
#[case::stores(
    "[database]\nurl = \"postgresql://h/d\"\n[redis]\nurl = \"rediss-sentinel://h?sentinelServiceName=m\"\n"
)]
#[case::secrets("[http]\nmetrics_token = \"0123456789abcdef\"\n")]
#[case::telemetry("[telemetry]\notlp_endpoint = \"http://localhost:4318\"\nsample_ratio = 1\n")]
#[case::encrypted_telemetry(
    "[telemetry]\notlp_endpoint = \"https://h\"\notlp_protocol = \"grpc\"\notlp_ca_file = \"/etc/ssl/ca.pem\"\n"
)]
#[case::headers("[telemetry]\notlp_headers = [\"authorization=Basic dXNlcg==\", \"x-tenant=7\"]\n")]
#[case::headers_as_text("[telemetry]\notlp_headers = \"authorization=Basic dXNlcg==, x-tenant=7\"\n")]
#[case::valkey("[redis]\nurl = \"valkeys-cluster://:p@h:7000?node=h2:7000\"\n")]
#[case::hosts(
    "[http]\nallowed_hosts = [\"fleet.example\", \"10.0.0.7:80\", \"[::1]:8443\", \"none.example.\"]\n"
)]
#[case::hosts_as_text("[http]\nallowed_hosts = \" fleet.example , [::1] \"\n")]
#[case::lists_in_arrays("[http]\ntrusted_proxies = [\"10.0.0.7, fd00::/8\", \"10.1.0.0/16\"]\n")]
#[case::filter("[log]\nlevel = \"Info, adapters_redis::bus=TRACE\"\n")]
#[case::signing_key(&format!("[auth]\nsigning_key = '''{KEY_PEM}'''\n"))]
#[case::previous_keys(&format!("[auth]\nprevious_keys = '''two keys\n{KEY_PEM}\n{KEY_PEM}'''\n"))]
#[case::large_bounds_as_text("[live]\nbounds = \"-1e3, -.5, -1., +1, 1, 1.5\"\n")]
#[case::a_capital_scheme("[telemetry]\notlp_endpoint = \"HTTPS://h/otlp/\"\n")]
#[case::waits_and_threads("[database]\nstartup_wait_ms = 0\n[live]\ndecoder_threads = 0\n")]
fn an_accepted_file_is_valid(#[case] toml: &str) {
    valid(load_file(toml, &[]));
    let (validator, file) = (validator(), as_json(toml));
    let errors: Vec<_> = validator
        .iter_errors(&file)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[rstest]
#[case::unknown_environment("env = \"prod\"\n")]
#[case::upper_case_environment("ENV = \"staging\"\n")]
#[case::unknown_section("[htpp]\nbind = \"h:1\"\n")]
#[case::empty_unknown_section("[htpp]\n")]
#[case::upper_case_section("[HTTP]\nbind = \"h:1\"\n")]
#[case::section_as_value("http = 5\n")]
#[case::section_as_array("[[http]]\nbind = \"h:1\"\n")]
#[case::unknown_key("[http]\nbnid = \"h:1\"\n")]
#[case::upper_case_key("[http]\nBind = \"h:1\"\n")]
#[case::key_outside_its_section("http__bind = \"h:1\"\n")]
#[case::table_as_value("[http.bind]\nport = 1\n")]
#[case::address_without_port("[http]\nbind = \"localhost\"\n")]
#[case::number_as_text("[live]\ninterval_ms = \"50\"\n")]
#[case::text_as_number("[auth]\nissuer = 5\n")]
#[case::text_as_date("[auth]\nissuer = 1979-05-27\n")]
#[case::flag_as_text("[http]\ndocs = \"true\"\n")]
#[case::empty_text("[log]\nfile = \"\"\n")]
#[case::too_small("[live]\ninterval_ms = 0\n")]
#[case::too_large("[live]\ninterval_ms = 10001\n")]
#[case::fraction("[live]\ninterval_ms = 0.5\n")]
#[case::infinite("[live]\nmax_jump_m = inf\n")]
#[case::unknown_word("[log]\nformat = \"xml\"\n")]
#[case::list_of_numbers("[http]\ncors_origins = [1]\n")]
#[case::number_as_list("[live]\ninterval_ms = [50]\n")]
#[case::too_few_bounds("[live]\nbounds = [-1, -1, -1, 1, 1]\n")]
#[case::no_bounds("[live]\nbounds = []\n")]
#[case::text_among_bounds("[live]\nbounds = [-1, -1, -1, 1, 1, \"1\"]\n")]
#[case::another_database("[database]\nurl = \"mysql://h/d\"\n")]
#[case::blank_text("[log]\nfile = \"  \"\n")]
#[case::blank_path_of_a_secret("[redis]\nurl_file = \" \"\n")]
#[case::large_port("[http]\nbind = \"h:99999\"\n")]
#[case::port_with_leading_zeros("[http]\nbind = \"h:080\"\n")]
#[case::large_port_of_a_host("[http]\nallowed_hosts = [\"a:99999\"]\n")]
#[case::port_0_of_a_host("[http]\nallowed_hosts = \"b, a:0\"\n")]
#[case::address_without_brackets("[http]\nallowed_hosts = [\"::1\"]\n")]
#[case::empty_label("[http]\nallowed_hosts = [\"c..d\"]\n")]
#[case::any_origin("[http]\ncors_origins = [\"*\"]\n")]
#[case::path_of_an_origin("[http]\ncors_origins = \"https://a.example/path\"\n")]
#[case::name_as_proxy("[http]\ntrusted_proxies = [\"proxy.example\"]\n")]
#[case::empty_entry("[http]\ntrusted_proxies = \"10.0.0.7,\"\n")]
#[case::misspelt_level("[log]\nlevel = \"inof\"\n")]
#[case::module_without_a_level("[log]\nlevel = \"info,fred=\"\n")]
#[case::header_without_a_value("[telemetry]\notlp_headers = [\"authorization\"]\n")]
#[case::signing_key_without_labels("[auth]\nsigning_key = \"c2VjcmV0\"\n")]
#[case::previous_keys_without_labels("[auth]\nprevious_keys = \"c2VjcmV0\"\n")]
#[case::five_bounds_as_text("[live]\nbounds = \"-1,-1,-1,1,1\"\n")]
#[case::words_as_bounds("[live]\nbounds = \"-1,-1,-1,1,1,inf\"\n")]
#[case::user_of_a_receiver("[telemetry]\notlp_endpoint = \"http://u@h:4318\"\n")]
#[case::unknown_kind_of_redis("[redis]\nurl = \"redis-ring://h\"\n")]
#[case::another_store("[redis]\nurl = \"memcached://h\"\n")]
#[case::traces_over_ftp("[telemetry]\notlp_endpoint = \"ftp://h:4318\"\n")]
#[case::unknown_protocol("[telemetry]\notlp_protocol = \"udp\"\n")]
#[case::a_number_as_header("[telemetry]\notlp_headers = [7]\n")]
#[case::too_many_threads("[live]\ndecoder_threads = 17\n")]
#[case::short_token("[http]\nmetrics_token = \"short\"\n")]
#[case::secret_given_twice("[redis]\nurl = \"redis://h\"\nurl_file = \"/run/secrets/redis_url\"\n")]
#[case::file_of_a_setting_that_is_not_secret("[http]\nbind_file = \"/run/secrets/bind\"\n")]
fn a_faulty_file_is_rejected_by_reader_and_schema(#[case] toml: &str) {
    assert!(load_file(toml, &[]).is_err(), "the reader accepts {toml}");
    assert!(!validator().is_valid(&as_json(toml)), "the schema accepts {toml}");
}

/// Values of all types; each setting accepts some of them.
const VALUES: &[&str] = &[
    "true",
    "0",
    "1",
    "16",
    "200.0",
    "0.5",
    "-1",
    "10000",
    "33554432",
    "\"\"",
    "\" \"",
    "\"none\"",
    "\"info\"",
    "\"json\"",
    "\"plain\"",
    "\"production\"",
    "\"16\"",
    "\"true\"",
    "\" 127.0.0.1:80 \"",
    "\"https://a.example\"",
    "\"http://a.example:4318\"",
    "\"postgres://h/d\"",
    "\"redis-cluster://h:7000\"",
    "\"valkeys://h\"",
    "\"h.example:8443\"",
    "\"[::1]:8443\"",
    "\"a=b, c=d\"",
    "\"info,fred=warn\"",
    "[\"a\", \"b.example\"]",
    "\"0123456789abcdef\"",
    "\"/nowhere\"",
    "\"-1,-1,-1,1,1,1\"",
    "[]",
    "[\"none\"]",
    "[\"https://a.example\", \"https://b.example\"]",
    "[\"10.0.0.7\", \"10.1.0.0/16\"]",
    "[-1, -1, -1, 1, 1, 1.5]",
    "[true]",
    "[[1]]",
    "{}",
    "{ a = 1 }",
    "1979-05-27",
    "nan",
];

#[test]
fn whatever_the_reader_accepts_is_valid() {
    let (validator, declarations) = (validator(), declarations());
    let mut accepted = 0;
    for declaration in &declarations {
        let (section, key) = declaration.place();
        let suffixes: &[&str] = if declaration.is_secret {
            &["", "_file"]
        } else {
            &[""]
        };
        for suffix in suffixes {
            for value in VALUES {
                let mut toml = format!("{key}{suffix} = {value}\n");
                if !section.is_empty() {
                    toml = format!("[{section}]\n{toml}");
                }
                if load_file(&toml, &[]).is_ok() {
                    accepted += 1;
                    assert!(validator.is_valid(&as_json(&toml)), "the schema rejects {toml}");
                }
            }
        }
    }
    assert!(accepted > declarations.len(), "only {accepted} are accepted");
}

#[test]
fn every_setting_is_declared_once_and_has_a_meaning() {
    let declarations = declarations();
    let names: BTreeSet<_> = declarations.iter().map(|declaration| declaration.name).collect();
    assert_eq!(names.len(), declarations.len());
    for Declaration { name, meaning, .. } in declarations {
        let is_sentence = meaning.starts_with(|first: char| first.is_uppercase()) && !meaning.ends_with('.');
        assert!(is_sentence && !meaning.contains('|'), "{name}: {meaning}");
    }
}

#[test]
fn the_schema_describes_units_defaults_and_requirements() {
    let schema: Value = serde_json::from_str(&json_schema()).expect("JSON");
    let interval = &schema["properties"]["live"]["properties"]["interval_ms"];
    assert_eq!(
        (
            &interval["type"],
            &interval["minimum"],
            &interval["maximum"],
            &interval["default"]
        ),
        (&"integer".into(), &1.into(), &10_000.into(), &100.into())
    );
    let description = interval["description"].as_str().expect("a text");
    assert!(
        description.contains("a whole number of milliseconds from 1 to 10000"),
        "{description}"
    );
    let docs = &schema["properties"]["http"]["properties"]["docs"];
    let description = docs["description"].as_str().expect("a text");
    assert!(
        docs.get("default").is_none() && description.contains("`true`; `false` in production"),
        "{docs}"
    );
    let workers = &schema["properties"]["http"]["properties"]["workers"];
    assert!(
        workers.get("default").is_none(),
        "it depends on the machine: {workers}"
    );
    let key = &schema["properties"]["auth"]["properties"]["signing_key"];
    let description = key["description"].as_str().expect("a text");
    assert!(
        description.contains("Secret. Required in production."),
        "{description}"
    );
    assert_eq!(
        schema["properties"]["auth"]["properties"]["signing_key_file"]["type"],
        "string"
    );
}
