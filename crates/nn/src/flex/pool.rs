//! Memory that goes round: what one operation lets go, a later one takes.
//!
//! A training step asks for the same few sizes again and again, and fresh memory is dear: the system hands it out
//! page by page, zeroed. The activations that the backward pass lets go are just what the next forward pass asks
//! for, so keeping them costs nothing at the peak.

use std::cell::RefCell;
use std::collections::VecDeque;

use burn_flex::{FlexTensor, Layout};

/// Below so many values the allocator is as fast.
const SMALL: usize = 1 << 12;
/// After so many requests that nobody served from it, memory goes back to the system: many training steps.
const PATIENCE: u64 = 2048;

thread_local! {
    static POOL: RefCell<Pool> = RefCell::default();
}

#[derive(Default)]
struct Pool {
    requests: u64,
    /// Oldest first, with the number of requests at its return.
    free: VecDeque<(u64, Vec<f32>)>,
}

/// Memory for results. What is in it is not said: who asks writes all of it.
pub(super) fn buffer(len: usize) -> Vec<f32> {
    if len < SMALL {
        return vec![0.0; len];
    }
    let found = POOL.with_borrow_mut(|pool| {
        pool.requests += 1;
        // The last one returned is the likeliest to be in a cache.
        let at = pool.free.iter().rposition(|(_, values)| values.len() == len)?;
        pool.free.remove(at)
    });
    match found {
        Some((_, mut values)) => {
            // Tests find who reads before writing.
            if cfg!(debug_assertions) {
                values.fill(f32::NAN);
            }
            values
        }
        None => vec![0.0; len],
    }
}

/// Takes back memory that is no longer needed.
pub(super) fn give_back(values: Vec<f32>) {
    if values.len() < SMALL || values.len() != values.capacity() {
        return;
    }
    POOL.with_borrow_mut(|pool| {
        let now = pool.requests;
        while pool.free.front().is_some_and(|(at, _)| at + PATIENCE < now) {
            pool.free.pop_front();
        }
        pool.free.push_back((now, values));
    });
}

/// Takes back a tensor's memory, where nothing else holds it.
pub(super) fn let_go(tensor: FlexTensor) {
    let len = tensor.bytes().len() / size_of::<f32>();
    if !tensor.is_unique() || len < SMALL || tensor.dtype() != burn::tensor::DType::F32 {
        return;
    }
    // As one row over all of its memory the tensor is taken apart without a copy.
    let row = tensor.with_layout(Layout::contiguous([len].into()));
    if let Ok(values) = row.into_data().bytes.try_into_vec::<f32>() {
        give_back(values);
    }
}

#[cfg(test)]
mod tests {
    use super::super::dense::contiguous;
    use super::*;

    #[test]
    fn memory_comes_back_for_the_same_size() {
        let first = buffer(SMALL);
        let address = first.as_ptr();
        let tensor = contiguous(first, &[SMALL]);
        let other = tensor.clone();
        let_go(tensor);
        let fresh = buffer(SMALL);
        assert_ne!(fresh.as_ptr(), address, "a clone still holds it");
        let_go(other);
        let larger = buffer(SMALL + 1);
        assert_ne!(larger.as_ptr(), address);
        let again = buffer(SMALL);
        assert_eq!(again.as_ptr(), address);
    }

    #[test]
    fn what_nobody_asks_for_goes_back_to_the_system() {
        let count = || POOL.with_borrow(|pool| pool.free.len());
        give_back(vec![0.0; SMALL]);
        assert_eq!(count(), 1);
        for _ in 0..=PATIENCE {
            drop(buffer(2 * SMALL));
        }
        give_back(vec![0.0; 3 * SMALL]);
        assert_eq!(count(), 1);
    }
}
