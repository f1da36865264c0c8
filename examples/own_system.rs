//! A system of your own, named in a recipe: it finds frames that are brighter or darker than usual.
//!
//! `cargo run --release --example own_system`

use oddframe::core::{
    Delay, Error, Frame, FrameInput, FrameScore, FrameSource, ModelFolder, Observer, Origin,
    PixelFormat, PreparedFrame, Scorer, Settled, Silent, StreamInfo, System,
};
use oddframe::pipeline::{Data, Engine, Recipe, Registry, Runner};

/// Scores a frame by the distance of its mean brightness from `usual`.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Brightness {
    usual: f64,
}

impl System for Brightness {
    fn input(&self) -> FrameInput {
        FrameInput::unresized(PixelFormat::Gray)
    }
    fn needs_training(&self) -> bool {
        false
    }
    // A system that learns writes files into `model` here, and reads them in `open`.
    fn fit(
        &self,
        _: &[&dyn FrameSource],
        _model: &ModelFolder,
        _: &mut dyn Observer,
    ) -> Result<(), Error> {
        Ok(())
    }
    fn open(&self, _model: &ModelFolder) -> Result<Box<dyn Scorer>, Error> {
        Ok(Box::new(self.clone()))
    }
}

impl Scorer for Brightness {
    fn input(&self) -> FrameInput {
        System::input(self)
    }
    fn start(&mut self, _: &StreamInfo) -> Result<(), Error> {
        Ok(())
    }
    fn push(&mut self, frame: &PreparedFrame<'_>, settled: &mut Settled) -> Result<(), Error> {
        let pixels = frame.image.map(Frame::pixels).unwrap_or_default();
        let sum: f64 = pixels.iter().map(|value| f64::from(*value)).sum();
        let brightness = sum / pixels.len().max(1) as f64;
        settled.push(FrameScore::new(
            (brightness - self.usual).abs(),
            Origin::Computed,
        ));
        Ok(())
    }
    fn finish(&mut self, _: &mut Settled) -> Result<(), Error> {
        Ok(())
    }
    fn delay(&self) -> Delay {
        Delay::Frames(0)
    }
}

fn main() -> anyhow::Result<()> {
    let mut registry = Registry::default();
    registry.add("brightness", |settings: Brightness, _| {
        Ok(Box::new(settings))
    });
    let recipe = "scene = { preset = \"tiny\" }\n[[system]]\nname = \"mine\"\nkind = \"brightness\"\nusual = 128.0";
    let recipe = Recipe::parse(recipe, &registry)?;
    let folder = std::env::temp_dir().join(format!("own_system-{}", std::process::id()));
    let (engine, data) = (Engine::open("flex".parse()?)?, Data::scene(&recipe.scene)?);
    let outcome = Runner::new(&registry, &engine).run(&recipe, &data, &folder, &mut Silent)?;
    outcome
        .tables()
        .iter()
        .for_each(|table| println!("{table}"));
    Ok(std::fs::remove_dir_all(folder)?)
}
