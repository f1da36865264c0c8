use oddframe_core::{FrameNumber, ModelFolder, Observer, VideoId};

use super::VideoPatchCoreSettings;
use super::clip_features::{ClipFeatures, ClipReader};
use super::settings::MotionPooling;
use crate::{Bank, BankBuilder, Error, RowOrigin};

/// The files in the model folder. The last one is written last: a folder that has it is complete.
const FILES: [&str; 3] = [
    "spatial.safetensors",
    "temporal.safetensors",
    "global.safetensors",
];

/// What normal clips look like.
#[derive(Debug)]
pub(super) struct Banks {
    /// How people look.
    pub(super) spatial: Bank,
    /// How people move.
    pub(super) temporal: Bank,
    /// How the scene looks.
    pub(super) global: Bank,
}

impl Banks {
    /// Whether a folder has all files.
    pub(super) fn are_in(model: &ModelFolder) -> bool {
        FILES.iter().all(|file| model.has(file))
    }

    /// Writes the three files.
    pub(super) fn save(&self, model: &ModelFolder) -> Result<(), Error> {
        for (bank, file) in [&self.spatial, &self.temporal, &self.global]
            .into_iter()
            .zip(FILES)
        {
            bank.save(&model.file(file))?;
        }
        Ok(())
    }

    /// Reads the three files, which must hold features of this identity.
    pub(super) fn load(model: &ModelFolder, identity: &str) -> Result<Self, Error> {
        let [spatial, temporal, global] = FILES.map(|file| Bank::load(&model.file(file), identity));
        Ok(Self {
            spatial: spatial?,
            temporal: temporal?,
            global: global?,
        })
    }
}

/// Collects the features of normal clips.
#[derive(Debug)]
pub(super) struct BanksBuilder {
    spatial: BankBuilder,
    temporal: BankBuilder,
    global: BankBuilder,
    training_motion: MotionPooling,
    scene_dimensions: usize,
    clips: usize,
    /// What boxes have to pass, for an error.
    min_confidence: f32,
}

impl BanksBuilder {
    pub(super) fn new(
        settings: &VideoPatchCoreSettings,
        reader: &ClipReader,
        identity: &str,
    ) -> Result<Self, Error> {
        let people = reader.people_dimensions();
        let scene_dimensions = reader.scene_dimensions();
        let [spatial, temporal, global] = [
            (people, settings.spatial_rows),
            (people, settings.temporal_rows),
            (scene_dimensions, settings.global_rows),
        ]
        .map(|(dimensions, rows)| {
            BankBuilder::new(dimensions, identity, &settings.bank_options(rows))
        });
        Ok(Self {
            spatial: spatial?,
            temporal: temporal?,
            global: global?,
            training_motion: settings.training_motion,
            scene_dimensions,
            clips: 0,
            min_confidence: settings.min_confidence,
        })
    }

    /// Adds a clip that begins with this frame.
    pub(super) fn push(
        &mut self,
        video: &VideoId,
        first: FrameNumber,
        features: &ClipFeatures,
    ) -> Result<(), Error> {
        self.clips += 1;
        let frame = RowOrigin::of_frame(video, first);
        for row in features.scene.chunks_exact(self.scene_dimensions) {
            self.global.push(row, &frame)?;
        }
        for tube in &features.tubes {
            let origin = RowOrigin::of_region(video, first, tube.area);
            self.spatial.push(&tube.appearance, &origin)?;
            let motion = match self.training_motion {
                MotionPooling::Mean => &tube.motion.mean,
                MotionPooling::Max => &tube.motion.max,
            };
            self.temporal.push(motion, &origin)?;
        }
        Ok(())
    }

    /// Selects the rows of the three memories.
    pub(super) fn build(self, observer: &mut dyn Observer) -> Result<Banks, Error> {
        if self.clips > 0 && self.spatial.rows_seen() == 0 {
            return Err(Error::NobodyInTraining {
                clips: self.clips,
                min_confidence: self.min_confidence,
            });
        }
        Ok(Banks {
            spatial: self.spatial.build(observer)?,
            temporal: self.temporal.build(observer)?,
            global: self.global.build(observer)?,
        })
    }
}
