use oddframe_clips::ClipScorer;
use oddframe_core::{ClipShape, Error};
use oddframe_nn::{Frozen, Kernels};

use super::{check, failed};

/// A network that is one chain over volumes: channels come before time there, and after it in a clip.
#[derive(Debug)]
pub(crate) struct FrozenVolumes<B: Kernels> {
    kind: &'static str,
    clip: ClipShape,
    layers: Frozen<B>,
    volumes: Vec<f32>,
    versions: Vec<f32>,
}

impl<B: Kernels> FrozenVolumes<B> {
    pub(crate) fn new(kind: &'static str, clip: ClipShape, layers: Frozen<B>) -> Self {
        Self { kind, clip, layers, volumes: Vec::new(), versions: Vec::new() }
    }
}

impl<B: Kernels> ClipScorer for FrozenVolumes<B> {
    fn clip(&self) -> ClipShape {
        self.clip
    }

    fn reconstruct(&mut self, clips: &[f32], batch: usize, out: &mut [f32]) -> Result<(), Error> {
        check(self.clip, &self.explained(), batch, clips, out.len())?;
        let ClipShape { frames, channels, height, width } = self.clip;
        let plane = height * width;
        if channels == 1 {
            return self.layers.run(clips, batch, out).map_err(failed(self.kind));
        }
        self.volumes.resize(clips.len(), 0.0);
        self.versions.resize(clips.len(), 0.0);
        swap(clips, &mut self.volumes, [frames, channels], plane);
        self.layers.run(&self.volumes, batch, &mut self.versions).map_err(failed(self.kind))?;
        swap(&self.versions, out, [channels, frames], plane);
        Ok(())
    }
}

/// `[batch, a, b, plane]` to `[batch, b, a, plane]`.
fn swap(from: &[f32], to: &mut [f32], [a, b]: [usize; 2], plane: usize) {
    for (from, to) in from.chunks_exact(a * b * plane).zip(to.chunks_exact_mut(a * b * plane)) {
        for (place, to) in to.chunks_exact_mut(plane).enumerate() {
            let (outer, inner) = (place / a, place % a);
            to.copy_from_slice(&from[(inner * b + outer) * plane..][..plane]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_change_places() {
        let from: Vec<f32> = (0..24_u8).map(f32::from).collect();
        let mut to = vec![0.0; 24];
        swap(&from, &mut to, [2, 3], 2);
        assert_eq!(to[..12], [0.0, 1.0, 6.0, 7.0, 2.0, 3.0, 8.0, 9.0, 4.0, 5.0, 10.0, 11.0]);
        assert_eq!(to[12..14], [12.0, 13.0]);
        let mut back = vec![0.0; 24];
        swap(&to, &mut back, [3, 2], 2);
        assert_eq!(back, from);
    }
}
