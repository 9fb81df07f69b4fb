//! Malformed tokens.

use application::ports::{TokenFault, TokenService as _};
use proptest::prelude::*;
use serde_json::json;

use crate::{Draft, NOON, a_key, check_good, check_invalid, issue, signed, tokens_of};

#[test]
fn a_part_of_a_token_is_rejected() {
    let token = issue(&tokens_of(&a_key()));
    for length in 0..token.len() {
        check_invalid(&token[..length]);
        check_invalid(&token[token.len() - length..]);
    }
}

#[test]
fn a_token_with_text_around_it_is_rejected() {
    let token = issue(&tokens_of(&a_key()));
    for around in [" ", "\t", "\n", "\r\n", "\0", "=", ".", "\u{feff}", "\u{200b}"] {
        check_invalid(&format!("{around}{token}"));
        check_invalid(&format!("{token}{around}"));
        check_invalid(&token.replace('.', &format!(".{around}")));
        check_invalid(&token.replace('.', &format!("{around}.")));
    }
    check_invalid(&format!("Bearer {token}"));
    check_invalid(&format!("{token},{token}"));
}

#[test]
fn json_is_rejected() {
    let draft = Draft::new();
    let token = draft.signed();
    let parts: Vec<_> = token.split('.').collect();
    for text in [
        draft.claims.to_string(),
        json!(token).to_string(),
        json!({ "protected": parts[0], "payload": parts[1], "signature": parts[2] }).to_string(),
        format!("{}.{}.{}", draft.header, draft.claims, parts[2]),
    ] {
        check_invalid(&text);
    }
}

#[test]
fn a_token_that_is_too_long_is_rejected() {
    let padded = |length: usize| {
        let padding = "x".repeat(length);
        Draft::new().claim("padding", json!(padding)).signed()
    };
    let longest = (0..4096).rev().map(padded).find(|token| token.len() <= 4096);
    let longest = longest.expect("one that is short enough");
    assert!(longest.len() > 4090, "longest token: {} bytes", longest.len());
    check_good(&longest);
    check_invalid(&padded(3_000));
    check_invalid(&padded(1_000_000));
    check_invalid(&".".repeat(1_000_000));
}

#[test]
fn base64_of_another_kind_is_refused() {
    let token = issue(&tokens_of(&a_key()));
    check_invalid(&token.replace('-', "+").replace('_', "/").replacen('.', "=.", 1));
    let (message, signature) = token.rsplit_once('.').expect("a signature");
    check_invalid(&format!("{message}.{signature}=="));
    // 64 bytes are 86 characters. The last one has four unused bits, which must be zero.
    let (most, last) = signature.split_at(85);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for other in alphabet.chars().filter(|c| !last.contains(*c)) {
        check_invalid(&format!("{message}.{most}{other}"));
    }
}

#[test]
fn a_signature_of_another_length_is_refused() {
    let token = Draft::new().signed();
    let (message, _) = token.rsplit_once('.').expect("a signature");
    for length in [0, 1, 63, 65, 128] {
        let signature = "A".repeat((length * 4usize).div_ceil(3));
        check_invalid(&format!("{message}.{signature}"));
    }
}

proptest! {
    #[test]
    fn arbitrary_text_is_rejected_without_a_panic(text in any::<String>()) {
        check_invalid(&text);
    }

    #[test]
    fn arbitrary_text_with_three_parts_is_rejected_without_a_panic(text in "[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{80,90}") {
        check_invalid(&text);
    }

    #[test]
    fn arbitrary_headers_and_claims_are_rejected_without_a_panic(header in any::<String>(), claims in any::<String>()) {
        check_invalid(&signed(&header, &claims));
        check_invalid(&signed(&Draft::new().header.to_string(), &claims));
        check_invalid(&signed(&header, &Draft::new().claims.to_string()));
    }

    #[test]
    fn arbitrary_json_as_a_claim_causes_no_panic(index in 0..9_usize, number in any::<i64>(), text in any::<String>()) {
        let name = ["iss", "sub", "role", "org", "exp", "nbf", "iat", "jti", "sid"][index];
        for value in [json!(number), json!(text), json!([number, text])] {
            let token = Draft::new().claim(name, value).signed();
            // Some of these tokens are valid, such as those with a time that fits.
            let _ = tokens_of(&a_key()).verify(&token, NOON);
        }
    }

    #[test]
    fn a_token_with_one_bit_changed_is_refused(at in any::<prop::sample::Index>(), bit in 0..7_u32) {
        let token = Draft::new().signed();
        let mut bytes = token.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let changed = String::from_utf8(bytes).expect("seven bits are ASCII");
        prop_assert_eq!(tokens_of(&a_key()).verify(&changed, NOON), Err(TokenFault::Invalid));
    }

    #[test]
    fn a_token_with_an_extra_or_missing_character_is_refused(at in any::<prop::sample::Index>(), more in any::<char>()) {
        let token = Draft::new().signed();
        let at = at.index(token.len());
        let (before, after) = token.split_at(at);
        check_invalid(&format!("{before}{more}{after}"));
        check_invalid(&format!("{before}{}", &after[1..]));
    }
}
