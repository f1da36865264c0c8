use std::io::{self, Write};
use std::path::Path;
use std::{array, fs};

use oddframe_core::{
    Event, Frame, FrameShape, FrameSource, Observer, PixelFormat, Rect, write_atomically,
};

use super::components::{Labeller, Region};
use super::gray::{Smoother, check_size};
use super::mask::Masker;
use super::running_median::RunningMedian;
use super::{ForegroundSettings, HeightProfile};
use crate::Error;

/// The frames of which the background is the median, over all videos.
const BACKGROUND_FRAMES: usize = 121;

/// The frames in which people are measured, over all videos.
const MEASURED_FRAMES: usize = 400;

/// A region with a smaller part of the frame's area is too small to be measured.
const SMALLEST_PERSON: f64 = 0.0007;

/// The first bytes of a file: the name and the version of the format.
const MAGIC: &[u8; 8] = b"oddfgnd1";

/// What normal video shows without people, and how high people are in it: learned once, used for every later video.
///
/// ```
/// use oddframe_boxes::{ForegroundModel, ForegroundSettings};
/// use oddframe_core::{FrameSource, Silent};
/// use oddframe_synth::{Preset, Scene};
///
/// let scene = Scene::new(Preset::Tiny, 0);
/// let normal: Vec<&dyn FrameSource> = scene.train().iter().map(|video| video as _).collect();
/// let model = ForegroundModel::learn(&normal, ForegroundSettings::default(), &mut Silent)?;
/// assert_eq!(model.shape().to_string(), "96x64 gray");
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("foreground.bin");
/// model.write(&path)?;
/// assert_eq!(ForegroundModel::read(&path)?, model);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ForegroundModel {
    shape: FrameShape,
    /// The median of the smoothed gray pictures.
    pub(super) background: Vec<u8>,
    pub(super) heights: HeightProfile,
}

impl ForegroundModel {
    /// Learns from normal videos of one camera: the background is the median of 121 frames spread over all of them,
    /// and the height of people is measured in 400 frames against it.
    ///
    /// # Errors
    /// When a setting is impossible, there is no video, a frame cannot be read, frames have different sizes, or the observer
    /// cancels.
    pub fn learn(
        normal: &[&dyn FrameSource],
        settings: ForegroundSettings,
        observer: &mut dyn Observer,
    ) -> Result<Self, Error> {
        settings.check()?;
        let Some(first) = normal.first() else {
            return Err(oddframe_core::Error::Nothing {
                what: "training video",
            }
            .into());
        };
        let shape = first.shape().with_format(PixelFormat::Gray);
        let total: usize = normal.iter().map(|video| video.numbers().len()).sum();
        let sampled = total.min(BACKGROUND_FRAMES);
        let measured = total.min(MEASURED_FRAMES);
        observer.tell(Event::Started {
            task: "learning the background",
            total: Some((sampled + measured) as u64),
        })?;
        let mut reader = PictureReader::new(normal, shape);
        let mut pictures = Vec::with_capacity(sampled);
        for place in spread_evenly(total, sampled) {
            pictures.push(reader.read(place)?.to_vec());
            observer.tell(Event::Advanced {
                done: pictures.len() as u64,
            })?;
        }
        let background = median_picture(&pictures);
        // A second pass over the videos measures people, who can only be found once the background is known.
        let mut people = Vec::new();
        let mut ruler = Ruler::new(shape, &background);
        for (done, place) in (sampled + 1..).zip(spread_evenly(total, measured)) {
            ruler.measure(reader.read(place)?, &settings, &mut people);
            observer.tell(Event::Advanced { done: done as u64 })?;
        }
        observer.tell(Event::Finished)?;
        Ok(Self {
            shape,
            background,
            heights: HeightProfile::fit(people, shape.height()),
        })
    }

    /// The size of the frames, in gray.
    pub fn shape(&self) -> FrameShape {
        self.shape
    }

    /// How high people are.
    pub fn heights(&self) -> HeightProfile {
        self.heights
    }

    /// Writes the model, completely or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        write_atomically(path, |writer| self.write_to(writer)).map_err(|source| Error::Write {
            path: path.to_path_buf(),
            source,
        })
    }

    /// Magic, width and height, the four numbers of the profile, the background; all little endian.
    fn write_to(&self, writer: &mut dyn Write) -> io::Result<()> {
        let HeightProfile {
            offset,
            slope,
            low,
            high,
        } = self.heights;
        writer.write_all(MAGIC)?;
        for side in [self.shape.width(), self.shape.height()] {
            writer.write_all(&(side as u32).to_le_bytes())?;
        }
        for number in [offset, slope, low, high] {
            writer.write_all(&number.to_le_bytes())?;
        }
        writer.write_all(&self.background)
    }

    /// Reads what [`Self::write`] wrote.
    ///
    /// # Errors
    /// When the file cannot be read or is something else.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = fs::read(path).map_err(|source| Error::Read {
            path: path.to_path_buf(),
            source,
        })?;
        Self::from_bytes(&bytes).map_err(|reason| Error::ModelFile {
            path: path.to_path_buf(),
            reason,
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, &'static str> {
        let rest = bytes
            .strip_prefix(MAGIC)
            .ok_or("it begins with other bytes")?;
        let (sides, rest) = rest
            .split_at_checked(8)
            .ok_or("it ends within the header")?;
        let (numbers, background) = rest
            .split_at_checked(32)
            .ok_or("it ends within the header")?;
        let side = |at: usize| u32::from_le_bytes(array::from_fn(|i| sides[at + i])) as usize;
        let shape = FrameShape::new(side(0), side(4), PixelFormat::Gray)
            .map_err(|_| "its frame size is not possible")?;
        if background.len() != shape.bytes() {
            return Err("its length does not fit its frame size");
        }
        let number = |at: usize| f64::from_le_bytes(array::from_fn(|i| numbers[8 * at + i]));
        let heights = HeightProfile::from_line(number(0), number(1), number(2), number(3))
            .ok_or("its heights are not possible")?;
        Ok(Self {
            shape,
            background: background.to_vec(),
            heights,
        })
    }
}

/// Reads smoothed gray pictures of one size, numbered through all videos.
struct PictureReader<'a> {
    videos: &'a [&'a dyn FrameSource],
    shape: FrameShape,
    smoother: Smoother,
    frame: Frame,
    picture: Vec<u8>,
}

impl<'a> PictureReader<'a> {
    fn new(videos: &'a [&'a dyn FrameSource], shape: FrameShape) -> Self {
        Self {
            videos,
            shape,
            smoother: Smoother::default(),
            frame: Frame::default(),
            picture: Vec::new(),
        }
    }

    fn read(&mut self, mut place: usize) -> Result<&[u8], Error> {
        for video in self.videos {
            let frames = video.numbers().len();
            if place < frames {
                video.read_into(place, &mut self.frame)?;
                check_size(self.shape, &self.frame).map_err(|error| error.in_video(video.id()))?;
                break;
            }
            place -= frames;
        }
        self.smoother.smooth_into(&self.frame, &mut self.picture);
        Ok(&self.picture)
    }
}

/// `count` of the numbers below `total`, evenly spread: the middles of `count` equal parts.
fn spread_evenly(total: usize, count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |i| (2 * i + 1) * total / (2 * count))
}

/// The median of each pixel.
fn median_picture(pictures: &[Vec<u8>]) -> Vec<u8> {
    let pixels = pictures.first().map_or(0, Vec::len);
    let mut levels = Vec::with_capacity(pictures.len());
    (0..pixels)
        .map(|pixel| {
            levels.clear();
            levels.extend(pictures.iter().map(|picture| picture[pixel]));
            let middle = levels.len() / 2;
            *levels.select_nth_unstable(middle).1
        })
        .collect()
}

/// Measures the people that stand out from a background.
struct Ruler {
    shape: FrameShape,
    background: RunningMedian,
    masker: Masker,
    labeller: Labeller,
}

impl Ruler {
    fn new(shape: FrameShape, background: &[u8]) -> Self {
        Self {
            shape,
            background: RunningMedian::from_learned(background),
            masker: Masker::default(),
            labeller: Labeller::default(),
        }
    }

    /// Adds the boxes of the regions that have the form of one person and lie wholly inside the picture.
    fn measure(&mut self, picture: &[u8], settings: &ForegroundSettings, people: &mut Vec<Rect>) {
        let (width, height) = (self.shape.width(), self.shape.height());
        let share = self.masker.mark(picture, &self.background.levels, settings);
        if share > settings.max_share {
            return;
        }
        self.masker.close(width);
        self.labeller.label(&self.masker.mask, width);
        let smallest = SMALLEST_PERSON * (width * height) as f64;
        for region in &self.labeller.regions {
            // A single person is between 1.4 and 4 times as high as wide; wider regions are mostly groups, and a region
            // at the edge of the frame may be cut.
            let form = region.height() as f64 / region.width() as f64;
            let inside =
                region.left > 0 && region.top > 0 && region.right < width && region.bottom < height;
            if inside && region.pixels as f64 > smallest && (1.4..4.0).contains(&form) {
                people.push(rect_of(*region));
            }
        }
    }
}

pub(super) fn rect_of(region: Region) -> Rect {
    Rect {
        left: region.left as f64,
        top: region.top as f64,
        right: region.right as f64,
        bottom: region.bottom as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_over_the_whole_range() {
        assert_eq!(spread_evenly(10, 3).collect::<Vec<_>>(), [1, 5, 8]);
        assert_eq!(spread_evenly(3, 3).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn a_median_picture_ignores_what_passes() {
        let pictures = [vec![10, 20], vec![200, 21], vec![11, 22]];
        assert_eq!(median_picture(&pictures), [11, 21]);
    }

    #[test]
    fn damaged_files_are_refused() {
        let model = ForegroundModel {
            shape: FrameShape::new(3, 2, PixelFormat::Gray).unwrap(),
            background: vec![7; 6],
            heights: HeightProfile::constant(4.0),
        };
        let mut bytes = Vec::new();
        model.write_to(&mut bytes).unwrap();
        assert_eq!(ForegroundModel::from_bytes(&bytes), Ok(model));
        for cut in 0..bytes.len() {
            assert!(ForegroundModel::from_bytes(&bytes[..cut]).is_err());
        }
        let mut nan = bytes.clone();
        nan[32..40].copy_from_slice(&f64::NAN.to_le_bytes());
        assert_eq!(
            ForegroundModel::from_bytes(&nan),
            Err("its heights are not possible")
        );
        bytes[8] = 0;
        assert_eq!(
            ForegroundModel::from_bytes(&bytes),
            Err("its frame size is not possible")
        );
    }
}
