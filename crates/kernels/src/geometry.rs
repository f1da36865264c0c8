use crate::{Error, Volumes, Window};

const AXES: [&str; 3] = ["depth", "height", "width"];

/// How the two sides of a convolution lie on each other. `big` is the side with the larger grid: the input of a
/// convolution, the output of a transposed one. A tap `k` joins small position `s` and big position
/// `s * stride + k * dilation - padding`, and both kinds keep their weights as `[small, big / groups, taps]`; so three
/// operations serve all: gather (big to small), spread (small to big) and the gradient of the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub(crate) big: Volumes,
    pub(crate) small: Volumes,
    pub(crate) window: Window,
}

impl Geometry {
    /// Of a convolution from `input` to `out_channels`.
    pub(crate) fn conv(input: Volumes, out_channels: usize, window: Window) -> Result<Self, Error> {
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
            let (covers, padded) = extent(&window, axis, input.size()[axis])?;
            if covers > padded {
                return Err(Error::WindowTooLarge { axis: AXES[axis], covers, padded });
            }
            size[axis] = (padded - covers) / window.stride[axis] + 1;
        }
        let small = Volumes::new(input.batch(), size, out_channels)?;
        Self { big: input, small, window }.checked()
    }

    /// Of a transposed convolution from `input` to `out_channels`.
    pub(crate) fn transposed(input: Volumes, out_channels: usize, window: Window) -> Result<Self, Error> {
        check_window(&window, input.channels(), out_channels)?;
        let mut size = [0; 3];
        for axis in 0..3 {
            let (stride, output_padding) = (window.stride[axis], window.output_padding[axis]);
            if output_padding >= stride && output_padding >= window.dilation[axis] && output_padding > 0 {
                return Err(Error::OutputPadding { axis: AXES[axis], output_padding, stride });
            }
            let (covers, _) = extent(&window, axis, 1)?;
            let too_large = Error::TooLarge { what: "the output of a transposed convolution" };
            let whole = (input.size()[axis] - 1)
                .checked_mul(stride)
                .and_then(|n| n.checked_add(covers))
                .and_then(|n| n.checked_add(output_padding))
                .ok_or(too_large)?;
            let padding = window.padding[axis];
            size[axis] = match whole.checked_sub(2 * padding) {
                None | Some(0) => return Err(Error::NothingLeft { axis: AXES[axis], padding }),
                Some(left) => left,
            };
        }
        let big = Volumes::new(input.batch(), size, out_channels)?;
        Self { big, small: input, window }.checked()
    }

    /// Weights `[small, big / groups, taps]`.
    pub(crate) fn weights_len(&self) -> usize {
        self.small.channels() * self.big_group() * self.window.taps()
    }

    /// Big channels that one group sees.
    pub(crate) fn big_group(&self) -> usize {
        self.big.channels() / self.window.groups
    }

    /// Small channels that one group sees.
    pub(crate) fn small_group(&self) -> usize {
        self.small.channels() / self.window.groups
    }

    fn checked(self) -> Result<Self, Error> {
        let sizes = [self.small.channels(), self.big_group(), self.window.taps(), size_of::<f32>()];
        // Packing pads channels to whole vectors: leave room for that.
        let bytes = sizes.iter().try_fold(64_usize, |all, &n| all.checked_mul(n));
        match bytes {
            Some(bytes) if isize::try_from(bytes).is_ok() => Ok(self),
            _ => Err(Error::TooLarge { what: "the weights" }),
        }
    }
}

fn check_window(window: &Window, inputs: usize, outputs: usize) -> Result<(), Error> {
    let sizes =
        [("the kernel", window.kernel), ("the stride", window.stride), ("the dilation", window.dilation)];
    for (what, size) in sizes {
        if size.contains(&0) {
            return Err(Error::Zero { what });
        }
    }
    let groups = window.groups;
    if groups == 0 {
        return Err(Error::Zero { what: "the number of groups" });
    }
    if outputs == 0 {
        return Err(Error::Zero { what: "the number of output channels" });
    }
    for (what, channels) in [("input", inputs), ("output", outputs)] {
        if !channels.is_multiple_of(groups) {
            return Err(Error::Groups { what, channels, groups });
        }
    }
    let taps = window.kernel.iter().try_fold(1_usize, |all, &n| all.checked_mul(n));
    taps.map(|_| ()).ok_or(Error::TooLarge { what: "the kernel" })
}

/// Positions the window covers along an axis, and those of the padded input.
fn extent(window: &Window, axis: usize, input: usize) -> Result<(usize, usize), Error> {
    let too_large = Error::TooLarge { what: "the window" };
    let covers = (window.kernel[axis] - 1).checked_mul(window.dilation[axis]).and_then(|n| n.checked_add(1));
    let padded = window.padding[axis].checked_mul(2).and_then(|n| n.checked_add(input));
    match (covers, padded) {
        // Positions are compared as signed numbers where padding reaches below zero.
        (Some(covers), Some(padded)) if isize::try_from(covers.max(padded)).is_ok() => Ok((covers, padded)),
        _ => Err(too_large),
    }
}
