use std::collections::HashMap;

use oddframe_core::VideoId;

use crate::error::Error;

/// How the ids of a submission name a video.
///
/// Most competitions number their videos: frame 939 of video `01` has the id `1_939`. In some data sets the
/// number is not enough: `ShanghaiTech`'s videos `01_0014` and `02_0014` both end in 14. Their ids need the
/// whole name, as in `01_0014_939`.
///
/// ```
/// use oddframe_core::VideoId;
/// use oddframe_submit::{IdRule, Schema};
///
/// let ped2 = ["Test001", "Test002"].map(VideoId::from);
/// assert_eq!(IdRule::unambiguous_for(&ped2), IdRule::VideoNumber);
///
/// let shanghai = ["01_0014", "02_0014"].map(VideoId::from);
/// let rule = IdRule::unambiguous_for(&shanghai);
/// assert_eq!(rule, IdRule::VideoName);
/// assert_eq!(Schema::default().with_id_rule(rule).id_rule(), IdRule::VideoName);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum IdRule {
    /// `{number}_{frame}`: the last number in the video's name, without leading zeros.
    #[default]
    VideoNumber,
    /// `{name}_{frame}`: the video's whole name.
    VideoName,
}

impl IdRule {
    /// The rule that gives every frame of these videos an id of its own: numbers if every video has its own
    /// number, whole names otherwise.
    pub fn unambiguous_for<'a>(videos: impl IntoIterator<Item = &'a VideoId>) -> Self {
        if video_numbers(videos).is_ok() {
            Self::VideoNumber
        } else {
            Self::VideoName
        }
    }
}

/// The number of each video in ids.
///
/// # Errors
/// When a name has no number, or two names have the same.
pub(crate) fn video_numbers<'a>(
    videos: impl IntoIterator<Item = &'a VideoId>,
) -> Result<Vec<u64>, Error> {
    // The owner of each number so far: an error names both videos that share one.
    let mut owners: HashMap<u64, &VideoId> = HashMap::new();
    let mut numbers = Vec::new();
    for video in videos {
        let number = video.number().ok_or_else(|| Error::NoNumber {
            video: video.clone(),
        })?;
        if let Some(other) = owners.insert(number, video) {
            return Err(Error::SharedNumber {
                number,
                video: other.clone(),
                other: video.clone(),
            });
        }
        numbers.push(number);
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers_of(names: &[&str]) -> Result<Vec<u64>, Error> {
        video_numbers(&names.iter().map(|n| VideoId::new(n)).collect::<Vec<_>>())
    }

    #[test]
    fn a_number_belongs_to_one_video() {
        assert_eq!(numbers_of(&["01", "Test002", "cam_7"]).unwrap(), [1, 2, 7]);
        let shared = numbers_of(&["01_0014", "02_0014"]).unwrap_err();
        assert!(matches!(shared, Error::SharedNumber { number: 14, .. }));
        assert!(shared.to_string().contains("01_0014") && shared.to_string().contains("02_0014"));
        assert!(matches!(
            numbers_of(&["Train"]),
            Err(Error::NoNumber { .. })
        ));
        assert!(matches!(
            numbers_of(&["99999999999999999999"]),
            Err(Error::NoNumber { .. })
        ));
    }

    #[test]
    fn names_stand_in_for_numbers_that_are_missing_or_shared() {
        for (names, rule) in [
            (&["01", "Test002"][..], IdRule::VideoNumber),
            (&["01_0014", "02_0014"], IdRule::VideoName),
            (&["01", "Train"], IdRule::VideoName),
            (&[], IdRule::VideoNumber),
        ] {
            let videos: Vec<_> = names.iter().map(|n| VideoId::new(n)).collect();
            assert_eq!(IdRule::unambiguous_for(&videos), rule, "{names:?}");
        }
    }
}
