//! Reading and writing of PEM texts. The reader ignores text between blocks and whitespace inside them, because line
//! breaks are often lost when keys are passed through environment variables.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{SecretString, zeroize::Zeroizing};

use super::InvalidKey;

/// Label of a private key (PKCS#8).
pub(super) const PRIVATE: &str = "PRIVATE KEY";
/// Label of an encrypted private key.
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
/// Label of a public key (SPKI).
pub(super) const PUBLIC: &str = "PUBLIC KEY";

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// Maximum length of a label in an error message, in characters.
const MAX_NAME_CHARS: usize = 40;

/// Decoded content of a PEM block.
pub(super) enum Block {
    Private(Zeroizing<Vec<u8>>),
    Public(Zeroizing<Vec<u8>>),
}

/// Reads all blocks of a text. Each must be an unencrypted key.
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

/// Writes a key as a PEM text. An Ed25519 key is short enough for a single line of base64.
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
    // Allocate everything at once, because a growing string leaves copies of the key in memory.
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
