//! Fitting, scoring and finishing in one go, or one after the other.

use std::path::Path;
use std::time::Instant;

use oddframe_core::{Event, FrameSource, Observer, ScoredVideo};
use oddframe_frames::VideoRepairs;
use oddframe_post::Calibration;

use crate::chain_check::check_chains;
use crate::cleaned::write_cleaned_videos;
use crate::finish::collect_warnings;
use crate::frame_pictures::{Thumbnails, keep_top_frames};
use crate::held_out::NormalShares;
use crate::maps::MapTarget;
use crate::members::Members;
use crate::run_folder::{Footage, HealthRecord, RepairRecord};
use crate::scoring_results::ScoringResults;
use crate::task::Task;
use crate::{
    Data, Engine, Error, Outcome, Recipe, Registry, ReportRecipe, RunFolder, RunRecord, Share,
    finish,
};

/// How recipes are run: the kinds of systems, the device, and what identifies the data.
#[derive(Debug)]
pub struct Runner<'a> {
    /// The kinds that recipes can name.
    pub registry: &'a Registry,
    /// The device that networks run on.
    pub engine: &'a Engine,
    /// Whether data is identified by the contents of its files, which reads each of them once, rather than by their names,
    /// sizes and times.
    pub full_digest: bool,
}

impl<'a> Runner<'a> {
    /// Identifies data by the names, sizes and times of its files.
    pub const fn new(registry: &'a Registry, engine: &'a Engine) -> Self {
        Self {
            registry,
            engine,
            full_digest: false,
        }
    }

    /// Runs a recipe: fits its systems, scores the test videos, and puts everything into a folder.
    ///
    /// A run that was stopped is resumed when it is started again on the same folder: systems that are fitted and videos that
    /// are scored are kept, and a training continues from its last epoch. Equal recipes, data and devices give equal scores,
    /// to the last bit on a CPU.
    ///
    /// # Errors
    /// When the folder cannot be written to or holds another run, a system cannot score one of the videos, or its settings name
    /// boxes of videos that the data does not have (all before anything is trained); when the data has no training or test videos, a frame cannot be read, a system cannot be fitted
    /// or opened, a score is not finite, or the observer cancels.
    pub fn run(
        &self,
        recipe: &Recipe,
        data: &Data,
        folder: &Path,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, Error> {
        let data = &data.with_regions(&recipe.applied_regions())?;
        // Everything that can fail without reading frames comes first: settings, lengths of videos, chains
        // and labels are checked before the folder is created and before hours of training.
        let members = Members::build(recipe, self.registry, self.engine)?;
        let test = checked_test_videos(&members, recipe, data)?;
        check_held_out(&members, recipe, data)?;
        let labels = data.labels()?;
        let mut folder = self.create_folder(recipe, data, folder, observer)?;
        if let Some(note) = labels
            .as_ref()
            .and_then(|labels| labels.assumption.as_deref())
        {
            observer.tell(Event::Warned { message: note })?;
        }
        let truth = data.truth(observer)?;
        folder.write_truth(labels.as_ref(), &truth)?;
        self.fit_members(&members, data, &mut folder, observer)?;
        // A run opens its models from its own folder; a share opens those of another one.
        let model = folder.clone();
        score_members(
            &members,
            &model,
            &test,
            &Share::ALL.select(&test),
            &mut folder,
            observer,
        )?;
        write_cleaned_videos(&test, &folder, observer)?;
        let outcome = finish(&mut folder, observer)?;
        // Only now is it known which frames stand out, and the videos are still at hand.
        keep_top_frames(&folder, &outcome.fused.scores, &test, observer)?;
        Ok(outcome)
    }

    /// Fits the systems of a recipe into a folder that [`Model::open`](crate::Model::open) opens.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn fit(
        &self,
        recipe: &Recipe,
        data: &Data,
        folder: &Path,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        let data = &data.with_regions(&recipe.applied_regions())?;
        let members = Members::build(recipe, self.registry, self.engine)?;
        members.check_data_set(&data.train_names(), &data.test_names())?;
        check_held_out(&members, recipe, data)?;
        let mut folder = self.create_folder(recipe, data, folder, observer)?;
        self.fit_members(&members, data, &mut folder, observer)?;
        for message in &folder.record().warnings {
            observer.tell(Event::Warned { message })?;
        }
        folder.record_mut().finished = true;
        folder.write_record()
    }

    /// Scores a share of the test videos with a trained model, into the run folder `folder`. When all shares are scored, by
    /// whatever processes, [`finish`] gives the scores of one run.
    ///
    /// Videos that are already scored there are kept, so that the same call resumes a run that was stopped.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn score_share(
        &self,
        model: &RunFolder,
        data: &Data,
        share: Share,
        folder: &Path,
        observer: &mut dyn Observer,
    ) -> Result<RunFolder, Error> {
        let recipe = model.recipe();
        let data = &data.with_regions(&recipe.applied_regions())?;
        let members = Members::build(recipe, self.registry, self.engine)?;
        members.check_fitted(model)?;
        let test = checked_test_videos(&members, recipe, data)?;
        let mut folder = self.create_folder(recipe, data, folder, observer)?;
        folder.copy_fitted_records(model)?;
        if recipe.calibration.is_some() {
            folder.copy_normal_scores(model)?;
        }
        folder.record_mut().warnings = collect_warnings(&folder, &[])?;
        // Scoring needs no labels. They are only kept for finishing, which can be given others.
        let labels = match data.labels() {
            Ok(labels) => labels,
            Err(error) => {
                let message = format!("{error}; the file is ignored");
                observer.tell(Event::Warned { message: &message })?;
                None
            }
        };
        let truth = data.truth(observer)?;
        folder.write_truth(labels.as_ref(), &truth)?;
        score_members(
            &members,
            model,
            &test,
            &share.select(&test),
            &mut folder,
            observer,
        )?;
        Ok(folder)
    }

    /// Checks before any work whether the systems of a recipe can score the test videos.
    pub(crate) fn check_scoring(&self, recipe: &Recipe, data: &Data) -> Result<(), Error> {
        let members = Members::build(recipe, self.registry, self.engine)?;
        checked_test_videos(&members, recipe, data)?;
        check_held_out(&members, recipe, data)
    }

    /// Fits the systems of a recipe and scores the test videos into a run folder, which stays unfinished.
    pub(crate) fn fit_and_score(
        &self,
        recipe: &Recipe,
        data: &Data,
        folder: &Path,
        observer: &mut dyn Observer,
    ) -> Result<RunFolder, Error> {
        // Nobody looks at the videos of a selection: the figures are all that is wanted.
        let report = ReportRecipe {
            pictures: false,
            maps: false,
            ..recipe.report
        };
        let recipe = &Recipe {
            report,
            ..recipe.clone()
        };
        let members = Members::build(recipe, self.registry, self.engine)?;
        let test = data.test()?;
        let mut folder = self.create_folder(recipe, data, folder, observer)?;
        self.fit_members(&members, data, &mut folder, observer)?;
        let model = folder.clone();
        let all = Share::ALL.select(&test);
        score_members(&members, &model, &test, &all, &mut folder, observer)?;
        Ok(folder)
    }

    fn create_folder(
        &self,
        recipe: &Recipe,
        data: &Data,
        folder: &Path,
        observer: &mut dyn Observer,
    ) -> Result<RunFolder, Error> {
        for message in data.notes() {
            observer.tell(Event::Warned { message })?;
        }
        let digest = data.digest(self.full_digest, observer)?;
        RunFolder::create_or_resume(
            folder,
            recipe,
            RunRecord::new(recipe, data, digest, self.engine),
        )
    }

    #[expect(clippy::unused_self, reason = "called beside the other steps of a run")]
    fn fit_members(
        &self,
        members: &Members,
        data: &Data,
        folder: &mut RunFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        let shares = NormalShares::of(folder.recipe(), data)?;
        let normal = match &shares {
            _ if !members.need_training() => Vec::new(),
            Some(shares) => shares.fit(),
            None => data.train()?,
        };
        let started = Instant::now();
        members.fit(&normal, folder, observer)?;
        folder
            .record_mut()
            .add_time("fitting", started.elapsed().as_secs_f64());
        if let Some(shares) = &shares {
            score_held_out(members, &shares.held_out(), folder, observer)?;
        }
        folder.record_mut().warnings = collect_warnings(folder, &[])?;
        folder.write_record()
    }
}

/// The test videos, when the systems of a recipe can score them and their scores can be post-processed.
fn checked_test_videos<'a>(
    members: &Members,
    recipe: &Recipe,
    data: &'a Data,
) -> Result<Vec<&'a dyn FrameSource>, Error> {
    members.check_data_set(&data.train_names(), &data.test_names())?;
    let test = data.test()?;
    members.check_videos(&test)?;
    check_chains(recipe, &test)?;
    Ok(test)
}

/// Scores the selected videos into a folder, with members whose models are in `model`.
fn score_members(
    members: &Members,
    model: &RunFolder,
    videos: &[&dyn FrameSource],
    selected: &[bool],
    folder: &mut RunFolder,
    observer: &mut dyn Observer,
) -> Result<(), Error> {
    let started = Instant::now();
    let thumbnails = Thumbnails::new(videos, selected, folder);
    let mut results = FolderResults::new(Footage::Test, members, (videos, selected), folder);
    results.thumbnails = Some(&thumbnails);
    let maps = folder.maps_folder();
    let maps = folder.recipe().report.maps.then_some(MapTarget {
        folder: &maps,
        fused_only: true,
    });
    members.score(
        &thumbnails.wrap(videos),
        model,
        maps,
        &mut results,
        observer,
    )?;
    thumbnails.complete(observer)?;
    folder
        .record_mut()
        .add_time("scoring", started.elapsed().as_secs_f64());
    folder.write_record()
}

/// Scores the held-out videos with the fitted members.
fn score_held_out(
    members: &Members,
    videos: &[&dyn FrameSource],
    folder: &mut RunFolder,
    observer: &mut dyn Observer,
) -> Result<(), Error> {
    let started = Instant::now();
    folder.write_held_out_videos(videos)?;
    let all = vec![true; videos.len()];
    let mut results = FolderResults::new(Footage::HeldOut, members, (videos, &all), folder);
    let mut observer = Task::new("scoring held-out normal video", observer);
    members.score(videos, folder, None, &mut results, &mut observer)?;
    folder.add_training_warnings(&observer.warnings)?;
    folder
        .record_mut()
        .add_time("scoring held-out video", started.elapsed().as_secs_f64());
    Ok(())
}

/// Checks before anything is fitted that the held-out videos can be scored and post-processed.
fn check_held_out(members: &Members, recipe: &Recipe, data: &Data) -> Result<(), Error> {
    let Some(shares) = NormalShares::of(recipe, data)? else {
        return Ok(());
    };
    let videos = shares.held_out();
    let found = videos.iter().map(|video| video.numbers().len()).sum();
    let needed = Calibration::MIN_SCORES;
    if found < needed {
        return Err(Error::CannotCalibrate {
            of: data.name().to_owned(),
            source: oddframe_post::Error::TooFewScores { found, needed },
        });
    }
    members.check_videos(&videos)?;
    check_chains(recipe, &videos)
}

/// Writes results into a run folder as each video ends.
struct FolderResults<'a> {
    footage: Footage,
    folder: &'a RunFolder,
    /// System and number of each member.
    members: Vec<(&'a str, usize)>,
    /// For each member, which videos it still has to score.
    missing: Vec<Vec<bool>>,
    /// Through which videos the camera still has to be watched.
    unwatched: Vec<bool>,
    /// Small pictures of the frames, which the report shows; none of held-out video.
    thumbnails: Option<&'a Thumbnails<'a>>,
}

impl<'a> FolderResults<'a> {
    fn new(
        footage: Footage,
        members: &'a Members,
        (videos, selected): (&[&dyn FrameSource], &[bool]),
        folder: &'a RunFolder,
    ) -> Self {
        let members: Vec<(&str, usize)> = members
            .all
            .iter()
            .map(|member| (member.system.as_str(), member.number))
            .collect();
        let recipe = folder.recipe();
        let mut missing = Vec::new();
        for (system, number) in &members {
            let keeps_maps =
                footage == Footage::Test && recipe.report.maps && recipe.is_fused(system);
            let videos = videos.iter().zip(selected);
            let videos = videos.map(|(video, selected)| {
                let id = video.id();
                let is_scored = folder.has_raw_scores(footage, system, *number, id);
                // An earlier session may have scored the video without keeping maps: it is then scored again.
                let has_maps = !keeps_maps || folder.has_maps(system, *number, id);
                *selected && !(is_scored && has_maps)
            });
            missing.push(videos.collect());
        }
        let unwatched = videos.iter().zip(selected);
        // Held-out normal video is no footage to be judged.
        let unwatched = unwatched.map(|(video, selected)| {
            footage == Footage::Test && *selected && !folder.has_health(video.id())
        });
        Self {
            footage,
            folder,
            members,
            missing,
            unwatched: unwatched.collect(),
            thumbnails: None,
        }
    }
}

impl ScoringResults for FolderResults<'_> {
    fn is_missing(&self, member: usize, video: usize) -> bool {
        self.missing[member][video]
    }

    fn take_repairs(&mut self, repairs: &VideoRepairs) -> Result<(), Error> {
        match self.footage {
            Footage::Test => {
                // Pictures come before the scores too: a video that is scored is complete.
                if let Some(thumbnails) = self.thumbnails {
                    thumbnails.write(repairs)?;
                }
                self.folder.write_repairs(repairs)
            }
            Footage::HeldOut => {
                let warnings: Vec<String> = RepairRecord::from(repairs).warnings().collect();
                self.folder.add_training_warnings(&warnings)
            }
        }
    }

    fn is_unwatched(&self, video: usize) -> bool {
        self.unwatched[video]
    }

    fn take_health(&mut self, record: HealthRecord) -> Result<(), Error> {
        self.folder.write_health(&record)
    }

    fn take_scores(
        &mut self,
        member: usize,
        video: usize,
        scored: ScoredVideo,
    ) -> Result<(), Error> {
        let (system, number) = self.members[member];
        let recipe = self.folder.recipe();
        if self.footage == Footage::Test && recipe.report.maps && recipe.is_fused(system) {
            self.folder
                .complete_maps(system, number, scored.scores().id())?;
        }
        // Written as soon as the video ends: an interruption costs at most the videos in progress.
        self.folder
            .write_raw_scores(self.footage, system, number, &scored)?;
        self.missing[member][video] = false;
        Ok(())
    }
}
