//! A convolutional LSTM as it is defined, in f64, forward and backward. An LSTM is one over images of one pixel.

#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) batch: usize,
    pub(crate) steps: usize,
    pub(crate) size: [usize; 2],
    pub(crate) inputs: usize,
    pub(crate) hidden: usize,
    pub(crate) kernel: usize,
    /// Where the input, forget, cell and output gate lie.
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

/// What one image of a sequence leaves: the sums before its gates, and the states before it.
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

    /// Calls with every product of one image: gate channel, its place, joined channel, that one's place, weight.
    fn products(&self, mut work: impl FnMut(usize, usize, usize, usize, usize)) {
        let (k, half) = (self.kernel, self.kernel / 2);
        let joined = self.inputs + self.hidden;
        for gate in 0..4 * self.hidden {
            for place in 0..self.places() {
                let (y, x) = (place / self.size[1], place % self.size[1]);
                for channel in 0..joined {
                    for tap in 0..k * k {
                        let (fy, fx) = (y + tap / k, x + tap % k);
                        if fy < half || fx < half || fy - half >= self.size[0] || fx - half >= self.size[1] {
                            continue;
                        }
                        let from = (fy - half) * self.size[1] + fx - half;
                        work(gate, place, channel, from, (gate * joined + channel) * k * k + tap);
                    }
                }
            }
        }
    }

    /// The four gates of one hidden value, activated: input, forget, cell, output.
    fn gates(&self, sums: &[f64], place: usize, unit: usize) -> [f64; 4] {
        let sum = |gate: usize| sums[(place * 4 + self.order[gate]) * self.hidden + unit];
        [sigmoid(sum(0)), sigmoid(sum(1)), sum(2).tanh(), sigmoid(sum(3))]
    }

    fn run(&self, from: &Inputs) -> (Outputs, Vec<Step>) {
        let (h, c) = (from.h.clone(), from.c.clone());
        let mut out = Outputs { y: vec![0.0; self.states() * self.steps], h, c };
        let mut steps = vec![];
        let image = self.places() * self.hidden;
        for n in 0..self.batch {
            for step in 0..self.steps {
                let (h, c) = (&mut out.h[n * image..][..image], &mut out.c[n * image..][..image]);
                let mut sums = from.bias.repeat(self.places());
                self.products(|gate, place, channel, there, weight| {
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
                steps.push(Step { sums, h: h_before, c: c_before });
            }
        }
        (out, steps)
    }

    pub(crate) fn forward(&self, from: &Inputs) -> Outputs {
        self.run(from).0
    }

    /// From the gradients of the outputs to those of the inputs.
    pub(crate) fn backward(&self, from: &Inputs, d: &Outputs) -> Inputs {
        let (_, steps) = self.run(from);
        let zeros = |values: &[f64]| vec![0.0; values.len()];
        let mut to = Inputs {
            x: zeros(&from.x),
            w: zeros(&from.w),
            bias: zeros(&from.bias),
            h: d.h.clone(),
            c: d.c.clone(),
        };
        let image = self.places() * self.hidden;
        for n in 0..self.batch {
            for step in (0..self.steps).rev() {
                let Step { sums, h, c } = &steps[n * self.steps + step];
                let mut dsums = zeros(sums);
                for (at, before) in c.iter().enumerate() {
                    let (place, unit) = (at / self.hidden, at % self.hidden);
                    let [i, f, g, o] = self.gates(sums, place, unit);
                    let bent = (f * before + i * g).tanh();
                    let dh = to.h[n * image + at] + d.y[self.row(n, step, 0) * self.hidden + at];
                    let dc = &mut to.c[n * image + at];
                    *dc += dh * o * (1.0 - bent * bent);
                    let parts = [
                        *dc * g * i * (1.0 - i),
                        *dc * before * f * (1.0 - f),
                        *dc * i * (1.0 - g * g),
                        dh * bent * o * (1.0 - o),
                    ];
                    *dc *= f;
                    for (gate, part) in parts.into_iter().enumerate() {
                        dsums[(place * 4 + self.order[gate]) * self.hidden + unit] = part;
                    }
                }
                let dh = &mut to.h[n * image..][..image];
                dh.fill(0.0);
                self.products(|gate, place, channel, there, weight| {
                    let dsum = dsums[place * 4 * self.hidden + gate];
                    let (value, dvalue) = match channel.checked_sub(self.inputs) {
                        None => {
                            let at = self.row(n, step, there) * self.inputs + channel;
                            (from.x[at], &mut to.x[at])
                        }
                        Some(unit) => (h[there * self.hidden + unit], &mut dh[there * self.hidden + unit]),
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
