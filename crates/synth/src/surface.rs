//! The surfaces that a brush paints on.

/// Red, green and blue, 0 to 255.
pub(crate) type Color = [f32; 3];

/// A surface of pixels that a brush paints on.
pub(crate) trait Surface {
    /// Pixels in a row.
    fn width(&self) -> usize;
    /// Rows.
    fn height(&self) -> usize;
    /// Blends a pixel with a colour; `cover`, in (0, 1], is the weight of the colour.
    fn blend_pixel(&mut self, x: usize, y: usize, cover: f32, color: Color);
    /// Darkens a pixel by a fraction. Surfaces without colours ignore it.
    fn darken_pixel(&mut self, _x: usize, _y: usize, _share: f32) {}
}

/// RGB pixels, row by row.
#[derive(Debug)]
pub(crate) struct Canvas<'a> {
    pub(crate) width: usize,
    pub(crate) pixels: &'a mut [u8],
}

impl Surface for Canvas<'_> {
    fn width(&self) -> usize {
        self.width
    }

    fn height(&self) -> usize {
        self.pixels.len() / (3 * self.width)
    }

    fn blend_pixel(&mut self, x: usize, y: usize, cover: f32, color: Color) {
        // Integer blending in 256ths: the same bytes on every platform.
        let weight = (cover * 256.0) as i32;
        let at = 3 * (y * self.width + x);
        for (old, new) in self.pixels[at..at + 3].iter_mut().zip(color) {
            let (from, to) = (i32::from(*old), i32::from(new as u8));
            *old = (from + (((to - from) * weight + 128) >> 8)) as u8;
        }
    }

    fn darken_pixel(&mut self, x: usize, y: usize, share: f32) {
        let keep = ((1.0 - share) * 256.0) as u32;
        let at = 3 * (y * self.width + x);
        for value in &mut self.pixels[at..at + 3] {
            *value = ((u32::from(*value) * keep + 128) >> 8) as u8;
        }
    }
}

/// The tag of the abnormal actor that each pixel shows, or 0.
#[derive(Debug)]
pub(crate) struct Silhouette {
    width: usize,
    tags: Vec<u8>,
    /// The tag of the actor that is being painted.
    pub(crate) tag: u8,
}

impl Silhouette {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            tags: vec![0; width * height],
            tag: 0,
        }
    }

    /// Removes all tags.
    pub(crate) fn clear(&mut self) {
        self.tags.fill(0);
    }

    /// The tags, row by row.
    pub(crate) fn tags(&self) -> &[u8] {
        &self.tags
    }
}

impl Surface for Silhouette {
    fn width(&self) -> usize {
        self.width
    }

    fn height(&self) -> usize {
        self.tags.len() / self.width
    }

    fn blend_pixel(&mut self, x: usize, y: usize, cover: f32, _: Color) {
        // A pixel belongs to the actor that covers more than half of it.
        if cover > 0.5 {
            self.tags[y * self.width + x] = self.tag;
        }
    }
}

/// The distance of the fixed object at each pixel that can hide an actor; infinite where there is
/// none.
#[derive(Debug, Clone)]
pub(crate) struct Depths {
    width: usize,
    values: Vec<f32>,
    /// The distance of the object that is being painted.
    pub(crate) depth: f32,
}

impl Depths {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            values: vec![f32::INFINITY; width * height],
            depth: f32::INFINITY,
        }
    }

    /// The distance of the fixed object at a pixel.
    pub(crate) fn depth_at(&self, x: usize, y: usize) -> f32 {
        self.values[y * self.width + x]
    }

    /// Records a fixed object at a distance.
    pub(crate) fn set_depth(&mut self, x: usize, y: usize, depth: f32) {
        self.values[y * self.width + x] = depth;
    }
}

impl Surface for Depths {
    fn width(&self) -> usize {
        self.width
    }

    fn height(&self) -> usize {
        self.values.len() / self.width
    }

    fn blend_pixel(&mut self, x: usize, y: usize, cover: f32, _: Color) {
        if cover > 0.5 {
            self.set_depth(x, y, self.depth);
        }
    }
}
