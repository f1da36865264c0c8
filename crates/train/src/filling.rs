//! Batches, filled by other threads while the network learns.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::mpsc::sync_channel;
use std::thread;

use oddframe_clips::Examples;
use oddframe_core::{ClipShape, Error, Random};

/// Batches that lie ready; one more is being filled and one more is learned from.
const AHEAD: usize = 1;

/// The values of a batch.
#[derive(Debug)]
pub(crate) struct Filled {
    /// How many examples.
    pub(crate) count: usize,
    /// `[count, T, C, H, W]`.
    pub(crate) seen: Vec<f32>,
    /// `[count, T, C, H, W]`.
    pub(crate) wanted: Vec<f32>,
}

/// The order of an epoch: shuffled while learning, as it is in epoch 0.
pub(crate) fn order(examples: usize, seed: u64, epoch: u64) -> Vec<usize> {
    let mut order: Vec<_> = (0..examples).collect();
    if epoch > 0 {
        Random::stream(seed, &[epoch]).shuffle(&mut order);
    }
    order
}

/// Hands the batches of an epoch to `take`, in order; the last one may be smaller.
pub(crate) fn for_each_batch<E: From<Error>>(
    examples: &dyn Examples,
    epoch: u64,
    order: &[usize],
    batch: usize,
    mut take: impl FnMut(Filled) -> Result<(), E>,
) -> Result<(), E> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let (filled, batches) = sync_channel(AHEAD);
        scope.spawn(move || {
            for indices in order.chunks(batch) {
                // When nobody listens any longer there is nothing left to do.
                if filled.send(fill(examples, epoch, indices, threads)).is_err() {
                    return;
                }
            }
        });
        batches.into_iter().try_for_each(|batch| take(batch?))
    })
}

/// The examples of one batch, shared among threads.
fn fill(examples: &dyn Examples, epoch: u64, indices: &[usize], threads: usize) -> Result<Filled, Error> {
    let (seen_values, wanted_values) = (values(examples.seen())?, values(examples.wanted())?);
    let mut seen = vec![0.0; indices.len() * seen_values];
    let mut wanted = vec![0.0; indices.len() * wanted_values];
    let share = indices.len().div_ceil(threads);
    let parts = indices
        .chunks(share)
        .zip(seen.chunks_mut(share * seen_values))
        .zip(wanted.chunks_mut(share * wanted_values));
    thread::scope(|scope| {
        let fillers: Vec<_> = parts
            .map(|((indices, seen), wanted)| {
                scope.spawn(move || {
                    let slices =
                        seen.chunks_exact_mut(seen_values).zip(wanted.chunks_exact_mut(wanted_values));
                    indices
                        .iter()
                        .zip(slices)
                        .try_for_each(|(index, (seen, wanted))| examples.fill(epoch, *index, seen, wanted))
                })
            })
            .collect();
        // Joined in order, so that of several errors the first example's is told.
        fillers.into_iter().try_for_each(|filler| filler.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })?;
    Ok(Filled { count: indices.len(), seen, wanted })
}

/// Values of one example.
pub(crate) fn values(shape: ClipShape) -> Result<usize, Error> {
    let ClipShape { frames, height, width, .. } = shape;
    match frames * shape.frame_values() {
        0 => Err(Error::InvalidShape { width, height }),
        values => Ok(values),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Each example is its own number, and its epoch is what is wanted.
    struct Numbers {
        len: usize,
        bad: Option<usize>,
        filled: AtomicUsize,
    }

    const ONE: ClipShape = ClipShape { frames: 1, channels: 1, height: 1, width: 2 };

    impl Examples for Numbers {
        fn len(&self) -> usize {
            self.len
        }
        fn seen(&self) -> ClipShape {
            ONE
        }
        fn wanted(&self) -> ClipShape {
            ClipShape { width: 1, ..ONE }
        }
        fn fill(&self, epoch: u64, index: usize, seen: &mut [f32], wanted: &mut [f32]) -> Result<(), Error> {
            if self.bad == Some(index) {
                return Err(Error::Interrupted);
            }
            self.filled.fetch_add(1, Ordering::SeqCst);
            seen.fill(index as f32);
            wanted.fill(epoch as f32);
            Ok(())
        }
    }

    fn numbers(len: usize) -> Numbers {
        Numbers { len, bad: None, filled: AtomicUsize::new(0) }
    }

    #[test]
    fn every_example_comes_once_in_the_order_given() {
        let order = order(23, 5, 3);
        let mut seen = Vec::new();
        for_each_batch::<Error>(&numbers(23), 3, &order, 4, |batch| {
            assert_eq!(batch.count, if seen.len() == 20 { 3 } else { 4 });
            assert_eq!(batch.wanted, vec![3.0; batch.count]);
            seen.extend(batch.seen.chunks_exact(2).map(|pair| {
                assert_eq!(pair[0], pair[1]);
                pair[0] as usize
            }));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, order);
        seen.sort_unstable();
        assert_eq!(seen, (0..23).collect::<Vec<_>>());
    }

    #[test]
    fn orders_differ_by_seed_and_epoch_and_not_by_run() {
        assert_eq!(order(50, 1, 1), order(50, 1, 1));
        assert_ne!(order(50, 1, 1), order(50, 1, 2));
        assert_ne!(order(50, 1, 1), order(50, 2, 1));
        assert_eq!(order(50, 1, 0), (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_ends_it_and_few_batches_are_filled_ahead() {
        let examples = Numbers { bad: Some(9), ..numbers(1000) };
        let order: Vec<_> = (0..1000).collect();
        let mut batches = 0;
        let error = for_each_batch::<Error>(&examples, 1, &order, 2, |_| {
            batches += 1;
            Ok(())
        });
        assert!(matches!(error, Err(Error::Interrupted)) && batches == 4, "{batches}");
        let examples = numbers(1000);
        let stopped = for_each_batch::<Error>(&examples, 1, &order, 2, |_| Err(Error::Interrupted));
        assert!(stopped.is_err());
        // One taken, one ready, one waiting for its place, one for the moment between.
        assert!(examples.filled.load(Ordering::SeqCst) <= 2 * (AHEAD + 3));
    }
}
