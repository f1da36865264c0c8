use oddframe_core::{
    Delay, Error, FrameInput, FrameNumber, FrameScore, Origin, PreparedFrame, Reason, ScoreMap,
    Scorer, Settled, StreamInfo, VideoId,
};

use super::PatchMemorySettings;
use super::settings::NAME;
use crate::maps::{JoinMaps, MapReader, check_features};
use crate::memory_distance::MemoryDistance;
use crate::{Bank, Neighbour};

/// Compares the patches of each frame with the bank, a batch of frames at a time.
pub(super) struct PatchScorer {
    input: FrameInput,
    settings: PatchMemorySettings,
    reader: MapReader,
    join: JoinMaps,
    bank: Bank,
    video: VideoId,
    /// The pixels of the frames that wait for their batch to fill.
    images: Vec<u8>,
    waiting: Vec<(FrameNumber, Origin)>,
    features: Vec<f32>,
    neighbours: Vec<Neighbour>,
}

impl PatchScorer {
    pub(super) fn new(
        input: FrameInput,
        settings: PatchMemorySettings,
        reader: MapReader,
        join: JoinMaps,
        bank: Bank,
    ) -> Self {
        Self {
            input,
            settings,
            reader,
            join,
            bank,
            video: VideoId::new(""),
            images: Vec::new(),
            waiting: Vec::new(),
            features: Vec::new(),
            neighbours: Vec::new(),
        }
    }

    fn score_batch(&mut self, settled: &mut Settled) -> Result<(), crate::Error> {
        let Some((first, _)) = self.waiting.first() else {
            return Ok(());
        };
        let maps = self.reader.read_maps(&self.images, &self.video, *first)?;
        for (image, (number, origin)) in self.waiting.drain(..).enumerate() {
            self.features.clear();
            self.join.join_into(maps, image, &mut self.features);
            check_features(&self.features, &self.video, number)?;
            self.bank.nearest(&self.features, &mut self.neighbours)?;
            if settled.wants_maps() {
                let map = ScoreMap {
                    number,
                    width: self.join.output().width,
                    values: self.neighbours.iter().map(|n| n.distance).collect(),
                };
                settled.push_map(0, map);
            }
            let PatchMemorySettings {
                top_patches, power, ..
            } = self.settings;
            let distance = MemoryDistance::from_neighbours(&self.neighbours, top_patches, power);
            settled.push(FrameScore {
                reason: Some(Reason {
                    cue: "appearance".into(),
                    sentence: distance.describe_nearest(&self.bank, ""),
                }),
                ..FrameScore::new(distance.score, origin)
            });
        }
        self.images.clear();
        Ok(())
    }
}

impl Scorer for PatchScorer {
    fn input(&self) -> FrameInput {
        self.input
    }

    fn start(&mut self, info: &StreamInfo) -> Result<(), Error> {
        // The last video may have ended in an error, without `finish`.
        self.images.clear();
        self.waiting.clear();
        self.video = info.id().clone();
        Ok(())
    }

    fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), Error> {
        let number = frame.number;
        let Some(image) = frame.image else {
            return Err(crate::Error::NoImage { frame: number }.of_system(NAME));
        };
        let origin = image
            .borrowed_from()
            .map_or(Origin::Computed, |from| Origin::Borrowed { from });
        self.images.extend_from_slice(image.pixels());
        self.waiting.push((number, origin));
        if self.waiting.len() == self.settings.batch {
            self.score_batch(settled)
                .map_err(|error| error.of_system(NAME))?;
        }
        Ok(())
    }

    fn finish(&mut self, settled: &mut Settled) -> Result<(), Error> {
        self.score_batch(settled)
            .map_err(|error| error.of_system(NAME))
    }

    fn delay(&self) -> Delay {
        Delay::Frames(self.settings.batch - 1)
    }
}
