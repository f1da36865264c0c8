use std::collections::HashMap;

use oddframe_core::VideoId;

use crate::Error;

/// The number that stands for each video in ids.
///
/// # Errors
/// When a name has no number, or two have the same.
pub(crate) fn numbers<'a>(videos: impl IntoIterator<Item = &'a VideoId>) -> Result<Vec<u64>, Error> {
    let mut owners: HashMap<u64, &VideoId> = HashMap::new();
    let mut numbers = Vec::new();
    for video in videos {
        let number = video.number().ok_or_else(|| Error::NoNumber { video: video.clone() })?;
        if let Some(other) = owners.insert(number, video) {
            return Err(Error::SharedNumber { number, video: other.clone(), other: video.clone() });
        }
        numbers.push(number);
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_belongs_to_one_video() {
        let of = |names: &[&str]| numbers(&names.iter().map(|n| VideoId::new(n)).collect::<Vec<_>>());
        assert_eq!(of(&["01", "Test002", "cam_7"]).unwrap(), [1, 2, 7]);
        let shared = of(&["01_0014", "02_0014"]).unwrap_err();
        assert!(matches!(shared, Error::SharedNumber { number: 14, .. }));
        assert!(shared.to_string().contains("01_0014") && shared.to_string().contains("02_0014"));
        assert!(matches!(of(&["Train"]), Err(Error::NoNumber { .. })));
        assert!(matches!(of(&["99999999999999999999"]), Err(Error::NoNumber { .. })));
    }
}
