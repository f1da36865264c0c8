//! What a pass prepares, for whom, and from which videos.

use oddframe_core::{Error, FirstFrame, FrameInput, FrameShape, FrameSink, StreamInfo};

use crate::converter::{Conversion, Converter};

/// A distinct input of the sinks: a conversion, and whether its frames are shown as differences.
///
/// The scale of an input plays no part: it says which numbers the bytes become, and frames are handed out as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlannedInput {
    /// Index of the conversion in [`Plan::conversions`].
    pub(super) conversion: usize,
    pub(super) difference: Option<FirstFrame>,
}

/// The distinct conversions and inputs of a pass. Sinks with equal inputs share both.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) conversions: Vec<Conversion>,
    pub(super) inputs: Vec<PlannedInput>,
    /// For each sink the index of its input.
    pub(super) sinks: Vec<usize>,
    pub(super) repairer: Option<PlannedInput>,
}

impl Plan {
    pub(super) fn new(sinks: &[&mut dyn FrameSink], repairer: Option<FrameInput>) -> Self {
        let mut plan = Self::default();
        for sink in sinks {
            let input = plan.add_conversion(sink.input());
            plan.sinks.push(position_or_push(&mut plan.inputs, input));
        }
        // The repairer's conversion is often that of a sink, which then costs nothing.
        plan.repairer = repairer.map(|input| plan.add_conversion(input));
        plan
    }

    fn add_conversion(&mut self, input: FrameInput) -> PlannedInput {
        let conversion = Conversion {
            size: input.size(),
            format: input.format(),
            filter: input.filter(),
        };
        let conversion = position_or_push(&mut self.conversions, conversion);
        PlannedInput {
            conversion,
            difference: input.difference(),
        }
    }

    /// A new set of converters, one for each conversion.
    pub(super) fn new_converters(&self) -> Result<Vec<Converter>, Error> {
        self.conversions
            .iter()
            .map(|conversion| Converter::new(*conversion))
            .collect()
    }

    /// Which conversions a video needs that these sinks want.
    fn needed_conversions(&self, sinks: &[bool]) -> Vec<bool> {
        let mut needed = vec![false; self.conversions.len()];
        for (input, _) in self.sinks.iter().zip(sinks).filter(|(_, wants)| **wants) {
            needed[self.inputs[*input].conversion] = true;
        }
        // The repairer looks at every frame, whichever sinks want the video.
        if let Some(repairer) = self.repairer {
            needed[repairer.conversion] = true;
        }
        needed
    }

    /// Whether a conversion keeps the size of the frames.
    pub(super) fn keeps_size(&self) -> bool {
        self.conversions
            .iter()
            .any(|conversion| conversion.size.is_none())
    }

    /// The memory of a frame of shape `whole` after every conversion.
    pub(super) fn converted_bytes(&self, whole: FrameShape) -> usize {
        let own_size = (whole.width(), whole.height());
        let bytes = self.conversions.iter().map(|conversion| {
            let (width, height) = conversion.size.unwrap_or(own_size);
            width * height * conversion.format.channels()
        });
        bytes.sum()
    }
}

/// A video that at least one sink wants.
#[derive(Debug)]
pub(super) struct PlannedVideo {
    /// Its position among the videos of the pass.
    pub(super) video: usize,
    pub(super) info: StreamInfo,
    /// Which sinks want it.
    pub(super) sinks: Vec<bool>,
    /// Which conversions its frames go through.
    pub(super) conversions: Vec<bool>,
}

impl PlannedVideo {
    /// None when no sink wants the video.
    pub(super) fn new(
        plan: &Plan,
        video: usize,
        info: StreamInfo,
        sinks: &[&mut dyn FrameSink],
    ) -> Option<Self> {
        // A conversion that only uninterested sinks need is left out for this video.
        let sinks: Vec<bool> = sinks.iter().map(|sink| sink.wants(video, &info)).collect();
        let conversions = plan.needed_conversions(&sinks);
        sinks.contains(&true).then_some(Self {
            video,
            info,
            sinks,
            conversions,
        })
    }
}

/// The index of an equal value in the list, which is appended where there is none.
fn position_or_push<T: PartialEq>(list: &mut Vec<T>, value: T) -> usize {
    list.iter()
        .position(|known| *known == value)
        .unwrap_or_else(|| {
            list.push(value);
            list.len() - 1
        })
}
