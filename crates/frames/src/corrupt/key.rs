use oddframe_core::VideoId;

/// Hashed before every number in a name, so that `a0` and `a` differ although leading zeros are
/// left out.
const NUMBER_START: u8 = 0xFF;

/// A hash of a video's name, the same on every platform and for equal names such as `01` and `1`.
///
/// As a key of [`Random::stream`](oddframe_core::Random::stream) it makes the random numbers of a
/// video independent of the other videos of a set. It is the 64-bit FNV-1a hash of the name without
/// leading zeros.
///
/// ```
/// use oddframe_frames::video_key;
/// assert_eq!(video_key(&"01".into()), video_key(&"1".into()));
/// assert_ne!(video_key(&"1".into()), video_key(&"2".into()));
/// ```
pub fn video_key(id: &VideoId) -> u64 {
    const OFFSET: u64 = 0xCBF2_9CE4_8422_2325;
    let mut key = OFFSET;
    let (mut in_number, mut significant) = (false, false);
    for byte in id.name().bytes() {
        if byte.is_ascii_digit() {
            if !in_number {
                key = hash_byte(key, NUMBER_START);
                significant = false;
            }
            // Zeros count only behind the first other digit of their number.
            significant |= byte != b'0';
            in_number = true;
            if significant {
                key = hash_byte(key, byte);
            }
        } else {
            in_number = false;
            key = hash_byte(key, byte);
        }
    }
    key
}

/// One step of FNV-1a.
fn hash_byte(key: u64, byte: u8) -> u64 {
    const PRIME: u64 = 0x0100_0000_01B3;
    (key ^ u64::from(byte)).wrapping_mul(PRIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> u64 {
        video_key(&name.into())
    }

    #[test]
    fn equal_names_have_equal_keys_and_others_do_not() {
        assert_eq!(key("01"), key("1"));
        assert_eq!(key("01_0014"), key("1_14"));
        assert_eq!(key("Test0"), key("Test000"));
        let all = [
            "1", "10", "100", "a", "a0", "a1", "0a", "01_0014", "01_0140", "11_4", "Test001", "",
        ]
        .map(key);
        for (i, one) in all.iter().enumerate() {
            assert!(!all[..i].contains(one), "{i}");
        }
    }

    #[test]
    fn keys_do_not_change_between_versions() {
        // The published FNV-1a hash of "a". Data sets made with a seed must stay the same in later
        // versions.
        assert_eq!(key("a"), 0xAF63_DC4C_8601_EC8C);
    }
}
