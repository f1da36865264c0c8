//! Batches of examples, filled by worker threads while the network trains on the batch before.
//!
//! ```text
//! order      [ 7 2 | 9 0 | 4 5 | … ]     the shuffled indices, cut into batches
//!                │
//! producer   fills batch n+2             one thread; shares the examples of a batch among all cores
//!                │ channel               batch n+1 waits here
//! consumer   trains on batch n           the thread that calls `for_each_batch`
//! ```

use std::panic::resume_unwind;
use std::sync::mpsc::sync_channel;
use std::thread;

use oddframe_clips::Examples;
use oddframe_core::{ClipShape, Error, Random, available_threads};

/// Batches that wait in the channel. One is enough to hide the filling, and each costs a batch of memory.
const READY_BATCHES: usize = 1;

/// The shapes of an example's input and target.
#[derive(Clone, Copy)]
pub(crate) struct ExampleShapes {
    pub(crate) input: ClipShape,
    pub(crate) target: ClipShape,
}

impl ExampleShapes {
    pub(crate) fn of(examples: &dyn Examples) -> Self {
        Self {
            input: examples.input_shape(),
            target: examples.target_shape(),
        }
    }
}

/// The values of a batch.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The number of examples.
    pub(crate) count: usize,
    /// `[count, T, C, H, W]`.
    pub(crate) inputs: Vec<f32>,
    /// `[count, T, C, H, W]`.
    pub(crate) targets: Vec<f32>,
}

/// The dimensions of `count` examples as a tensor.
pub(crate) fn batch_dims(shape: ClipShape, count: usize) -> [usize; 5] {
    [
        count,
        shape.frames,
        shape.channels,
        shape.height,
        shape.width,
    ]
}

/// The number of values in one example.
pub(crate) fn count_values(shape: ClipShape) -> Result<usize, Error> {
    let ClipShape {
        frames,
        height,
        width,
        ..
    } = shape;
    match frames * shape.frame_values() {
        0 => Err(Error::InvalidShape { width, height }),
        values => Ok(values),
    }
}

/// The order of the examples in an epoch: shuffled for training, ascending in epoch 0, which measures.
///
/// Each epoch has a random stream of its own, so that a resumed training needs no state of the generator.
pub(crate) fn shuffle_examples(examples: usize, seed: u64, epoch: u64) -> Vec<usize> {
    let mut order: Vec<_> = (0..examples).collect();
    if epoch > 0 {
        // Two epochs have unrelated orders, and epoch n has the same one in a resumed training.
        Random::stream(seed, &[epoch]).shuffle(&mut order);
    }
    order
}

/// Calls `consume` with each batch of an epoch, in order; the last batch may be smaller.
pub(crate) fn for_each_batch<E: From<Error>>(
    examples: &dyn Examples,
    epoch: u64,
    order: &[usize],
    batch_size: usize,
    mut consume: impl FnMut(Batch) -> Result<(), E>,
) -> Result<(), E> {
    let threads = available_threads();
    thread::scope(|scope| {
        // The channel is bounded: a producer that is faster than the training waits in `send`, so that memory holds at
        // most three batches, the one in training, the one that waits and the one that is filled.
        let (sender, batches) = sync_channel(READY_BATCHES);
        scope.spawn(move || {
            for indices in order.chunks(batch_size) {
                // The send fails once the consumer has returned, with an error: nobody needs the rest.
                if sender
                    .send(fill_batch(examples, epoch, indices, threads))
                    .is_err()
                {
                    return;
                }
            }
        });
        // An error ends the loop and drops the receiver, which ends the producer; the scope then joins it.
        batches.into_iter().try_for_each(|batch| consume(batch?))
    })
}

/// Fills one batch; each thread fills a contiguous part of it.
fn fill_batch(
    examples: &dyn Examples,
    epoch: u64,
    indices: &[usize],
    threads: usize,
) -> Result<Batch, Error> {
    let shapes = ExampleShapes::of(examples);
    let (input_values, target_values) = (count_values(shapes.input)?, count_values(shapes.target)?);
    let mut inputs = vec![0.0; indices.len() * input_values];
    let mut targets = vec![0.0; indices.len() * target_values];
    // All three are cut at the same examples, so that each thread owns its part and nothing is locked.
    let share = indices.len().div_ceil(threads);
    let parts = indices
        .chunks(share)
        .zip(inputs.chunks_mut(share * input_values))
        .zip(targets.chunks_mut(share * target_values));
    thread::scope(|scope| {
        let fillers: Vec<_> = parts
            .map(|((indices, inputs), targets)| {
                scope.spawn(move || {
                    let inputs = inputs.chunks_exact_mut(input_values);
                    let targets = targets.chunks_exact_mut(target_values);
                    indices.iter().zip(inputs.zip(targets)).try_for_each(
                        |(index, (input, target))| {
                            examples.write_example(epoch, *index, input, target)
                        },
                    )
                })
            })
            .collect();
        // Joined in order: of several errors, the one of the first example is reported, whichever thread is first.
        fillers
            .into_iter()
            .try_for_each(|filler| filler.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })?;
    Ok(Batch {
        count: indices.len(),
        inputs,
        targets,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// The input of each example is its index, the target is the epoch.
    struct Numbers {
        len: usize,
        bad: Option<usize>,
        filled: AtomicUsize,
    }

    const ONE: ClipShape = ClipShape {
        frames: 1,
        channels: 1,
        height: 1,
        width: 2,
    };

    impl Examples for Numbers {
        fn len(&self) -> usize {
            self.len
        }
        fn input_shape(&self) -> ClipShape {
            ONE
        }
        fn target_shape(&self) -> ClipShape {
            ClipShape { width: 1, ..ONE }
        }
        fn write_example(
            &self,
            epoch: u64,
            index: usize,
            seen: &mut [f32],
            wanted: &mut [f32],
        ) -> Result<(), Error> {
            if self.bad == Some(index) {
                return Err(Error::Interrupted);
            }
            self.filled.fetch_add(1, Ordering::SeqCst);
            seen.fill(index as f32);
            wanted.fill(epoch as f32);
            Ok(())
        }
    }

    fn number_examples(len: usize) -> Numbers {
        Numbers {
            len,
            bad: None,
            filled: AtomicUsize::new(0),
        }
    }

    #[test]
    fn every_example_is_filled_once_in_the_given_order() {
        let order = shuffle_examples(23, 5, 3);
        let mut filled = Vec::new();
        for_each_batch::<Error>(&number_examples(23), 3, &order, 4, |batch| {
            assert_eq!(batch.count, if filled.len() == 20 { 3 } else { 4 });
            assert_eq!(batch.targets, vec![3.0; batch.count]);
            filled.extend(batch.inputs.chunks_exact(2).map(|pair| {
                assert_eq!(pair[0], pair[1]);
                pair[0] as usize
            }));
            Ok(())
        })
        .unwrap();
        assert_eq!(filled, order);
        filled.sort_unstable();
        assert_eq!(filled, (0..23).collect::<Vec<_>>());
    }

    #[test]
    fn the_order_depends_on_seed_and_epoch_alone() {
        assert_eq!(shuffle_examples(50, 1, 1), shuffle_examples(50, 1, 1));
        assert_ne!(shuffle_examples(50, 1, 1), shuffle_examples(50, 1, 2));
        assert_ne!(shuffle_examples(50, 1, 1), shuffle_examples(50, 2, 1));
        assert_eq!(shuffle_examples(50, 1, 0), (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_ends_the_epoch_and_few_batches_are_filled_ahead() {
        let examples = Numbers {
            bad: Some(9),
            ..number_examples(1000)
        };
        let order: Vec<_> = (0..1000).collect();
        let mut batches = 0;
        let error = for_each_batch::<Error>(&examples, 1, &order, 2, |_| {
            batches += 1;
            Ok(())
        });
        assert!(
            matches!(error, Err(Error::Interrupted)) && batches == 4,
            "{batches}"
        );
        let examples = number_examples(1000);
        let stopped = for_each_batch::<Error>(&examples, 1, &order, 2, |_| Err(Error::Interrupted));
        assert!(stopped.is_err());
        // One consumed, one in the channel, one waiting to be sent, and one because the threads are not synchronised.
        assert!(examples.filled.load(Ordering::SeqCst) <= 2 * (READY_BATCHES + 3));
    }
}
