use std::path::PathBuf;

use crate::Failure;

/// What the command line asks for.
pub struct Arguments {
    /// The systems by name; none: all.
    pub systems: Vec<String>,
    pub side: usize,
    pub batch: Option<usize>,
    /// A folder of images, or of such folders; none: made in a temporary folder.
    pub data: Option<PathBuf>,
    /// How many frames are made, or scored first in the memory mode.
    pub frames: Option<usize>,
    pub runs: usize,
    pub weights: Option<PathBuf>,
    /// Where the scores go; none: a temporary file.
    pub scores: Option<PathBuf>,
    pub mode: Mode,
}

pub enum Mode {
    Time,
    Memory,
    /// Only makes the images, in this folder.
    Make(PathBuf),
}

impl Arguments {
    pub fn read() -> Result<Self, Failure> {
        let mut read = Self {
            systems: Vec::new(),
            side: 128,
            batch: None,
            data: None,
            frames: None,
            runs: 3,
            weights: None,
            scores: None,
            mode: Mode::Time,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--system" => read.systems = value()?.split(',').map(String::from).collect(),
                "--side" => read.side = value()?.parse()?,
                "--batch" => read.batch = Some(value()?.parse()?),
                "--data" => read.data = Some(value()?.into()),
                "--frames" => read.frames = Some(value()?.parse()?),
                "--runs" => read.runs = value()?.parse()?,
                "--weights" => read.weights = Some(value()?.into()),
                "--scores" => read.scores = Some(value()?.into()),
                "--memory" => read.mode = Mode::Memory,
                "--make" => read.mode = Mode::Make(value()?.into()),
                // What cargo says to every benchmark.
                "--bench" => {}
                _ => return Err(format!("{word} is no argument of this benchmark").into()),
            }
        }
        Ok(read)
    }
}
