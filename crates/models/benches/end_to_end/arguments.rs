use std::path::PathBuf;

use crate::Failure;

/// The command line.
pub struct Arguments {
    /// The names of the systems; all when empty.
    pub systems: Vec<String>,
    pub side: usize,
    pub batch: Option<usize>,
    /// A folder of images, or of folders of images; without it, images are made in a temporary folder.
    pub data: Option<PathBuf>,
    /// The number of frames that are made; in the memory mode, the length of the shorter video.
    pub frames: Option<usize>,
    pub runs: usize,
    /// Threads that read frames; one for each core without it.
    pub readers: Option<usize>,
    pub weights: Option<PathBuf>,
    /// Whether the network keeps its weights in 16 bits.
    pub bf16: bool,
    /// The file of the scores; a temporary file without it.
    pub scores: Option<PathBuf>,
    pub mode: Mode,
}

pub enum Mode {
    Time,
    Memory,
    /// Only makes the images in this folder.
    Make(PathBuf),
}

impl Arguments {
    pub fn parse() -> Result<Self, Failure> {
        let mut read = Self {
            systems: Vec::new(),
            side: 128,
            batch: None,
            data: None,
            frames: None,
            runs: 3,
            readers: None,
            weights: None,
            bf16: false,
            scores: None,
            mode: Mode::Time,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--system" => {
                    let names = next_value(&mut words, &word)?;
                    read.systems = names.split(',').map(String::from).collect();
                }
                "--side" => read.side = next_value(&mut words, &word)?.parse()?,
                "--batch" => read.batch = Some(next_value(&mut words, &word)?.parse()?),
                "--data" => read.data = Some(next_value(&mut words, &word)?.into()),
                "--frames" => read.frames = Some(next_value(&mut words, &word)?.parse()?),
                "--runs" => read.runs = next_value(&mut words, &word)?.parse()?,
                "--readers" => read.readers = Some(next_value(&mut words, &word)?.parse()?),
                "--weights" => read.weights = Some(next_value(&mut words, &word)?.into()),
                "--bf16" => read.bf16 = true,
                "--scores" => read.scores = Some(next_value(&mut words, &word)?.into()),
                "--memory" => read.mode = Mode::Memory,
                "--make" => read.mode = Mode::Make(next_value(&mut words, &word)?.into()),
                // Cargo passes this to every benchmark.
                "--bench" => {}
                _ => return Err(format!("unknown argument {word}").into()),
            }
        }
        Ok(read)
    }
}

fn next_value(words: &mut impl Iterator<Item = String>, name: &str) -> Result<String, String> {
    words.next().ok_or_else(|| format!("{name} needs a value"))
}
