//! Fits the systems and the flip repair of a recipe, except those that are fitted already.

use std::time::Instant;

use oddframe_clips::FrameStore;
use oddframe_core::{FrameInput, FrameSource, ModelFolder, Observer};
use oddframe_frames::{BadFrameReplacer, BadFrames};
use oddframe_health::HealthModel;

use crate::members::{Members, add_distinct};
use crate::model_pictures::write_pictures;
use crate::run_folder::{FittedRecord, read_fitted, write_fitted};
use crate::task::Task;
use crate::{Error, RunFolder};

/// Something to fit: the flip repair, what is usual for the camera, or a member of a system.
enum Job {
    Flip,
    Health,
    Member(usize),
}

impl Members {
    /// Fits what is not fitted yet. Each training frame is decoded once for all systems.
    pub(crate) fn fit(
        &self,
        normal: &[&dyn FrameSource],
        folder: &RunFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        // The flip repair and the systems all train on frames as they are on disk. Training videos are taken
        // to be undamaged, so no system waits for the repair, and one load serves all jobs.
        let mut jobs = Vec::new();
        if self.flip.is_some() {
            if read_fitted(&folder.flip_model_path())?.is_none() {
                jobs.push(Job::Flip);
            } else {
                self.open_repairer(folder)?;
            }
        }
        if self.health.is_some() && read_fitted(&folder.health_model_path())?.is_none() {
            jobs.push(Job::Health);
        }
        for (place, member) in self.all.iter().enumerate() {
            let fitted = read_fitted(&folder.model_path(&member.system, member.number))?.is_some();
            if !fitted && member.fitted_as == place {
                jobs.push(Job::Member(place));
            }
        }
        // Replacing unreadable frames here, below the store, shows every system the same substitutes.
        let replaced: Vec<BadFrameReplacer<&dyn FrameSource>> = match folder.recipe().repair.mend {
            BadFrames::Error => Vec::new(),
            BadFrames::Nearest => normal
                .iter()
                .map(|video| BadFrameReplacer::new(*video))
                .collect(),
        };
        let sources: Vec<&dyn FrameSource> = if replaced.is_empty() {
            normal.to_vec()
        } else {
            replaced
                .iter()
                .map(|video| video as &dyn FrameSource)
                .collect()
        };
        // Fitted members have no job, so a resumed run does not load frames for them.
        let store = self.load_frames(&jobs, &sources, observer)?;
        folder.add_training_warnings(&replaced_frames(&replaced))?;
        // Jobs run one after the other: a training already uses all cores, or the whole device.
        let count = jobs.len();
        for (place, job) in jobs.into_iter().enumerate() {
            self.run_job(
                &job,
                &format!("{} of {count}", place + 1),
                store.as_ref(),
                folder,
                observer,
            )?;
            // The repair refuses a classifier near chance when it is opened. Opened here, it does so before hours of
            // training and not after them.
            if matches!(job, Job::Flip) {
                self.open_repairer(folder)?;
            }
        }
        self.mark_shared(folder)
    }

    /// Loads the training frames for the inputs of all jobs, in one pass over the videos.
    fn load_frames<'a>(
        &self,
        jobs: &[Job],
        normal: &[&'a dyn FrameSource],
        observer: &mut dyn Observer,
    ) -> Result<Option<FrameStore<'a>>, Error> {
        let mut inputs: Vec<FrameInput> = Vec::new();
        for job in jobs {
            match job {
                Job::Flip => {
                    if let Some(flip) = &self.flip {
                        add_distinct(&mut inputs, flip.input());
                    }
                }
                Job::Health => add_distinct(&mut inputs, HealthModel::input()),
                Job::Member(place) if self.all[*place].built.needs_training() => {
                    add_distinct(&mut inputs, self.all[*place].built.input());
                }
                Job::Member(_) => {}
            }
        }
        if inputs.is_empty() {
            return Ok(None);
        }
        Ok(Some(FrameStore::load(
            normal,
            &inputs,
            FrameStore::BUDGET_BYTES,
            observer,
        )?))
    }

    fn run_job(
        &self,
        job: &Job,
        position: &str,
        store: Option<&FrameStore<'_>>,
        folder: &RunFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        let (path, kind, name) = match job {
            Job::Flip => (
                folder.flip_model_path(),
                "flip",
                "the flip classifier".to_owned(),
            ),
            Job::Health => (
                folder.health_model_path(),
                "health",
                "the health of the camera".to_owned(),
            ),
            Job::Member(place) => {
                let member = &self.all[*place];
                let path = folder.model_path(&member.system, member.number);
                (
                    path,
                    member.kind.as_str(),
                    format!("{}.{}", member.system, member.number),
                )
            }
        };
        let task = format!("fitting {name} ({position})");
        let mut observer = Task::new(&task, observer);
        let (model, started) = (ModelFolder::create(&path)?, Instant::now());
        match job {
            Job::Flip => {
                let Some(flip) = &self.flip else {
                    return Ok(());
                };
                let frames = prepared_sources(store, flip.input());
                flip.fit(&frames, &model, &mut observer)
                    .map_err(Error::flip)?;
            }
            Job::Health => {
                let Some(settings) = self.health else {
                    return Ok(());
                };
                let frames = prepared_sources(store, HealthModel::input());
                let learned = HealthModel::learn(&frames, settings, &mut observer)?;
                observer.warnings.extend(learned.warnings);
                folder.write_health_model(&learned.model)?;
            }
            Job::Member(place) => {
                let member = &self.all[*place];
                let frames = prepared_sources(store, member.built.input());
                member
                    .built
                    .fit(&frames, &model, &mut observer)
                    .map_err(Error::system(&member.system))?;
                write_pictures(&*member.built, &member.system, &model)?;
            }
        }
        // `fitted.json` is written last, and only its presence counts. A process that is killed before this
        // line leaves a folder that the next run passes to `fit` again, which continues from its checkpoint.
        let record = FittedRecord {
            kind: kind.to_owned(),
            seconds: started.elapsed().as_secs_f64(),
            warnings: observer.warnings,
            shared_with: None,
        };
        write_fitted(&path, &record)
    }

    /// Writes the records of members that share the training of another one, with the folder that they open.
    fn mark_shared(&self, folder: &RunFolder) -> Result<(), Error> {
        // Only now, when every training that is shared has its own record: a process killed before leaves no
        // member that points to an unfinished one.
        for (place, member) in self
            .all
            .iter()
            .enumerate()
            .filter(|(place, member)| member.fitted_as != *place)
        {
            let own = folder.model_path(&member.system, member.number);
            // Keep the record of an earlier session.
            if read_fitted(&own)?.is_some() {
                continue;
            }
            let model = self.model_path(place, folder);
            let name = model
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            ModelFolder::create(&own)?;
            let record = FittedRecord {
                kind: member.kind.clone(),
                seconds: 0.0,
                warnings: Vec::new(),
                shared_with: name,
            };
            write_fitted(&own, &record)?;
        }
        Ok(())
    }
}

/// The prepared training videos for an input; none for systems that do not learn.
fn prepared_sources<'a>(
    store: Option<&'a FrameStore<'_>>,
    input: FrameInput,
) -> Vec<&'a dyn FrameSource> {
    store.map(|store| store.sources(input)).unwrap_or_default()
}

/// A warning for each training frame that was replaced by another one.
pub(crate) fn replaced_frames<'a, S: FrameSource + 'a>(
    videos: impl IntoIterator<Item = &'a BadFrameReplacer<S>>,
) -> Vec<String> {
    let mut warnings = Vec::new();
    for video in videos {
        for substitute in video.substitutes() {
            let (frame, donor, error) = (substitute.frame, substitute.donor, substitute.error);
            warnings.push(format!(
                "training video {}: frame {donor} is used in place of frame {frame}: {error}",
                video.id()
            ));
        }
    }
    warnings
}
