use oddframe_core::{
    Error, FrameInput, FrameSource, ModelFolder, ModelPicture, NormalPart, Observer, PixelFormat,
    Scorer, StreamInfo, System,
};

use crate::ObjectSettings;
use crate::file::{MODEL_FILE, load_model, save_model};
use crate::fit::{check_room, learn_model};
use crate::learning::learn_footage;
use crate::maps::draw_maps;
use crate::scorer::ObjectScorer;

/// The system's kind, as recipes name it and errors show it.
pub(crate) const NAME: &str = "objects";

/// Finds the odd frames of one camera by what moves in them: where it is, how fast and in which direction it moves, how it
/// looks and which colours it has, and how long it stays.
///
/// Training writes `objects.safetensors` to the model folder; a folder that has the file is complete and is not trained again.
/// A frame with borrowed pixels gets the score of these pixels, with the frame that they come from as its origin.
///
/// A recorded video is compared with its own median, for which a scorer asks for a
/// [preview](Scorer::preview_positions) of about 50 frames; without a preview, and always with
/// [`ObjectSettings::causal`], its running median takes this place.
///
/// ```
/// use oddframe_core::{Delay, FrameSource, ModelFolder, Silent, System};
/// use oddframe_frames::prepared;
/// use oddframe_objects::{ObjectSettings, Objects, Switch};
/// use oddframe_synth::{Preset, Scene};
///
/// let switch = Some(Switch { slow: 0.0, spread: 0.35 });
/// let system = Objects::new(ObjectSettings { switch, ..ObjectSettings::default() })?;
/// let scene = Scene::new(Preset::Tiny, 1);
/// let normal: Vec<_> =
///     scene.train().iter().map(|video| prepared(system.input(), video)).collect::<Result<_, _>>()?;
/// let normal: Vec<&dyn FrameSource> = normal.iter().map(AsRef::as_ref).collect();
/// # let folder = tempfile::tempdir()?;
/// let model = ModelFolder::create(folder.path())?;
/// system.fit(&normal, &model, &mut Silent)?;
/// // 4 frames of flow, 16 of each smoothing, 7 of a batch.
/// assert_eq!(system.open(&model)?.delay(), Delay::Frames(51));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Objects {
    settings: ObjectSettings,
    input: FrameInput,
}

impl Objects {
    /// A system with these settings.
    ///
    /// # Errors
    /// When a setting is outside its range.
    pub fn new(settings: ObjectSettings) -> Result<Self, crate::Error> {
        settings.check()?;
        Ok(Self {
            settings,
            input: FrameInput::unresized(PixelFormat::Rgb),
        })
    }
}

impl System for Objects {
    fn input(&self) -> FrameInput {
        self.input
    }

    fn fit(
        &self,
        normal: &[&dyn FrameSource],
        model: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        // The file is written completely or not at all: a folder that has it is complete.
        if model.has(MODEL_FILE) {
            return Ok(());
        }
        learn_model(normal, &self.settings, observer)
            .and_then(|learned| save_model(&learned, &model.file(MODEL_FILE)))
            .map_err(crate::Error::of_system)
    }

    fn open(&self, model: &ModelFolder) -> Result<Box<dyn Scorer>, Error> {
        match load_model(&model.file(MODEL_FILE))
            .and_then(|learned| ObjectScorer::new(self.input, &self.settings, learned))
        {
            Ok(scorer) => Ok(Box::new(scorer)),
            Err(error) => Err(error.of_system()),
        }
    }

    fn check_video(&self, info: &StreamInfo) -> Result<(), Error> {
        match info.shape() {
            Some(shape) => check_room(info.id(), shape).map_err(crate::Error::of_system),
            None => Ok(()),
        }
    }

    fn can_learn_more(&self) -> bool {
        true
    }

    fn learn_more(
        &self,
        normal: &[NormalPart<'_>],
        model: &ModelFolder,
        learned: &ModelFolder,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        load_model(&model.file(MODEL_FILE))
            .and_then(|model| learn_footage(model, normal, observer))
            .and_then(|model| save_model(&model, &learned.file(MODEL_FILE)))
            .map_err(crate::Error::of_system)
    }

    /// Maps of the usual speed, the main direction, how often something moves, and the longest dwelling.
    fn draw_model(&self, model: &ModelFolder) -> Result<Vec<ModelPicture>, Error> {
        load_model(&model.file(MODEL_FILE))
            .and_then(|model| draw_maps(&model))
            .map_err(crate::Error::of_system)
    }

    fn training_key(&self) -> Option<String> {
        // The smoothing is missing on purpose: it changes the scores and not what is learned.
        let ObjectSettings { switch, seed, .. } = self.settings;
        Some(format!("{NAME} {switch:?} {seed}"))
    }
}
