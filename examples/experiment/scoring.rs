use anyhow::Result;
use oddframe::clips::NetworkScorer;
use oddframe::core::{
    Event, FrameSink, FrameSource, ModelFolder, Observer, PostStep, ScoreTable, ScoredVideo,
    Scorer, Silent, System, VideoScores,
};
use oddframe::frames::{FramePass, ScoreSink, prepared, score_videos};
use oddframe::post::Chain;

use super::Progress;

/// Scores videos with several networks in one pass, and returns a table for each, in their order.
pub(crate) fn score_tables(
    videos: &[&dyn FrameSource],
    scorers: Vec<NetworkScorer>,
    progress: &mut Progress,
) -> Result<Vec<ScoreTable>> {
    let mut boxed: Vec<Box<dyn Scorer>> = Vec::new();
    for scorer in scorers {
        boxed.push(Box::new(scorer));
    }
    score_in_one_pass(videos, boxed, progress)
}

/// Scores videos with several scorers in one pass, and returns a table for each scorer, in their order.
///
/// Each frame is decoded once. Scorers that share a network (see [`NetworkScorer::with_options`]) are merged,
/// so that one run of the network serves all of them.
pub(crate) fn score_in_one_pass(
    videos: &[&dyn FrameSource],
    scorers: Vec<Box<dyn Scorer>>,
    progress: &mut Progress,
) -> Result<Vec<ScoreTable>> {
    let mut groups = merge_scorers(scorers);
    let mut sinks: Vec<ScoreSink<'_>> = groups.iter_mut().map(ScorerGroup::sink).collect();
    let mut sink_refs: Vec<&mut dyn FrameSink> = sinks
        .iter_mut()
        .map(|sink| sink as &mut dyn FrameSink)
        .collect();

    let frames = videos
        .iter()
        .map(|video| video.numbers().len() as u64)
        .sum();
    progress.tell(Event::Started {
        task: "scoring",
        total: Some(frames),
    })?;
    FramePass::new().run(videos, &mut sink_refs, &mut |event| {
        event.report_to(progress)
    })?;
    progress.tell(Event::Finished)?;

    drop(sinks);
    let mut outputs: Vec<ScorerOutput> =
        groups.into_iter().flat_map(|group| group.outputs).collect();
    outputs.sort_by_key(|output| output.position);
    outputs
        .into_iter()
        .map(|output| Ok(ScoreTable::new(output.videos)?))
        .collect()
}

/// Scores videos with one scorer.
pub(crate) fn score_table(
    videos: &[&dyn FrameSource],
    scorer: NetworkScorer,
    progress: &mut Progress,
) -> Result<ScoreTable> {
    Ok(score_tables(videos, vec![scorer], progress)?.swap_remove(0))
}

/// Scorers that were merged into one.
struct ScorerGroup {
    scorer: Box<dyn Scorer>,
    /// One for each scorer of the group, in the order in which they were merged.
    outputs: Vec<ScorerOutput>,
}

/// What one of the merged scorers gives.
struct ScorerOutput {
    /// The position of the scorer in the caller's list.
    position: usize,
    videos: Vec<VideoScores>,
}

/// Merges each scorer into the first group that accepts it. A scorer that no group accepts begins a new group.
fn merge_scorers(scorers: Vec<Box<dyn Scorer>>) -> Vec<ScorerGroup> {
    let mut groups: Vec<ScorerGroup> = Vec::new();
    for (position, scorer) in scorers.into_iter().enumerate() {
        let output = ScorerOutput {
            position,
            videos: Vec::new(),
        };
        match merge_into_group(&mut groups, scorer) {
            Ok(group) => groups[group].outputs.push(output),
            Err(scorer) => groups.push(ScorerGroup {
                scorer,
                outputs: vec![output],
            }),
        }
    }
    groups
}

/// The position of the group that accepts the scorer, or the scorer when none does.
fn merge_into_group(
    groups: &mut [ScorerGroup],
    mut scorer: Box<dyn Scorer>,
) -> Result<usize, Box<dyn Scorer>> {
    for (position, group) in groups.iter_mut().enumerate() {
        match group.scorer.merge(scorer) {
            Ok(()) => return Ok(position),
            Err(refused) => scorer = refused,
        }
    }
    Err(scorer)
}

impl ScorerGroup {
    /// The sink that feeds the scorer from a pass and collects the scores of its outputs.
    fn sink(&mut self) -> ScoreSink<'_> {
        let Self { scorer, outputs } = self;
        ScoreSink::new(&mut **scorer, outputs.len(), |_, output, scored| {
            outputs[output].videos.push(scored.into_scores());
            Ok(())
        })
    }
}

/// Fits a system to normal videos and opens it.
pub(crate) fn fit_and_open(
    system: &dyn System,
    normal: &[&dyn FrameSource],
) -> Result<Box<dyn Scorer>> {
    let folder = tempfile::tempdir()?;
    let model = ModelFolder::create(folder.path())?;
    if system.needs_training() {
        let mut videos = Vec::new();
        for video in normal {
            videos.push(prepared(system.input(), *video)?);
        }
        let videos: Vec<&dyn FrameSource> = videos.iter().map(AsRef::as_ref).collect();
        system.fit(&videos, &model, &mut Silent)?;
    }
    Ok(system.open(&model)?)
}

/// Scores videos with systems that have no network, in one pass, and returns a table for each.
pub(crate) fn score_baselines(
    videos: &[&dyn FrameSource],
    scorers: &mut [Box<dyn Scorer>],
) -> Result<Vec<ScoreTable>> {
    let mut tables = Vec::new();
    for scored in score_videos(videos, scorers, FramePass::new(), &mut Silent)? {
        tables.push(ScoreTable::new(
            scored.into_iter().map(ScoredVideo::into_scores).collect(),
        )?);
    }
    Ok(tables)
}

/// The scores after a chain of steps such as `gaussian(sigma=3) per video | minmax`.
pub(crate) fn post_process(chain: &str, scores: &ScoreTable) -> Result<ScoreTable> {
    let mut processed = scores.clone();
    for warning in chain.parse::<Chain>()?.apply(&mut processed)? {
        eprintln!("note: {warning}");
    }
    Ok(processed)
}
