//! Results are the same bits whatever the number of threads, and whatever a worker computed before.

use oddframe_flow::Flow;

use crate::scene::{method, pair, shifted_pair};

const METHODS: [&str; 5] = ["farneback", "gaussian", "ultrafast", "fast", "medium"];

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let pairs = [pair("turn"), shifted_pair(357, 243, 20, 9)];
    for name in METHODS {
        for [previous, next] in &pairs {
            let flows = [1, 2, 5].map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .unwrap();
                let mut flow = Flow::default();
                pool.install(|| method(name).estimate(previous, next, &mut flow).unwrap());
                flow
            });
            assert!(flows[0] == flows[1] && flows[0] == flows[2], "{name}");
        }
    }
}

#[test]
fn results_do_not_depend_on_what_was_computed_before() {
    let [previous, next] = pair("object");
    let [small, small_next] = shifted_pair(75, 51, -30, 10);
    for name in METHODS {
        let mut fresh = Flow::default();
        method(name).estimate(&previous, &next, &mut fresh).unwrap();
        let mut worker = method(name);
        let mut flow = Flow::default();
        worker.estimate(&next, &previous, &mut flow).unwrap();
        worker.estimate(&previous, &next, &mut flow).unwrap();
        assert!(flow == fresh, "{name} after another pair");
        worker.estimate(&small, &small_next, &mut flow).unwrap();
        assert_eq!((flow.width(), flow.height()), (75, 51));
        worker.estimate(&previous, &next, &mut flow).unwrap();
        assert!(flow == fresh, "{name} after another size");
    }
}
