//! A trained model that scores videos without a run folder.

use std::path::Path;
use std::sync::OnceLock;

use oddframe_core::{
    Event, FrameSource, NormalPart, Observer, ScoreTable, ScoredVideo, Video, VideoId, VideoScores,
};
use oddframe_frames::{BadFrames, Masked, VideoRepairs};
use oddframe_health::HealthMonitor;

use crate::calibration::calibrate_and_fuse;
use crate::chain_check::check_chains;
use crate::combine::{apply_member_chain, join_tables};
use crate::files::read_json;
use crate::finish::collect_warnings;
use crate::kinds::TRAINING;
use crate::maps::MapTarget;
use crate::members::Members;
use crate::run_folder::{HealthRecord, RepairRecord, collect_states};
use crate::scoring_results::ScoringResults;
use crate::{
    Engine, Error, LearnedRecord, ModelCalibration, Recipe, Registry, RunFolder, TrainingRecord,
    VideoRecord,
};

/// The fitted systems of a recipe, as [`Runner::fit`](crate::Runner::fit) and [`Runner::run`](crate::Runner::run) leave them in a
/// folder.
pub struct Model {
    pub(crate) folder: RunFolder,
    pub(crate) members: Members,
    /// Computed when it is first asked for.
    digest: OnceLock<String>,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("folder", &self.folder.path())
            .finish_non_exhaustive()
    }
}

impl Model {
    /// Opens a folder. The systems are opened when something is scored.
    ///
    /// # Errors
    /// When the folder is not that of a model, its recipe cannot be read, or a system is not fitted.
    pub fn open(folder: &Path, registry: &Registry, engine: &Engine) -> Result<Self, Error> {
        let folder = RunFolder::open(folder, registry)?;
        let members = Members::build(folder.recipe(), registry, engine)?;
        members.check_fitted(&folder)?;
        Ok(Self {
            folder,
            members,
            digest: OnceLock::new(),
        })
    }

    /// Sets what happens to frames that cannot be read.
    #[must_use]
    pub fn with_bad_frames(mut self, bad_frames: BadFrames) -> Self {
        self.digest = OnceLock::new();
        self.folder.set_bad_frames(bad_frames);
        self
    }

    /// Adds normal footage to the systems that can learn it without being fitted again. `from` says in the log where the
    /// footage comes from. [`RunFolder::learned`] lists what was learned.
    ///
    /// The models are replaced when all of them are complete. Those of the last eight learnings are kept, so that
    /// [`Self::undo_learning`] can return to them.
    ///
    /// # Errors
    /// When no system can learn, the footage has other frames than the model's camera, a range holds no frame, a frame was
    /// learned before or cannot be read, the folder cannot be written, or the observer cancels. Nothing is changed then.
    pub fn learn(
        &mut self,
        normal: &[NormalPart<'_>],
        from: &str,
        observer: &mut dyn Observer,
    ) -> Result<LearnedRecord, Error> {
        let videos: Vec<&dyn FrameSource> = normal.iter().map(NormalPart::video).collect();
        let painted = self.paint_videos(&videos, observer)?;
        let parts = normal.iter().zip(&painted);
        let parts: Vec<NormalPart<'_>> = parts.map(|(part, video)| part.of(video)).collect();
        self.digest = OnceLock::new();
        self.members.learn(&parts, from, &mut self.folder, observer)
    }

    /// Takes the last learning back: the models are those before it, to the byte.
    ///
    /// # Errors
    /// When nothing was learned, the models before are no longer kept, or the folder cannot be written.
    pub fn undo_learning(&mut self) -> Result<LearnedRecord, Error> {
        self.digest = OnceLock::new();
        self.folder.undo_learning()
    }

    /// The folder.
    pub fn folder(&self) -> &RunFolder {
        &self.folder
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        self.folder.recipe()
    }

    /// Identifies the model: the SHA-256 of its recipe and of the files that its scores depend on, which are read once.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn digest(&self) -> Result<&str, Error> {
        if let Some(digest) = self.digest.get() {
            return Ok(digest);
        }
        let digest = self.compute_digest()?;
        Ok(self.digest.get_or_init(|| digest))
    }

    /// How the networks were trained, each with the name of its system.
    ///
    /// # Errors
    /// When a record cannot be read.
    pub fn trainings(&self) -> Result<Vec<(String, TrainingRecord)>, Error> {
        let mut trainings = Vec::new();
        for (place, member) in self.members.all.iter().enumerate() {
            let file = self.members.model_path(place, &self.folder).join(TRAINING);
            if member.fitted_as == place && file.exists() {
                trainings.push((member.system.clone(), read_json(&file)?));
            }
        }
        Ok(trainings)
    }

    /// The calibration of the scores; none where the recipe has no section `[calibration]`.
    ///
    /// Learning after the fit does not change it.
    ///
    /// # Errors
    /// When the scores of held-out normal video are missing or damaged, or too few.
    pub fn calibration(&self) -> Result<Option<ModelCalibration>, Error> {
        ModelCalibration::read(&self.folder, &mut Vec::new())
    }

    /// Scores videos as the run that made the model would: post-processed and fused, a score for every frame. Regions of the
    /// model are ignored in these videos too. With `maps`, that folder gets the error map of every frame.
    ///
    /// # Errors
    /// When there is no video, the recipe names boxes of other videos, a system cannot be opened, a frame cannot be read, a
    /// score is not finite, a map cannot be written, or the observer cancels.
    pub fn score(
        &self,
        videos: &[&dyn FrameSource],
        maps: Option<&Path>,
        observer: &mut dyn Observer,
    ) -> Result<ScoreTable, Error> {
        let raw = self.score_members(videos, maps, observer)?;
        self.finish_scores(raw, observer)
    }

    /// What watches the camera of the model, where its recipe asks for it. It judges frames as
    /// [`HealthModel::input`](oddframe_health::HealthModel::input) shows them, with what the regions of the recipe ignore
    /// painted.
    ///
    /// # Errors
    /// When the model of what is usual is missing or damaged.
    pub fn health_monitor(&self) -> Result<Option<HealthMonitor>, Error> {
        self.members.open_monitor(&self.folder)
    }

    /// Scores videos with every system by itself: joined and post-processed, not fused.
    ///
    /// # Errors
    /// As [`Self::score`].
    pub fn score_systems(
        &self,
        videos: &[&dyn FrameSource],
        observer: &mut dyn Observer,
    ) -> Result<Vec<(String, ScoreTable)>, Error> {
        let RawScores {
            members,
            mut warnings,
        } = self.score_members(videos, None, observer)?;
        let mut tables = self.join_systems(members, &mut warnings)?;
        if let Some(calibration) = self.read_calibration(&mut warnings)? {
            calibration.calibrate_systems(&mut tables)?;
        }
        report_warnings(&warnings, observer)?;
        let names = self
            .recipe()
            .systems
            .iter()
            .map(|system| system.name.clone());
        Ok(names.zip(tables).collect())
    }

    /// The videos with the regions of the model painted over, as in the videos it was fitted on.
    fn paint_videos<'a>(
        &self,
        videos: &[&'a dyn FrameSource],
        observer: &mut dyn Observer,
    ) -> Result<Vec<Masked<&'a dyn FrameSource>>, Error> {
        let regions = self.recipe().applied_regions();
        let described: Vec<&Video> = videos.iter().map(FrameSource::video).collect();
        report_warnings(&regions.without_effect(&described)?, observer)?;
        let painted = videos.iter().map(|video| Masked::new(*video, &regions));
        Ok(painted.collect::<Result<_, _>>()?)
    }

    /// The names of the test videos of the run if these videos are some of them, otherwise their own names.
    fn data_set(&self, videos: &[&dyn FrameSource]) -> Vec<VideoId> {
        let scored: Vec<VideoId> = videos.iter().map(|video| video.id().clone()).collect();
        let of_run = &self.folder.record().data.test;
        let of_run: Vec<VideoId> = of_run.iter().map(VideoRecord::id).collect();
        if scored.iter().all(|video| of_run.contains(video)) {
            of_run
        } else {
            scored
        }
    }

    fn read_calibration(
        &self,
        warnings: &mut Vec<String>,
    ) -> Result<Option<ModelCalibration>, Error> {
        let calibration = ModelCalibration::read(&self.folder, warnings)?;
        if calibration.is_some() && !self.folder.learned().is_empty() {
            warnings.push(
                "the calibration is that of the fitted model: normal footage that was learned since has lowered scores, so that there \
                 are fewer false alarms than the scores say; fit the model again to calibrate anew"
                    .to_owned(),
            );
        }
        Ok(calibration)
    }

    /// The scores of every member before post-processing.
    pub(crate) fn score_members(
        &self,
        videos: &[&dyn FrameSource],
        maps: Option<&Path>,
        observer: &mut dyn Observer,
    ) -> Result<RawScores, Error> {
        let painted = self.paint_videos(videos, observer)?;
        let videos: Vec<&dyn FrameSource> = painted
            .iter()
            .map(|video| video as &dyn FrameSource)
            .collect();
        let videos = &videos[..];
        // The same checks as before a run: these videos may be shorter than those of the run, and others.
        self.members.check_videos(videos)?;
        self.members.check_data_set(&[], &self.data_set(videos))?;
        check_chains(self.recipe(), videos)?;
        let mut results = MemoryResults::new(self.members.all.len(), videos.len());
        let maps = maps.map(|folder| MapTarget {
            folder,
            fused_only: false,
        });
        self.members
            .score(videos, &self.folder, maps, &mut results, observer)?;
        let mut warnings = self.fitting_warnings()?;
        warnings.extend(results.warnings);
        let frames = videos.iter().map(|video| video.numbers().len()).sum();
        let states = collect_states(&results.health, &results.repairs);
        if self.members.health.is_some() {
            warnings.extend(states.summary(frames));
        }
        let members = results.scored.into_iter().map(|videos| {
            let videos = videos.into_iter().flatten();
            videos.map(ScoredVideo::into_scores).collect()
        });
        Ok(RawScores {
            members: members.collect(),
            warnings,
        })
    }

    /// What fitting warned of, such as random weights: it is as true of all scores.
    pub(crate) fn fitting_warnings(&self) -> Result<Vec<String>, Error> {
        collect_warnings(&self.folder, &[])
    }

    /// Post-processes and fuses raw scores, and reports all warnings.
    pub(crate) fn finish_scores(
        &self,
        raw: RawScores,
        observer: &mut dyn Observer,
    ) -> Result<ScoreTable, Error> {
        let RawScores {
            members,
            mut warnings,
        } = raw;
        let recipe = self.recipe();
        let mut tables = self.join_systems(members, &mut warnings)?;
        let calibration = self.read_calibration(&mut warnings)?;
        let fused = calibrate_and_fuse(recipe, calibration.as_ref(), &mut tables, &mut warnings)?;
        if calibration.is_none()
            && let Some((field, step)) = recipe.find_whole_set_step()
        {
            warnings.push(format!(
                "the scores depend on what was scored together, and cannot be compared with those of another call: `{step}` in \
                 {field} runs over all videos; with a section [calibration] in the recipe they can be compared"
            ));
        }
        report_warnings(&warnings, observer)?;
        Ok(fused)
    }

    /// The post-processed scores of each system, from the raw scores of its members.
    fn join_systems(
        &self,
        members: Vec<Vec<VideoScores>>,
        warnings: &mut Vec<String>,
    ) -> Result<Vec<ScoreTable>, Error> {
        // Members are ordered by system, so each system takes its own from the front.
        let mut members = members.into_iter();
        let mut tables = Vec::new();
        for system in &self.recipe().systems {
            let mut own = Vec::new();
            for videos in members.by_ref().take(system.members) {
                let mut table = ScoreTable::new(videos)?;
                apply_member_chain(system, &mut table, warnings)?;
                own.push(table);
            }
            tables.push(join_tables(system, own, warnings)?);
        }
        Ok(tables)
    }
}

/// Scores before post-processing.
pub(crate) struct RawScores {
    /// For each member, in the order of the recipe, the scores of each video.
    pub(crate) members: Vec<Vec<VideoScores>>,
    pub(crate) warnings: Vec<String>,
}

fn report_warnings(warnings: &[String], observer: &mut dyn Observer) -> Result<(), Error> {
    for message in warnings {
        observer.tell(Event::Warned { message })?;
    }
    Ok(())
}

/// Keeps results in memory.
struct MemoryResults {
    /// For each member the scores of each video.
    scored: Vec<Vec<Option<ScoredVideo>>>,
    warnings: Vec<String>,
    repairs: Vec<RepairRecord>,
    health: Vec<HealthRecord>,
}

impl MemoryResults {
    fn new(members: usize, videos: usize) -> Self {
        Self {
            scored: vec![vec![None; videos]; members],
            warnings: Vec::new(),
            repairs: Vec::new(),
            health: Vec::new(),
        }
    }
}

impl ScoringResults for MemoryResults {
    fn is_missing(&self, member: usize, video: usize) -> bool {
        self.scored[member][video].is_none()
    }

    fn take_repairs(&mut self, repairs: &VideoRepairs) -> Result<(), Error> {
        let record = RepairRecord::from(repairs);
        self.warnings.extend(record.warnings());
        self.repairs.push(record);
        Ok(())
    }

    fn is_unwatched(&self, _video: usize) -> bool {
        true
    }

    fn take_health(&mut self, record: HealthRecord) -> Result<(), Error> {
        self.health.push(record);
        Ok(())
    }

    fn take_scores(
        &mut self,
        member: usize,
        video: usize,
        scored: ScoredVideo,
    ) -> Result<(), Error> {
        self.scored[member][video] = Some(scored);
        Ok(())
    }
}
