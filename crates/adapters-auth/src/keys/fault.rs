/// Error in a key's text. The messages reveal nothing about the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// The text contains no PEM block.
    #[error(
        "there is no key: one begins with -----BEGIN PRIVATE KEY----- (`openssl genpkey -algorithm ed25519` makes one)"
    )]
    Missing,
    /// The text contains more than one key.
    #[error("there are {0} keys where one is wanted: older ones belong to the previous keys")]
    Several(usize),
    /// A PEM block has no end, or content other than base64.
    #[error(
        "the PEM text is broken: between -----BEGIN and -----END, both of one name, there must be base64 alone"
    )]
    Broken,
    /// The key is encrypted.
    #[error("the key is encrypted: it must be kept without a pass phrase (`openssl pkey` takes it off)")]
    Encrypted,
    /// The text is the public key instead of the private one.
    #[error(
        "that is a public key: the private one, which begins with -----BEGIN PRIVATE KEY-----, is wanted"
    )]
    Public,
    /// A PEM block is of another kind.
    #[error(
        "a key begins with -----BEGIN PRIVATE KEY----- or, if it is public, -----BEGIN PUBLIC KEY-----, not with -----BEGIN {0}-----"
    )]
    OfAnotherForm(String),
    /// The key is for another algorithm, such as RSA.
    #[error("the key is not for Ed25519 (`openssl genpkey -algorithm ed25519` makes one that is)")]
    OfAnotherAlgorithm,
    /// The content is not a key, or its public half belongs to another key.
    #[error("the key is damaged")]
    Damaged,
    /// The public key accepts arbitrary signatures.
    #[error("the public key is a weak one")]
    Weak,
}
