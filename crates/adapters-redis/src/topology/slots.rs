//! Hash slots of Redis Cluster.

use deadpool_redis::redis::{Arg, Cmd};

/// Number of slots of a cluster.
pub(crate) const SLOTS: u16 = 16_384;

/// Returns the slot of a key: the CRC-16 (XMODEM) of its hash tag, or of the whole key if it has none, as in the Redis
/// Cluster specification.
pub(crate) fn slot_of(key: &[u8]) -> u16 {
    let crc = hash_tag(key).iter().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| match crc & 0x8000 {
            0 => crc << 1,
            _ => (crc << 1) ^ 0x1021,
        })
    });
    crc % SLOTS
}

/// Returns the part of a key between the first `{` and the next `}`, unless it is empty.
fn hash_tag(key: &[u8]) -> &[u8] {
    let tag = || {
        let rest = &key[key.iter().position(|byte| *byte == b'{')? + 1..];
        let tag = &rest[..rest.iter().position(|byte| *byte == b'}')?];
        (!tag.is_empty()).then_some(tag)
    };
    tag().unwrap_or(key)
}

/// Returns the slot of a command's first key or channel; `None` if it has none.
pub(crate) fn slot_of_command(command: &Cmd) -> Option<u16> {
    let mut words = command.args_iter().map(|word| match word {
        Arg::Simple(word) => word,
        // A cursor, which no command has before its key.
        _ => b"0",
    });
    let key = match words.next()? {
        // The script and the number of keys precede the keys.
        b"EVAL" | b"EVALSHA" => words.nth(2),
        _ => words.next(),
    };
    key.map(slot_of)
}

#[cfg(test)]
mod tests {
    use deadpool_redis::redis::cmd;
    use rstest::rstest;

    use super::*;

    #[rstest]
    // The check value of CRC-16 (XMODEM), and a slot returned by CLUSTER KEYSLOT.
    #[case("123456789", 0x31c3)]
    #[case("foo", 12_182)]
    #[case("{foo}:bar", 12_182)]
    #[case("x{foo}{bar}", 12_182)]
    #[case("foo{}{bar}", 8_363)]
    #[case("foo{{bar}}zap", 4_015)]
    fn slots_are_those_of_the_specification(#[case] key: &str, #[case] slot: u16) {
        assert_eq!(slot_of(key.as_bytes()), slot);
    }

    #[test]
    fn a_command_goes_to_the_slot_of_its_first_key() {
        assert_eq!(slot_of_command(cmd("HMGET").arg("foo").arg("bar")), Some(12_182));
        assert_eq!(
            slot_of_command(cmd("EVALSHA").arg("0123").arg(2).arg("foo").arg("bar")),
            Some(12_182)
        );
        assert_eq!(slot_of_command(&cmd("PING")), None);
    }
}
