use super::Plane;

/// Moves a picture by `(dx, dy)` pixels, bilinearly; what comes from outside is the nearest pixel of the edge.
pub(crate) fn translate(plane: &Plane<f32>, (dx, dy): (f64, f64)) -> Plane<f32> {
    let columns = place_taps(plane.width, dx);
    let rows = place_taps(plane.height, dy);
    let mut out = Plane::new(plane.width, plane.height);
    for (y, row) in rows.iter().enumerate() {
        let (upper, lower) = (plane.row(row.first), plane.row(row.second));
        let out = &mut out.values[y * plane.width..][..plane.width];
        for (out, tap) in out.iter_mut().zip(&columns) {
            let above = upper[tap.first] + tap.weight * (upper[tap.second] - upper[tap.first]);
            let below = lower[tap.first] + tap.weight * (lower[tap.second] - lower[tap.first]);
            *out = above + row.weight * (below - above);
        }
    }
    out
}

/// Two neighbouring places and the weight of the second.
struct Tap {
    first: usize,
    second: usize,
    weight: f32,
}

fn place_taps(len: usize, shift: f64) -> Vec<Tap> {
    let last = len as i64 - 1;
    (0..len)
        .map(|place| {
            let from = place as f64 - shift;
            let near = from.floor();
            Tap {
                first: (near as i64).clamp(0, last) as usize,
                second: (near as i64 + 1).clamp(0, last) as usize,
                weight: (from - near) as f32,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_half_pixels() {
        let row = Plane::from_values(4, vec![1.0, 2.0, 4.0, 8.0]);
        assert_eq!(translate(&row, (1.0, 0.0)).values, [1.0, 1.0, 2.0, 4.0]);
        assert_eq!(translate(&row, (-0.5, 3.0)).values, [1.5, 3.0, 6.0, 8.0]);
    }
}
