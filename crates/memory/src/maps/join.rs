use super::neighbourhood::average_neighbours;
use super::resize::ResizeMap;
use crate::{Error, MapShape};

/// Joins some maps of a backbone to one: averaged over neighbours, resized to one size, their channels one after the other,
/// and where asked reduced to fewer channels by the means of neighbouring ones.
///
/// The three operations are linear and act on different axes, so that their order does not matter. The channels are reduced
/// first, which leaves little to average and to resize.
#[derive(Debug, Clone)]
pub(crate) struct JoinMaps {
    sources: Vec<Source>,
    average: bool,
    output: MapShape,
    reduced: Vec<f32>,
    sums: Vec<f32>,
    averaged: Vec<f32>,
}

/// One of the joined maps.
#[derive(Debug, Clone)]
struct Source {
    /// Its place among the maps of the backbone.
    map: usize,
    shape: MapShape,
    /// The output channels that it contributes to, each with the channels of the map that it averages; none when every
    /// channel is an output channel of its own.
    groups: Option<Vec<Group>>,
    /// The first of these output channels.
    first: usize,
    resize: ResizeMap,
}

/// The part of an output channel's group that lies in one map.
#[derive(Debug, Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
    /// 1 divided by the size of the whole group.
    weight: f32,
}

impl JoinMaps {
    /// Joins the maps with these places, all resized to the size of `target`, one of the backbone's maps.
    ///
    /// With `channels` the joined channels are cut into that number of groups of neighbours, and each group becomes its mean.
    ///
    /// # Errors
    /// When a place does not exist, there is none, or `channels` is 0 or more than there are.
    pub(crate) fn new(
        maps: &[MapShape],
        places: &[usize],
        target: usize,
        average: bool,
        channels: Option<usize>,
    ) -> Result<Self, Error> {
        let count = maps.len();
        for map in places.iter().chain([&target]) {
            if *map >= count {
                return Err(Error::NoSuchMap { map: *map, count });
            }
        }
        let total: usize = places.iter().map(|place| maps[*place].channels).sum();
        let output = MapShape {
            channels: channels.unwrap_or(total),
            ..maps[target]
        };
        if output.channels == 0 || output.channels > total {
            return Err(Error::Setting {
                name: "channels",
                value: output.channels as f64,
                expected: "at least 1, and at most the number of channels of the maps together",
            });
        }
        let mut offset = 0;
        let mut sources = Vec::with_capacity(places.len());
        for map in places.iter().copied() {
            let shape = maps[map];
            let (first, groups) = match channels {
                None => (offset, None),
                Some(channels) => {
                    let (first, groups) = share_groups(total, channels, offset, shape.channels);
                    (first, Some(groups))
                }
            };
            sources.push(Source {
                map,
                shape,
                groups,
                first,
                resize: ResizeMap::new((shape.height, shape.width), (output.height, output.width)),
            });
            offset += shape.channels;
        }
        Ok(Self {
            sources,
            average,
            output,
            reduced: Vec::new(),
            sums: Vec::new(),
            averaged: Vec::new(),
        })
    }

    /// The shape of the joined map.
    pub(crate) fn output(&self) -> MapShape {
        self.output
    }

    /// Adds the joined map of one image of a batch to the end of `out`.
    ///
    /// # Shapes
    /// `maps`: for each map of the backbone `[batch, height, width, channels]`; `out` grows by the values of
    /// [`Self::output`].
    pub(crate) fn join_into(&mut self, maps: &[Vec<f32>], image: usize, out: &mut Vec<f32>) {
        let start = out.len();
        let MapShape {
            height,
            width,
            channels,
        } = self.output;
        out.resize(start + height * width * channels, 0.0);
        for source in &self.sources {
            let MapShape {
                height,
                width,
                channels: map_channels,
            } = source.shape;
            let values = height * width * map_channels;
            // Each step replaces the map by a smaller or as large one in a buffer that all images share. The last one adds to the
            // output, which has zeros in all channels: a group over the border of two maps gets a part of its mean from each.
            let mut map = &maps[source.map][image * values..][..values];
            let mut kept = map_channels;
            if let Some(groups) = &source.groups {
                reduce_channels(map, map_channels, groups, &mut self.reduced);
                (map, kept) = (&self.reduced, groups.len());
            }
            if self.average {
                average_neighbours(map, width, kept, &mut self.sums, &mut self.averaged);
                map = &self.averaged;
            }
            source
                .resize
                .add_resized(map, kept, &mut out[start..], channels, source.first);
        }
    }
}

/// The groups of an adaptive mean over `total` channels that share channels with the map whose channels are the `count` from
/// `offset` on: the number of the first one, and of each the part in the map.
///
/// Group g of n reaches from floor(g total / n) to ceil((g + 1) total / n), as adaptive pooling cuts them: equal groups when
/// n divides the number of channels.
fn share_groups(total: usize, n: usize, offset: usize, count: usize) -> (usize, Vec<Group>) {
    let mut first = 0;
    let mut groups = Vec::new();
    for group in 0..n {
        let (start, end) = (group * total / n, ((group + 1) * total).div_ceil(n));
        let (from, to) = (start.max(offset), end.min(offset + count));
        if from < to {
            if groups.is_empty() {
                first = group;
            }
            groups.push(Group {
                start: from - offset,
                end: to - offset,
                weight: 1.0 / (end - start) as f32,
            });
        }
    }
    (first, groups)
}

/// Sums the channels of each group with its weight, position by position.
fn reduce_channels(map: &[f32], channels: usize, groups: &[Group], out: &mut Vec<f32>) {
    out.clear();
    for vector in map.chunks_exact(channels) {
        let means = groups
            .iter()
            .map(|group| vector[group.start..group.end].iter().sum::<f32>() * group.weight);
        out.extend(means);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(side: usize, channels: usize) -> MapShape {
        MapShape {
            height: side,
            width: side,
            channels,
        }
    }

    #[test]
    fn channels_follow_each_other_at_the_size_of_the_target() {
        let shapes = [shape(2, 1), shape(1, 2)];
        let maps = [vec![1.0, 2.0, 3.0, 4.0], vec![9.0, 8.0]];
        let mut out = Vec::new();
        let mut join = JoinMaps::new(&shapes, &[0, 1], 0, false, None).unwrap();
        join.join_into(&maps, 0, &mut out);
        assert_eq!(
            out,
            [1.0, 9.0, 8.0, 2.0, 9.0, 8.0, 3.0, 9.0, 8.0, 4.0, 9.0, 8.0]
        );
        out.clear();
        let mut small = JoinMaps::new(&shapes, &[1, 0], 1, false, None).unwrap();
        small.join_into(&maps, 0, &mut out);
        assert_eq!(out, [9.0, 8.0, 2.5]);
    }

    #[test]
    fn groups_of_channels_reach_over_the_border_of_two_maps() {
        // 1 | 2 3 | 4 5 6: two groups of three, the first of which takes channels of both maps.
        let shapes = [shape(1, 2), shape(1, 4)];
        let maps = [vec![1.0, 2.0], vec![3.0, 4.0, 5.0, 6.0]];
        let mut out = Vec::new();
        let mut join = JoinMaps::new(&shapes, &[0, 1], 0, false, Some(2)).unwrap();
        join.join_into(&maps, 0, &mut out);
        assert!((out[0] - 2.0).abs() < 1e-6 && (out[1] - 5.0).abs() < 1e-6);
    }

    #[test]
    fn reducing_first_changes_nothing_but_the_last_bits() {
        let shapes = [shape(4, 6), shape(3, 9)];
        let mut random = oddframe_core::Random::new(5);
        let maps: Vec<Vec<f32>> = [96, 81]
            .iter()
            .map(|n| (0..*n).map(|_| random.unit() as f32).collect())
            .collect();
        let (mut all, mut reduced) = (Vec::new(), Vec::new());
        JoinMaps::new(&shapes, &[0, 1], 0, true, None)
            .unwrap()
            .join_into(&maps, 0, &mut all);
        JoinMaps::new(&shapes, &[0, 1], 0, true, Some(5))
            .unwrap()
            .join_into(&maps, 0, &mut reduced);
        let means = all
            .chunks_exact(15)
            .flat_map(|v| v.chunks_exact(3).map(|g| g.iter().sum::<f32>() / 3.0));
        for (mean, reduced) in means.zip(&reduced) {
            assert!((mean - reduced).abs() < 1e-6);
        }
    }

    #[test]
    fn impossible_joins_are_named() {
        let shapes = [shape(2, 4)];
        let error = |places: &[usize], channels| {
            JoinMaps::new(&shapes, places, 0, true, channels)
                .unwrap_err()
                .to_string()
        };
        assert!(error(&[0, 3], None).contains("map 3"));
        assert!(error(&[0], Some(5)).contains("channels is 5"));
        assert!(error(&[0], Some(0)).contains("channels is 0"));
        assert!(error(&[], None).contains("channels is 0"));
    }
}
