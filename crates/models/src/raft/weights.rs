use std::collections::BTreeMap;
use std::convert::Infallible;

use super::fused::FusedConv;
use super::options::KIND;
use super::parts::Parts;
use super::random::random_weights;
use super::spec::ConvSpec;
use crate::error::Error;
use crate::weights_source::{WeightsSource, open_state_dict};

/// Where the weights are published.
const ORIGIN: &str = "raft_large_C_T_SKHT_V2-ff5fadd5.pth or raft_large_C_T_V2-1bb1363a.pth of torchvision \
                      (their SHA-256 begin with ff5fadd5 and 1bb1363a)";

/// All convolutions of the network with their weights.
pub(super) fn open_parts(weights: Option<&WeightsSource>) -> Result<Parts<FusedConv>, Error> {
    let expected = list_weights();
    let mut values: BTreeMap<String, Vec<f32>> = match weights {
        None => {
            return Err(Error::NoWeights {
                kind: KIND,
                origin: ORIGIN,
            });
        }
        Some(WeightsSource::Random { seed }) => {
            let values = expected.into_iter().map(|(name, shape)| {
                let values = random_weights(&name, &shape, *seed);
                (name, values)
            });
            values.collect()
        }
        Some(WeightsSource::File(path)) => {
            let mut state = open_state_dict(KIND, path)?;
            let values = expected.into_iter().map(|(name, shape)| {
                let values = state.take(&name, &shape);
                (name, values)
            });
            let values = values.collect();
            // Missing tensors were read as zeros until here, so that one error lists all of them.
            state.finish().map_err(Error::layer(KIND))?;
            values
        }
    };
    Parts::list().try_map(|spec| spec.fuse(&mut values))
}

/// Names and shapes of all weights in a file.
pub(super) fn list_weights() -> Vec<(String, Vec<usize>)> {
    let mut all = Vec::new();
    let visited = Parts::list().try_map(|spec: ConvSpec| {
        all.extend(spec.weights());
        Ok::<_, Infallible>(())
    });
    match visited {
        Ok(_) => all,
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_has_the_parameters_of_torchvision_s() {
        let all = list_weights();
        let parameters: usize = all
            .iter()
            .filter(|(name, _)| !name.contains("running_"))
            .map(|(_, shape)| shape.iter().product::<usize>())
            .sum();
        // `num_params` of torchvision's documentation.
        assert_eq!(parameters, 5_257_536);
        for (name, shape) in [
            ("feature_encoder.convnormrelu.0.weight", vec![64, 3, 7, 7]),
            (
                "feature_encoder.layer2.0.downsample.0.weight",
                vec![96, 64, 1, 1],
            ),
            (
                "context_encoder.layer3.1.convnormrelu2.1.running_var",
                vec![128],
            ),
            (
                "update_block.recurrent_block.convgru2.convq.weight",
                vec![128, 384, 5, 1],
            ),
            ("mask_predictor.conv.bias", vec![576]),
        ] {
            assert!(all.contains(&(name.to_owned(), shape)), "{name}");
        }
    }
}
