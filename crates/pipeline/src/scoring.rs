//! From trained networks to a run's scores.

use std::path::Path;

use oddframe_clips::{ScoreOptions, VideoScorer, score_together};
use oddframe_core::{FrameSource, Observer, PostStep, ScoreTable, Video};
use oddframe_frames::ReadAhead;
use oddframe_post::Chain;
use oddframe_submit::{FileFormat, read_scores, write_scores};

use crate::engine::Networks;
use crate::files::Files;
use crate::members::Member;
use crate::outcome::about;
use crate::{Error, Recipe, SystemRecipe};

/// The scores of every member of every system as its network gives them, `[system][member]`.
///
/// With `keep`, those that are there are read and those that are made are written. Each frame is decoded once for all.
pub(crate) fn raw_scores(
    recipe: &Recipe,
    videos: &[&dyn FrameSource],
    networks: &dyn Networks,
    files: &Files,
    keep: bool,
    watch: &mut dyn Observer,
) -> Result<Vec<Vec<ScoreTable>>, Error> {
    let all = Scorings::of(recipe);
    let mut tables: Vec<Option<ScoreTable>> = Vec::new();
    for scoring in &all.each {
        let path = files.raw_scores(&scoring.system.name, scoring.number);
        tables.push(if keep { read_raw(&path, videos)? } else { None });
    }
    let mut missing: Vec<(usize, VideoScorer)> = Vec::new();
    for (place, scoring) in all.each.iter().enumerate().filter(|(place, _)| tables[*place].is_none()) {
        let same = |(other, _): &&(usize, VideoScorer)| all.each[*other].member.is(&scoring.member);
        let scorer = match missing.iter().find(same) {
            Some((_, scorer)) => scoring.again(scorer)?,
            None => scoring.open(networks, files)?,
        };
        missing.push((place, scorer));
    }
    if !missing.is_empty() {
        let scorers: Vec<&VideoScorer> = missing.iter().map(|(_, scorer)| scorer).collect();
        let scored = score_together(videos, &scorers, ReadAhead::new(), watch)?;
        for ((place, _), table) in missing.iter().zip(scored) {
            let scoring = &all.each[*place];
            if keep {
                write_raw(&files.raw_scores(&scoring.system.name, scoring.number), &table)?;
            }
            tables[*place] = Some(table);
        }
    }
    let table = |place: &usize| tables.get(*place).cloned().flatten();
    Ok(all.of_systems.iter().map(|members| members.iter().filter_map(table).collect()).collect())
}

/// What has to be scored, each network and way of scoring once.
struct Scorings<'a> {
    each: Vec<Scoring<'a>>,
    /// For each system the places of its members in `each`.
    of_systems: Vec<Vec<usize>>,
}

/// One network, scoring as a system says.
pub(crate) struct Scoring<'a> {
    /// The first system that scores so.
    pub(crate) system: &'a SystemRecipe,
    pub(crate) number: usize,
    pub(crate) member: Member<'a>,
}

impl<'a> Scorings<'a> {
    fn of(recipe: &'a Recipe) -> Self {
        let mut each: Vec<Scoring<'a>> = Vec::new();
        let mut of_systems = Vec::new();
        for system in &recipe.systems {
            let places = Member::of(recipe, system).enumerate().map(|(number, member)| {
                let same = |other: &Scoring<'_>| other.member.is(&member) && other.system.scores_as(system);
                each.iter().position(same).unwrap_or_else(|| {
                    each.push(Scoring { system, number, member });
                    each.len() - 1
                })
            });
            of_systems.push(places.collect());
        }
        Self { each, of_systems }
    }
}

impl Scoring<'_> {
    fn open(&self, networks: &dyn Networks, files: &Files) -> Result<VideoScorer, Error> {
        let system = self.system;
        let network = networks.scorer(system, &self.member.weights(files));
        let network = network.map_err(Error::system(&system.name))?;
        VideoScorer::new(network, self.options()?).map_err(Error::system(&system.name))
    }

    /// With the network of a scorer that has it already.
    fn again(&self, scorer: &VideoScorer) -> Result<VideoScorer, Error> {
        scorer.again(self.options()?).map_err(Error::system(&self.system.name))
    }

    fn options(&self) -> Result<ScoreOptions, Error> {
        Ok(self.system.score.options(&self.system.look, &self.system.window)?)
    }
}

/// Members' raw scores made one, as the system says.
pub(crate) fn join(
    system: &SystemRecipe,
    members: Vec<ScoreTable>,
    warnings: &mut Vec<String>,
) -> Result<ScoreTable, Error> {
    let posted = |mut table| -> Result<ScoreTable, Error> {
        apply(&system.name, &system.post, &mut table, warnings)?;
        Ok(table)
    };
    let tables = members.into_iter().map(posted).collect::<Result<Vec<_>, _>>()?;
    let mut joined = match <[ScoreTable; 1]>::try_from(tables) {
        Ok([table]) => table,
        Err(tables) => system.join.fuse(&tables)?,
    };
    apply(&system.name, &system.join_post, &mut joined, warnings)?;
    Ok(joined)
}

/// Applies a chain, and keeps what its steps warn of.
pub(crate) fn apply(
    name: &str,
    chain: &Chain,
    table: &mut ScoreTable,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    warnings.extend(chain.apply(table)?.iter().map(|warning| about(name, warning)));
    Ok(())
}

/// Scores of exactly these videos' frames, where the file is there.
pub(crate) fn read_raw(path: &Path, videos: &[&dyn FrameSource]) -> Result<Option<ScoreTable>, Error> {
    if !path.exists() {
        return Ok(None);
    }
    let table = read_scores(path)?.table;
    let videos: Vec<&Video> = videos.iter().map(FrameSource::video).collect();
    table.check_covers(&videos).map_err(Error::damaged(path))?;
    Ok(Some(table))
}

pub(crate) fn write_raw(path: &Path, table: &ScoreTable) -> Result<(), Error> {
    Ok(write_scores(path, table, &FileFormat::Scores)?)
}
