//! PEM texts, read liberally: what stands between them does not matter, nor how their lines are broken. That is lost
//! where keys come through environment variables.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{SecretString, zeroize::Zeroizing};

use super::InvalidKey;

/// The name of a private key (PKCS#8).
pub(super) const PRIVATE: &str = "PRIVATE KEY";
/// The name of a private key that is encrypted.
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
/// The name of a public key (SPKI).
pub(super) const PUBLIC: &str = "PUBLIC KEY";

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// The most characters of a name that a message repeats.
const MAX_NAME_CHARS: usize = 40;

/// A PEM text: its kind, and what it holds.
pub(super) enum Block {
    Private(Zeroizing<Vec<u8>>),
    Public(Zeroizing<Vec<u8>>),
}

/// All that are in a text, which must be keys.
pub(super) fn read(mut text: &str) -> Result<Vec<Block>, InvalidKey> {
    let mut blocks = Vec::new();
    while let Some((_, block)) = text.split_once(BEGIN) {
        let (name, block) = block.split_once(DASHES).ok_or(InvalidKey::Broken)?;
        let (content, rest) = block
            .split_once(format!("-----END {name}-----").as_str())
            .ok_or(InvalidKey::Broken)?;
        blocks.push(match name {
            PRIVATE => Block::Private(decode(content)?),
            PUBLIC => Block::Public(decode(content)?),
            ENCRYPTED => return Err(InvalidKey::Encrypted),
            other => return Err(InvalidKey::OfAnotherForm(shown(other))),
        });
        text = rest;
    }
    Ok(blocks)
}

/// A PEM text of a key: its base64 fits into one line.
pub(super) fn write(name: &str, der: &[u8]) -> SecretString {
    let content = Zeroizing::new(BASE64_STANDARD.encode(der));
    let parts = [
        BEGIN,
        name,
        DASHES,
        "\n",
        &content,
        "\n-----END ",
        name,
        DASHES,
        "\n",
    ];
    // All at once: a text that grows leaves copies of itself behind.
    let mut text = String::with_capacity(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        text.push_str(part);
    }
    text.into()
}

fn decode(content: &str) -> Result<Zeroizing<Vec<u8>>, InvalidKey> {
    let mut base64 = Zeroizing::new(Vec::with_capacity(content.len()));
    base64.extend(content.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    let mut der = Zeroizing::new(Vec::with_capacity(base64.len()));
    match BASE64_STANDARD.decode_vec(&*base64, &mut der) {
        Ok(()) => Ok(der),
        Err(_) => Err(InvalidKey::Broken),
    }
}

fn shown(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_control())
        .take(MAX_NAME_CHARS)
        .collect()
}
