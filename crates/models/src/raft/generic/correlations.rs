use std::ops::Range;

use burn::tensor::module::avg_pool2d;
use burn::tensor::{Int, Tensor};
use oddframe_nn::Kernels;

/// Levels of the pyramid.
const LEVELS: usize = 4;
/// Largest offset that is looked up.
const RADIUS: i64 = 4;
/// Offsets along a side.
const SIDE: usize = 9;

/// The correlations of all pairs of a batch.
///
/// A level of the pyramid is the product of the first map with the pooled second one: the mean of products with one vector
/// is the product with the mean. Without the memory for all products, rows of the first map are taken in parts.
#[derive(Debug)]
pub(super) struct Correlations<B: Kernels> {
    /// The first maps, `[pairs, positions, channels]`, divided by the square root of the channels.
    first: Tensor<B, 3>,
    /// Of each level: the second maps, `[pairs, channels, positions]`, and their height and width.
    pooled: Vec<(Tensor<B, 3>, [usize; 2])>,
    /// The products of all positions at each level, if there is memory for them.
    products: Option<Vec<Tensor<B, 3>>>,
    /// Positions of the first map that are multiplied together.
    rows: usize,
}

impl<B: Kernels> Correlations<B> {
    /// The correlations of two batches of maps, within `limit` bytes.
    pub(super) fn new(first: Tensor<B, 4>, second: Tensor<B, 4>, limit: Option<usize>) -> Self {
        let [pairs, channels, height, width] = first.dims();
        let positions = height * width;
        let first =
            first.reshape([pairs, channels, positions]).swap_dims(1, 2) / (channels as f64).sqrt();
        let mut pooled = Vec::with_capacity(LEVELS);
        let mut map = second;
        for level in 0..LEVELS {
            if level > 0 {
                map = avg_pool2d(map, [2, 2], [2, 2], [0, 0], true, false);
            }
            let [_, _, height, width] = map.dims();
            let flat = map.clone().reshape([pairs, channels, height * width]);
            pooled.push((flat, [height, width]));
        }
        let products: usize = pooled.iter().map(|(_, [h, w])| h * w).sum();
        let bytes_of_row = pairs * products * size_of::<f32>();
        // As many rows of the first maps as fit the limit are multiplied at once, but at least one.
        let rows = limit
            .map_or(positions, |limit| limit / bytes_of_row)
            .clamp(1, positions);
        let mut this = Self {
            first,
            pooled,
            products: None,
            rows,
        };
        if rows == positions {
            this.products = Some(this.multiply(0..positions));
        }
        this
    }

    /// The products of some rows of the first maps at each level.
    fn multiply(&self, rows: Range<usize>) -> Vec<Tensor<B, 3>> {
        let first = self.first.clone().narrow(1, rows.start, rows.len());
        self.pooled
            .iter()
            .map(|(second, _)| first.clone().matmul(second.clone()))
            .collect()
    }

    /// The values around places, `[pairs, 2, height, width]` to `[pairs, 4 * 81, height, width]`.
    pub(super) fn look_up(&self, places: Tensor<B, 4>) -> Tensor<B, 4> {
        let [pairs, _, height, width] = places.dims();
        let positions = height * width;
        let places = places.reshape([pairs, 2, positions]);
        let mut parts = Vec::new();
        for start in (0..positions).step_by(self.rows) {
            let rows = start..(start + self.rows).min(positions);
            let here = places.clone().narrow(2, start, rows.len());
            let products = match &self.products {
                Some(products) => products.clone(),
                None => self.multiply(rows),
            };
            let sizes = self.pooled.iter().map(|(_, size)| *size);
            let levels = products.into_iter().zip(sizes).enumerate();
            let values = levels.map(|(level, (products, size))| {
                let shrink = 1.0 / f64::from(1_u32 << level);
                interpolate(products, size, here.clone() * shrink)
            });
            parts.push(Tensor::cat(values.collect(), 2));
        }
        Tensor::cat(parts, 1).swap_dims(1, 2).reshape([
            pairs as i32,
            -1,
            height as i32,
            width as i32,
        ])
    }
}

/// The 81 values around each place of one level: `products` `[pairs, rows, height * width]`, `places` `[pairs, 2, rows]`.
fn interpolate<B: Kernels>(
    products: Tensor<B, 3>,
    [height, width]: [usize; 2],
    places: Tensor<B, 3>,
) -> Tensor<B, 3> {
    let [pairs, _, rows] = places.dims();
    let x = Axis::new(places.clone().narrow(1, 0, 1), width);
    let y = Axis::new(places.narrow(1, 1, 1), height);
    // All ten by ten positions around a place, row by row; those beyond the edge become zero.
    let index = y.position.unsqueeze_dim::<4>(3) * width as f64 + x.position.unsqueeze_dim::<4>(2);
    let index: Tensor<B, 3, Int> = index.int().reshape([pairs, rows, (SIDE + 1) * (SIDE + 1)]);
    let inside = y.inside.unsqueeze_dim::<4>(3) * x.inside.unsqueeze_dim::<4>(2);
    let square = products
        .gather(2, index)
        .reshape([pairs, rows, SIDE + 1, SIDE + 1])
        * inside;
    // Between positions: along the rows, then along the columns, with one share for all offsets.
    let (right, down) = (x.share.unsqueeze_dim::<4>(3), y.share.unsqueeze_dim::<4>(3));
    let lines = square.clone().narrow(3, 0, SIDE) * (-right.clone() + 1.0)
        + square.narrow(3, 1, SIDE) * right;
    let values =
        lines.clone().narrow(2, 0, SIDE) * (-down.clone() + 1.0) + lines.narrow(2, 1, SIDE) * down;
    // torchvision lists the offsets column by column.
    values.swap_dims(2, 3).reshape([pairs, rows, SIDE * SIDE])
}

/// The ten positions around each place along one axis.
struct Axis<B: Kernels> {
    /// `[pairs, rows, 10]`, moved onto the map.
    position: Tensor<B, 3>,
    /// 1 where the position lies on the map, 0 elsewhere.
    inside: Tensor<B, 3>,
    /// How far each place lies behind its position, `[pairs, rows, 1]`.
    share: Tensor<B, 3>,
}

impl<B: Kernels> Axis<B> {
    /// `places`: `[pairs, 1, rows]`
    fn new(places: Tensor<B, 3>, size: usize) -> Self {
        let places = places.swap_dims(1, 2);
        let whole = places.clone().floor();
        let offsets = Tensor::<B, 1, Int>::arange(-RADIUS..RADIUS + 2, &places.device())
            .float()
            .reshape([1, 1, SIDE + 1]);
        let position = whole.clone() + offsets;
        let last = (size - 1) as f64;
        let inside = position.clone().greater_equal_elem(0.0).float()
            * position.clone().lower_equal_elem(last).float();
        Self {
            position: position.clamp(0.0, last),
            inside,
            share: places - whole,
        }
    }
}
