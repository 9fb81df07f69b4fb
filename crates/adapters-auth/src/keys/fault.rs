/// Error in a key's text. The messages reveal nothing about the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// The text contains no PEM block.
    #[error(
        "no key found: expected -----BEGIN PRIVATE KEY----- (generate one with `openssl genpkey -algorithm ed25519`)"
    )]
    Missing,
    /// The text contains more than one key.
    #[error("expected one key, found {0}: put older keys in AUTH__PREVIOUS_KEYS")]
    Several(usize),
    /// A PEM block has no matching END label, or its content is not base64.
    #[error("malformed PEM: the BEGIN and END labels must match and enclose only base64")]
    Broken,
    /// The key is encrypted.
    #[error("encrypted keys are not supported (remove the passphrase with `openssl pkey`)")]
    Encrypted,
    /// The text is the public key instead of the private one.
    #[error("expected a private key, found a public key")]
    Public,
    /// A PEM block has an unsupported label.
    #[error("expected -----BEGIN PRIVATE KEY----- or -----BEGIN PUBLIC KEY-----, found -----BEGIN {0}-----")]
    OfAnotherForm(String),
    /// The key is for another algorithm, such as RSA.
    #[error("the key is not an Ed25519 key (generate one with `openssl genpkey -algorithm ed25519`)")]
    OfAnotherAlgorithm,
    /// The content is not a key, or its public half does not match the private one.
    #[error("the key is corrupt")]
    Damaged,
    /// The public key is of low order: anyone can make signatures that are valid for many messages.
    #[error("the public key is weak")]
    Weak,
}
