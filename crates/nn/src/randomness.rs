//! Everything random in building and training a network: seeded streams, drawn on the CPU.
//!
//! Burn has one random generator for each backend and process. Two trainings in one process would take numbers from
//! each other, and two backends draw different numbers from one seed. Here the numbers come from [`Random`] streams
//! that belong to the calling thread:
//!
//! ```text
//! init_seeded(seed, ‥)             initial weights    ┐
//! with_random_stream(stream, ‥)    dropout of a step  ┴─▶ the thread's innermost stream
//!                                                             │ one fork for each layer's parameter or mask
//!                                                             ▼
//!                                       f32 values, drawn on the CPU, copied to the device
//! ```
//!
//! A fork is a stream of its own, so that the number of values that one layer draws does not change those of the next.

use std::cell::RefCell;

use burn::module::{Param, ParamId};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use oddframe_core::Random;

/// The key of the streams of initial weights: "weights" in ASCII. Streams for other purposes have other keys.
const INITIAL_WEIGHTS: u64 = 0x0077_6569_6768_7473;

thread_local! {
    /// The stream of the innermost [`with_random_stream`] on this thread.
    static SCOPED: RefCell<Option<Random>> = const { RefCell::new(None) };
    /// What is drawn from outside of any [`with_random_stream`].
    static UNSCOPED: RefCell<Random> = RefCell::new(Random::stream(0, &[INITIAL_WEIGHTS]));
}

/// Runs `work` with this stream as the thread's source of random numbers.
///
/// Layers draw their initial weights and their dropout from it. Calls nest; the outer stream is back afterwards, also
/// after a panic. Other threads are not affected. Outside of any call, each thread draws from a stream of seed 0.
///
/// ```
/// use burn::backend::Autodiff;
/// use burn::backend::Flex;
/// use burn::tensor::Tensor;
/// use oddframe_core::Random;
/// use oddframe_nn::{Dropout, with_random_stream};
///
/// let values = Tensor::<Autodiff<Flex>, 1>::ones([100], &Default::default());
/// let dropout = Dropout { share: 0.5 };
/// let [a, b] = [7, 7].map(|seed| {
///     with_random_stream(Random::new(seed), || dropout.forward(values.clone()).into_data())
/// });
/// assert_eq!(a, b);
/// ```
pub fn with_random_stream<T>(stream: Random, work: impl FnOnce() -> T) -> T {
    let _scope = Scope {
        outer: SCOPED.replace(Some(stream)),
    };
    work()
}

/// Builds a network whose initial weights come from this seed, on every backend and every thread the same.
///
/// A network that is built without it draws its weights when they are first used, from the stream of that moment: a
/// training then initialises them from its own seed.
///
/// ```
/// use burn::backend::Flex;
/// use oddframe_nn::{Linear, LinearConfig, init_seeded};
///
/// let device = Default::default();
/// let config = LinearConfig::new(8, 2);
/// let a: Linear<Flex> = init_seeded(5, || config.init(&device))?;
/// let b: Linear<Flex> = init_seeded(5, || config.init(&device))?;
/// assert_eq!(a.weight.val().into_data(), b.weight.val().into_data());
/// # Ok::<(), oddframe_nn::Error>(())
/// ```
pub fn init_seeded<T>(seed: u64, build: impl FnOnce() -> T) -> T {
    with_random_stream(Random::stream(seed, &[INITIAL_WEIGHTS]), build)
}

/// Restores the outer stream when it is dropped, which also happens when the work panics.
struct Scope {
    outer: Option<Random>,
}

impl Drop for Scope {
    fn drop(&mut self) {
        SCOPED.set(self.outer.take());
    }
}

/// A fork of the scoped stream; none outside of any scope.
fn fork_scoped_stream() -> Option<Random> {
    SCOPED.with_borrow_mut(|stream| stream.as_mut().map(fork_stream))
}

/// A fork of the thread's stream.
fn fork_thread_stream() -> Random {
    fork_scoped_stream().unwrap_or_else(|| UNSCOPED.with_borrow_mut(fork_stream))
}

fn fork_stream(stream: &mut Random) -> Random {
    Random::new(stream.bits())
}

/// A parameter of values that are uniform in ±`bound`.
pub(crate) fn uniform_parameter<B: Backend, const D: usize>(
    shape: [usize; D],
    bound: f64,
    device: &B::Device,
) -> Param<Tensor<B, D>> {
    // The fork is taken now, so that the values depend on the order in which the layers are built and not on the order
    // in which they are first used. The values are drawn at the first use: a network that loads its weights from a file
    // never draws any.
    let stream = fork_scoped_stream();
    Param::uninitialized(
        ParamId::new(),
        move |device, require_grad| {
            let mut stream = stream.clone().unwrap_or_else(fork_thread_stream);
            let values = (0..shape.iter().product())
                .map(|_| stream.between(-bound, bound) as f32)
                .collect();
            let data = TensorData::new(values, shape);
            // Weights stay on the device as long as the network: Burn keeps them apart from short-lived tensors.
            B::memory_persistent_allocations(device, data, |data| {
                let tensor = Tensor::from_data(data, device);
                if require_grad {
                    tensor.require_grad()
                } else {
                    tensor
                }
            })
        },
        device.clone(),
        true,
        shape.into(),
    )
}

/// The factors of dropout: 0 with the probability `share`, otherwise `1 / (1 - share)`, which keeps the expected value.
pub fn dropout_mask<B: Backend, const D: usize>(
    shape: [usize; D],
    share: f64,
    device: &B::Device,
) -> Tensor<B, D> {
    let mut stream = fork_thread_stream();
    let scale = (1.0 / (1.0 - share)) as f32;
    let factors = (0..shape.iter().product())
        .map(|_| if stream.chance(share) { 0.0 } else { scale })
        .collect();
    Tensor::from_data(TensorData::new(factors, shape), device)
}

#[cfg(all(test, feature = "flex"))]
#[allow(clippy::default_trait_access)]
mod tests {
    use std::panic::catch_unwind;
    use std::thread;

    use burn::backend::Flex;

    use super::*;

    /// The values of a new parameter of 1,000 weights within ±0.5.
    fn draw_weights() -> Vec<f32> {
        let parameter = uniform_parameter::<Flex, 2>([10, 100], 0.5, &Default::default());
        parameter.val().into_data().to_vec().unwrap()
    }

    #[test]
    fn weights_depend_on_the_seed_alone() {
        let first = init_seeded(1, draw_weights);
        assert_eq!(init_seeded(1, draw_weights), first);
        assert_ne!(init_seeded(2, draw_weights), first);
        assert_eq!(
            thread::spawn(|| init_seeded(1, draw_weights))
                .join()
                .unwrap(),
            first
        );
        // Two parameters of one network differ.
        let [a, b] = init_seeded(1, || [draw_weights(), draw_weights()]);
        assert!(a == first && b != first);
    }

    #[test]
    fn weights_of_a_scope_do_not_depend_on_when_they_are_first_used() {
        let device = Default::default();
        let [a, b] = init_seeded(3, || {
            [(); 2].map(|()| uniform_parameter::<Flex, 1>([9], 1.0, &device))
        });
        // Used in the other order, and after the scope has ended.
        let (b, a) = (b.val().into_data(), a.val().into_data());
        let [c, d] = init_seeded(3, || {
            [(); 2].map(|()| {
                uniform_parameter::<Flex, 1>([9], 1.0, &device)
                    .val()
                    .into_data()
            })
        });
        assert_eq!((a, b), (c, d));
        // Built without a scope, the weights come from the scope in which they are first used.
        let late = uniform_parameter::<Flex, 1>([9], 1.0, &device);
        let late = init_seeded(3, || late.val().into_data());
        let first = init_seeded(3, || {
            uniform_parameter::<Flex, 1>([9], 1.0, &device)
                .val()
                .into_data()
        });
        assert_eq!(late, first);
    }

    #[test]
    fn a_panic_restores_the_outer_stream() {
        let (after, expected) = init_seeded(1, || {
            let mut copy = SCOPED.with_borrow(Clone::clone).unwrap();
            assert!(catch_unwind(|| init_seeded(2, || panic!("inside"))).is_err());
            (fork_thread_stream().bits(), fork_stream(&mut copy).bits())
        });
        assert_eq!(after, expected);
        assert!(SCOPED.with_borrow(Option::is_none));
    }

    #[test]
    fn a_thread_without_a_scope_draws_from_seed_zero() {
        let [a, b] = [(); 2].map(|()| thread::spawn(draw_weights).join().unwrap());
        assert_eq!(a, b);
        assert_eq!(a, init_seeded(0, draw_weights));
    }

    #[test]
    fn weights_are_uniform_within_the_bound() {
        let weights = init_seeded(4, draw_weights);
        assert!(weights.iter().all(|weight| weight.abs() <= 0.5));
        let count = weights.len() as f64;
        let mean = weights.iter().map(|weight| f64::from(*weight)).sum::<f64>() / count;
        let square = weights
            .iter()
            .map(|weight| f64::from(*weight).powi(2))
            .sum::<f64>()
            / count;
        // Uniform in ±b: mean 0, variance b²/3. Four standard errors of 1,000 draws.
        assert!(
            mean.abs() < 0.04 && (square - 0.25 / 3.0).abs() < 0.01,
            "{mean} {square}"
        );
    }

    #[test]
    fn a_mask_is_zero_or_the_reciprocal_of_the_kept_share() {
        let draw = || {
            dropout_mask::<Flex, 1>([10_000], 0.2, &Default::default())
                .into_data()
                .to_vec::<f32>()
        };
        let mask = init_seeded(5, draw).unwrap();
        let dropped = mask.iter().filter(|factor| **factor == 0.0).count();
        assert!((1_800..2_200).contains(&dropped), "{dropped} of 10,000");
        assert!(mask.iter().all(|factor| *factor == 0.0 || *factor == 1.25));
        // The next layer's mask is another one.
        let [first, second] = init_seeded(5, || [draw().unwrap(), draw().unwrap()]);
        assert!(first == mask && second != mask);
    }
}
