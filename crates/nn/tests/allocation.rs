//! After its first run with a batch size, an inference form allocates nothing. A binary of its own: it replaces the
//! allocator of the whole program.
#![allow(clippy::default_trait_access)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::backend::Flex;
use oddframe_kernels::set_threads;
use oddframe_nn::{
    Activation, BatchNormConfig, Conv2dConfig, ConvLstmConfig, ConvLstmInference,
    ConvTranspose2dConfig, Inference, InferenceBuilder, LinearConfig, LstmConfig, LstmInference,
    device_has_native_kernels,
};

struct Counting;

/// Of all threads.
static CALLS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Of this thread.
    static HERE: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    CALLS.fetch_add(1, Ordering::SeqCst);
    HERE.set(HERE.get() + 1);
}

#[allow(unsafe_code)]
// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Calls with each batch size, and then again with all of them.
#[track_caller]
fn allocates_nothing(name: &str, mut call: impl FnMut(usize)) {
    const BATCHES: [usize; 3] = [4, 6, 1];
    let first = HERE.get();
    BATCHES.into_iter().for_each(&mut call);
    let before = HERE.get();
    assert!(before > first, "{name}: nothing is counted");
    // Threads of a pool allocate when they start, at some time; what a call allocates, it allocates every time.
    let rounds = (0..5).map(|_| {
        let before = CALLS.load(Ordering::SeqCst);
        BATCHES.into_iter().for_each(&mut call);
        CALLS.load(Ordering::SeqCst) - before
    });
    let least = rounds.fold(usize::MAX, usize::min);
    assert_eq!(
        (HERE.get() - before, least),
        (0, 0),
        "allocations of {name}: here, and of all threads"
    );
}

fn images() -> Result<Inference<Flex>, oddframe_nn::Error> {
    let device = Default::default();
    let down = Conv2dConfig::new([3, 20], [4, 4])
        .with_stride([2, 2])
        .with_padding([1, 1]);
    let norm = BatchNormConfig::new(20).with_activation(Activation::LeakyRelu(0.2));
    let up = ConvTranspose2dConfig::new([20, 3], [4, 4])
        .with_stride([2, 2])
        .with_padding([1, 1]);
    InferenceBuilder::new(&[3, 32, 32])
        .conv2d(&down.init::<Flex>(&device)?)?
        .batch_norm(&norm.init::<Flex>(&device)?)?
        .flatten()
        .linear(&LinearConfig::new(20 * 256, 30).init::<Flex>(&device)?)?
        .linear(&LinearConfig::new(30, 20 * 256).init::<Flex>(&device)?)?
        .unflatten(&[20, 16, 16])?
        .conv_transpose2d(&up.with_activation(Activation::Tanh).init::<Flex>(&device)?)?
        .build(&device)
}

// One test: the allocations of a second one at the same time would be counted as well.
#[test]
fn a_second_call_allocates_nothing() {
    // `ODDFRAME_KERNELS=burn` turns the kernels off.
    if !device_has_native_kernels::<Flex>(&Default::default()) {
        return;
    }
    // A thread's tables grow with the first task it takes, and which it takes differs from call to call.
    set_threads(1);
    let device = Default::default();
    let (x, mut y) = (vec![0.5; 200_000], vec![0.0; 200_000]);

    let mut chain = images().unwrap();
    allocates_nothing("a chain", |batch| {
        chain
            .run(&x[..batch * 3072], batch, &mut y[..batch * 3072])
            .unwrap();
    });

    let lstm = LstmConfig::new(40, 70).init::<Flex>(&device).unwrap();
    let mut lstm = LstmInference::<Flex>::new(&lstm, &device).unwrap();
    allocates_nothing("an LSTM", |batch| {
        lstm.run(&x[..batch * 5 * 40], batch, 5, &mut y[..batch * 5 * 70])
            .unwrap();
    });
    let decoder = LstmConfig::new(40, 70).init::<Flex>(&device).unwrap();
    let mut decoder = LstmInference::<Flex>::new(&decoder, &device).unwrap();
    allocates_nothing("an LSTM over a repeated row", |batch| {
        decoder
            .run_repeated(&x[..batch * 40], batch, 5, &mut y[..batch * 5 * 70])
            .unwrap();
    });

    let images = ConvLstmConfig::new([3, 20], [3, 3])
        .init::<Flex>(&device)
        .unwrap();
    let mut images = ConvLstmInference::<Flex>::new(&images, [16, 16], &device).unwrap();
    allocates_nothing("a convolutional LSTM", |batch| {
        let (x, y) = (&x[..batch * 3 * 768], &mut y[..batch * 3 * 5120]);
        images.run(x, batch, 3, y).unwrap();
    });
}
