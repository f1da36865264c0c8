//! The names of files and folders in a run folder.

use oddframe_core::VideoId;

pub(super) const RECIPE: &str = "recipe.toml";
pub(super) const RECORD: &str = "run.json";
pub(super) const MODELS: &str = "model";
pub(super) const SCORES: &str = "scores";
pub(super) const TRUTH: &str = "truth";
pub(super) const NORMAL: &str = "normal";
pub(super) const PICTURES: &str = "pictures";
pub(super) const MAPS: &str = "maps";
/// No system can have this name: the names of systems have no dot, and members are numbers.
pub(super) const FLIP_MODEL: &str = "repair.flip";
pub(super) const REPAIRS: &str = "repair";
/// No folder of a system has this name, because those have a dot.
pub(super) const HEALTH: &str = "health";

/// The name of a video as the name of a file: characters that a path could give a meaning are written as `%XX`.
///
/// ```
/// let stem = oddframe_pipeline::video_file_stem(&"cam/1".into());
/// assert_eq!(stem, "cam%2F1");
/// ```
pub fn video_file_stem(video: &VideoId) -> String {
    let mut stem = String::new();
    for (place, byte) in video.name().bytes().enumerate() {
        // `%` is not among the plain characters, so the encoding is unambiguous: distinct names get distinct
        // files. A leading dot would hide the file, and `..` would leave the folder.
        let plain =
            byte.is_ascii_alphanumeric() || b"_- ".contains(&byte) || (byte == b'.' && place > 0);
        if plain {
            stem.push(char::from(byte));
        } else {
            let escaped = format!("%{byte:02X}");
            stem.push_str(&escaped);
        }
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn video_names_become_safe_and_distinct_file_names() {
        let names = [
            "01", "a/b", "a%2Fb", "..", ".hidden", "Test 001", "Straße", "x.y",
        ];
        let stems = names.map(|name| video_file_stem(&name.into()));
        assert_eq!(stems[..5], ["01", "a%2Fb", "a%252Fb", "%2E.", "%2Ehidden"]);
        assert_eq!(stems[5..], ["Test 001", "Stra%C3%9Fe", "x.y"]);
    }
}
