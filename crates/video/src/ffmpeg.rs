use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::Error;
use crate::tool::{NoAnswer, run_tool};

/// The program ffmpeg, with its companion ffprobe.
///
/// ```no_run
/// use oddframe_video::{Ffmpeg, VideoFile};
/// # use std::path::Path;
/// let ffmpeg = Ffmpeg::find()?.with_threads(2);
/// println!("ffmpeg {}", ffmpeg.version());
/// let video = VideoFile::open_with(Path::new("clip.mp4"), &ffmpeg)?;
/// # Ok::<(), oddframe_video::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Ffmpeg {
    program: PathBuf,
    probe: PathBuf,
    version: String,
    threads: usize,
    patience: Duration,
}

impl Ffmpeg {
    /// The environment variable that names the program. ffprobe is expected beside it.
    pub const VARIABLE: &'static str = "ODDFRAME_FFMPEG";

    /// The oldest version that works: the first with `-fps_mode`.
    pub const MINIMUM_VERSION: &'static str = "5.1";

    /// How long the program may give nothing before it is ended, unless [`Self::with_patience`] says otherwise.
    pub const PATIENCE: Duration = Duration::from_secs(60);

    /// Finds ffmpeg: the program that [`Self::VARIABLE`] names, or `ffmpeg` in the search path.
    ///
    /// # Errors
    /// As [`Self::at`].
    pub fn find() -> Result<Self, Error> {
        match env::var_os(Self::VARIABLE) {
            Some(program) if !program.is_empty() => Self::at(Path::new(&program)),
            _ => Self::at(Path::new("ffmpeg")),
        }
    }

    /// Uses this program. A name without a folder is looked up in the search path.
    ///
    /// # Errors
    /// When the program cannot be started, is not ffmpeg, is older than [`Self::MINIMUM_VERSION`], or does not answer.
    pub fn at(program: &Path) -> Result<Self, Error> {
        let mut command = Command::new(program);
        command.arg("-version");
        let answer = match run_tool(command, Self::PATIENCE) {
            Ok(answer) => answer,
            Err(NoAnswer::Start(source)) => {
                return Err(Error::NoFfmpeg {
                    program: program.to_path_buf(),
                    source,
                });
            }
            Err(NoAnswer::Hung) => return Err(hung(program, "ffmpeg -version", Self::PATIENCE)),
        };
        let first = answer.output.lines().next().unwrap_or_default();
        let Some(version) = version_in(first) else {
            return Err(Error::NotFfmpeg {
                program: program.to_path_buf(),
                answer: first.chars().take(200).collect(),
            });
        };
        if is_older(version, Self::MINIMUM_VERSION) {
            return Err(Error::TooOld {
                program: program.to_path_buf(),
                version: version.to_owned(),
            });
        }
        Ok(Self {
            program: program.to_path_buf(),
            probe: probe_beside(program),
            version: version.to_owned(),
            threads: 0,
            patience: Self::PATIENCE,
        })
    }

    /// Sets the number of threads that decode one file; 0, the default, leaves the choice to ffmpeg.
    #[must_use]
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Sets how long the program may give nothing before it is ended.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The version, as the program says it.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// A command that describes the picture stream of a file.
    pub(crate) fn probe_command(&self, path: &Path) -> Command {
        let mut command = Command::new(&self.probe);
        command
            .args(["-v", "error", "-select_streams", "V:0", "-show_entries"])
            .arg(
                "stream=codec_name,width,height,pix_fmt,avg_frame_rate,time_base,nb_frames,duration\
                 :stream_side_data=rotation:stream_tags=DURATION:format=nb_streams,duration",
            )
            .args(["-of", "default=noprint_wrappers=1"])
            .args(LOCAL_FILES)
            .arg("-i")
            .arg(file_address(path));
        command
    }

    /// A command that sends all frames of a file to its standard output.
    pub(crate) fn decode_command(&self, path: &Path, pixels: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.env("AV_LOG_FORCE_NOCOLOR", "1");
        command.args(["-hide_banner", "-nostdin", "-nostats"]);
        command.args(["-loglevel", "repeat+level+error"]);
        // Damaged frames are counted by us; ffmpeg is not to end because of their number.
        command.args(["-max_error_rate", "1"]);
        command.args(["-threads", &self.threads.to_string()]);
        command.args(LOCAL_FILES).arg("-i");
        command.arg(file_address(path));
        // `V` is a stream of pictures that is no cover image. `passthrough` neither repeats nor drops frames, and the time
        // base of the file keeps the times exact.
        command.args(["-map", "0:V:0", "-an", "-sn", "-dn"]);
        let time_base = demuxer_time_base(&self.version);
        command.args(["-fps_mode", "passthrough", "-enc_time_base", time_base]);
        command.args(["-pix_fmt", pixels, "-c:v", "rawvideo"]);
        command.args(["-f", "nut", "-write_index", "0", "pipe:1"]);
        command
    }

    /// The beginning of a command that encodes what comes through its standard input.
    pub(crate) fn encode_command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("AV_LOG_FORCE_NOCOLOR", "1");
        command.args(["-hide_banner", "-nostdin", "-nostats"]);
        command.args(["-loglevel", "repeat+level+error"]);
        command
    }
}

/// A playlist that is named like a video must not make ffmpeg open connections.
const LOCAL_FILES: [&str; 2] = ["-protocol_whitelist", "file"];

/// The option that keeps the unit of times of the file. Version 7 renamed it, and later ones refuse the old name.
fn demuxer_time_base(version: &str) -> &'static str {
    if is_older(version, "7.0") {
        "-1"
    } else {
        "demux"
    }
}

/// The path in the form `file:PATH`, so that ffmpeg cannot take it for an option, a network address or another protocol.
fn file_address(path: &Path) -> OsString {
    let mut address = OsString::from("file:");
    address.push(path);
    address
}

pub(crate) fn hung(path: &Path, program: &'static str, patience: Duration) -> Error {
    Error::Hung {
        path: path.to_path_buf(),
        program,
        frames: 0,
        seconds: patience.as_secs(),
    }
}

/// The ffprobe that belongs to an ffmpeg: same folder, same additions to the name.
fn probe_beside(program: &Path) -> PathBuf {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let probe = program.with_file_name(name.replacen("ffmpeg", "ffprobe", 1));
    let has_folder = program
        .parent()
        .is_some_and(|folder| !folder.as_os_str().is_empty());
    // A program under another name has no companion that could be guessed.
    if probe == program || (has_folder && !probe.exists()) {
        return PathBuf::from("ffprobe");
    }
    probe
}

/// The version in `ffmpeg version 5.1.9-0+deb12u1 Copyright …`.
fn version_in(line: &str) -> Option<&str> {
    line.strip_prefix("ffmpeg version ")?.split(' ').next()
}

/// Whether a version is older than another. Versions that are no numbers come from a development tree and count as new.
fn is_older(version: &str, minimum: &str) -> bool {
    match (numbers_of(version), numbers_of(minimum)) {
        (Some(found), Some(minimum)) => found < minimum,
        _ => false,
    }
}

/// The first two numbers of a version such as `5.1.9-0+deb12u1`, `n6.0` or `7`.
fn numbers_of(version: &str) -> Option<(u32, u32)> {
    let plain = version.strip_prefix('n').unwrap_or(version);
    let mut parts = plain.split(|c: char| !c.is_ascii_digit());
    let major = parts.next()?.parse().ok()?;
    let rest = plain.strip_prefix(&format!("{major}"))?;
    let minor = match rest.strip_prefix('.') {
        Some(_) => parts.next()?.parse().unwrap_or(0),
        None => 0,
    };
    // A year is the name of a nightly build.
    (major < 1000).then_some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared() {
        let line = "ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026 the FFmpeg developers";
        assert_eq!(version_in(line), Some("5.1.9-0+deb12u1"));
        assert_eq!(version_in("GNU bash, version 5.2"), None);
        for (version, older) in [
            ("5.1.9-0+deb12u1", false),
            ("5.1", false),
            ("4.4.2-0ubuntu0.22.04.1", true),
            ("5.0.1", true),
            ("n4.3", true),
            ("n6.0", false),
            ("7", false),
            ("10.2", false),
            ("N-109542-g4f4d5b8", false),
            ("2024-01-01-git", false),
        ] {
            assert_eq!(is_older(version, "5.1"), older, "{version}");
        }
    }

    #[test]
    fn the_unit_of_times_is_asked_for_as_the_version_wants_it() {
        for (version, option) in [
            ("5.1.9-0+deb12u1", "-1"),
            ("6.1.1", "-1"),
            ("7.0", "demux"),
            ("n9.0.2-17-g2a571b6068-20260930", "demux"),
            ("N-120000-g4f4d5b8", "demux"),
        ] {
            assert_eq!(demuxer_time_base(version), option, "{version}");
        }
    }

    #[test]
    fn a_program_in_the_search_path_has_its_companion_there() {
        assert_eq!(probe_beside(Path::new("ffmpeg")), Path::new("ffprobe"));
        assert_eq!(
            probe_beside(Path::new("ffmpeg.exe")),
            Path::new("ffprobe.exe")
        );
        assert_eq!(
            probe_beside(Path::new("/nowhere/ffmpeg")),
            Path::new("ffprobe")
        );
    }
}
