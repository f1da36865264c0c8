//! Buffers that are kept from call to call and only grow, so that batches of alternating size do not allocate.

/// The first `len` values of a buffer.
pub(super) fn grow_to(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    buffer.resize(buffer.len().max(len), 0.0);
    &mut buffer[..len]
}

/// [`grow_to`] for a recurrent state: every run starts from zeros, whatever the last one left.
pub(super) fn grow_zeroed(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    let values = grow_to(buffer, len);
    values.fill(0.0);
    values
}
