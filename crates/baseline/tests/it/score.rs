//! Scores videos in one pass over their frames.

use oddframe_core::{
    Error, FrameSource, ScoreMap, ScoreTable, ScoredVideo, Scorer, Silent, VideoScores,
};
use oddframe_frames::{FramePass, ScoreSink, score_videos};

/// Scores one video.
pub(crate) fn score_video(
    scorer: &mut dyn Scorer,
    video: &dyn FrameSource,
) -> Result<VideoScores, Error> {
    let mut scored = None;
    let mut sink = ScoreSink::new(scorer, 1, |_, _, video| {
        scored = Some(video.into_scores());
        Ok(())
    });
    FramePass::new().run(&[video], &mut [&mut sink], &mut |_| Ok(()))?;
    drop(sink);
    scored.ok_or(Error::Nothing {
        what: "scored video",
    })
}

/// Scores one video and collects the error maps.
pub(crate) fn score_with_maps(
    scorer: &mut dyn Scorer,
    video: &dyn FrameSource,
) -> Result<(VideoScores, Vec<ScoreMap>), Error> {
    let (mut scored, mut maps) = (None, Vec::new());
    let sink = ScoreSink::new(scorer, 1, |_, _, video| {
        scored = Some(video.into_scores());
        Ok(())
    });
    let mut sink = sink.with_maps(|_, _, settled| {
        maps.extend(settled);
        Ok(())
    });
    FramePass::new().run(&[video], &mut [&mut sink], &mut |_| Ok(()))?;
    drop(sink);
    Ok((
        scored.ok_or(Error::Nothing {
            what: "scored video",
        })?,
        maps,
    ))
}

/// Scores several videos.
pub(crate) fn score_table(
    scorer: Box<dyn Scorer>,
    videos: &[&dyn FrameSource],
) -> Result<ScoreTable, Error> {
    let scored = score_videos(videos, &mut [scorer], FramePass::new(), &mut Silent)?;
    ScoreTable::new(
        scored
            .into_iter()
            .flatten()
            .map(ScoredVideo::into_scores)
            .collect(),
    )
}
