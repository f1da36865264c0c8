use ndarray::Array4;
use oddframe_core::{ClipShape, Error};

use crate::Examples;

/// One example as arrays, both with the axes frame, channel, row, column.
#[derive(Debug, Clone, PartialEq)]
pub struct ExampleArrays {
    /// What the network sees.
    pub input: Array4<f32>,
    /// What the network should give.
    pub target: Array4<f32>,
}

/// Reads an example into arrays, `[T,C,H,W]`.
///
/// ```
/// use ndarray::s;
/// use oddframe_clips::{ClipSet, read_example};
/// use oddframe_core::{FrameInput, FrameSource, PixelFormat, WindowSpec};
/// use oddframe_frames::Prepare;
/// use oddframe_synth::{Preset, Scene};
///
/// let scene = Scene::new(Preset::Tiny, 0);
/// let video = Prepare::new(32, 24)?.with_format(PixelFormat::Rgb).of(&scene.train()[0]);
/// let input = FrameInput::new(32, 24, PixelFormat::Rgb)?;
/// let clips = ClipSet::new(&[&video], input, WindowSpec::new(4, 1)?)?.with_predicted_frames(3..4)?;
///
/// let example = read_example(&clips, 0, 0)?;
/// assert_eq!(example.input.dim(), (4, 3, 24, 32));
/// assert_eq!(example.target, example.input.slice(s![3.., .., .., ..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`Examples::write_example`].
pub fn read_example(
    examples: &dyn Examples,
    epoch: u64,
    index: usize,
) -> Result<ExampleArrays, Error> {
    let (mut input, mut target) = (
        zero_array(examples.input_shape()),
        zero_array(examples.target_shape()),
    );
    // A new array is in row-major order, so its values are one slice.
    if let (Some(input), Some(target)) = (input.as_slice_mut(), target.as_slice_mut()) {
        examples.write_example(epoch, index, input, target)?;
    }
    Ok(ExampleArrays { input, target })
}

fn zero_array(shape: ClipShape) -> Array4<f32> {
    Array4::zeros((shape.frames, shape.channels, shape.height, shape.width))
}
