use oddframe_core::VideoId;

/// Stands before every number in a name, so that `a0` and `a` differ though the zero does not count.
const NUMBER: u8 = 0xFF;

/// A number for a video's name, the same on every platform and for equal names (`01` and `1`).
///
/// For the keys of [`Random::stream`](oddframe_core::Random::stream): what is drawn for a video then does not
/// depend on which other videos there are. It is a 64-bit FNV-1a hash that leaves out leading zeros.
pub fn video_key(id: &VideoId) -> u64 {
    const OFFSET: u64 = 0xCBF2_9CE4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01B3;
    let mut key = OFFSET;
    let mut take = |byte: u8| key = (key ^ u64::from(byte)).wrapping_mul(PRIME);
    let (mut in_number, mut significant) = (false, false);
    for byte in id.name().bytes() {
        if byte.is_ascii_digit() {
            if !in_number {
                take(NUMBER);
                significant = false;
            }
            significant |= byte != b'0';
            in_number = true;
            if significant {
                take(byte);
            }
        } else {
            in_number = false;
            take(byte);
        }
    }
    key
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
        let all =
            ["1", "10", "100", "a", "a0", "a1", "0a", "01_0014", "01_0140", "11_4", "Test001", ""].map(key);
        for (i, one) in all.iter().enumerate() {
            assert!(!all[..i].contains(one), "{i}");
        }
    }

    #[test]
    fn keys_never_change() {
        // FNV-1a's published value for "a": data sets made with a seed must come out the same in later versions.
        assert_eq!(key("a"), 0xAF63_DC4C_8601_EC8C);
    }
}
