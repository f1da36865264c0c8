use burn::module::Module;
use oddframe_clips::ClipScorer;
use oddframe_core::ClipShape;
use oddframe_nn::{
    Arithmetic, ClipLoss, Kernels, LayerRange, RangeRecord, Reconstruct, device_has_native_kernels,
    parameter_count,
};

use crate::error::Error;
use crate::generic_inference::GenericInference;

/// A network that reconstructs or predicts frames of clips, has a training loss, and an inference form.
///
/// [`Reconstruct`] and [`ClipLoss`] describe the network; this trait adds its name, the clips it takes, and
/// [`to_inference`](Self::to_inference). The inference form is generic by default: the network as it is, on its backend.
/// A network may override [`fused_inference`](Self::fused_inference) with a faster one for native kernels.
///
/// ```
/// use burn::backend::Flex;
/// use burn::module::Module;
/// use burn::tensor::Tensor;
/// use burn::tensor::backend::Backend;
/// use oddframe_core::ClipShape;
/// use oddframe_models::Network;
/// use oddframe_nn::{ClipLoss, Kernels, Linear, LinearConfig, Reconstruct, mean_squared_error};
///
/// const CLIP: ClipShape = ClipShape { frames: 2, channels: 1, height: 4, width: 4 };
///
/// /// Reconstructs each row of pixels from itself.
/// #[derive(Module, Debug)]
/// struct Rows<B: Backend> {
///     layer: Linear<B>,
/// }
///
/// impl<B: Kernels> Reconstruct<B> for Rows<B> {
///     fn reconstruct(&self, clips: Tensor<B, 5>) -> Tensor<B, 5> {
///         self.layer.forward(clips)
///     }
/// }
///
/// impl<B: Kernels> ClipLoss<B> for Rows<B> {
///     fn loss(&self, input: Tensor<B, 5>, target: Tensor<B, 5>) -> Tensor<B, 1> {
///         mean_squared_error(self.reconstruct(input), target)
///     }
/// }
///
/// impl<B: Kernels> Network<B> for Rows<B> {
///     fn kind(&self) -> &'static str {
///         "rows"
///     }
///
///     fn clip_shape(&self) -> ClipShape {
///         CLIP
///     }
/// }
///
/// let network = Rows::<Flex> { layer: LinearConfig::new(4, 4).init(&Default::default())? };
/// let mut scorer = network.to_inference()?;
/// let mut output = [0.0; 2 * 16];
/// scorer.reconstruct(&[0.5; 2 * 16], 1, &mut output)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Network<B: Kernels>: Module<B> + Reconstruct<B> + ClipLoss<B> + Sized + 'static {
    /// Its name in recipes and errors.
    fn kind(&self) -> &'static str;

    /// The clips it takes.
    fn clip_shape(&self) -> ClipShape;

    /// An inference form on native kernels, with weights packed and batch normalisation folded, if the network has one.
    /// Only called for a device whose backend has native kernels.
    ///
    /// Its chains calculate in the given arithmetic; layers that are not part of a chain calculate in floats.
    ///
    /// # Errors
    /// When a weight cannot be read, or the ranges are not those of its layers.
    fn fused_inference(
        &self,
        device: &B::Device,
        arithmetic: &Arithmetic,
    ) -> Result<Option<Box<dyn ClipScorer>>, Error> {
        let _ = (device, arithmetic);
        Ok(None)
    }

    /// The inference form on the device of the weights: fused if the backend has native kernels and the network a form
    /// for them, a [`GenericInference`] otherwise.
    ///
    /// Later training does not change it. A generic form shares the running statistics of batch normalisation with this
    /// network, as every clone does: do not load other weights into the network afterwards.
    ///
    /// # Errors
    /// When the network is in training form (call it on [`valid()`](burn::module::AutodiffModule::valid)), or a weight
    /// cannot be read.
    fn to_inference(&self) -> Result<Box<dyn ClipScorer>, Error> {
        let device = inference_device(self)?;
        // A fused form works on plain slices of the CPU: on another backend it would download every batch.
        if device_has_native_kernels::<B>(&device)
            && let Some(fused) = self.fused_inference(&device, &Arithmetic::Floats)?
        {
            return Ok(fused);
        }
        // A clone shares the weights with the network; nothing here changes them.
        Ok(Box::new(GenericInference::new(
            self.clone(),
            self.kind(),
            self.clip_shape(),
            device,
        )))
    }

    /// The fused inference form in floats, with weights that are rounded to 16 bits (bfloat16) and kept in them: half the memory
    /// for weights, in about the same time.
    ///
    /// # Errors
    /// As [`to_inference`](Self::to_inference); also when the network has no such form, or its device no native kernels.
    fn to_bf16_inference(&self) -> Result<Box<dyn ClipScorer>, Error> {
        let device = inference_device(self)?;
        let scorer = if device_has_native_kernels::<B>(&device) {
            self.fused_inference(&device, &Arithmetic::Bf16)?
        } else {
            None
        };
        scorer.ok_or(Error::NoBf16 { kind: self.kind() })
    }

    /// The fused inference form in floats, which records the range of what each layer receives while it scores normal
    /// clips: [`to_int8_inference`](Self::to_int8_inference) needs them. None where the network has no such form: without
    /// convolutions, or on a device without native kernels.
    ///
    /// # Errors
    /// As [`to_inference`](Self::to_inference).
    fn to_recording_inference(&self) -> Result<Option<RecordingScorer>, Error> {
        let device = inference_device(self)?;
        if !device_has_native_kernels::<B>(&device) {
            return Ok(None);
        }
        let record = RangeRecord::default();
        let arithmetic = Arithmetic::RecordRanges(record.clone());
        let scorer = self.fused_inference(&device, &arithmetic)?;
        // A network without a chain has recorded no layer.
        let scorer = scorer.filter(|_| !record.ranges().is_empty());
        Ok(scorer.map(|scorer| (scorer, record)))
    }

    /// The inference form in 8-bit integers: several times as fast on CPUs with instructions for them, and less exact.
    /// Convolutions and linear layers of its chains run in integers, recurrent layers in floats.
    ///
    /// # Errors
    /// As [`to_inference`](Self::to_inference); also when the network has no such form, or the ranges are not those of its
    /// layers.
    fn to_int8_inference(&self, ranges: &[LayerRange]) -> Result<Box<dyn ClipScorer>, Error> {
        let (device, kind) = (inference_device(self)?, self.kind());
        let Some((_, layers)) = self.to_recording_inference()? else {
            return Err(Error::NoInt8 { kind });
        };
        let (layers, found) = (layers.ranges().len(), ranges.len());
        if layers != found {
            return Err(Error::OtherRanges {
                kind,
                layers,
                found,
            });
        }
        let scorer = self.fused_inference(&device, &Arithmetic::int8(ranges.to_vec()))?;
        scorer.ok_or(Error::NoInt8 { kind })
    }

    /// The number of learnable parameters, as PyTorch counts them.
    fn parameter_count(&self) -> usize {
        parameter_count(self)
    }
}

/// An inference form that records ranges, and what it records.
pub type RecordingScorer = (Box<dyn ClipScorer>, RangeRecord);

/// The device of a network's weights, which it is scored on.
fn inference_device<B: Kernels>(network: &impl Network<B>) -> Result<B::Device, Error> {
    // A network without parameters has no device of its own.
    let device = network.devices().into_iter().next().unwrap_or_default();
    if B::ad_enabled(&device) {
        return Err(Error::Training {
            kind: network.kind(),
        });
    }
    Ok(device)
}
