use crate::error::Error;

/// The number of plans kept: whole batches and the last batch of a video, each with two numbers of steps.
const KEPT: usize = 4;

/// The plans of the most recent shapes, so that a batch size that returns does not plan again.
#[derive(Debug)]
pub(crate) struct Plans<K, P>(Vec<(K, P)>);

impl<K, P> Default for Plans<K, P> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: PartialEq, P> Plans<K, P> {
    /// The plan of a shape; `make` is called if there is none.
    pub(crate) fn get_or_make(
        &mut self,
        shape: K,
        make: impl FnOnce() -> Result<P, Error>,
    ) -> Result<&P, Error> {
        let at = if let Some(at) = self.0.iter().position(|(known, _)| *known == shape) {
            at
        } else {
            let plan = make()?;
            // The oldest plan makes room: a video scorer alternates between few batch sizes.
            if self.0.len() == KEPT {
                self.0.remove(0);
            }
            self.0.push((shape, plan));
            self.0.len() - 1
        };
        Ok(&self.0[at].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_made_once_until_newer_ones_replace_it() {
        let mut plans = Plans::default();
        let mut made = Vec::new();
        let shapes = [1, 2, 1, 3, 4, 1, 5, 1, 2];
        for shape in shapes {
            let plan = plans.get_or_make(shape, || {
                made.push(shape);
                Ok(10 * shape)
            });
            assert_eq!(*plan.unwrap(), 10 * shape);
        }
        assert_eq!(made, [1, 2, 3, 4, 5, 1, 2]);
    }
}
