use std::fmt;

use domain::username::UNKNOWN_PREFIX;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Replaces names that no user has by marks. People type passwords into the field for the name, so the audit log must not
/// show such a name, nor allow a reader to guess it or to look it up, and still tell two of them apart. A mark is an
/// HMAC-SHA-256 with a key of the server, cut to 128 bits.
#[derive(Clone)]
pub struct NameSeal(Hmac<Sha256>);

impl NameSeal {
    /// Seals with that key, which all servers of an installation share.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    /// The mark of a name: the same for the same name, as long as the key is the same.
    #[must_use]
    pub fn mark(&self, name: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(name.as_bytes());
        let digest = mac.finalize().into_bytes();
        digest[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The text that the audit log has in place of a name that no user has.
    #[must_use]
    pub fn sealed(&self, name: &str) -> String {
        format!("{UNKNOWN_PREFIX}{}", self.mark(name))
    }
}

impl fmt::Debug for NameSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NameSeal(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_name_tells_nothing_but_whether_it_is_the_same() {
        let [one, other] = [[1; 32], [2; 32]].map(|key| NameSeal::new(&key));
        let sealed = one.sealed("hunter2-hunter2");
        assert_eq!(sealed, one.sealed("hunter2-hunter2"));
        assert_ne!(sealed, one.sealed("hunter2-hunter3"));
        assert_ne!(sealed, other.sealed("hunter2-hunter2"));
        assert!(sealed.starts_with("unknown:") && sealed.len() == 40, "{sealed}");
        assert_eq!(format!("{one:?}"), "NameSeal(..)");
    }
}
