use super::Plane;
use super::mirror::mirror;

/// The length of the gradient at each pixel, by Sobel's operator on 3x3 pixels, borders mirrored.
pub(crate) fn gradient_magnitude(plane: &Plane<f32>) -> Plane<f32> {
    let (width, height) = (plane.width, plane.height);
    let mut out = Plane::new(width, height);
    for y in 0..height {
        let above = plane.row(mirror(y as isize - 1, height));
        let here = plane.row(y);
        let below = plane.row(mirror(y as isize + 1, height));
        for x in 0..width {
            let left = mirror(x as isize - 1, width);
            let right = mirror(x as isize + 1, width);
            let dx = (above[right] - above[left])
                + 2.0 * (here[right] - here[left])
                + (below[right] - below[left]);
            let dy = (below[left] - above[left])
                + 2.0 * (below[x] - above[x])
                + (below[right] - above[right]);
            out.values[y * width + x] = dx.hypot(dy);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_has_one_slope_inside() {
        let ramp = Plane::from_values(5, (0..20).map(|i| (3 * (i % 5)) as f32).collect());
        let slope = gradient_magnitude(&ramp);
        assert_eq!(slope.get(2, 1), 24.0);
        assert_eq!(slope.get(0, 1), 0.0);
    }
}
