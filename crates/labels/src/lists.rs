use std::io::Read;

use oddframe_core::{FrameNumber, Labels, VideoId, VideoLabels};

use crate::Error;
use crate::bytes::read_up_to;
use crate::npy::read_npy;
use crate::videos::{VideoFrames, VideoSet};

/// Reads a `.npy` file as a list of labels.
pub(crate) fn read_list(input: &mut dyn Read) -> Result<Vec<bool>, Error> {
    let array = read_npy(&mut *input)?;
    let values = array.as_list()?.iter().enumerate();
    let labels = values
        .map(|(index, value)| parse_label(index, *value))
        .collect::<Result<_, _>>()?;
    // More bytes mean that the file has more labels than its header says; every label would be in doubt.
    if read_up_to(input, &mut [0])? == 0 {
        Ok(labels)
    } else {
        Err(Error::TrailingBytes)
    }
}

fn parse_label(index: usize, value: f64) -> Result<bool, Error> {
    match value {
        0.0 => Ok(false),
        1.0 => Ok(true),
        value => Err(Error::NotALabel { index, value }),
    }
}

/// Splits one list with a label for every frame into the videos, in natural order.
pub(crate) fn split_list(list: &[bool], set: &VideoSet<'_>) -> Result<Labels, Error> {
    let videos = set.named_videos()?;
    // A list of another length would shift the labels of all later videos, so lengths must match exactly.
    let frames = videos.iter().map(|v| v.numbers.len()).sum();
    if frames != list.len() {
        return Err(Error::LabelCount {
            labels: list.len(),
            frames,
            videos: videos.len(),
        });
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

/// The labels of one video from its own list, whose entries belong to the frames `first`, `first + 1` and so
/// on.
pub(crate) fn label_list(
    id: VideoId,
    list: Vec<bool>,
    first: u64,
    set: &VideoSet<'_>,
) -> Result<VideoLabels, Error> {
    if let Some(last) = set.last_number(&id) {
        // The list may continue after the last scored frame, but must reach it.
        let needed = usize::try_from(last.0 - first.min(last.0))
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        if needed > list.len() {
            return Err(Error::VideoLabelCount {
                video: id,
                labels: list.len(),
                needed,
                last,
            });
        }
    }
    let numbers = (first..).take(list.len()).map(FrameNumber).collect();
    Ok(VideoLabels::new(id, numbers, list)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn videos() -> Vec<VideoFrames> {
        let video = |id: &str, n: u64| VideoFrames {
            id: id.into(),
            numbers: (0..n).map(FrameNumber).collect(),
        };
        vec![video("10", 2), video("9", 3)]
    }

    #[test]
    fn lists_are_split_in_natural_order() {
        let videos = videos();
        let set = VideoSet::new(&videos, None).unwrap();
        let labels = split_list(&[true, false, true, false, true], &set).unwrap();
        assert_eq!(labels.videos()[0].id().name(), "9");
        assert_eq!(labels.videos()[0].abnormal(), [true, false, true]);
        assert_eq!(labels.videos()[1].abnormal(), [false, true]);
    }

    #[test]
    fn errors_say_how_many_labels_a_list_lacks() {
        let videos = videos();
        let set = VideoSet::new(&videos, None).unwrap();
        let message = |n: usize| split_list(&vec![false; n], &set).unwrap_err().to_string();
        assert!(message(4).starts_with("4 labels, one fewer than the 5 frames of the 2 videos;"));
        assert!(message(6).starts_with("6 labels, one more than the 5 frames"));
        assert!(message(3).starts_with("3 labels, 2 fewer than the 5 frames"));
        let error = label_list("09".into(), vec![true; 2], 0, &set)
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "video 09: 2 labels, one fewer than the 3 that reach its last frame 2"
        );
        assert_eq!(
            label_list("09".into(), vec![true; 4], 0, &set)
                .unwrap()
                .numbers()
                .len(),
            4
        );
    }

    fn read_array(shape: &str, values: &[f64], behind: &[u8]) -> Result<Vec<bool>, String> {
        let dict = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}");
        let mut bytes = b"\x93NUMPY\x01\0".to_vec();
        bytes.extend((dict.len() as u16).to_le_bytes());
        bytes.extend(dict.bytes());
        bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        bytes.extend(behind);
        read_list(&mut &bytes[..]).map_err(|e| e.to_string())
    }

    #[test]
    fn other_arrays_are_not_lists_of_labels() {
        assert_eq!(
            read_array("(2, 1)", &[0.0, 1.0], b"").unwrap(),
            [false, true]
        );
        assert_eq!(
            read_array("(1, 2)", &[0.0, f64::NAN], b"").unwrap_err(),
            "label 1 (counted from 0) is NaN; labels are 0 or 1"
        );
        assert_eq!(
            read_array("(2,)", &[0.5, 1.0], b"").unwrap_err(),
            "label 0 (counted from 0) is 0.5; labels are 0 or 1"
        );
        assert!(
            read_array("(2, 2)", &[0.0; 4], b"")
                .unwrap_err()
                .contains("shape [2, 2] is not a list")
        );
        assert!(
            read_array("()", &[0.0], b"")
                .unwrap_err()
                .contains("shape [] is not a list")
        );
        assert!(
            read_array("(1,)", &[0.0], b"x")
                .unwrap_err()
                .contains("more bytes follow")
        );
    }
}
