use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use oddframe_core::{
    Error as CoreError, Frame, FrameNumber, FrameShape, FrameSource, PixelFormat, SharedError,
    Video, VideoId, last_number, natural_cmp,
};

use crate::decode::decode_as;
use crate::layout::{Listing, VideoFolder};
use crate::{Error, ImageError, probe};

/// Enough of a file for the header of nearly every image. When it is not enough, the whole file is read.
const HEADER_BYTES: u64 = 64 << 10;

/// A thread frees its file buffer when a huge file made it larger than this.
const KEPT_FILE_BYTES: usize = 16 << 20;

thread_local! {
    /// The bytes of the file being read: one buffer for each thread, so that no frame allocates.
    static FILE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A folder of images that is one video.
///
/// The number of a frame is the last run of digits in its file name (`frame_00939.jpg` is 939); gaps are normal. When no
/// name has a number, frames count from 0 in natural order.
///
/// Opening a folder reads one header: that of the first image, or of the next one when the first is damaged. Its size and
/// format become the shape of the video. Every frame is read in the size and the format of its own file, so a gray image
/// at the start of a colour video leaves the others in colour; [`with_format`](Self::with_format) asks for one format.
///
/// ```
/// # let temporary = tempfile::tempdir()?;
/// # let folder = temporary.path();
/// # for number in [7, 9] {
/// #     let file = std::io::BufWriter::new(std::fs::File::create(folder.join(format!("frame_{number:03}.jpg")))?);
/// #     jpeg_encoder::Encoder::new(file, 90).encode(&[99; 64 * 48 * 3], 64, 48, jpeg_encoder::ColorType::Rgb)?;
/// # }
/// use oddframe_core::{FrameNumber, FrameSource};
/// use oddframe_frames::FolderVideo;
/// // A folder with frame_007.jpg and frame_009.jpg.
/// let video = FolderVideo::open(folder)?;
/// assert_eq!(video.numbers(), [FrameNumber(7), FrameNumber(9)]);
/// assert_eq!(video.read(1)?.shape().to_string(), "64x48 RGB");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct FolderVideo {
    video: Video,
    folder: PathBuf,
    paths: Vec<PathBuf>,
    masks: Option<PathBuf>,
    /// The format that frames are decoded to; without it, that of each file.
    format: Option<PixelFormat>,
}

impl FolderVideo {
    /// Opens a folder of images. The video has the name of the folder.
    ///
    /// # Errors
    /// When the folder cannot be listed or holds no image, two images have one number, only some images have a number, or
    /// no image has a readable header.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        Self::open_found(VideoFolder {
            path: folder.to_path_buf(),
            masks: None,
        })
    }

    pub(crate) fn open_found(
        VideoFolder {
            path: folder,
            masks,
        }: VideoFolder,
    ) -> Result<Self, Error> {
        let listing = Listing::read(&folder)?;
        if listing.images().is_empty() {
            return Err(Error::NoImages {
                path: folder,
                found: listing.contents(),
            });
        }
        let (numbers, paths) = sort_by_number(&folder, listing.into_images())?;
        let video = Video::new(name_of(&folder), first_shape(&paths)?, numbers)?;
        Ok(Self {
            video,
            folder,
            paths,
            masks,
            format: None,
        })
    }

    /// Decodes all frames as gray or as RGB, whatever the files hold.
    #[must_use]
    pub fn with_format(self, format: PixelFormat) -> Self {
        let video = self
            .video
            .with_shape(self.video.shape().with_format(format));
        Self {
            video,
            format: Some(format),
            ..self
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The images, in the order of their numbers.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// The folder with the masks of abnormal pixels, where the data set has one (UCSD's `Test001_gt`).
    pub fn mask_folder(&self) -> Option<&Path> {
        self.masks.as_deref()
    }
}

impl FrameSource for FolderVideo {
    fn video(&self) -> &Video {
        &self.video
    }

    fn read_into(&self, index: usize, out: &mut Frame) -> Result<(), CoreError> {
        let number = self.number_at(index)?;
        let path = &self.paths[index];
        let read = FILE.with_borrow_mut(|bytes| {
            let decoded = read_file(path, bytes).and_then(|()| {
                decode_as(bytes, self.format, number, out).map_err(SharedError::from)
            });
            if bytes.capacity() > KEPT_FILE_BYTES {
                *bytes = Vec::new();
            }
            decoded
        });
        read.map_err(|source| {
            let (video, path) = (self.id().clone(), Some(path.clone()));
            CoreError::Read {
                video,
                frame: number,
                path,
                source,
            }
        })
    }
}

fn read_file(path: &Path, bytes: &mut Vec<u8>) -> Result<(), SharedError> {
    bytes.clear();
    File::open(path)?.read_to_end(bytes)?;
    Ok(())
}

/// An image file and the number in its name.
type NumberedPath = (Option<u64>, PathBuf);

/// Puts images in the order of their numbers; without any numbers, in natural order of their names.
fn sort_by_number(
    folder: &Path,
    names: Vec<OsString>,
) -> Result<(Vec<FrameNumber>, Vec<PathBuf>), Error> {
    let mut files: Vec<NumberedPath> = names
        .into_iter()
        .map(|name| with_number(folder.join(name)))
        .collect();
    // `None` sorts first, so that files without a number are together at the front.
    files.sort_by(|(n, a), (m, b)| {
        n.cmp(m)
            .then_with(|| natural_cmp(&file_name(a), &file_name(b)))
            .then(a.cmp(b))
    });
    // All or none: among numbered images, a place for the others would be a guess, and frame numbers decide which
    // label and which id of a submission belong to a frame.
    let unnumbered = files.partition_point(|(number, _)| number.is_none());
    if (1..files.len()).contains(&unnumbered) {
        let (path, numbered) = (files[0].1.clone(), files[unnumbered].1.clone());
        return Err(Error::Unnumbered {
            path,
            numbered,
            unnumbered,
        });
    }
    if let Some([(Some(number), first), (_, second)]) =
        files.windows(2).find(|pair| has_equal_numbers(pair))
    {
        let number = FrameNumber(*number);
        return Err(Error::SameNumber {
            number,
            first: first.clone(),
            second: second.clone(),
        });
    }
    // Without any numbers, the position in natural order becomes the number.
    let counted = files.into_iter().enumerate();
    Ok(counted
        .map(|(count, (number, path))| (FrameNumber(number.unwrap_or(count as u64)), path))
        .unzip())
}

fn with_number(path: PathBuf) -> NumberedPath {
    let number = path
        .file_stem()
        .and_then(|stem| last_number(&stem.to_string_lossy()));
    (number, path)
}

fn file_name(path: &Path) -> Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

fn has_equal_numbers(pair: &[NumberedPath]) -> bool {
    pair[0].0.is_some() && pair[0].0 == pair[1].0
}

/// Size and format of the first image whose header can be read; when there is none, the error of the first image.
fn first_shape(paths: &[PathBuf]) -> Result<FrameShape, Error> {
    shape_of(&paths[0]).or_else(|error| {
        paths[1..]
            .iter()
            .find_map(|path| shape_of(path).ok())
            .ok_or(error)
    })
}

/// Size and format of an image, from as little of the file as possible.
fn shape_of(path: &Path) -> Result<FrameShape, Error> {
    match read_header(path).map_err(|source| Error::Io {
        path: path.to_path_buf(),
        source,
    })? {
        Ok(shape) => Ok(shape),
        Err(source) => Err(Error::Header {
            path: path.to_path_buf(),
            source,
        }),
    }
}

fn read_header(path: &Path) -> io::Result<Result<FrameShape, ImageError>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    Read::by_ref(&mut file)
        .take(HEADER_BYTES)
        .read_to_end(&mut bytes)?;
    // Long EXIF data, such as an embedded preview, can push the size beyond the first part.
    if let Ok(shape) = probe(&bytes) {
        return Ok(Ok(shape));
    }
    file.read_to_end(&mut bytes)?;
    Ok(probe(&bytes))
}

/// The name of a folder, also when the path is `.` or ends in `..`.
fn name_of(folder: &Path) -> VideoId {
    let canonical = fs::canonicalize(folder);
    let name = folder
        .file_name()
        .or_else(|| canonical.as_ref().ok()?.file_name());
    name.map_or_else(
        || VideoId::new("video"),
        |name| VideoId::new(&name.to_string_lossy()),
    )
}
