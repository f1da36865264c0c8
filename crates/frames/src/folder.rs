use std::cell::RefCell;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use oddframe_core::{
    Error as CoreError, Frame, FrameNumber, FrameShape, FrameSource, PixelFormat, Video, VideoId,
    last_number, natural_cmp,
};

use crate::layout::{Listing, VideoFolder};
use crate::{Error, decode_into, probe};

/// Enough of a file for the header of nearly every image; where it is not, the whole file is read.
const HEADER_BYTES: u64 = 64 << 10;

/// A thread gives back a file buffer that one huge file made larger than this.
const KEPT_FILE_BYTES: usize = 16 << 20;

thread_local! {
    /// The bytes of the file being read: one buffer a thread, not one a frame.
    static FILE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A folder of images: one video.
///
/// A frame's number is the last run of digits in its file's name (`frame_00939.jpg` is 939), and gaps are
/// normal. Where no name has a number, frames count from 0 in natural order. Only the first image's header is
/// read when the folder is opened, or the next one's where it is broken: its size, and gray or RGB, are the
/// video's.
#[derive(Debug, Clone)]
pub struct FolderVideo {
    video: Video,
    folder: PathBuf,
    paths: Vec<PathBuf>,
    masks: Option<PathBuf>,
}

impl FolderVideo {
    /// Opens a folder of images; its name is the video's.
    ///
    /// # Errors
    /// When the folder cannot be listed, holds no image, has two images of one number or some with and some
    /// without, or when none can be read.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        Self::open_found(VideoFolder { path: folder.to_path_buf(), masks: None })
    }

    pub(crate) fn open_found(VideoFolder { path: folder, masks }: VideoFolder) -> Result<Self, Error> {
        let listing = Listing::read(&folder)?;
        if listing.images().is_empty() {
            return Err(Error::NoImages { path: folder, found: listing.contents() });
        }
        let (numbers, paths) = numbered(&folder, listing.into_images())?;
        let video = Video::new(name_of(&folder), first_shape(&paths)?, numbers)?;
        Ok(Self { video, folder, paths, masks })
    }

    /// Decodes frames as gray or as RGB, whatever the files hold.
    #[must_use]
    pub fn with_format(self, format: PixelFormat) -> Self {
        Self { video: self.video.with_shape(self.video.shape().with_format(format)), ..self }
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
        let frame = self.number_at(index)?;
        let path = &self.paths[index];
        let unreadable =
            |source| CoreError::Read { video: self.id().clone(), frame, path: Some(path.clone()), source };
        FILE.with_borrow_mut(|bytes| {
            if let Err(error) = read_file(path, bytes) {
                return Err(unreadable(error.into()));
            }
            let decoded = decode_into(bytes, self.shape().format(), frame, out);
            if bytes.capacity() > KEPT_FILE_BYTES {
                *bytes = Vec::new();
            }
            decoded.map_err(|error| unreadable(error.into()))
        })?;
        if out.shape() == self.shape() {
            return Ok(());
        }
        Err(CoreError::MixedShapes {
            video: self.id().clone(),
            frame,
            path: Some(path.clone()),
            expected: self.shape(),
            found: out.shape(),
        })
    }
}

fn read_file(path: &Path, bytes: &mut Vec<u8>) -> io::Result<()> {
    bytes.clear();
    File::open(path)?.read_to_end(bytes)?;
    Ok(())
}

/// Puts images in the order of their numbers.
fn numbered(folder: &Path, names: Vec<OsString>) -> Result<(Vec<FrameNumber>, Vec<PathBuf>), Error> {
    let number = |path: &PathBuf| path.file_stem().and_then(|stem| last_number(&stem.to_string_lossy()));
    let mut files: Vec<_> =
        names.into_iter().map(|name| folder.join(name)).map(|p| (number(&p), p)).collect();
    let by_name = |a: &PathBuf, b: &PathBuf| {
        let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        natural_cmp(&name(a), &name(b)).then_with(|| a.cmp(b))
    };
    // None sorts first: what has no number ends up at the front, in natural order.
    files.sort_by(|(n, a), (m, b)| match (n, m) {
        (Some(n), Some(m)) if n != m => n.cmp(m),
        (None, Some(_)) | (Some(_), None) => n.cmp(m),
        _ => by_name(a, b),
    });
    let unnumbered = files.partition_point(|(number, _)| number.is_none());
    if (1..files.len()).contains(&unnumbered) {
        let path = |place: usize| files[place].1.clone();
        return Err(Error::Unnumbered { path: path(0), numbered: path(unnumbered), unnumbered });
    }
    let twice = |pair: &&[(Option<u64>, PathBuf)]| pair[0].0.is_some() && pair[0].0 == pair[1].0;
    if let Some([(Some(number), first), (_, second)]) = files.windows(2).find(twice) {
        let number = FrameNumber(*number);
        return Err(Error::SameNumber { number, first: first.clone(), second: second.clone() });
    }
    let place = |(place, (number, path)): (usize, (Option<u64>, PathBuf))| {
        (FrameNumber(number.unwrap_or(place as u64)), path)
    };
    Ok(files.into_iter().enumerate().map(place).unzip())
}

/// Size and format of the first image that has any, of at least one; the error is the first one's.
fn first_shape(paths: &[PathBuf]) -> Result<FrameShape, Error> {
    let others = |error| paths[1..].iter().find_map(|path| shape_of(path).ok()).ok_or(error);
    shape_of(&paths[0]).or_else(others)
}

/// Size and format of an image, from as little of the file as it takes.
fn shape_of(path: &Path) -> Result<FrameShape, Error> {
    let failed = |source| Error::Io { path: path.to_path_buf(), source };
    let mut file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    Read::by_ref(&mut file).take(HEADER_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    if let Ok(shape) = probe(&bytes) {
        return Ok(shape);
    }
    file.read_to_end(&mut bytes).map_err(failed)?;
    probe(&bytes).map_err(|source| Error::Header { path: path.to_path_buf(), source })
}

/// A folder's own name, also where the path ends in `..` or is `.`.
fn name_of(folder: &Path) -> VideoId {
    let whole = fs::canonicalize(folder);
    let name = folder.file_name().or_else(|| whole.as_ref().ok()?.file_name());
    name.map_or_else(|| VideoId::new("video"), |name| VideoId::new(&name.to_string_lossy()))
}
