//! Keys as PEM texts.

use adapters_auth::{InvalidKey, PublicKey, SigningKey};
use rstest::rstest;

use crate::{PRIVATE_V1, a_key, exposed};

/// RFC 8410, section 10.3: the key of [`PRIVATE_V1`] with an attribute and its public half.
const PRIVATE_V2: &str = "-----BEGIN PRIVATE KEY-----
MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB
Z9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PRIVATE KEY-----
";

/// RFC 8410, section 10.1: the public half of [`PRIVATE_V1`].
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";

/// The key of RFC 8037, appendix A.1, as a PEM text.
const OF_RFC_8037: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";

#[test]
fn a_key_is_named_by_its_thumbprint() {
    let key = SigningKey::from_pem(OF_RFC_8037).expect("a key");
    // RFC 8037, appendices A.2 and A.3.
    assert_eq!(
        key.public_key().kid(),
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
    assert_eq!(
        key.public_key().to_jwk()["x"],
        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    );
}

#[test]
fn both_versions_of_pkcs8_are_read() {
    let [first, second] = [PRIVATE_V1, PRIVATE_V2].map(|pem| SigningKey::from_pem(pem).expect("a key"));
    assert_eq!(first.public_key(), second.public_key());
    assert_eq!(first.public_key().to_pem(), PUBLIC);
    assert_eq!(
        exposed(second.to_pem()),
        PRIVATE_V1,
        "keys are written in the version that every program reads"
    );
}

#[test]
fn a_new_key_is_unique_and_can_be_read_back() {
    let (one, other) = (SigningKey::generate(), SigningKey::generate());
    assert_ne!(one.public_key(), other.public_key());
    let again = SigningKey::from_pem(&exposed(one.to_pem())).expect("a key");
    assert_eq!(again.public_key(), one.public_key());
    let public = PublicKey::read_all(&one.public_key().to_pem()).expect("a key");
    assert_eq!(public, [one.public_key().clone()]);
}

#[rstest]
#[case::with_carriage_returns(PRIVATE_V1.replace('\n', "\r\n"))]
#[case::in_one_line(PRIVATE_V1.replace('\n', " "))]
#[case::without_breaks(PRIVATE_V1.replace('\n', ""))]
#[case::indented(PRIVATE_V1.replace('\n', "\n    "))]
#[case::with_remarks(format!("Made in March.\n\n{PRIVATE_V1}\n# the end\n"))]
fn text_and_line_breaks_around_a_key_do_not_matter(#[case] pem: String) {
    let key = SigningKey::from_pem(&pem).expect("a key");
    assert_eq!(key.public_key(), a_key().public_key());
}

#[rstest]
#[case::nothing("", InvalidKey::Missing)]
#[case::not_pem(
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC",
    InvalidKey::Missing
)]
#[case::the_public_half(PUBLIC, InvalidKey::Public)]
#[case::cut(&PRIVATE_V1[..80], InvalidKey::Broken)]
#[case::cut_at_the_end(PRIVATE_V1.trim_end().trim_end_matches('-'), InvalidKey::Broken)]
#[case::of_two_names("-----BEGIN PRIVATE KEY-----\n-----END PUBLIC KEY-----", InvalidKey::Broken)]
#[case::not_base64(
    "-----BEGIN PRIVATE KEY-----\nMC4C*AQAw\n-----END PRIVATE KEY-----",
    InvalidKey::Broken
)]
#[case::empty("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----", InvalidKey::Damaged)]
#[case::no_key(
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----",
    InvalidKey::Damaged
)]
#[case::too_short(
    "-----BEGIN PRIVATE KEY-----\nMC0CAQAwBQYDK2VwBCEEH9TuctvzE1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVg=\n-----END PRIVATE KEY-----",
    InvalidKey::Damaged
)]
#[case::encrypted(
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMC4C\n-----END ENCRYPTED PRIVATE KEY-----",
    InvalidKey::Encrypted
)]
#[case::of_openssh(
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----",
    InvalidKey::OfAnotherForm("OPENSSH PRIVATE KEY".to_owned())
)]
// Made by `openssl genpkey -algorithm x25519`: a key of the same length for another algorithm.
#[case::x25519(
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIDCCkXW9J6wLEo5DHVHGkgMYrqx5gH0xh1KNd1HgZyZ4\n-----END PRIVATE KEY-----",
    InvalidKey::OfAnotherAlgorithm
)]
fn an_invalid_signing_key_is_refused_with_the_reason(#[case] pem: &str, #[case] expected: InvalidKey) {
    assert_eq!(SigningKey::from_pem(pem).err(), Some(expected));
}

#[test]
fn the_public_half_of_another_key_is_refused() {
    let crossed = PRIVATE_V2.replace("Z9w7lshQ", "Z9w7lshR");
    assert_eq!(SigningKey::from_pem(&crossed).err(), Some(InvalidKey::Damaged));
}

#[test]
fn more_than_one_signing_key_is_refused() {
    let two = format!("{PRIVATE_V1}{}", exposed(SigningKey::generate().to_pem()));
    assert_eq!(SigningKey::from_pem(&two).err(), Some(InvalidKey::Several(2)));
}

#[test]
fn previous_keys_may_be_private_or_public_and_many() {
    let (one, other) = (SigningKey::generate(), SigningKey::generate());
    let text = format!(
        "# until April\n{}# until May\n{}\n{PUBLIC}",
        exposed(one.to_pem()),
        other.public_key().to_pem(),
    );
    let expected = [&one, &other, &a_key()].map(|key| key.public_key().clone());
    assert_eq!(PublicKey::read_all(&text).expect("keys"), expected);
    for none in ["", "\n", "# none yet"] {
        assert_eq!(PublicKey::read_all(none), Ok(Vec::new()));
    }
}

#[rstest]
#[case::cut(&PUBLIC[..60], InvalidKey::Broken)]
#[case::no_key(
    "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----",
    InvalidKey::Damaged
)]
// The point of order one: a signature that consists of this point and a zero is valid for every message.
#[case::weak(
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----",
    InvalidKey::Weak
)]
#[case::x25519(
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----",
    InvalidKey::OfAnotherAlgorithm
)]
#[case::a_certificate("-----BEGIN CERTIFICATE-----\nMC4C\n-----END CERTIFICATE-----", InvalidKey::OfAnotherForm("CERTIFICATE".to_owned()))]
fn an_invalid_key_among_the_previous_ones_is_refused(#[case] pem: &str, #[case] expected: InvalidKey) {
    assert_eq!(PublicKey::read_all(&format!("{PUBLIC}{pem}")), Err(expected));
}

#[test]
fn debug_output_of_a_key_only_has_its_id() {
    let key = a_key();
    let shown = format!("{key:?} {:?} {:?}", key.public_key(), key.to_pem());
    let kid = key.public_key().kid();
    assert_eq!(
        shown,
        format!("SigningKey(of PublicKey({kid})) PublicKey({kid}) SecretBox<str>([REDACTED])")
    );
}
