use crate::error::Error;
use crate::volumes::Volumes;

/// A window over the height and width of images, whose padding may differ from side to side.
///
/// ```
/// use oddframe_kernels::PlaneWindow;
///
/// // Three taps with stride 2. TensorFlow's `SAME` padding has its odd pixel at the bottom and on the right.
/// let symmetric = PlaneWindow::square(3, 2, 1);
/// let same = PlaneWindow { padding: [[0, 1], [0, 1]], ..symmetric };
/// assert_eq!(symmetric.output_size([224, 224]), Some([112, 112]));
/// assert_eq!(same.output_size([224, 224]), Some([112, 112]));
/// assert_eq!(PlaneWindow::same(3, 2, [224, 224]), same);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PlaneWindow {
    /// Taps along height and width.
    pub kernel: [usize; 2],
    /// Input positions between neighbouring output positions.
    pub stride: [usize; 2],
    /// Positions added before and after the height, and before and after the width.
    pub padding: [[usize; 2]; 2],
}

impl PlaneWindow {
    /// A square window with equal padding on all sides.
    pub fn square(kernel: usize, stride: usize, padding: usize) -> Self {
        Self {
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [[padding; 2]; 2],
        }
    }

    /// A square window with TensorFlow's `SAME` padding: as much as gives `ceil(input / stride)` positions, an odd rest
    /// at the bottom and on the right.
    pub fn same(kernel: usize, stride: usize, input: [usize; 2]) -> Self {
        let padding = input.map(|size| {
            let covered = (size.div_ceil(stride.max(1)).max(1) - 1) * stride + kernel;
            let all = covered.saturating_sub(size);
            [all / 2, all - all / 2]
        });
        Self {
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding,
        }
    }

    /// Height and width of the output; `None` where the window leaves none.
    pub fn output_size(&self, input: [usize; 2]) -> Option<[usize; 2]> {
        let mut output = [0; 2];
        for axis in 0..2 {
            let [before, after] = self.padding[axis];
            let padded = input[axis].checked_add(before)?.checked_add(after)?;
            let room = padded.checked_sub(self.kernel[axis])?;
            output[axis] = room.checked_div(self.stride[axis])? + 1;
        }
        (!output.contains(&0)).then_some(output)
    }

    /// Number of taps.
    pub(super) fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// The shape of the output, after all checks.
    pub(crate) fn output(&self, input: Volumes) -> Result<Volumes, Error> {
        let [depth, height, width] = input.size();
        if depth != 1 {
            return Err(Error::Parameter {
                what: "the depth of the images",
                value: depth.to_string(),
                must: "1",
            });
        }
        for (what, sizes) in [("the kernel", self.kernel), ("the stride", self.stride)] {
            if sizes.contains(&0) {
                return Err(Error::Zero { what });
            }
        }
        for (axis, name) in ["height", "width"].into_iter().enumerate() {
            let [before, after] = self.padding[axis];
            // Padding below the kernel's size leaves no window that lies in the padding as a whole.
            if before.max(after) >= self.kernel[axis] {
                return Err(Error::Parameter {
                    what: "the padding of a window over channels",
                    value: format!("{before} and {after} along {name}"),
                    must: "smaller than the kernel",
                });
            }
            let padded = [height, width][axis].saturating_add(before + after);
            if self.kernel[axis] > padded {
                return Err(Error::WindowTooLarge {
                    axis: name,
                    covers: self.kernel[axis],
                    padded,
                });
            }
        }
        match self.output_size([height, width]) {
            Some([rows, columns]) => {
                Volumes::images(input.batch(), rows, columns, input.channels())
            }
            None => Err(Error::TooLarge { what: "the window" }),
        }
    }
}
