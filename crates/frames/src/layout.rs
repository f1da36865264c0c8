use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use oddframe_core::natural_cmp;

use crate::Error;

mod listing;

pub use listing::Contents;
pub(crate) use listing::Listing;

/// How a data set lies in its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// Pixel Play and CUHK Avenue: `training_videos/01/frame_00000.jpg`, `testing_videos/…`.
    PixelPlay,
    /// UCSD Ped2 as it is handed around today, and `ShanghaiTech`: `training/frames/01/000.jpg`, `testing/frames/…`.
    Frames,
    /// UCSD as published: `Train/Train001/001.tif`, `Test/…`; folders named `…_gt` hold masks.
    Ucsd,
    /// `train/normal/01/frame_0.jpg` (or `train/01/…`), `test/…`.
    TrainTest,
    /// A folder of folders, each a video to score; there is nothing to learn from.
    Folders,
    /// One folder of images: one video to score.
    Images,
}

impl Layout {
    /// All layouts, in the order in which messages list them.
    pub const ALL: [Self; 6] =
        [Self::PixelPlay, Self::Frames, Self::Ucsd, Self::TrainTest, Self::Folders, Self::Images];

    /// The name that [`FromStr`] reads.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PixelPlay => "pixelplay",
            Self::Frames => "frames",
            Self::Ucsd => "ucsd",
            Self::TrainTest => "train-test",
            Self::Folders => "folders",
            Self::Images => "images",
        }
    }

    /// What lies where, in a few words.
    pub const fn tree(self) -> &'static str {
        match self {
            Self::PixelPlay => "training_videos/VIDEO/IMAGES, testing_videos/VIDEO/IMAGES",
            Self::Frames => "training/frames/VIDEO/IMAGES, testing/frames/VIDEO/IMAGES",
            Self::Ucsd => "Train/VIDEO/IMAGES, Test/VIDEO/IMAGES",
            Self::TrainTest => "train/normal/VIDEO/IMAGES, test/VIDEO/IMAGES",
            Self::Folders => "VIDEO/IMAGES",
            Self::Images => "IMAGES",
        }
    }

    /// Where the two sets lie; of several places the first that exists.
    const fn splits(self) -> Option<Splits> {
        let (train, test): (&[&str], &[&str]) = match self {
            Self::PixelPlay => (&["training_videos"], &["testing_videos"]),
            Self::Frames => (&["training/frames"], &["testing/frames"]),
            Self::Ucsd => (&["Train"], &["Test"]),
            Self::TrainTest => (&["train/normal", "train"], &["test"]),
            Self::Folders | Self::Images => return None,
        };
        Some(Splits { train, test })
    }

    /// All layouts with their trees, for messages.
    pub(crate) fn known() -> String {
        let each = Self::ALL.map(|layout| format!("{layout} ({})", layout.tree()));
        each.join("; ")
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Layout {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "avenue" => Ok(Self::PixelPlay),
            "ped2" | "shanghaitech" => Ok(Self::Frames),
            _ => Self::ALL
                .into_iter()
                .find(|layout| layout.name() == name)
                .ok_or_else(|| Error::UnknownLayoutName { name: name.to_owned() }),
        }
    }
}

#[derive(Clone, Copy)]
struct Splits {
    train: &'static [&'static str],
    test: &'static [&'static str],
}

impl Splits {
    /// The folders of the two sets under `base`, where at least one is there.
    fn under(self, base: &Listing) -> Option<(Option<PathBuf>, Option<PathBuf>)> {
        let place = |places: &[&str]| {
            let there = |place: &&&str| {
                // The listing decides upper and lower case, which not every file system does.
                let top = place.split('/').next().unwrap_or(place);
                base.has_folder(top) && base.path().join(place).is_dir()
            };
            places.iter().find(there).map(|place| base.path().join(place))
        };
        let (train, test) = (place(self.train), place(self.test));
        (train.is_some() || test.is_some()).then_some((train, test))
    }
}

/// A folder with one video's images, and the folder with its masks where the data set has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VideoFolder {
    pub(crate) path: PathBuf,
    pub(crate) masks: Option<PathBuf>,
}

/// Where a data set's videos are.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) layout: Layout,
    pub(crate) train: Vec<VideoFolder>,
    pub(crate) test: Vec<VideoFolder>,
}

/// Finds the videos under `root`, one level further down where the layout's own folders are there alone.
///
/// Looks at a fixed number of levels only, so that links which lead in a circle do no harm.
pub(crate) fn find(root: &Path, layout: Option<Layout>) -> Result<Found, Error> {
    let listing = Listing::read(root)?;
    let fits = |base: &Listing| -> Vec<(Layout, PathBuf)> {
        let splits = Layout::ALL.into_iter().filter(|l| layout.is_none_or(|asked| asked == *l));
        let fitting = splits.filter(|l| l.splits().is_some_and(|s| s.under(base).is_some()));
        fitting.map(|l| (l, base.path().to_path_buf())).collect()
    };
    let mut fitting = fits(&listing);
    let mut videos_inside = false;
    if fitting.is_empty() && layout.is_none_or(|asked| asked != Layout::Images) {
        for folder in listing.folder_paths() {
            // A folder that cannot be read is no candidate; where it must be one, reading it again says why.
            let Ok(inner) = Listing::read(&folder) else { continue };
            videos_inside |= !inner.images().is_empty();
            fitting.extend(fits(&inner));
        }
    }
    let images_here = !listing.images().is_empty();
    match (fitting.as_slice(), layout) {
        ([(layout, base)], _) => splits_of(*layout, &Listing::read(base)?),
        ([_, _, ..], _) => Err(Error::AmbiguousLayout { path: root.to_path_buf(), fitting }),
        ([], Some(Layout::Images)) => Ok(plain(Layout::Images, vec![VideoFolder::at(root)])),
        ([], Some(Layout::Folders)) => Ok(plain(Layout::Folders, videos_in(root)?)),
        ([], Some(layout)) => {
            Err(Error::NotThisLayout { path: root.to_path_buf(), layout, found: listing.contents() })
        }
        ([], None) => match (images_here, videos_inside) {
            (true, false) => Ok(plain(Layout::Images, vec![VideoFolder::at(root)])),
            (false, true) => Ok(plain(Layout::Folders, videos_in(root)?)),
            (true, true) => {
                let here = |layout| (layout, root.to_path_buf());
                let fitting = vec![here(Layout::Folders), here(Layout::Images)];
                Err(Error::AmbiguousLayout { path: root.to_path_buf(), fitting })
            }
            (false, false) => {
                Err(Error::UnknownLayout { path: root.to_path_buf(), found: listing.contents() })
            }
        },
    }
}

fn plain(layout: Layout, test: Vec<VideoFolder>) -> Found {
    Found { layout, train: Vec::new(), test }
}

fn splits_of(layout: Layout, base: &Listing) -> Result<Found, Error> {
    let (train, test) = layout.splits().and_then(|s| s.under(base)).unwrap_or_default();
    let videos = |split: Option<PathBuf>| split.map_or_else(|| Ok(Vec::new()), |path| videos_in(&path));
    Ok(Found { layout, train: videos(train)?, test: videos(test)? })
}

/// The video folders in `split`, in natural order; `X_gt` beside `X` holds masks.
fn videos_in(split: &Path) -> Result<Vec<VideoFolder>, Error> {
    let listing = Listing::read(split)?;
    let masked = |name: &str| name.strip_suffix("_gt").is_some_and(|video| listing.has_folder(video));
    let mut names: Vec<_> =
        listing.folders().iter().filter(|name| !masked(&name.to_string_lossy())).collect();
    if names.is_empty() {
        return Err(Error::NoVideos { path: split.to_path_buf(), found: listing.contents() });
    }
    names.sort_by(|a, b| natural_cmp(&a.to_string_lossy(), &b.to_string_lossy()).then_with(|| a.cmp(b)));
    let video = |name: &std::ffi::OsString| {
        let masks = format!("{}_gt", name.to_string_lossy());
        VideoFolder { path: split.join(name), masks: listing.has_folder(&masks).then(|| split.join(masks)) }
    };
    Ok(names.into_iter().map(video).collect())
}

impl VideoFolder {
    fn at(path: &Path) -> Self {
        Self { path: path.to_path_buf(), masks: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for layout in Layout::ALL {
            assert_eq!(layout.to_string().parse::<Layout>().unwrap(), layout);
        }
        assert_eq!("avenue".parse::<Layout>().unwrap(), Layout::PixelPlay);
        let error = "mp4".parse::<Layout>().unwrap_err().to_string();
        assert!(error.contains("mp4") && error.contains("pixelplay") && error.contains("images"), "{error}");
    }
}
