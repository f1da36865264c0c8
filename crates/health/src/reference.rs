use oddframe_core::FrameSource;

use crate::Error;
use crate::gradients::{CELL, COARSE_WIDTH, Gradients, HEIGHT, WIDTH, pool_cells};

/// The frames of which the reference is the median.
const SAMPLES: usize = 64;

/// A coarse picture has so many blocks along each side.
pub(crate) const BLOCKS: usize = 4;

/// A block of the reference has structure when its energy is at least this share of the mean energy of blocks.
const STRUCTURED: f64 = 0.1;

/// So many of the strongest gradients tell how sharp a picture is: one pixel in seven.
const STRONGEST: usize = WIDTH * HEIGHT / 7;

/// When fewer pixels than this share ever change, the video has no noise, and all of them count.
const FEWEST_CHANGING: f64 = 0.1;

/// What the camera shows when nothing moves, with its edges.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    /// The median of normal frames.
    pub(crate) picture: Vec<u8>,
    /// 1 for pixels that count. Those that never change at all do not: a black border, a painted region, a logo. They stay when
    /// the camera is turned away.
    pub(crate) counted: Vec<u8>,
    pub(crate) fine: StrongEdges,
    pub(crate) coarse: Edges,
    /// The coarse edges of the picture upside down: its rows reversed, and turned by half a turn.
    pub(crate) upside_down: [Edges; 2],
    /// The energy of each block; none of blocks without structure.
    pub(crate) blocks: Vec<Option<f64>>,
}

/// The places of the strongest gradients of a picture. Only there can sharpness be seen.
#[derive(Debug, Clone)]
pub(crate) struct StrongEdges {
    /// The place of each, and its gradient along both axes.
    pub(crate) places: Vec<(usize, f32, f32)>,
    /// The sum of their squares.
    pub(crate) energy: f64,
}

/// Gradients that are zero where pixels do not count.
#[derive(Debug, Clone)]
pub(crate) struct Edges {
    pub(crate) gradients: Gradients,
    /// 1 where the gradient counts, otherwise 0.
    pub(crate) weights: Vec<f32>,
}

impl Reference {
    /// The median of some of the frames of videos that were prepared as [`crate::HealthModel::input`] asks.
    pub(crate) fn learn(videos: &[&dyn FrameSource]) -> Result<Self, Error> {
        let total: usize = videos.iter().map(|video| video.numbers().len()).sum();
        let samples = total.min(SAMPLES);
        let mut pictures: Vec<Vec<u8>> = Vec::new();
        let mut start = 0;
        for video in videos {
            let frames = video.numbers().len();
            // Sample s is frame s * total / samples of all videos together.
            for index in 0..frames {
                if (start + index) * samples / total < (start + index + 1) * samples / total {
                    pictures.push(video.read(index)?.pixels().to_vec());
                }
            }
            start += frames;
        }
        // Pixel by pixel, the median over time is the background, as long as less than half of the pictures show something else
        // in its place. A pixel that has the same value in all of them is no part of the scene.
        let mut values = vec![0; pictures.len()];
        let (mut picture, mut counted) = (Vec::new(), Vec::new());
        for place in 0..WIDTH * HEIGHT {
            for (value, picture) in values.iter_mut().zip(&pictures) {
                *value = picture[place];
            }
            values.sort_unstable();
            picture.push(values[values.len() / 2]);
            counted.push(u8::from(values.first() != values.last()));
        }
        let changing: usize = counted.iter().map(|counts| usize::from(*counts)).sum();
        if (changing as f64) < FEWEST_CHANGING * counted.len() as f64 {
            counted.fill(1);
        }
        Ok(Self::new(picture, counted))
    }

    pub(crate) fn new(picture: Vec<u8>, counted: Vec<u8>) -> Self {
        let gray: Vec<f32> = picture.iter().map(|pixel| f32::from(*pixel)).collect();
        let coarse_counted = pool_cells(&counted);
        let coarse_counted: Vec<u8> = coarse_counted
            .iter()
            .map(|share| u8::from(*share > 0.999))
            .collect();
        let coarse_gray = pool_cells(&picture);
        let coarse = Edges::new(&coarse_gray, &coarse_counted, COARSE_WIDTH);
        // A pixel counts only where it counts in the picture upside down too.
        let upside_down = [
            (reverse_rows(&coarse_gray), reverse_rows(&coarse_counted)),
            (reverse_all(&coarse_gray), reverse_all(&coarse_counted)),
        ]
        .map(|(gray, turned)| {
            let both = turned.iter().zip(&coarse_counted).map(|(a, b)| a & b);
            Edges::new(&gray, &both.collect::<Vec<u8>>(), COARSE_WIDTH)
        });
        let energies = block_energies(&coarse.gradients);
        let mean = energies.iter().sum::<f64>() / energies.len() as f64;
        let blocks = energies.into_iter();
        let blocks = blocks.map(|energy| (energy > STRUCTURED * mean).then_some(energy));
        Self {
            fine: StrongEdges::new(&Edges::new(&gray, &counted, WIDTH).gradients),
            coarse,
            upside_down,
            blocks: blocks.collect(),
            picture,
            counted,
        }
    }
}

impl StrongEdges {
    fn new(gradients: &Gradients) -> Self {
        let both = gradients.x.iter().zip(&gradients.y).enumerate();
        let mut places: Vec<(usize, f32, f32)> = both
            .map(|(place, (x, y))| (place, *x, *y))
            .filter(|(_, x, y)| x * x + y * y > 0.0)
            .collect();
        // Stable, so that of equally strong ones the first are taken.
        places.sort_by(|(_, ax, ay), (_, bx, by)| {
            (bx * bx + by * by).total_cmp(&(ax * ax + ay * ay))
        });
        places.truncate(STRONGEST);
        // In the order in which they lie in memory.
        places.sort_unstable_by_key(|(place, _, _)| *place);
        let squares = places.iter().map(|(_, x, y)| f64::from(x * x + y * y));
        Self {
            energy: squares.sum(),
            places,
        }
    }
}

impl Edges {
    fn new(picture: &[f32], counted: &[u8], width: usize) -> Self {
        let mut gradients = Gradients::new(picture, width);
        let mut weights = vec![0.0; picture.len()];
        let height = picture.len() / width;
        for row in 1..height - 1 {
            for column in 1..width - 1 {
                let place = row * width + column;
                // A gradient counts when the pixel and the four beside it do.
                let beside = [place, place - 1, place + 1, place - width, place + width];
                if beside.iter().all(|place| counted[*place] == 1) {
                    weights[place] = 1.0;
                }
            }
        }
        for (place, weight) in weights.iter().enumerate() {
            gradients.x[place] *= weight;
            gradients.y[place] *= weight;
        }
        Self { gradients, weights }
    }
}

/// The sum of the squared gradients in each block of a coarse picture.
pub(crate) fn block_energies(gradients: &Gradients) -> Vec<f64> {
    let (width, height) = (COARSE_WIDTH / BLOCKS, HEIGHT / CELL / BLOCKS);
    let mut energies = vec![0.0; BLOCKS * BLOCKS];
    for (place, (x, y)) in gradients.x.iter().zip(&gradients.y).enumerate() {
        let (row, column) = (place / COARSE_WIDTH / height, place % COARSE_WIDTH / width);
        energies[row * BLOCKS + column] += f64::from(x * x + y * y);
    }
    energies
}

fn reverse_rows<T: Copy>(picture: &[T]) -> Vec<T> {
    let rows = picture.chunks_exact(COARSE_WIDTH).rev();
    rows.flatten().copied().collect()
}

fn reverse_all<T: Copy>(picture: &[T]) -> Vec<T> {
    picture.iter().rev().copied().collect()
}
