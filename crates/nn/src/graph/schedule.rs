use super::node::Links;

/// Where the values of a node are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The images, which the caller holds.
    Input,
    /// A buffer with this number.
    Buffer(usize),
}

/// How one node runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) node: usize,
    pub(super) from: Place,
    /// The buffer that it writes.
    pub(super) to: usize,
    /// A place to copy to `to` first: a residual whose buffer cannot be overwritten.
    pub(super) copied: Option<Place>,
}

/// Assigns a buffer to each node, so that a graph of any length needs few of them.
///
/// A buffer is free again after the last node that reads it. A residual that nothing reads later is summed in its own
/// buffer, so that the addition costs no pass over memory:
///
/// ```text
/// node     0 input   1 conv      2 conv      3 conv + residual 1      4 conv
/// buffer             A           B           A (the sum is in place)  B (free after node 3)
/// ```
pub(super) fn schedule_nodes(nodes: &[Links]) -> (Vec<Step>, usize) {
    let mut last_read: Vec<usize> = (0..nodes.len()).collect();
    for (number, node) in nodes.iter().enumerate() {
        node.all().for_each(|from| last_read[from] = number);
    }
    let mut places = vec![Place::Input; nodes.len()];
    let (mut free, mut buffers) = (Vec::new(), 0);
    let mut steps = Vec::with_capacity(nodes.len());
    for (number, node) in nodes.iter().enumerate().skip(1) {
        let mut copied = None;
        let Links { from, residual } = *node;
        let from = from.unwrap_or_default();
        // The sum may be formed in the residual's buffer only if nothing reads the residual later and it is not the input
        // of this node as well, which the kernel still reads while it writes.
        let in_place = residual.and_then(|residual| match places[residual] {
            Place::Buffer(buffer) if last_read[residual] == number && residual != from => {
                Some(buffer)
            }
            place => {
                copied = Some(place);
                None
            }
        });
        let to = in_place.unwrap_or_else(|| {
            free.pop().unwrap_or_else(|| {
                buffers += 1;
                buffers - 1
            })
        });
        places[number] = Place::Buffer(to);
        steps.push(Step {
            node: number,
            from: places[from],
            to,
            copied,
        });
        let mut released: Vec<usize> = node.all().collect();
        // A node that nothing reads is an output, which is copied as soon as it is computed.
        released.push(number);
        released.dedup();
        for from in released {
            if let Place::Buffer(buffer) = places[from]
                && last_read[from] == number
                && (from == number || buffer != to)
            {
                free.push(buffer);
            }
        }
    }
    (steps, buffers)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUT: Links = Links {
        from: None,
        residual: None,
    };

    fn node(from: usize, residual: Option<usize>) -> Links {
        Links {
            from: Some(from),
            residual,
        }
    }

    fn step(node: usize, from: Place, to: usize, copied: Option<Place>) -> Step {
        Step {
            node,
            from,
            to,
            copied,
        }
    }

    #[test]
    fn a_residual_is_summed_in_place_where_nothing_reads_it_later() {
        let nodes = [
            INPUT,
            node(0, None),
            node(1, None),
            node(2, Some(1)),
            node(3, Some(0)),
        ];
        let (steps, buffers) = schedule_nodes(&nodes);
        let expected = [
            step(1, Place::Input, 0, None),
            step(2, Place::Buffer(0), 1, None),
            step(3, Place::Buffer(1), 0, None),
            step(4, Place::Buffer(0), 1, Some(Place::Input)),
        ];
        assert_eq!((steps, buffers), (expected.to_vec(), 2));
    }

    #[test]
    fn a_residual_that_is_read_later_is_copied() {
        // The residual of the second node is also its input: the sum cannot overwrite what the node reads.
        let nodes = [INPUT, node(0, None), node(1, Some(1)), node(2, Some(1))];
        let (steps, buffers) = schedule_nodes(&nodes);
        assert_eq!(steps[1].copied, Some(Place::Buffer(0)));
        assert_eq!(
            (steps[2].from, steps[2].to, steps[2].copied),
            (Place::Buffer(1), 0, None)
        );
        assert_eq!(buffers, 2);
    }
}
