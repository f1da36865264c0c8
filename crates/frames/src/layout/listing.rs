//! Listing the entries of a folder.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use oddframe_core::natural_cmp;

use super::contents::Contents;
use crate::Error;

/// The extensions of image files, in upper or lower case.
const IMAGE_EXTENSIONS: [&str; 6] = ["jpg", "jpeg", "png", "tif", "tiff", "bmp"];

/// The entries of a folder by kind, without hidden files and the leftovers of archivers.
#[derive(Debug)]
pub(crate) struct Listing {
    path: PathBuf,
    images: Vec<OsString>,
    folders: Vec<OsString>,
    others: Vec<OsString>,
}

/// The kind of a folder's entry.
enum EntryKind {
    Image,
    Folder,
    Other,
}

impl Listing {
    /// Lists a folder and follows links.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                return Err(Error::NotAFolder {
                    path: path.to_path_buf(),
                });
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NoFolder {
                    path: path.to_path_buf(),
                });
            }
            Err(source) => return Err(io_error(path)(source)),
        }
        let mut listing = Self {
            path: path.to_path_buf(),
            images: Vec::new(),
            folders: Vec::new(),
            others: Vec::new(),
        };
        for entry in fs::read_dir(path).map_err(io_error(path))? {
            let entry = entry.map_err(io_error(path))?;
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") || name == "__MACOSX" {
                continue;
            }
            match entry_kind(&entry, &name)? {
                EntryKind::Image => listing.images.push(name),
                EntryKind::Folder => listing.folders.push(name),
                EntryKind::Other => listing.others.push(name),
            }
        }
        Ok(listing)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn images(&self) -> &[OsString] {
        &self.images
    }

    pub(crate) fn into_images(self) -> Vec<OsString> {
        self.images
    }

    pub(crate) fn folders(&self) -> &[OsString] {
        &self.folders
    }

    pub(crate) fn folder_paths(&self) -> impl Iterator<Item = PathBuf> {
        self.folders.iter().map(|name| self.path.join(name))
    }

    pub(crate) fn has_folder(&self, name: &str) -> bool {
        self.folders.iter().any(|folder| folder == name)
    }

    pub(crate) fn contents(&self) -> Contents {
        Contents {
            images: self.images.len(),
            folders: sorted_names(&self.folders),
            others: sorted_names(&self.others),
        }
    }
}

/// Names in natural order.
fn sorted_names(names: &[OsString]) -> Vec<String> {
    let mut names: Vec<_> = names
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort_by(|a, b| natural_cmp(a, b));
    names
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> Error {
    move |source| Error::Io {
        path: path.to_path_buf(),
        source,
    }
}

fn entry_kind(entry: &DirEntry, name: &OsStr) -> Result<EntryKind, Error> {
    let path = entry.path();
    let image = Path::new(name).extension().is_some_and(|ending| {
        IMAGE_EXTENSIONS
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    });
    let mut file_type = entry.file_type().map_err(io_error(&path))?;
    if file_type.is_symlink() {
        file_type = match fs::metadata(&path) {
            Ok(target) => target.file_type(),
            // A link to a missing frame is an error; ignoring it would hide the loss of a frame.
            Err(source) if image => return Err(io_error(&path)(source)),
            Err(_) => return Ok(EntryKind::Other),
        };
    }
    // Pipes and devices are not images, whatever their names: reading one might never end.
    Ok(match (file_type.is_dir(), file_type.is_file() && image) {
        (true, _) => EntryKind::Folder,
        (false, true) => EntryKind::Image,
        (false, false) => EntryKind::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_recognised_by_their_extension() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "1.JPG",
            "2.jpeg",
            "3.Png",
            "4.tif",
            "5.TIFF",
            "6.bmp",
            ".7.jpg",
            "Thumbs.db",
            "m.mat",
            "jpg",
        ] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        fs::create_dir(dir.path().join("8.jpg")).unwrap();
        fs::create_dir(dir.path().join(".git")).unwrap();
        fs::create_dir(dir.path().join("__MACOSX")).unwrap();
        let found = Listing::read(dir.path()).unwrap().contents();
        assert_eq!(
            found.to_string(),
            "6 images, 1 folder (8.jpg), 3 other files (Thumbs.db, jpg, m.mat)"
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_a_broken_image_link_is_an_error() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("real"), "").unwrap();
        symlink(at("real"), at("1.png")).unwrap();
        symlink(dir.path(), at("circle")).unwrap();
        symlink(at("itself"), at("itself")).unwrap();
        symlink("/dev/zero", at("2.png")).unwrap();
        let found = Listing::read(dir.path()).unwrap().contents();
        assert_eq!(
            found.to_string(),
            "1 image, 1 folder (circle), 3 other files (2.png, itself, real)"
        );
        symlink(at("gone"), at("3.png")).unwrap();
        let error = Listing::read(dir.path()).unwrap_err();
        assert!(
            matches!(&error, Error::Io { path, .. } if path.ends_with("3.png")),
            "{error}"
        );
    }
}
