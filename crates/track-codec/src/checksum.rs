//! CRC-32C, which detects damage. It does not protect against bytes that were forged.

use crate::Fault;

pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes)
}

/// Checks that `bytes` have the checksum `expected`.
pub(crate) fn verify(bytes: &[u8], expected: u32) -> Result<(), Fault> {
    if checksum(bytes) == expected {
        Ok(())
    } else {
        Err(Fault::Checksum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_rfc_3720() {
        // RFC 3720, appendix B.4: 32 bytes of zeros.
        assert_eq!(checksum(&[0; 32]), 0x8a91_36aa);
    }
}
