//! From raw scores to the results of a run: post-processing, fusion, evaluation, files.

use std::path::Path;

use oddframe_core::{Event, Observer};
use oddframe_flip::FlipReport;
use oddframe_labels::{VideoFrames, read_labels_counting_from};
use oddframe_submit::{FileFormat, write_scores};

use crate::calibration::calibrate_and_fuse;
use crate::combine::join_members;
use crate::events::EventSearch;
use crate::files::{read_json, write_csv, write_json};
use crate::kinds::TRAINING;
use crate::outcome::{FlipOutcome, Outcome, SystemOutcome};
use crate::run_folder::{
    Footage, KnownTruth, RepairRecord, collect_states, describe_slow_precision, read_fitted,
};
use crate::submission::write_submission;
use crate::{Error, KnownLabels, ModelCalibration, RunFolder, SystemRecipe, TrainingRecord};

/// Finishes a run whose raw scores are complete: post-processes, fuses and evaluates them, and writes `scores.csv`,
/// `submission.csv` and `metrics.json`. With a section `[calibration]` in the recipe, the scores are calibrated, and
/// `calibration.json`, `events.csv` and `events.json` are written too. Pictures of a run whose recipe keeps none any more are removed.
///
/// Nothing is trained or scored. Finishing can be repeated with another chain, fusion or labels: see
/// [`RunFolder::with_recipe`] and [`use_labels`].
///
/// # Errors
/// When raw scores are missing, the labels do not cover the scored frames, a chain cannot be applied, a file cannot be
/// written, or the observer cancels.
pub fn finish(folder: &mut RunFolder, observer: &mut dyn Observer) -> Result<Outcome, Error> {
    let repairs = folder.read_repairs()?;
    let mut warnings = collect_warnings(folder, &repairs)?;
    let recipe = folder.recipe().clone();
    let states = match recipe.health {
        Some(_) => Some(collect_states(&folder.read_health()?, &repairs)),
        None => None,
    };
    let (mut tables, mut training) = (Vec::new(), Vec::new());
    for system in &recipe.systems {
        let table = join_members(folder, Footage::Test, system, &mut warnings)?;
        tables.push(table);
        training.push(read_training(folder, system)?);
    }
    // The order is fixed: chain of a member, join, chain of the system, calibration, fusion, chain of the run,
    // calibration. A normalisation over all videos needs every score, which is why none of this happens while scoring.
    let calibration = ModelCalibration::read(folder, &mut warnings)?;
    let fused = calibrate_and_fuse(&recipe, calibration.as_ref(), &mut tables, &mut warnings)?;

    // Labels were copied into the run folder when the run started, so finishing does not need the data set.
    let videos: Vec<VideoFrames> = fused.videos().iter().map(VideoFrames::from).collect();
    let known = folder.read_truth(&videos)?;
    let fused = SystemOutcome::evaluate_fused(fused, &known)?;
    let events = match &calibration {
        Some(calibration) => {
            let evaluation = fused.figures.evaluation.as_ref();
            let search = EventSearch {
                folder,
                recipe: &recipe,
                calibration,
                tables: &tables,
                fused: &fused.scores,
                states: states.as_ref(),
                labels: known.labels.as_ref(),
                best_threshold: evaluation.map(|evaluation| evaluation.best_f1_threshold),
            };
            Some(search.find(&mut warnings)?)
        }
        None => None,
    };
    let mut systems = Vec::new();
    for ((system, table), training) in recipe.systems.iter().zip(tables).zip(training) {
        systems.push(SystemOutcome::evaluate(
            &system.name,
            &system.kind,
            table,
            &known,
            training,
        )?);
    }
    let flips = recipe
        .repair
        .flip
        .is_some()
        .then(|| flip_outcome(&repairs, &known));
    let mut outcome = Outcome {
        folder: folder.path().to_path_buf(),
        systems,
        fused,
        flips,
        states,
        events,
        warnings,
    };
    for message in &outcome.warnings {
        observer.tell(Event::Warned { message })?;
    }
    if let Some(calibration) = &calibration {
        write_json(&folder.calibration_file(), &calibration.as_file())?;
    }
    write_outcome(&mut outcome, &repairs, folder, observer)?;
    Ok(outcome)
}

/// Replaces the labels in the folder of a scored run; [`finish`] then evaluates with them.
///
/// # Errors
/// When the labels cannot be read, or a scored frame has none.
pub fn use_labels(
    folder: &mut RunFolder,
    path: &Path,
    count_from: Option<u64>,
) -> Result<KnownLabels, Error> {
    // Label formats without frame numbers are matched to the frames that were scored. Every system scores the
    // same frames, so the raw scores of the first member provide them.
    let system = folder.recipe().systems[0].name.clone();
    let scores = folder.read_raw_scores(&system, 0)?;
    let videos: Vec<VideoFrames> = scores.videos().iter().map(VideoFrames::from).collect();
    let labels = KnownLabels::from(read_labels_counting_from(path, &videos, count_from)?);
    let truth = folder.read_truth(&videos)?.truth;
    folder.write_truth(Some(&labels), &truth)?;
    Ok(labels)
}

/// The warnings of training videos, of fitting and of repairs, including those of earlier sessions of the run.
pub(crate) fn collect_warnings(
    folder: &RunFolder,
    repairs: &[RepairRecord],
) -> Result<Vec<String>, Error> {
    let mut warnings: Vec<String> = folder.read_training_warnings()?;
    warnings.extend(repairs.iter().flat_map(RepairRecord::warnings));
    if folder.recipe().repair.flip.is_some() {
        warnings.extend(
            read_fitted(&folder.flip_model_path())?
                .into_iter()
                .flat_map(|fitted| fitted.warnings),
        );
    }
    if folder.recipe().health.is_some() {
        let fitted = read_fitted(&folder.health_model_path())?;
        warnings.extend(fitted.into_iter().flat_map(|fitted| fitted.warnings));
    }
    warnings.extend(describe_slow_precision(folder.recipe()));
    for system in &folder.recipe().systems {
        for member in 0..system.members {
            let fitted = read_fitted(&folder.model_path(&system.name, member))?;
            let messages = fitted.into_iter().flat_map(|fitted| fitted.warnings);
            warnings.extend(messages.map(|message| format!("{}: {message}", system.name)));
        }
    }
    Ok(warnings)
}

/// How the networks of a system were trained. Members that share another member's training have its record.
fn read_training(folder: &RunFolder, system: &SystemRecipe) -> Result<Vec<TrainingRecord>, Error> {
    let mut records = Vec::new();
    for member in 0..system.members {
        let file = folder
            .opened_model_path(&system.name, member)?
            .join(TRAINING);
        if file.exists() {
            records.push(read_json(&file)?);
        }
    }
    Ok(records)
}

/// Counts the flipped frames and, when the truth is known for every frame, the correct and wrong decisions.
fn flip_outcome(repairs: &[RepairRecord], known: &KnownTruth) -> FlipOutcome {
    let decisions = repairs.iter().flat_map(|video| &video.flips);
    let (flipped, frames) = (
        decisions
            .clone()
            .filter(|decision| decision.flipped)
            .count(),
        decisions.count(),
    );
    // `unused` starts as the number of known frames and loses one with each decision that is compared. The
    // report becomes `None` with the first decision whose truth is unknown: a partial count would mislead.
    let mut report = known.truth.flipped.as_ref().map(|truth| FlipReport {
        unused: truth.len(),
        ..FlipReport::default()
    });
    for video in repairs {
        let labels = known
            .truth
            .flipped
            .as_ref()
            .and_then(|truth| truth.video(&video.video.as_str().into()));
        for decision in &video.flips {
            let upside_down =
                labels.and_then(|labels| labels.get(oddframe_core::FrameNumber(decision.frame)));
            report = report
                .zip(upside_down)
                .map(|(report, truth)| count_decision(report, truth, decision.flipped));
        }
    }
    FlipOutcome {
        flipped,
        frames,
        report,
    }
}

fn count_decision(mut report: FlipReport, upside_down: bool, flipped: bool) -> FlipReport {
    match (upside_down, flipped) {
        (true, true) => report.found += 1,
        (true, false) => report.missed += 1,
        (false, true) => report.mistaken += 1,
        (false, false) => report.left_alone += 1,
    }
    report.unused = report.unused.saturating_sub(1);
    report
}

/// Writes all results; `run.json` is written last and marks the run as finished.
fn write_outcome(
    outcome: &mut Outcome,
    repairs: &[RepairRecord],
    folder: &mut RunFolder,
    observer: &mut dyn Observer,
) -> Result<(), Error> {
    // The recipe comes first, because its chains may have changed since the run. `metrics.json` follows the
    // scores that it describes: reading an outcome starts with it and expects the rest to be there.
    folder.write_recipe()?;
    if !folder.recipe().report.pictures {
        folder.remove_pictures()?;
        folder.remove_maps()?;
    }
    for system in &outcome.systems {
        write_scores(
            &folder.system_scores_file(&system.figures.name),
            &system.scores,
            &FileFormat::Scores,
        )?;
    }
    write_scores(
        &folder.scores_file(),
        &outcome.fused.scores,
        &FileFormat::Scores,
    )?;
    // A warning, not an error: the submission is complete, but its ids hold whole video names.
    if let Some(note) = write_submission(&folder.submission_file(), &outcome.fused.scores)? {
        observer.tell(Event::Warned { message: &note })?;
        outcome.warnings.push(note);
    }
    if outcome.flips.is_some() {
        write_flips(folder, repairs)?;
    }
    folder.write_states(outcome.states.as_ref())?;
    if let Some(events) = &outcome.events {
        folder.write_events(&events.as_file())?;
    }
    write_json(&folder.metrics_file(), &outcome.figures(folder))?;
    folder.record_mut().warnings.clone_from(&outcome.warnings);
    folder.record_mut().finished = true;
    folder.write_record()
}

/// The decisions of the flip repair about all test frames: `flips.csv`.
fn write_flips(folder: &RunFolder, repairs: &[RepairRecord]) -> Result<(), Error> {
    let rows = repairs.iter().flat_map(|video| {
        video.flips.iter().map(|decision| {
            vec![
                video.video.clone(),
                decision.frame.to_string(),
                u8::from(decision.flipped).to_string(),
                format!("{:?}", decision.probability),
            ]
        })
    });
    write_csv(
        &folder.flips_file(),
        &["video", "frame", "flipped", "probability"],
        rows,
    )
}
