use oddframe_core::VideoId;

use super::BoxSource;
use crate::Error;

/// Checks that there are boxes for the videos of a data set alone. Either list is empty where its videos are not known.
///
/// One table of all videos cannot be checked against the training or the test videos by themselves, because its other videos
/// may be the rest of the data set: it then only needs to know one of them.
pub(super) fn check_boxes(
    boxes: &BoxSource,
    training: &[VideoId],
    testing: &[VideoId],
) -> Result<(), Error> {
    match boxes {
        BoxSource::Foreground => {}
        BoxSource::Tables {
            training: training_table,
            scoring,
        } => {
            for (table, videos) in [(training_table, training), (scoring, testing)] {
                if !videos.is_empty() {
                    table.check_videos(videos)?;
                }
            }
        }
        BoxSource::Table(table) => {
            let known = [training, testing].concat();
            let complete = !training.is_empty() && !testing.is_empty();
            if complete || !table.videos().any(|video| known.contains(video)) {
                table.check_videos(&known)?;
            }
            // The boxes of a video of this name would serve for both videos.
            let shared = |video: &&VideoId| training.contains(video) && testing.contains(video);
            if let Some(video) = table.videos().find(shared) {
                return Err(Error::SharedName {
                    video: video.clone(),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use oddframe_boxes::DetectionTable;

    use super::*;

    fn ids(names: &[&str]) -> Vec<VideoId> {
        names.iter().map(|name| (*name).into()).collect()
    }

    /// A table with boxes of the videos 07 and 08.
    fn table() -> Arc<DetectionTable> {
        let text = "video,frame,x1,y1,x2,y2,confidence,class\n\
                    07,1,0,0,9,9,0.9,person\n\
                    08,1,0,0,9,9,0.9,person\n";
        Arc::new(DetectionTable::parse(text).unwrap())
    }

    /// The message of the error, or an empty one.
    fn check(boxes: &BoxSource, training: &[&str], testing: &[&str]) -> String {
        let checked = check_boxes(boxes, &ids(training), &ids(testing));
        checked.map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn one_table_may_have_the_videos_of_both_halves_alone() {
        let boxes = BoxSource::Table(table());
        assert_eq!(check(&boxes, &["7"], &["8"]), "");
        let message = check(&boxes, &["7"], &["9"]);
        assert!(message.contains("1 unknown videos: 08"), "{message}");
        // The other half is not known, and may have the other videos.
        assert_eq!(check(&boxes, &["7"], &[]), "");
        assert_eq!(check(&boxes, &[], &["8", "9"]), "");
        let message = check(&boxes, &[], &["9"]);
        assert!(message.contains("2 unknown videos: 07, 08"), "{message}");
        let message = check(&boxes, &["7", "8"], &["8"]);
        assert!(
            message.contains("video 08, and 08 is the name"),
            "{message}"
        );
    }

    #[test]
    fn two_tables_must_fit_their_own_halves() {
        let boxes = BoxSource::Tables {
            training: table(),
            scoring: table(),
        };
        assert_eq!(check(&boxes, &["7", "8"], &["7", "8", "9"]), "");
        assert_eq!(check(&boxes, &[], &["7", "8"]), "");
        for (training, testing) in [
            (&["7", "8"][..], &["7", "9"][..]),
            (&["7"], &["7", "8"]),
            (&[], &["7"]),
        ] {
            let message = check(&boxes, training, testing);
            assert!(message.contains("1 unknown videos: 08"), "{message}");
        }
        assert_eq!(check(&BoxSource::Foreground, &["1"], &[]), "");
    }
}
