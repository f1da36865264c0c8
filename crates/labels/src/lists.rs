use std::io::Read;

use oddframe_core::{FrameNumber, Labels, VideoId, VideoLabels};

use crate::bytes::fill;
use crate::videos::VideoSet;
use crate::{Error, VideoFrames, read_npy};

/// Reads a `.npy` file as a list of labels.
pub(crate) fn read_list(input: &mut dyn Read) -> Result<Vec<bool>, Error> {
    let array = read_npy(&mut *input)?;
    let label = |(index, value): (usize, &f64)| match *value {
        0.0 => Ok(false),
        1.0 => Ok(true),
        value => Err(Error::NotALabel { index, value }),
    };
    let labels = array.as_list()?.iter().enumerate().map(label).collect::<Result<_, _>>()?;
    if fill(input, &mut [0])? == 0 { Ok(labels) } else { Err(Error::TrailingBytes) }
}

/// Splits one list into videos, in natural order, every frame of every video having one label.
pub(crate) fn split(list: &[bool], set: &VideoSet<'_>) -> Result<Labels, Error> {
    let videos = set.named()?;
    let frames = videos.iter().map(|v| v.numbers.len()).sum();
    if frames != list.len() {
        return Err(Error::LabelCount { labels: list.len(), frames, videos: videos.len() });
    }
    let mut rest = list;
    let mut labelled = Vec::with_capacity(videos.len());
    for VideoFrames { id, numbers } in videos {
        let (own, after) = rest.split_at(numbers.len());
        labelled.push(VideoLabels::new(id.clone(), numbers.clone(), own.to_vec())?);
        rest = after;
    }
    Ok(Labels::new(labelled)?)
}

/// Labels of one video whose list counts its frames from the number `first` on, gaps included.
pub(crate) fn video_list(
    id: VideoId,
    list: Vec<bool>,
    first: u64,
    set: &VideoSet<'_>,
) -> Result<VideoLabels, Error> {
    if let Some(last) = set.last_number(&id) {
        let needed = usize::try_from(last.0 - first.min(last.0)).unwrap_or(usize::MAX).saturating_add(1);
        if needed > list.len() {
            return Err(Error::VideoLabelCount { video: id, labels: list.len(), needed, last });
        }
    }
    let numbers = (first..).take(list.len()).map(FrameNumber).collect();
    Ok(VideoLabels::new(id, numbers, list)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn videos() -> Vec<VideoFrames> {
        let video =
            |id: &str, n: u64| VideoFrames { id: id.into(), numbers: (0..n).map(FrameNumber).collect() };
        vec![video("10", 2), video("9", 3)]
    }

    #[test]
    fn lists_are_split_in_natural_order() {
        let videos = videos();
        let set = VideoSet::new(&videos, None).unwrap();
        let labels = split(&[true, false, true, false, true], &set).unwrap();
        assert_eq!(labels.videos()[0].id().name(), "9");
        assert_eq!(labels.videos()[0].abnormal(), [true, false, true]);
        assert_eq!(labels.videos()[1].abnormal(), [false, true]);
    }

    #[test]
    fn lists_of_another_length_say_by_how_much() {
        let videos = videos();
        let set = VideoSet::new(&videos, None).unwrap();
        let message = |n: usize| split(&vec![false; n], &set).unwrap_err().to_string();
        assert!(message(4).starts_with("4 labels, one fewer than the 5 frames of the 2 videos;"));
        assert!(message(6).starts_with("6 labels, one more than the 5 frames"));
        assert!(message(3).starts_with("3 labels, 2 fewer than the 5 frames"));
        let error = video_list("09".into(), vec![true; 2], 0, &set).unwrap_err().to_string();
        assert_eq!(error, "video 09: 2 labels, one fewer than the 3 that its last frame 2 needs");
        assert_eq!(video_list("09".into(), vec![true; 4], 0, &set).unwrap().numbers().len(), 4);
    }

    #[test]
    fn what_is_no_list_of_labels_is_named() {
        let error = |shape: &str, values: &[f64], behind: &[u8]| {
            let dict = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}");
            let mut bytes = b"\x93NUMPY\x01\0".to_vec();
            bytes.extend((dict.len() as u16).to_le_bytes());
            bytes.extend(dict.bytes());
            bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
            bytes.extend(behind);
            read_list(&mut &bytes[..]).map_err(|e| e.to_string())
        };
        assert_eq!(error("(2, 1)", &[0.0, 1.0], b"").unwrap(), [false, true]);
        assert_eq!(
            error("(1, 2)", &[0.0, f64::NAN], b"").unwrap_err(),
            "label 1 (counted from 0) is NaN; labels are 0 or 1"
        );
        assert_eq!(
            error("(2,)", &[0.5, 1.0], b"").unwrap_err(),
            "label 0 (counted from 0) is 0.5; labels are 0 or 1"
        );
        assert!(error("(2, 2)", &[0.0; 4], b"").unwrap_err().contains("shape [2, 2] is no list"));
        assert!(error("()", &[0.0], b"").unwrap_err().contains("shape [] is no list"));
        assert!(error("(1,)", &[0.0], b"x").unwrap_err().contains("more bytes follow"));
    }
}
