//! The calibration of a run: how rare a score is in normal video that no system was fitted on.

use oddframe_core::ScoreTable;
use oddframe_post::{AlarmRate, Calibration, EventOptions, NormalVideo};
use serde::{Deserialize, Serialize};

use crate::combine::{fuse_systems, join_members};
use crate::run_folder::Footage;
use crate::{CalibrationRecipe, Error, Recipe, RunFolder};

/// The calibrations of a fitted recipe: of each system, and of the fused scores.
///
/// They are computed from the raw scores of held-out normal video, with the post-processing and fusion that the recipe has now.
/// So they follow every change that [`finish`](crate::finish()) makes.
#[derive(Debug, Clone)]
pub struct ModelCalibration {
    systems: Vec<NamedCalibration>,
    fused: Calibration,
    /// The calibrated fused scores of the held-out videos, with the frame rate of each.
    normal: ScoreTable,
    frame_rates: Vec<f64>,
    options: CalibrationRecipe,
    seed: u64,
}

/// The calibration of one system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct NamedCalibration {
    system: String,
    calibration: Calibration,
}

/// The file `calibration.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct CalibrationFile<'a> {
    systems: &'a [NamedCalibration],
    fused: &'a Calibration,
}

impl ModelCalibration {
    /// Computes the calibrations from the normal scores in a folder; none where the recipe has no section `[calibration]`.
    pub(crate) fn read(
        folder: &RunFolder,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Self>, Error> {
        let recipe = folder.recipe();
        let Some(options) = recipe.calibration else {
            return Ok(None);
        };
        let mut notes = Vec::new();
        let (mut tables, mut systems) = (Vec::new(), Vec::new());
        for system in &recipe.systems {
            // Everything that happens to test scores happens to normal scores first.
            let mut table = join_members(folder, Footage::HeldOut, system, &mut notes)?;
            let calibration = fit(&system.name, &table, &mut notes)?;
            calibration.calibrate_table(&mut table)?;
            systems.push(NamedCalibration {
                system: system.name.clone(),
                calibration,
            });
            tables.push(table);
        }
        let mut normal = fuse_systems(recipe, &tables, &mut notes)?;
        // Fused scores are calibrated again: the highest of two rare scores is not as rare as each of them.
        let fused = fit("fused", &normal, &mut notes)?;
        fused.calibrate_table(&mut normal)?;
        warnings.extend(
            notes
                .iter()
                .map(|note| format!("held-out normal video: {note}")),
        );
        let videos = folder.read_videos(Footage::HeldOut)?;
        let rate_of = |scores: &oddframe_core::VideoScores| {
            let video = videos.iter().find(|video| video.id() == *scores.id());
            let known = video.and_then(|video| video.frames_per_second);
            known.unwrap_or(options.frames_per_second)
        };
        Ok(Some(Self {
            frame_rates: normal.videos().iter().map(rate_of).collect(),
            systems,
            fused,
            normal,
            options,
            seed: recipe.seed,
        }))
    }

    /// The calibration of a system.
    pub fn system(&self, name: &str) -> Option<&Calibration> {
        let mut systems = self.systems.iter();
        systems
            .find(|system| system.system == name)
            .map(|system| &system.calibration)
    }

    /// The calibration of the fused scores, which are fused from the calibrated scores of the systems.
    pub fn fused(&self) -> &Calibration {
        &self.fused
    }

    /// How many events the calibrated fused scores of the held-out videos have at each threshold.
    ///
    /// # Errors
    /// When a frame rate is not above 0.
    pub fn alarm_rate(&self) -> Result<AlarmRate, Error> {
        let videos: Vec<NormalVideo<'_>> = self
            .normal
            .videos()
            .iter()
            .zip(&self.frame_rates)
            .map(|(video, frames_per_second)| NormalVideo {
                scores: video.values(),
                frames_per_second: *frames_per_second,
            })
            .collect();
        Ok(AlarmRate::measure(
            &videos,
            self.event_options(0.0)?,
            self.seed,
        )?)
    }

    /// How events of the calibrated fused scores start and end, for a threshold.
    ///
    /// # Errors
    /// When the threshold is not finite.
    pub fn event_options(&self, threshold: f64) -> Result<EventOptions, Error> {
        let CalibrationRecipe {
            drop,
            join,
            min_frames,
            ..
        } = self.options;
        Ok(EventOptions::new(threshold)?
            .with_end(threshold - drop)?
            .with_join(join)
            .with_min_frames(min_frames))
    }

    /// The section of the recipe.
    pub(crate) fn options(&self) -> &CalibrationRecipe {
        &self.options
    }

    /// Calibrates the scores of all systems, in the order of the recipe.
    pub(crate) fn calibrate_systems(&self, tables: &mut [ScoreTable]) -> Result<(), Error> {
        for (system, table) in self.systems.iter().zip(tables) {
            system.calibration.calibrate_table(table)?;
        }
        Ok(())
    }

    /// What `calibration.json` holds.
    pub(crate) fn as_file(&self) -> CalibrationFile<'_> {
        CalibrationFile {
            systems: &self.systems,
            fused: &self.fused,
        }
    }
}

/// Calibrates the scores of all systems where there is a calibration, fuses them, and calibrates the fused scores.
pub(crate) fn calibrate_and_fuse(
    recipe: &Recipe,
    calibration: Option<&ModelCalibration>,
    tables: &mut [ScoreTable],
    warnings: &mut Vec<String>,
) -> Result<ScoreTable, Error> {
    if let Some(calibration) = calibration {
        calibration.calibrate_systems(tables)?;
    }
    let mut fused = fuse_systems(recipe, tables, warnings)?;
    if let Some(calibration) = calibration {
        calibration.fused.calibrate_table(&mut fused)?;
    }
    Ok(fused)
}

fn fit(of: &str, normal: &ScoreTable, notes: &mut Vec<String>) -> Result<Calibration, Error> {
    let scores: Vec<f64> = normal.values().collect();
    let calibration = Calibration::fit(&scores).map_err(|source| Error::CannotCalibrate {
        of: of.to_owned(),
        source,
    })?;
    if calibration.is_constant() {
        notes.push(format!(
            "{of}: all {} normal scores are equal, so that higher scores are put in order and not calibrated",
            scores.len()
        ));
    }
    Ok(calibration)
}
