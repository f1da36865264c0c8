//! A summary of a folder's contents.

use std::fmt;

/// Names that are listed; more would only make a message longer.
const MAX_NAMES: usize = 4;

/// The contents of a folder, for error messages.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contents {
    /// The number of images.
    pub images: usize,
    /// The names of the folders in it, in natural order.
    pub folders: Vec<String>,
    /// The names of its other files, in natural order.
    pub others: Vec<String>,
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.images > 0 {
            parts.push(format_count(self.images, "image"));
        }
        if !self.folders.is_empty() {
            parts.push(format_names(&self.folders, "folder"));
        }
        if !self.others.is_empty() {
            parts.push(format_names(&self.others, "other file"));
        }
        if parts.is_empty() {
            f.write_str("nothing")
        } else {
            f.write_str(&parts.join(", "))
        }
    }
}

/// For example `1 image` or `6 images`.
fn format_count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// For example `2 folders (a, b)`.
fn format_names(names: &[String], what: &str) -> String {
    let dots = if names.len() > MAX_NAMES { ", …" } else { "" };
    let listed = names[..names.len().min(MAX_NAMES)].join(", ");
    format!("{} ({listed}{dots})", format_count(names.len(), what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        let names = |n: usize| (0..n).map(|i| i.to_string()).collect();
        let found = Contents {
            images: 1,
            folders: names(9),
            others: vec![],
        };
        assert_eq!(found.to_string(), "1 image, 9 folders (0, 1, 2, 3, …)");
        assert_eq!(
            Contents {
                images: 0,
                folders: vec![],
                others: vec![]
            }
            .to_string(),
            "nothing"
        );
    }
}
