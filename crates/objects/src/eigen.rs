//! Eigenvectors of symmetric matrices.

/// The eigenvalues of a symmetric matrix of `size` rows, in no order, and for each its eigenvector, one row after the other.
///
/// Householder reflections make the matrix tridiagonal; the QL method with implicit shifts then rotates what is beside the
/// diagonal away (Golub and van Loan, Matrix Computations, sections 8.3.1 and 8.3.3).
pub(crate) fn decompose_symmetric(matrix: &[f64], size: usize) -> (Vec<f64>, Vec<f64>) {
    let mut reduced = matrix.to_vec();
    let mut reflections = Vec::new();
    let mut beside = vec![0.0; size];
    for (step, beside) in beside.iter_mut().take(size.saturating_sub(2)).enumerate() {
        let (reflection, length) = reflect_column(&reduced, size, step);
        *beside = length;
        if let Some(vector) = &reflection {
            apply_on_both_sides(&mut reduced, size, step + 1, vector);
        }
        reflections.push(reflection);
    }
    if size >= 2 {
        beside[size - 2] = reduced[(size - 1) * size + size - 2];
    }
    let mut values: Vec<f64> = (0..size).map(|at| reduced[at * size + at]).collect();
    // The product of all reflections, transposed: its rows become the eigenvectors.
    let mut vectors = vec![0.0; size * size];
    for at in 0..size {
        vectors[at * size + at] = 1.0;
    }
    for (step, vector) in reflections.iter().enumerate().rev() {
        let Some(vector) = vector else { continue };
        for row in vectors.chunks_exact_mut(size) {
            let row = &mut row[step + 1..];
            let part: f64 = row.iter().zip(vector).map(|(a, b)| a * b).sum();
            for (value, v) in row.iter_mut().zip(vector) {
                *value -= 2.0 * part * v;
            }
        }
    }
    rotate_to_diagonal(&mut values, &mut beside, &mut vectors, size);
    (values, vectors)
}

/// The reflection that leaves one value of a column below the diagonal, and that value; no reflection for zeros.
fn reflect_column(matrix: &[f64], size: usize, step: usize) -> (Option<Vec<f64>>, f64) {
    let mut vector: Vec<f64> = (step + 1..size)
        .map(|row| matrix[row * size + step])
        .collect();
    let length = vector.iter().map(|v| v * v).sum::<f64>().sqrt();
    // Away from the first value, so that no digits cancel.
    let target = if vector[0] > 0.0 { -length } else { length };
    vector[0] -= target;
    let norm = vector.iter().map(|v| v * v).sum::<f64>().sqrt();
    if norm == 0.0 {
        return (None, 0.0);
    }
    for value in &mut vector {
        *value /= norm;
    }
    (Some(vector), target)
}

/// Reflects the rows and the columns of the matrix from `first` on.
fn apply_on_both_sides(matrix: &mut [f64], size: usize, first: usize, vector: &[f64]) {
    let rows = matrix.chunks_exact(size).skip(first);
    let mut product: Vec<f64> = rows
        .map(|row| row[first..].iter().zip(vector).map(|(a, b)| a * b).sum())
        .collect();
    let part: f64 = product.iter().zip(vector).map(|(a, b)| a * b).sum();
    product
        .iter_mut()
        .zip(vector)
        .for_each(|(p, v)| *p -= part * v);
    for (at, row) in matrix.chunks_exact_mut(size).skip(first).enumerate() {
        let (own, own_product) = (2.0 * vector[at], 2.0 * product[at]);
        for ((value, v), p) in row[first..].iter_mut().zip(vector).zip(&product) {
            *value -= own * p + own_product * v;
        }
    }
}

/// Rotates a tridiagonal matrix until nothing is left beside the diagonal. The vectors, which are rows, turn with it.
fn rotate_to_diagonal(values: &mut [f64], beside: &mut [f64], vectors: &mut [f64], size: usize) {
    for first in 0..size {
        // Convergence is cubic: a few rounds each. The limit only guards against values that are not finite.
        for _ in 0..60 {
            let negligible = |at: &usize| {
                beside[*at].abs() <= f64::EPSILON * (values[*at].abs() + values[at + 1].abs())
            };
            let end = (first..size - 1).find(negligible).unwrap_or(size - 1);
            if end == first {
                break;
            }
            sweep(values, beside, vectors, size, first..end);
        }
    }
}

/// One QL step on a block, with the shift of its first two rows.
fn sweep(
    values: &mut [f64],
    beside: &mut [f64],
    vectors: &mut [f64],
    size: usize,
    block: std::ops::Range<usize>,
) {
    let (first, end) = (block.start, block.end);
    let half = (values[first + 1] - values[first]) / (2.0 * beside[first]);
    let root = half.hypot(1.0).copysign(half);
    let mut bulge = values[end] - values[first] + beside[first] / (half + root);
    let (mut sine, mut cosine, mut carried) = (1.0, 1.0, 0.0);
    for at in block.rev() {
        let (outer, inner) = (sine * beside[at], cosine * beside[at]);
        let length = outer.hypot(bulge);
        beside[at + 1] = length;
        if length == 0.0 {
            // The block falls apart here.
            values[at + 1] -= carried;
            beside[end] = 0.0;
            return;
        }
        sine = outer / length;
        cosine = bulge / length;
        let diagonal = values[at + 1] - carried;
        let mixed = (values[at] - diagonal) * sine + 2.0 * cosine * inner;
        carried = sine * mixed;
        values[at + 1] = diagonal + carried;
        bulge = cosine * mixed - inner;
        let (lower, upper) = vectors[at * size..(at + 2) * size].split_at_mut(size);
        for (a, b) in lower.iter_mut().zip(upper) {
            (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
        }
    }
    values[first] -= carried;
    beside[first] = bulge;
    beside[end] = 0.0;
}

#[cfg(test)]
mod tests {
    use oddframe_core::Random;

    use super::*;

    #[test]
    fn the_vectors_make_the_matrix_diagonal() {
        let mut random = Random::new(2);
        for size in [1, 2, 3, 7, 30] {
            let mut matrix = vec![0.0; size * size];
            for row in 0..size {
                for column in 0..=row {
                    let value = random.between(-1.0, 1.0);
                    matrix[row * size + column] = value;
                    matrix[column * size + row] = value;
                }
            }
            let (values, vectors) = decompose_symmetric(&matrix, size);
            for (value, vector) in values.iter().zip(vectors.chunks_exact(size)) {
                let length: f64 = vector.iter().map(|v| v * v).sum();
                assert!((length - 1.0).abs() < 1e-10, "{size}");
                for (row, own) in matrix.chunks_exact(size).zip(vector) {
                    let product: f64 = row.iter().zip(vector).map(|(a, b)| a * b).sum();
                    assert!((product - value * own).abs() < 1e-10, "{size}");
                }
            }
        }
    }

    #[test]
    fn zeros_and_repeated_values_are_no_trouble() {
        assert_eq!(decompose_symmetric(&[0.0; 16], 4).0, [0.0; 4]);
        let (mut values, _) =
            decompose_symmetric(&[2.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 2.0], 3);
        values.sort_by(f64::total_cmp);
        assert_eq!(values, [2.0; 3]);
    }
}
