//! Once a workspace has served a layer, scoring with it allocates nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use oddframe_kernels::{
    Activation, CellState, Conv, ConvLstm, ConvTranspose, Lstm, LstmWeights, Volumes, Window, Workspace,
    set_threads,
};

struct Counting;

thread_local! {
    /// Of this thread alone: the test harness allocates on its own.
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    // Fails in a thread that is ending, which is none of ours.
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
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

#[track_caller]
fn allocates_nothing(name: &str, mut call: impl FnMut()) {
    call();
    let before = CALLS.get();
    (0..5).for_each(|_| call());
    assert_eq!(CALLS.get() - before, 0, "allocations of {name}");
}

macro_rules! check_layer {
    ($kind:ident, $input:expr, $outputs:expr, $window:expr) => {{
        let layer = $kind::new($input, $outputs, $window).unwrap();
        let weights = vec![0.5; layer.weights_len()];
        let packed = layer.pack(&weights).unwrap();
        let (x, bias) = (vec![1.0; layer.input().len()], vec![0.1; $outputs]);
        let mut y = vec![0.0; layer.output().len()];
        let mut workspace = Workspace::new();
        let name = format!("{} {} {:?}", stringify!($kind), $input, $window);
        allocates_nothing(&name, || {
            layer.forward(&x, &packed, Some(&bias), Activation::Relu, &mut y, &mut workspace).unwrap();
        });
        allocates_nothing(&name, || {
            layer
                .forward_unpacked(&x, &weights, Some(&bias), Activation::Relu, &mut y, &mut workspace)
                .unwrap();
        });
    }};
}

#[test]
#[cfg_attr(miri, ignore = "too slow there")]
fn a_second_call_allocates_nothing() {
    // A thread's tables grow with the first task it takes, and which it takes differs from call to call.
    set_threads(1);
    let cases = [
        (Volumes::images(2, 32, 32, 3), 32, Window::square(4, 2, 1)),
        (Volumes::images(7, 8, 8, 32), 64, Window::square(4, 2, 1)),
        (Volumes::images(2, 16, 16, 32), 3, Window::square(4, 2, 1)),
        (Volumes::rows(40, 100), 70, Window::point()),
    ];
    for (input, outputs, window) in cases {
        let input = input.unwrap();
        check_layer!(Conv, input, outputs, window);
        check_layer!(ConvTranspose, input, outputs, window);
    }

    let lstm = Lstm::new(40, 3, 20, 70).unwrap();
    for lstm in [lstm.with_shared_input().unwrap(), lstm] {
        let weights = LstmWeights {
            weight_ih: &vec![0.1; 280 * 20],
            weight_hh: &vec![0.1; 280 * 70],
            bias_ih: None,
            bias_hh: Some(&vec![0.1; 280]),
        };
        let packed = lstm.pack(weights).unwrap();
        let (x, mut y) = (vec![1.0; lstm.input_len()], vec![0.0; lstm.output_len()]);
        let (mut h, mut c, mut workspace) = (vec![0.0; 2800], vec![0.0; 2800], Workspace::new());
        allocates_nothing("an LSTM", || {
            let state = CellState { h: &mut h, c: &mut c };
            lstm.forward(&x, &packed, state, &mut y, &mut workspace).unwrap();
        });
    }

    let layer = ConvLstm::new(Volumes::images(2, 8, 8, 16).unwrap(), 3, 20, 3).unwrap();
    let packed = layer.pack(&vec![0.1; layer.weights_len()], Some(&[0.1; 80])).unwrap();
    let (x, mut y) = (vec![1.0; layer.input_len()], vec![0.0; layer.output_len()]);
    let (mut h, mut c) = (vec![0.0; layer.state_len()], vec![0.0; layer.state_len()]);
    let mut workspace = Workspace::new();
    allocates_nothing("a convolutional LSTM", || {
        let state = CellState { h: &mut h, c: &mut c };
        layer.forward(&x, &packed, state, &mut y, &mut workspace).unwrap();
    });
}
