use std::path::Path;

use burn::tensor::backend::Backend;
use oddframe_nn::{WeightNames, load_weights, save_weights};

use crate::{Error, FlipConfig, FlipHead, FlipNet};

impl FlipConfig {
    /// Maps the names of the PyTorch originals, one `nn.Sequential` called `net`, to the fields of [`FlipNet`].
    pub fn weight_names(&self) -> WeightNames {
        // PyTorch's `Sequential` numbers its layers; the activations between the convolutions have numbers but no
        // weights.
        let names = WeightNames::new()
            .with("net.0", "convs.0")
            .with("net.2", "convs.1")
            .with("net.4", "convs.2");
        match self.head {
            // Pooling and flattening are 6 and 7. The hidden head is linear 8, activation 9, dropout 10, linear 11.
            FlipHead::Hidden => names.with("net.8", "hidden").with("net.11", "output"),
            FlipHead::Linear | FlipHead::Sigmoid => names.with("net.8", "output"),
        }
    }

    /// Builds a network with the weights of a file: `.bpk`, `.safetensors`, `.pt` or `.pth`.
    ///
    /// # Errors
    /// As [`Self::init`], and when the file cannot be read or its weights do not fit this network.
    pub fn load<B: Backend>(&self, path: &Path, device: &B::Device) -> Result<FlipNet<B>, Error> {
        Ok(load_weights(
            self.init(device)?,
            path,
            &self.weight_names(),
        )?)
    }
}

impl<B: Backend> FlipNet<B> {
    /// Writes the weights: `.bpk`, or `.safetensors` with PyTorch's shapes.
    ///
    /// # Errors
    /// When the extension is another one, or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        Ok(save_weights(self, path)?)
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;
    use burn::tensor::{Device, Distribution, Tensor};

    use super::*;

    #[test]
    fn pytorchs_names_lead_to_the_fields() {
        let name = |head, name| {
            FlipConfig {
                head,
                ..FlipConfig::default()
            }
            .weight_names()
            .apply(name)
        };
        let found = [
            "net.0.weight",
            "net.2.bias",
            "net.4.weight",
            "net.8.weight",
            "net.11.bias",
        ];
        let fields = [
            "convs.0.weight",
            "convs.1.bias",
            "convs.2.weight",
            "hidden.weight",
            "output.bias",
        ];
        assert_eq!(found.map(|found| name(FlipHead::Hidden, found)), fields);
        assert_eq!(name(FlipHead::Linear, "net.8.weight"), "output.weight");
        assert_eq!(name(FlipHead::Sigmoid, "net.8.weight"), "output.weight");
    }

    #[test]
    fn weights_come_back_and_belong_to_their_head() {
        let (folder, device) = (tempfile::tempdir().unwrap(), Device::<Flex>::default());
        let frames =
            Tensor::<Flex, 4>::random([3, 1, 64, 64], Distribution::Uniform(0.0, 1.0), &device);
        let odds = |net: &FlipNet<Flex>| {
            net.log_odds(frames.clone())
                .into_data()
                .to_vec::<f32>()
                .unwrap()
        };
        for head in [FlipHead::Hidden, FlipHead::Linear, FlipHead::Sigmoid] {
            let config = FlipConfig {
                head,
                ..FlipConfig::default()
            };
            let net = config.init::<Flex>(&device).unwrap();
            for name in ["net.bpk", "net.safetensors"] {
                let path = folder.path().join(name);
                net.save(&path).unwrap();
                assert_eq!(odds(&config.load(&path, &device).unwrap()), odds(&net));
            }
        }
        let path = folder.path().join("net.bpk");
        let error = FlipConfig::default()
            .load::<Flex>(&path, &device)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("hidden.weight: missing") && error.contains("output.weight"),
            "{error}"
        );
    }
}
