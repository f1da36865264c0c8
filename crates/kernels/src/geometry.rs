use crate::error::Error;
use crate::volumes::Volumes;
use crate::window::Window;

const AXES: [&str; 3] = ["depth", "height", "width"];

/// How the two grids of a convolution lie on each other.
///
/// `big` is the side with the larger grid: the input of a convolution, the output of a transposed one. Tap `k` connects
/// position `s` of the small grid with position `s * stride + k * dilation - padding` of the big grid:
///
/// ```text
/// kernel 4, stride 2, padding 1, along one axis
///
/// small       0       1       2       3
///           / | | \ / | | \ / | | \ / | | \      each small position touches 4 big ones
/// big    (-1) 0 1 2   3 4   5 6   7 (8)          (-1) and (8) are padding: those taps are skipped
/// ```
///
/// Both kinds of convolution keep their weights as `[small, big / groups, taps]`, so three operations serve all layers:
/// a gather (every small position sums over its big positions), a spread (every big position sums over its small
/// positions) and the gradient of the weights (every tap sums over the positions that it connects).
///
/// | layer                  | forward | input gradient |
/// |------------------------|---------|----------------|
/// | convolution            | gather  | spread         |
/// | transposed convolution | spread  | gather         |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub(crate) big: Volumes,
    pub(crate) small: Volumes,
    pub(crate) window: Window,
}

/// The direction in which values flow between the two grids of a [`Geometry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the big grid to the small one: a convolution, or the input gradient of a transposed convolution.
    Gather,
    /// From the small grid to the big one: a transposed convolution, or the input gradient of a convolution.
    Spread,
}

impl Direction {
    /// The direction from a layer's input to its output.
    pub(crate) fn of_forward(window: &Window) -> Self {
        if window.transposed {
            Self::Spread
        } else {
            Self::Gather
        }
    }

    /// The direction in which a layer's gradient flows.
    pub(crate) fn reversed(self) -> Self {
        match self {
            Self::Gather => Self::Spread,
            Self::Spread => Self::Gather,
        }
    }

    /// The grid that values come from, and the grid that they go to.
    pub(crate) fn ends(self, geometry: &Geometry) -> (Volumes, Volumes) {
        match self {
            Self::Gather => (geometry.big, geometry.small),
            Self::Spread => (geometry.small, geometry.big),
        }
    }
}

impl Geometry {
    /// The geometry of a layer from `input` to `out_channels`.
    pub(crate) fn new(input: Volumes, out_channels: usize, window: Window) -> Result<Self, Error> {
        if window.transposed {
            Self::of_transposed_conv(input, out_channels, window)
        } else {
            Self::of_conv(input, out_channels, window)
        }
    }

    fn of_conv(input: Volumes, out_channels: usize, window: Window) -> Result<Self, Error> {
        check_window(&window, input.channels(), out_channels)?;
        if window.output_padding != [0; 3] {
            return Err(Error::Parameter {
                what: "the output padding of a convolution",
                value: format!("{:?}", window.output_padding),
                must: "zero: it belongs to transposed convolutions",
            });
        }
        let mut size = [0; 3];
        for axis in 0..3 {
            let (covers, padded) = window_extent(&window, axis, input.size()[axis])?;
            if covers > padded {
                return Err(Error::WindowTooLarge {
                    axis: AXES[axis],
                    covers,
                    padded,
                });
            }
            size[axis] = (padded - covers) / window.stride[axis] + 1;
        }
        let small = Volumes::new(input.batch(), size, out_channels)?;
        Self {
            big: input,
            small,
            window,
        }
        .check_weights_len()
    }

    fn of_transposed_conv(
        input: Volumes,
        out_channels: usize,
        window: Window,
    ) -> Result<Self, Error> {
        check_window(&window, input.channels(), out_channels)?;
        let mut size = [0; 3];
        for axis in 0..3 {
            let (stride, output_padding) = (window.stride[axis], window.output_padding[axis]);
            if output_padding >= stride
                && output_padding >= window.dilation[axis]
                && output_padding > 0
            {
                return Err(Error::OutputPadding {
                    axis: AXES[axis],
                    output_padding,
                    stride,
                });
            }
            let (covers, _) = window_extent(&window, axis, 1)?;
            let too_large = Error::TooLarge {
                what: "the output of a transposed convolution",
            };
            let full = (input.size()[axis] - 1)
                .checked_mul(stride)
                .and_then(|n| n.checked_add(covers))
                .and_then(|n| n.checked_add(output_padding))
                .ok_or(too_large)?;
            let padding = window.padding[axis];
            size[axis] = match full.checked_sub(2 * padding) {
                None | Some(0) => {
                    return Err(Error::NothingLeft {
                        axis: AXES[axis],
                        padding,
                    });
                }
                Some(left) => left,
            };
        }
        let big = Volumes::new(input.batch(), size, out_channels)?;
        Self {
            big,
            small: input,
            window,
        }
        .check_weights_len()
    }

    /// Number of weights, `[small, big / groups, taps]`.
    pub(crate) fn weights_len(&self) -> usize {
        self.small.channels() * self.big_group() * self.window.taps()
    }

    /// Big channels of one group.
    pub(crate) fn big_group(&self) -> usize {
        self.big.channels() / self.window.groups
    }

    /// Small channels of one group.
    pub(crate) fn small_group(&self) -> usize {
        self.small.channels() / self.window.groups
    }

    fn check_weights_len(self) -> Result<Self, Error> {
        let sizes = [
            self.small.channels(),
            self.big_group(),
            self.window.taps(),
            size_of::<f32>(),
        ];
        // Packing pads channels to whole vectors of up to 16 values: a factor of 64 leaves room for that.
        let bytes = sizes
            .iter()
            .try_fold(64_usize, |all, &n| all.checked_mul(n));
        match bytes {
            Some(bytes) if isize::try_from(bytes).is_ok() => Ok(self),
            _ => Err(Error::TooLarge {
                what: "the weights",
            }),
        }
    }
}

fn check_window(window: &Window, inputs: usize, outputs: usize) -> Result<(), Error> {
    let sizes = [
        ("the kernel", window.kernel),
        ("the stride", window.stride),
        ("the dilation", window.dilation),
    ];
    for (what, size) in sizes {
        if size.contains(&0) {
            return Err(Error::Zero { what });
        }
    }
    let groups = window.groups;
    if groups == 0 {
        return Err(Error::Zero {
            what: "the number of groups",
        });
    }
    if outputs == 0 {
        return Err(Error::Zero {
            what: "the number of output channels",
        });
    }
    for (what, channels) in [("input", inputs), ("output", outputs)] {
        if !channels.is_multiple_of(groups) {
            return Err(Error::Groups {
                what,
                channels,
                groups,
            });
        }
    }
    let taps = window
        .kernel
        .iter()
        .try_fold(1_usize, |all, &n| all.checked_mul(n));
    taps.map(|_| ())
        .ok_or(Error::TooLarge { what: "the kernel" })
}

/// The positions that the window covers along an axis, and the positions of the padded input.
fn window_extent(window: &Window, axis: usize, input: usize) -> Result<(usize, usize), Error> {
    let too_large = Error::TooLarge { what: "the window" };
    let covers = (window.kernel[axis] - 1)
        .checked_mul(window.dilation[axis])
        .and_then(|n| n.checked_add(1));
    let padded = window.padding[axis]
        .checked_mul(2)
        .and_then(|n| n.checked_add(input));
    match (covers, padded) {
        // Both must fit isize: positions in the padding before the input are negative numbers.
        (Some(covers), Some(padded)) if isize::try_from(covers.max(padded)).is_ok() => {
            Ok((covers, padded))
        }
        _ => Err(too_large),
    }
}
