//! The reference implementation of a convolutional LSTM: its definition, in `f64`, forward and backward. An LSTM is the
//! same over images of one pixel.

#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) batch: usize,
    pub(crate) steps: usize,
    pub(crate) size: [usize; 2],
    pub(crate) inputs: usize,
    pub(crate) hidden: usize,
    pub(crate) kernel: usize,
    /// Positions of the input, forget, cell and output gate.
    pub(crate) order: [usize; 4],
}

/// `x` `[batch, steps, height, width, inputs]`, `w` `[4 * hidden, inputs + hidden, kernel, kernel]`; a gradient of
/// each has the same shape.
#[derive(Debug, Clone)]
pub(crate) struct Inputs {
    pub(crate) x: Vec<f64>,
    pub(crate) w: Vec<f64>,
    pub(crate) bias: Vec<f64>,
    pub(crate) h: Vec<f64>,
    pub(crate) c: Vec<f64>,
}

#[derive(Debug, Clone)]
pub(crate) struct Outputs {
    pub(crate) y: Vec<f64>,
    pub(crate) h: Vec<f64>,
    pub(crate) c: Vec<f64>,
}

/// The values of one step that its gradient needs: the sums before the gates, and the states before the step.
struct Step {
    sums: Vec<f64>,
    h: Vec<f64>,
    c: Vec<f64>,
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Cell {
    pub(crate) fn places(&self) -> usize {
        self.size[0] * self.size[1]
    }

    pub(crate) fn states(&self) -> usize {
        self.batch * self.places() * self.hidden
    }

    fn row(&self, n: usize, step: usize, place: usize) -> usize {
        (n * self.steps + step) * self.places() + place
    }

    /// Calls `work` with every product of one image: gate channel, its place, joined input channel, its place, and the
    /// weight.
    fn for_each_product(&self, mut work: impl FnMut(usize, usize, usize, usize, usize)) {
        let (k, half) = (self.kernel, self.kernel / 2);
        let joined = self.inputs + self.hidden;
        for gate in 0..4 * self.hidden {
            for place in 0..self.places() {
                let (y, x) = (place / self.size[1], place % self.size[1]);
                for channel in 0..joined {
                    for tap in 0..k * k {
                        let (fy, fx) = (y + tap / k, x + tap % k);
                        if fy < half
                            || fx < half
                            || fy - half >= self.size[0]
                            || fx - half >= self.size[1]
                        {
                            continue;
                        }
                        let from = (fy - half) * self.size[1] + fx - half;
                        work(
                            gate,
                            place,
                            channel,
                            from,
                            (gate * joined + channel) * k * k + tap,
                        );
                    }
                }
            }
        }
    }

    /// The activated gates of one hidden value: input, forget, cell, output.
    fn gates(&self, sums: &[f64], place: usize, unit: usize) -> [f64; 4] {
        let [i, f, g, o] = self
            .order
            .map(|gate| sums[(place * 4 + gate) * self.hidden + unit]);
        [sigmoid(i), sigmoid(f), g.tanh(), sigmoid(o)]
    }

    /// The outputs, and the values of every step.
    fn unroll(&self, from: &Inputs) -> (Outputs, Vec<Step>) {
        let (h, c) = (from.h.clone(), from.c.clone());
        let mut out = Outputs {
            y: vec![0.0; self.states() * self.steps],
            h,
            c,
        };
        let mut steps = vec![];
        let image = self.places() * self.hidden;
        for n in 0..self.batch {
            for step in 0..self.steps {
                let (h, c) = (
                    &mut out.h[n * image..][..image],
                    &mut out.c[n * image..][..image],
                );
                let mut sums = from.bias.repeat(self.places());
                self.for_each_product(|gate, place, channel, there, weight| {
                    let value = match channel.checked_sub(self.inputs) {
                        None => from.x[self.row(n, step, there) * self.inputs + channel],
                        Some(unit) => h[there * self.hidden + unit],
                    };
                    sums[place * 4 * self.hidden + gate] += from.w[weight] * value;
                });
                let (h_before, c_before) = (h.to_vec(), c.to_vec());
                for at in 0..image {
                    let [i, f, g, o] = self.gates(&sums, at / self.hidden, at % self.hidden);
                    c[at] = f * c[at] + i * g;
                    h[at] = o * c[at].tanh();
                }
                out.y[self.row(n, step, 0) * self.hidden..][..image].copy_from_slice(h);
                steps.push(Step {
                    sums,
                    h: h_before,
                    c: c_before,
                });
            }
        }
        (out, steps)
    }

    pub(crate) fn forward(&self, from: &Inputs) -> Outputs {
        self.unroll(from).0
    }

    /// From the gradients of the outputs to those of the inputs.
    pub(crate) fn backward(&self, from: &Inputs, d: &Outputs) -> Inputs {
        let (_, steps) = self.unroll(from);
        let mut to = Inputs {
            x: vec![0.0; from.x.len()],
            w: vec![0.0; from.w.len()],
            bias: vec![0.0; from.bias.len()],
            h: d.h.clone(),
            c: d.c.clone(),
        };
        let image = self.places() * self.hidden;
        for n in 0..self.batch {
            for step in (0..self.steps).rev() {
                let Step { sums, h, c } = &steps[n * self.steps + step];
                let mut dsums = vec![0.0; sums.len()];
                for (at, before) in c.iter().enumerate() {
                    let (place, unit) = (at / self.hidden, at % self.hidden);
                    let [i, f, g, o] = self.gates(sums, place, unit);
                    let tanh_cell = (f * before + i * g).tanh();
                    let dh = to.h[n * image + at] + d.y[self.row(n, step, 0) * self.hidden + at];
                    let dc = &mut to.c[n * image + at];
                    *dc += dh * o * (1.0 - tanh_cell * tanh_cell);
                    let parts = [
                        *dc * g * i * (1.0 - i),
                        *dc * before * f * (1.0 - f),
                        *dc * i * (1.0 - g * g),
                        dh * tanh_cell * o * (1.0 - o),
                    ];
                    *dc *= f;
                    for (gate, part) in parts.into_iter().enumerate() {
                        dsums[(place * 4 + self.order[gate]) * self.hidden + unit] = part;
                    }
                }
                let dh = &mut to.h[n * image..][..image];
                dh.fill(0.0);
                self.for_each_product(|gate, place, channel, there, weight| {
                    let dsum = dsums[place * 4 * self.hidden + gate];
                    let (value, dvalue) = match channel.checked_sub(self.inputs) {
                        None => {
                            let at = self.row(n, step, there) * self.inputs + channel;
                            (from.x[at], &mut to.x[at])
                        }
                        Some(unit) => (
                            h[there * self.hidden + unit],
                            &mut dh[there * self.hidden + unit],
                        ),
                    };
                    *dvalue += from.w[weight] * dsum;
                    to.w[weight] += value * dsum;
                });
                for (at, dsum) in dsums.iter().enumerate() {
                    to.bias[at % (4 * self.hidden)] += dsum;
                }
            }
        }
        to
    }
}
