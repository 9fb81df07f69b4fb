use std::fmt;

use domain::username::UNKNOWN_PREFIX;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Replaces unknown user names with marks. Users accidentally type passwords into the field for the name, so the audit
/// log must neither show such a name nor allow readers to guess it. It must still show whether two names are equal. A
/// mark is an HMAC-SHA-256 with a key of the server, truncated to 128 bits.
#[derive(Clone)]
pub struct NameSeal(Hmac<Sha256>);

impl NameSeal {
    /// Creates a seal with a key that all servers of an installation share.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    /// Returns the mark of a name, in hexadecimal. Equal names have equal marks under the same key.
    #[must_use]
    pub fn mark(&self, name: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(name.as_bytes());
        let digest = mac.finalize().into_bytes();
        digest[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Returns the text that the audit log shows in place of an unknown name.
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
    fn a_sealed_name_reveals_only_equality() {
        let [one, other] = [[1; 32], [2; 32]].map(|key| NameSeal::new(&key));
        let sealed = one.sealed("hunter2-hunter2");
        assert_eq!(sealed, one.sealed("hunter2-hunter2"));
        assert_ne!(sealed, one.sealed("hunter2-hunter3"));
        assert_ne!(sealed, other.sealed("hunter2-hunter2"));
        assert!(sealed.starts_with("unknown:") && sealed.len() == 40, "{sealed}");
        assert_eq!(format!("{one:?}"), "NameSeal(..)");
    }
}
