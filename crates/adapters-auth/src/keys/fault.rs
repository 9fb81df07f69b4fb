/// Why a text is not the key that it should be. It says nothing of what is in the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// There is no PEM text at all.
    #[error(
        "there is no key: one begins with -----BEGIN PRIVATE KEY----- (`openssl genpkey -algorithm ed25519` makes one)"
    )]
    Missing,
    /// There is more than the one key that is wanted.
    #[error("there are {0} keys where one is wanted: older ones belong to the previous keys")]
    Several(usize),
    /// A PEM text without an end, or with something else than base64 in it.
    #[error(
        "the PEM text is broken: between -----BEGIN and -----END, both of one name, there must be base64 alone"
    )]
    Broken,
    /// A pass phrase would be needed.
    #[error("the key is encrypted: it must be kept without a pass phrase (`openssl pkey` takes it off)")]
    Encrypted,
    /// The public half where the private one is wanted.
    #[error(
        "that is a public key: the private one, which begins with -----BEGIN PRIVATE KEY-----, is wanted"
    )]
    Public,
    /// A PEM text of another kind.
    #[error(
        "a key begins with -----BEGIN PRIVATE KEY----- or, if it is public, -----BEGIN PUBLIC KEY-----, not with -----BEGIN {0}-----"
    )]
    OfAnotherForm(String),
    /// A key of another algorithm, such as RSA.
    #[error("the key is not for Ed25519 (`openssl genpkey -algorithm ed25519` makes one that is)")]
    OfAnotherAlgorithm,
    /// The base64 is no key, or its public half is another key's.
    #[error("the key is damaged")]
    Damaged,
    /// A public key that any signature fits to.
    #[error("the public key is a weak one, which nobody makes by chance")]
    Weak,
}
