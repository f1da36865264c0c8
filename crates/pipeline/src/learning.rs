//! Adding normal footage to fitted models.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use oddframe_core::{Event, FrameSource, ModelFolder, NormalPart, Observer, Sha256Digest};
use oddframe_frames::{BadFrameReplacer, BadFrames, prepared};

use crate::kinds::LEARNING_KINDS;
use crate::members::{Member, Members};
use crate::model_pictures::write_pictures;
use crate::run_folder::{LearnedRecord, LearnedVideo};
use crate::utc::time_now;
use crate::{Error, RunFolder};

impl Members {
    /// Adds footage to the models of all members that can learn it, in a folder that has them fitted.
    pub(crate) fn learn(
        &self,
        normal: &[NormalPart<'_>],
        from: &str,
        folder: &mut RunFolder,
        observer: &mut dyn Observer,
    ) -> Result<LearnedRecord, Error> {
        let learners = self.learners(folder, observer)?;
        // Unreadable frames are replaced below everything else, as in fitting.
        let replaced: Vec<BadFrameReplacer<&dyn FrameSource>> = match folder.recipe().repair.mend {
            BadFrames::Error => Vec::new(),
            BadFrames::Nearest => normal
                .iter()
                .map(|part| BadFrameReplacer::new(part.video()))
                .collect(),
        };
        let sources: Vec<NormalPart<'_>> = if replaced.is_empty() {
            normal.to_vec()
        } else {
            let videos = normal.iter().zip(&replaced);
            videos.map(|(part, video)| part.of(video)).collect()
        };
        let videos = describe_new_footage(&sources, folder, observer)?;
        let (number, state) = folder.begin_learning()?;
        let learned = learn_all(&learners, &sources, &state, folder, observer);
        let record = LearnedRecord {
            number,
            time: time_now(),
            data: from.to_owned(),
            oddframe: env!("CARGO_PKG_VERSION").to_owned(),
            systems: learners.iter().map(|member| name_of(member)).collect(),
            videos,
        };
        let finished = learned.and_then(|()| folder.finish_learning(record.clone()));
        if finished.is_err() {
            // Nothing lists the unfinished models; the next learning would remove them too.
            let _ = fs::remove_dir_all(&state);
        }
        finished.map(|()| record)
    }

    /// The members that can learn; a warning for each system that was trained and cannot.
    fn learners(
        &self,
        folder: &RunFolder,
        observer: &mut dyn Observer,
    ) -> Result<Vec<&Member>, Error> {
        let own = self.all.iter().enumerate();
        let own = own.filter(|(place, member)| member.fitted_as == *place);
        let (able, others): (Vec<&Member>, Vec<&Member>) = own
            .map(|(_, member)| member)
            .partition(|member| member.built.can_learn_more());
        if able.is_empty() {
            return Err(Error::CannotLearnMore {
                path: folder.path().to_path_buf(),
                kinds: list_kinds(&self.all),
                able: LEARNING_KINDS.join(", "),
            });
        }
        for member in others {
            if member.number == 0 && member.built.needs_training() {
                let message = format!(
                    "{}: a system of kind {} learns only when it is fitted; it stays as it is",
                    member.system, member.kind
                );
                observer.tell(Event::Warned { message: &message })?;
            }
        }
        Ok(able)
    }
}

/// Lets every learner learn, from its current model into the folder of the new state.
fn learn_all(
    learners: &[&Member],
    normal: &[NormalPart<'_>],
    state: &Path,
    folder: &RunFolder,
    observer: &mut dyn Observer,
) -> Result<(), Error> {
    for member in learners {
        let name = name_of(member);
        let sources = normal
            .iter()
            .map(|part| prepared(member.built.input(), part.video()))
            .collect::<Result<Vec<_>, _>>()?;
        let parts: Vec<NormalPart<'_>> = normal
            .iter()
            .zip(&sources)
            .map(|(part, source)| part.of(&**source))
            .collect();
        let model = ModelFolder::open(&folder.current_model_path(&name))?;
        let learned = ModelFolder::create(&state.join(&name))?;
        member
            .built
            .learn_more(&parts, &model, &learned, observer)
            .map_err(Error::system(&member.system))?;
        write_pictures(&*member.built, &member.system, &learned)?;
    }
    Ok(())
}

/// Describes the footage by its pixels, and refuses what the model has learned already.
fn describe_new_footage(
    normal: &[NormalPart<'_>],
    folder: &RunFolder,
    observer: &mut dyn Observer,
) -> Result<Vec<LearnedVideo>, Error> {
    let frames = normal
        .iter()
        .map(|part| part.video().numbers().len() as u64);
    observer.tell(Event::Started {
        task: "computing the digest of the footage",
        total: Some(frames.sum()),
    })?;
    let (mut videos, mut done) = (Vec::<LearnedVideo>::new(), 0);
    for part in normal {
        let video = part.video();
        let (mut digest, mut frame) = (Sha256Digest::default(), oddframe_core::Frame::default());
        for index in 0..video.numbers().len() {
            video.read_into(index, &mut frame)?;
            digest.update(frame.pixels());
            done += 1;
            observer.tell(Event::Advanced { done })?;
        }
        let positions = part.positions();
        let range = &video.numbers()[positions];
        let (Some(first), Some(last)) = (range.first(), range.last()) else {
            return Err(Error::NoFrameInRange {
                video: video.id().name().to_owned(),
                first: video.numbers().first().map_or(0, |number| number.0),
                last: video.numbers().last().map_or(0, |number| number.0),
            });
        };
        let described = LearnedVideo {
            name: video.id().name().to_owned(),
            sha256: digest.into_hex(),
            first_frame: first.0,
            last_frame: last.0,
            frames: range.len(),
        };
        for record in folder.learned() {
            if let Some(known) = record
                .videos
                .iter()
                .find(|known| known.overlaps(&described))
            {
                return Err(Error::AlreadyLearned {
                    video: described.name,
                    first: known.first_frame,
                    last: known.last_frame,
                    time: record.time.clone(),
                });
            }
        }
        if videos.iter().any(|other| other.overlaps(&described)) {
            return Err(Error::NamedTwice {
                video: described.name,
            });
        }
        videos.push(described);
    }
    observer.tell(Event::Finished)?;
    Ok(videos)
}

/// The kinds of the members, each once.
fn list_kinds(members: &[Member]) -> String {
    let kinds: BTreeSet<&str> = members.iter().map(|member| member.kind.as_str()).collect();
    kinds.into_iter().collect::<Vec<_>>().join(", ")
}

fn name_of(member: &Member) -> String {
    format!("{}.{}", member.system, member.number)
}
