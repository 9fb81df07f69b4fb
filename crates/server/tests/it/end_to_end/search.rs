//! A search for secrets in texts that can be read by others.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::endpoints::Answer;

/// Readable texts and the secrets that must not be in them.
#[derive(Default)]
pub(super) struct Search {
    readable: Vec<(String, String)>,
    secrets: Vec<(&'static str, String)>,
}

impl Search {
    pub(super) fn can_be_read(&mut self, place: impl Into<String>, text: impl Into<String>) {
        self.readable.push((place.into(), text.into()));
    }

    /// Adds a secret in several encodings: as text, base64, hexadecimal, and the list of bytes that libraries log.
    pub(super) fn is_secret(&mut self, what: &'static str, text: impl Into<String>) {
        let text = text.into();
        let hexadecimal = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let numbers: Vec<String> = text.bytes().map(|byte| byte.to_string()).collect();
        for form in [
            BASE64_STANDARD.encode(&text),
            hexadecimal,
            numbers.join(", "),
            text,
        ] {
            self.secrets.push((what, form.trim_end_matches('=').to_owned()));
        }
    }

    /// Adds the tokens in a response to the secrets and returns them.
    pub(super) fn takes_tokens(&mut self, answer: &Answer) -> (String, String) {
        assert_eq!(answer.status, 200, "{answer:?}");
        let answer = answer.json();
        let token = |name: &str| answer[name].as_str().expect("a token").to_owned();
        let tokens = (token("accessToken"), token("refreshToken"));
        self.are_secret(&tokens.0, &tokens.1);
        tokens
    }

    /// Adds two tokens to the secrets. Only a part of each is added: for an access token, a part of the signature,
    /// because the rest is not unique.
    pub(super) fn are_secret(&mut self, access: &str, refresh: &str) {
        let (_, signature) = access.rsplit_once('.').expect("three parts");
        self.is_secret("an access token", &signature[..30]);
        self.is_secret("a refresh token", &refresh[..30]);
    }

    pub(super) fn check(&self) {
        let mut found = Vec::new();
        for (place, text) in &self.readable {
            for (what, secret) in &self.secrets {
                if let Some(line) = text.lines().find(|line| line.contains(secret.as_str())) {
                    let line: String = line.chars().take(400).collect();
                    found.push(format!("{what} in {place}: {line}"));
                }
            }
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}
