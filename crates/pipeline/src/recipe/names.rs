//! The words that recipes use for other crates' choices.

use oddframe_baseline::Typical;
use oddframe_clips::{Target, Within};
use oddframe_core::{Align, Gaps, PixelFormat, ShortVideo};
use oddframe_frames::{Each, Filter, FirstFrame, Scale};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(remote = "PixelFormat", rename_all = "snake_case")]
pub(super) enum ColorName {
    Gray,
    Rgb,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Filter", rename_all = "snake_case")]
pub(super) enum FilterName {
    #[serde(rename = "opencv")]
    OpenCv,
    Antialiased,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Scale", rename_all = "snake_case")]
pub(super) enum ScaleName {
    Unit,
    Signed,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Align", rename_all = "snake_case")]
pub(super) enum AlignName {
    First,
    Centre,
    Last,
    Every,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Gaps", rename_all = "snake_case")]
pub(super) enum GapsName {
    Span,
    Break,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ShortVideo", rename_all = "snake_case")]
pub(super) enum ShortName {
    #[serde(rename = "repeat")]
    RepeatLast,
    Skip,
    Error,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Each", rename_all = "snake_case")]
pub(super) enum EachName {
    Frame,
    Cuboid,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Within", rename_all = "snake_case")]
pub(super) enum WithinName {
    Mean,
    Max,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Target", rename_all = "snake_case")]
pub(super) enum TargetName {
    Same,
    Clean,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Typical", rename_all = "snake_case")]
pub(super) enum TypicalName {
    Mean,
    Median,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "FirstFrame", rename_all = "snake_case")]
enum FirstFrameName {
    Drop,
    Zero,
    Next,
}

/// A first frame's policy that may be absent.
pub(super) mod optional_first {
    use super::{Deserialize, FirstFrame, FirstFrameName, Serialize};
    use serde::{Deserializer, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Named(#[serde(with = "FirstFrameName")] FirstFrame);

    #[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "the signature serde calls")]
    pub(in super::super) fn serialize<S: Serializer>(
        first: &Option<FirstFrame>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        first.map(Named).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<FirstFrame>, D::Error> {
        Ok(Option::<Named>::deserialize(deserializer)?.map(|named| named.0))
    }
}
