use oddframe_core::{Event, FrameSource, Observer};
use oddframe_frames::{ReadAhead, prepared, read_ahead_all};

use crate::classifier::check_input;
use crate::{Decisions, Error, FlipClassifier, UprightOptions};

/// Classifies every frame of every video once, and decides which ones are upside down.
///
/// Several threads read the frames ahead. Apart from the decisions, memory does not grow with the length of the videos.
/// `watch` is told of every batch.
///
/// # Errors
/// - An option is out of range.
/// - The classifier's input drops the first frame of a video.
/// - A frame cannot be read.
/// - A probability is NaN.
/// - `watch` cancels.
pub fn detect_flips(
    videos: &[&dyn FrameSource],
    classifier: &mut dyn FlipClassifier,
    options: UprightOptions,
    watch: &mut dyn Observer,
) -> Result<Vec<Decisions>, Error> {
    options.check()?;
    let input = classifier.input();
    check_input(input)?;
    let seen = videos
        .iter()
        .map(|video| prepared(input, *video))
        .collect::<Result<Vec<_>, _>>()?;
    let sources: Vec<&dyn FrameSource> = seen
        .iter()
        .map(|source| &**source as &dyn FrameSource)
        .collect();
    // All videos are one stream of frames: batches run across the ends of videos, and only the last one may be smaller.
    let total: usize = videos.iter().map(|video| video.numbers().len()).sum();
    watch.tell(Event::Started {
        task: "finding flipped frames",
        total: Some(total as u64),
    })?;
    let image = input.clip(1)?.frame_values();
    // One batch of pixels is reused for all; what grows with the videos is one number for each frame.
    let mut values = vec![0.0; options.batch.min(total) * image];
    let mut probabilities = vec![0.0; total];
    read_ahead_all(&sources, ReadAhead::new(), |frames| -> Result<(), Error> {
        let mut done = 0;
        for batch in probabilities.chunks_mut(options.batch) {
            let values = &mut values[..batch.len() * image];
            for values in values.chunks_exact_mut(image) {
                if let Some(frame) = frames.next_frame() {
                    input.scale().fill(frame?, values)?;
                }
            }
            classifier.flip_probabilities(values, batch.len(), batch)?;
            done += batch.len();
            watch.tell(Event::Advanced { done: done as u64 })?;
        }
        Ok(())
    })?;
    watch.tell(Event::Finished)?;
    // Cut at the ends of the videos: each has as many probabilities as frames.
    //
    //   probabilities   | a0 a1 a2 | b0 b1 | c0 c1 c2 c3 |
    let mut rest = &probabilities[..];
    let decide = |video: &&dyn FrameSource| {
        let (own, others) = rest.split_at(video.numbers().len());
        rest = others;
        Decisions::new(video.video(), own, options)
    };
    videos.iter().map(decide).collect()
}
