//! The folder layouts of data sets, and finding the videos in them.

mod contents;
mod kind;
mod listing;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use oddframe_core::natural_cmp;

pub use self::contents::Contents;
pub use self::kind::Layout;
pub(crate) use self::listing::Listing;
use crate::Error;

/// Parses a name of [`Layout::name`], or the name of a data set: `avenue`, `ped2` or
/// `shanghaitech`.
impl FromStr for Layout {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "avenue" => Ok(Self::PixelPlay),
            "ped2" | "shanghaitech" => Ok(Self::Frames),
            _ => Self::ALL
                .into_iter()
                .find(|layout| layout.name() == name)
                .ok_or_else(|| Error::UnknownLayoutName {
                    name: name.to_owned(),
                }),
        }
    }
}

/// The folders of the training and the test set, relative to the data set; of several, the first
/// one that exists counts.
#[derive(Clone, Copy)]
struct Splits {
    train: &'static [&'static str],
    test: &'static [&'static str],
}

impl Splits {
    /// The folders of the two sets in `base`, if at least one of them exists.
    fn find_in(self, base: &Listing) -> Option<(Option<PathBuf>, Option<PathBuf>)> {
        let (train, test) = (
            first_existing(base, self.train),
            first_existing(base, self.test),
        );
        (train.is_some() || test.is_some()).then_some((train, test))
    }
}

/// The first of some subfolders of `base` that exists.
fn first_existing(base: &Listing, subfolders: &[&str]) -> Option<PathBuf> {
    for subfolder in subfolders {
        // The names in the listing distinguish upper and lower case, also on file systems that do
        // not.
        let top = subfolder.split('/').next().unwrap_or(subfolder);
        let path = base.path().join(subfolder);
        if base.has_folder(top) && path.is_dir() {
            return Some(path);
        }
    }
    None
}

/// The folders of a layout's two sets; `None` for layouts without a training set.
const fn splits_of(layout: Layout) -> Option<Splits> {
    let (train, test): (&[&str], &[&str]) = match layout {
        Layout::PixelPlay => (&["training_videos"], &["testing_videos"]),
        Layout::Frames => (&["training/frames"], &["testing/frames"]),
        Layout::Ucsd => (&["Train"], &["Test"]),
        Layout::TrainTest => (&["train/normal", "train"], &["test"]),
        Layout::Folders | Layout::Images => return None,
    };
    Some(Splits { train, test })
}

/// The folder of one video's images, and the folder of its masks if the data set has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VideoFolder {
    pub(crate) path: PathBuf,
    pub(crate) masks: Option<PathBuf>,
}

/// The videos of a data set.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) layout: Layout,
    pub(crate) train: Vec<VideoFolder>,
    pub(crate) test: Vec<VideoFolder>,
}

/// Finds the videos of a data set in `root`, or one level below it if the layout's folders are only
/// there.
///
/// The search visits a fixed number of levels, so that circular links cause no endless loop.
pub(crate) fn find(root: &Path, layout: Option<Layout>) -> Result<Found, Error> {
    // First the layouts with a training set, whose folders have fixed names: in `root`, then one level
    // below. Plain folders of images are a data set only where none of these layouts fits.
    let listing = Listing::read(root)?;
    let mut fitting = fitting_layouts(&listing, layout);
    let mut videos_inside = false;
    if fitting.is_empty() && layout.is_none_or(|asked| asked != Layout::Images) {
        for folder in listing.folder_paths() {
            // An unreadable folder is not a candidate. If it is needed, it is read again and the
            // error reported.
            let Ok(inner) = Listing::read(&folder) else {
                continue;
            };
            videos_inside |= !inner.images().is_empty();
            fitting.extend(fitting_layouts(&inner, layout));
        }
    }
    let images_here = !listing.images().is_empty();
    match (fitting.as_slice(), layout) {
        ([(layout, base)], _) => read_splits(*layout, &Listing::read(base)?),
        ([_, _, ..], _) => Err(Error::AmbiguousLayout {
            path: root.to_path_buf(),
            fitting,
        }),
        ([], Some(Layout::Images)) => Ok(test_set_only(
            Layout::Images,
            vec![VideoFolder::without_masks(root)],
        )),
        ([], Some(Layout::Folders)) => Ok(test_set_only(Layout::Folders, videos_in(root)?)),
        ([], Some(layout)) => Err(Error::NotThisLayout {
            path: root.to_path_buf(),
            layout,
            found: listing.contents(),
        }),
        ([], None) => match (images_here, videos_inside) {
            (true, false) => Ok(test_set_only(
                Layout::Images,
                vec![VideoFolder::without_masks(root)],
            )),
            (false, true) => Ok(test_set_only(Layout::Folders, videos_in(root)?)),
            (true, true) => {
                let fitting = [Layout::Folders, Layout::Images]
                    .map(|layout| (layout, root.to_path_buf()))
                    .to_vec();
                Err(Error::AmbiguousLayout {
                    path: root.to_path_buf(),
                    fitting,
                })
            }
            (false, false) => Err(Error::UnknownLayout {
                path: root.to_path_buf(),
                found: listing.contents(),
            }),
        },
    }
}

/// The layouts whose folders exist in `base`, among all or the requested one.
fn fitting_layouts(base: &Listing, requested: Option<Layout>) -> Vec<(Layout, PathBuf)> {
    let candidates = Layout::ALL
        .into_iter()
        .filter(|layout| requested.is_none_or(|asked| asked == *layout));
    candidates
        .filter(|layout| splits_of(*layout).is_some_and(|splits| splits.find_in(base).is_some()))
        .map(|layout| (layout, base.path().to_path_buf()))
        .collect()
}

fn test_set_only(layout: Layout, test: Vec<VideoFolder>) -> Found {
    Found {
        layout,
        train: Vec::new(),
        test,
    }
}

/// Lists the videos of both sets.
fn read_splits(layout: Layout, base: &Listing) -> Result<Found, Error> {
    let (train, test) = splits_of(layout)
        .and_then(|splits| splits.find_in(base))
        .unwrap_or_default();
    let [train, test] =
        [train, test].map(|split| split.map_or_else(|| Ok(Vec::new()), |path| videos_in(&path)));
    Ok(Found {
        layout,
        train: train?,
        test: test?,
    })
}

/// The video folders in `split`, in natural order. A folder `X_gt` next to a folder `X` holds its
/// masks.
fn videos_in(split: &Path) -> Result<Vec<VideoFolder>, Error> {
    let listing = Listing::read(split)?;
    // Mask folders are no videos; below they are attached to the videos whose masks they hold.
    let mut names: Vec<_> = listing
        .folders()
        .iter()
        .filter(|name| !is_mask_folder(name, &listing))
        .collect();
    if names.is_empty() {
        return Err(Error::NoVideos {
            path: split.to_path_buf(),
            found: listing.contents(),
        });
    }
    names.sort_by(|a, b| {
        natural_cmp(&a.to_string_lossy(), &b.to_string_lossy()).then_with(|| a.cmp(b))
    });
    let mut videos = Vec::new();
    for name in names {
        let masks = format!("{}_gt", name.to_string_lossy());
        let masks = listing.has_folder(&masks).then(|| split.join(masks));
        videos.push(VideoFolder {
            path: split.join(name),
            masks,
        });
    }
    Ok(videos)
}

fn is_mask_folder(name: &OsStr, listing: &Listing) -> bool {
    name.to_string_lossy()
        .strip_suffix("_gt")
        .is_some_and(|video| listing.has_folder(video))
}

impl VideoFolder {
    fn without_masks(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            masks: None,
        }
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
        assert!(
            error.contains("mp4") && error.contains("pixelplay") && error.contains("images"),
            "{error}"
        );
    }
}
