//! Once a workspace has served a layer, inference with it allocates nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use oddframe_kernels::{
    Activation, CellState, Conv, ConvLstm, ConvMethod, Gru, Lstm, RecurrentWeights, Volumes,
    Window, WinogradTile, Workspace, set_threads,
};

struct Counting;

thread_local! {
    /// Allocations of this thread: the test harness allocates on threads of its own.
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

fn count_allocation() {
    // Fails only in a thread that is ending, which no test waits for.
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
}

#[allow(unsafe_code)]
// SAFETY: every call is forwarded to the system allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count_allocation();
        // SAFETY: guaranteed by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: guaranteed by the caller.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count_allocation();
        // SAFETY: guaranteed by the caller.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[track_caller]
fn assert_no_allocation(name: &str, mut call: impl FnMut()) {
    call();
    let before = CALLS.get();
    (0..5).for_each(|_| call());
    assert_eq!(CALLS.get() - before, 0, "allocations of {name}");
}

fn check_conv(input: Volumes, outputs: usize, window: Window) {
    check_layer(
        &Conv::new(input, outputs, window).unwrap(),
        &format!("{input} {window:?}"),
    );
}

fn check_layer(layer: &Conv, name: &str) {
    let outputs = layer.output().channels();
    let weights = vec![0.5; layer.weights_len()];
    let packed = layer.pack(&weights).unwrap();
    let (x, bias) = (vec![1.0; layer.input().len()], vec![0.1; outputs]);
    let mut y = vec![0.0; layer.output().len()];
    let mut workspace = Workspace::new();
    for (weights, packed) in [
        ("", packed.clone()),
        (" with weights in 16 bits", packed.into_bf16()),
    ] {
        assert_no_allocation(&format!("{name}{weights}"), || {
            layer
                .forward(
                    &x,
                    &packed,
                    Some(&bias),
                    Activation::Relu,
                    &mut y,
                    &mut workspace,
                )
                .unwrap();
        });
    }
    assert_no_allocation(name, || {
        layer
            .forward_unpacked(
                &x,
                &weights,
                Some(&bias),
                Activation::Relu,
                &mut y,
                &mut workspace,
            )
            .unwrap();
    });
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_second_call_allocates_nothing() {
    // On one thread, so that all allocations of the call are counted.
    set_threads(1);
    let cases = [
        (Volumes::images(2, 32, 32, 3), 32, Window::square(4, 2, 1)),
        (Volumes::images(7, 8, 8, 32), 64, Window::square(4, 2, 1)),
        (Volumes::images(2, 16, 16, 32), 3, Window::square(4, 2, 1)),
        (Volumes::rows(40, 100), 70, Window::point()),
    ];
    for (input, outputs, window) in cases {
        let input = input.unwrap();
        check_conv(input, outputs, window);
        check_conv(input, outputs, window.with_transposed(true));
    }

    let halves = Window::square(4, 2, 1);
    for (window, tile) in [
        (Window::square(3, 1, 1), WinogradTile::Four),
        (halves, WinogradTile::Four),
        (halves.with_transposed(true), WinogradTile::Three),
    ] {
        // Few tiles, whose strip threads share, and many.
        for side in [12, 130] {
            let input = Volumes::images(1, side, side, 16).unwrap();
            let method = ConvMethod::Winograd(tile);
            let conv = Conv::new(input, 32, window).unwrap();
            let conv = conv.with_method(method).unwrap();
            check_layer(&conv, &format!("{tile:?} of {side}"));
        }
    }

    let lstm = Lstm::new(40, 3, 20, 70).unwrap();
    for lstm in [lstm.with_shared_input().unwrap(), lstm] {
        let weights = RecurrentWeights {
            weight_ih: &vec![0.1; 280 * 20],
            weight_hh: &vec![0.1; 280 * 70],
            bias_ih: None,
            bias_hh: Some(&vec![0.1; 280]),
        };
        let packed = lstm.pack(weights).unwrap();
        let (x, mut y) = (vec![1.0; lstm.input_len()], vec![0.0; lstm.output_len()]);
        let (mut h, mut c, mut workspace) = (vec![0.0; 2800], vec![0.0; 2800], Workspace::new());
        assert_no_allocation("an LSTM", || {
            let state = CellState {
                h: &mut h,
                c: &mut c,
            };
            lstm.forward(&x, &packed, state, &mut y, &mut workspace)
                .unwrap();
        });
    }

    let gru = Gru::new(40, 3, 20, 70).unwrap();
    let weights = RecurrentWeights {
        weight_ih: &vec![0.1; 210 * 20],
        weight_hh: &vec![0.1; 210 * 70],
        bias_ih: None,
        bias_hh: Some(&vec![0.1; 210]),
    };
    let packed = gru.pack(weights).unwrap();
    let (x, mut y) = (vec![1.0; gru.input_len()], vec![0.0; gru.output_len()]);
    let (mut h, mut workspace) = (vec![0.0; 2800], Workspace::new());
    assert_no_allocation("a GRU", || {
        gru.forward(&x, &packed, &mut h, &mut y, &mut workspace)
            .unwrap();
    });

    let layer = ConvLstm::new(Volumes::images(2, 8, 8, 16).unwrap(), 3, 20, 3).unwrap();
    let packed = layer
        .pack(&vec![0.1; layer.weights_len()], Some(&[0.1; 80]))
        .unwrap();
    let (x, mut y) = (vec![1.0; layer.input_len()], vec![0.0; layer.output_len()]);
    let (mut h, mut c) = (vec![0.0; layer.state_len()], vec![0.0; layer.state_len()]);
    let mut workspace = Workspace::new();
    assert_no_allocation("a convolutional LSTM", || {
        let state = CellState {
            h: &mut h,
            c: &mut c,
        };
        layer
            .forward(&x, &packed, state, &mut y, &mut workspace)
            .unwrap();
    });
}
