//! How networks were trained, and what the models take for normal.

use oddframe_pipeline::TrainingRecord;

use crate::Error;
use crate::base64::encode_base64;
use crate::contents::Contents;
use crate::draw::{Chart, Layer};
use crate::text::{count_of, escape, put};

/// Appends training curves and the pictures of the models, where there are any.
pub(crate) fn render_networks(page: &mut String, contents: &Contents<'_>) -> Result<(), Error> {
    render_trainings(page, contents);
    // Models of patches show parts of the training footage, so they follow the choice about pictures.
    if contents.pictures && !contents.blur {
        render_models(page, contents)?;
    }
    Ok(())
}

fn render_trainings(page: &mut String, contents: &Contents<'_>) {
    let trained: Vec<(&str, &TrainingRecord)> = contents
        .outcome
        .all_figures()
        .flat_map(|system| {
            let trainings = system.training.iter();
            trainings.map(|training| (system.name.as_str(), training))
        })
        .filter(|(_, training)| !training.epochs.is_empty())
        .collect();
    if trained.is_empty() {
        return;
    }
    page.push_str(
        "<section id=\"training\" aria-labelledby=\"training-title\"><h2 id=\"training-title\">Training</h2>\n<div class=\"charts\">\n",
    );
    for (name, training) in trained {
        training_chart(&format!("{name}, seed {}", training.seed), training).render(page);
    }
    page.push_str("</div></section>\n");
}

fn training_chart<'a>(title: &'a str, training: &TrainingRecord) -> Chart<'a> {
    let epochs = &training.epochs;
    let train: Vec<(f64, f64)> = epochs
        .iter()
        .map(|loss| (loss.epoch as f64, loss.train))
        .collect();
    let validation: Vec<(f64, f64)> = epochs
        .iter()
        .filter_map(|loss| Some((loss.epoch as f64, loss.validation?)))
        .collect();
    let highest = train
        .iter()
        .chain(&validation)
        .map(|(_, loss)| *loss)
        .filter(|loss| loss.is_finite())
        .fold(0.0, f64::max);
    let last = epochs.last().map_or(1, |loss| loss.epoch);
    let mut summary = format!(
        "{}, {} clips. The weights of epoch {} are kept.",
        count_of(epochs.len(), "epoch"),
        training.clips,
        training.kept_epoch
    );
    if let Some(loss) = epochs.last() {
        put!(&mut summary, " Last training loss {:.3e}.", loss.train);
    }
    let mut legend = vec![("main", "training loss")];
    if !validation.is_empty() {
        legend.push(("second", "validation loss"));
    }
    Chart {
        title,
        summary,
        x_label: "epoch",
        y_label: "loss",
        x: (1.0, last.max(2) as f64),
        y: (0.0, highest),
        layers: vec![
            Layer::Line {
                class: "main",
                points: train,
            },
            Layer::Line {
                class: "second",
                points: validation,
            },
        ],
        legend,
    }
}

fn render_models(page: &mut String, contents: &Contents<'_>) -> Result<(), Error> {
    let mut drawn = String::new();
    for system in &contents.folder.recipe().systems {
        for picture in contents.folder.read_model_pictures(&system.name)? {
            put!(
                &mut drawn,
                "<figure><img alt=\"{name}: {caption}\" src=\"data:image/png;base64,{data}\">\
                 <figcaption>{name}: {caption}</figcaption></figure>\n",
                name = escape(&system.name),
                caption = escape(&picture.caption),
                data = encode_base64(&picture.png)
            );
        }
    }
    if !drawn.is_empty() {
        put!(
            page,
            "<section id=\"normal\" aria-labelledby=\"normal-title\"><h2 id=\"normal-title\">What the models take for normal</h2>\n\
             <div class=\"models\">{drawn}</div></section>\n"
        );
    }
    Ok(())
}
