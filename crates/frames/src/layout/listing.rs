use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use crate::Error;

/// The file endings read as images, in any mixture of upper and lower case.
const IMAGE_ENDINGS: [&str; 6] = ["jpg", "jpeg", "png", "tif", "tiff", "bmp"];

/// What a folder holds, sorted by kind; hidden files and what archivers leave behind are not seen.
#[derive(Debug)]
pub(crate) struct Listing {
    path: PathBuf,
    images: Vec<OsString>,
    folders: Vec<OsString>,
    others: Vec<OsString>,
}

enum Kind {
    Image,
    Folder,
    Other,
}

impl Listing {
    /// Lists a folder, following links.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Io { path: path.to_path_buf(), source };
        match fs::metadata(path) {
            Ok(there) if there.is_dir() => {}
            Ok(_) => return Err(Error::NotAFolder { path: path.to_path_buf() }),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NoFolder { path: path.to_path_buf() });
            }
            Err(source) => return Err(failed(source)),
        }
        let mut listing =
            Self { path: path.to_path_buf(), images: Vec::new(), folders: Vec::new(), others: Vec::new() };
        for entry in fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") || name == "__MACOSX" {
                continue;
            }
            match kind(&entry, &name)? {
                Kind::Image => listing.images.push(name),
                Kind::Folder => listing.folders.push(name),
                Kind::Other => listing.others.push(name),
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
        let names = |of: &[OsString]| {
            let mut names: Vec<_> = of.iter().map(|name| name.to_string_lossy().into_owned()).collect();
            names.sort_by(|a, b| oddframe_core::natural_cmp(a, b));
            names
        };
        Contents { images: self.images.len(), folders: names(&self.folders), others: names(&self.others) }
    }
}

fn kind(entry: &DirEntry, name: &OsStr) -> Result<Kind, Error> {
    let failed = |source| Error::Io { path: entry.path(), source };
    let image = Path::new(name)
        .extension()
        .is_some_and(|ending| IMAGE_ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)));
    let mut of = entry.file_type().map_err(failed)?;
    if of.is_symlink() {
        of = match fs::metadata(entry.path()) {
            Ok(target) => target.file_type(),
            // A frame that is missing behind its link must not be passed over.
            Err(source) if image => return Err(failed(source)),
            Err(_) => return Ok(Kind::Other),
        };
    }
    // Pipes and devices are no images, whatever they are called: reading one might never end.
    Ok(match (of.is_dir(), of.is_file() && image) {
        (true, _) => Kind::Folder,
        (false, true) => Kind::Image,
        (false, false) => Kind::Other,
    })
}

/// What a folder holds, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contents {
    /// How many images.
    pub images: usize,
    /// The names of the folders in it, in natural order.
    pub folders: Vec<String>,
    /// The names of its other files, in natural order.
    pub others: Vec<String>,
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// More names than these only make a message longer.
        const NAMED: usize = 4;
        let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let named = |names: &[String], what: &str| {
            let dots = if names.len() > NAMED { ", …" } else { "" };
            format!("{} ({}{dots})", count(names.len(), what), names[..names.len().min(NAMED)].join(", "))
        };
        let mut parts = Vec::new();
        if self.images > 0 {
            parts.push(count(self.images, "image"));
        }
        if !self.folders.is_empty() {
            parts.push(named(&self.folders, "folder"));
        }
        if !self.others.is_empty() {
            parts.push(named(&self.others, "other file"));
        }
        if parts.is_empty() { f.write_str("nothing") } else { f.write_str(&parts.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_their_ending() {
        let dir = tempfile::tempdir().unwrap();
        for name in
            ["1.JPG", "2.jpeg", "3.Png", "4.tif", "5.TIFF", "6.bmp", ".7.jpg", "Thumbs.db", "m.mat", "jpg"]
        {
            fs::write(dir.path().join(name), "").unwrap();
        }
        fs::create_dir(dir.path().join("8.jpg")).unwrap();
        fs::create_dir(dir.path().join(".git")).unwrap();
        fs::create_dir(dir.path().join("__MACOSX")).unwrap();
        let found = Listing::read(dir.path()).unwrap().contents();
        assert_eq!(found.to_string(), "6 images, 1 folder (8.jpg), 3 other files (Thumbs.db, jpg, m.mat)");
    }

    #[test]
    fn long_lists_are_cut() {
        let names = |n: usize| (0..n).map(|i| i.to_string()).collect();
        let found = Contents { images: 1, folders: names(9), others: vec![] };
        assert_eq!(found.to_string(), "1 image, 9 folders (0, 1, 2, 3, …)");
        assert_eq!(Contents { images: 0, folders: vec![], others: vec![] }.to_string(), "nothing");
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
        assert_eq!(found.to_string(), "1 image, 1 folder (circle), 3 other files (2.png, itself, real)");
        symlink(at("gone"), at("3.png")).unwrap();
        let error = Listing::read(dir.path()).unwrap_err();
        assert!(matches!(&error, Error::Io { path, .. } if path.ends_with("3.png")), "{error}");
    }
}
