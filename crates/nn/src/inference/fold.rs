/// Batch normalisation with fixed statistics, as a scale and a shift of each channel.
///
/// With the running statistics, `gamma (s - mean) / sqrt(variance + epsilon) + beta` is linear in s, the sums of a layer: it is
/// `scale s + shift`. Multiplied into the layer's weights and added to its bias, it costs nothing. Both are in double
/// precision, so that folding rounds each weight once.
///
/// The slices have one value for each channel, in the order gamma, beta, mean, variance; the result is scale and shift.
///
/// ```
/// use oddframe_nn::fold_batch_norm;
///
/// let [scale, shift] = fold_batch_norm([&[3.0], &[1.0], &[2.0], &[4.0]], 0.0);
/// assert_eq!((scale, shift), (vec![1.5], vec![-2.0]));
/// ```
pub fn fold_batch_norm([gamma, beta, mean, variance]: [&[f32]; 4], epsilon: f64) -> [Vec<f64>; 2] {
    let scale: Vec<f64> = gamma
        .iter()
        .zip(variance)
        .map(|(&gamma, &variance)| f64::from(gamma) / (f64::from(variance) + epsilon).sqrt())
        .collect();
    let shift = beta
        .iter()
        .zip(mean.iter().zip(&scale))
        .map(|(&beta, (&mean, scale))| f64::from(beta) - f64::from(mean) * scale)
        .collect();
    [scale, shift]
}
