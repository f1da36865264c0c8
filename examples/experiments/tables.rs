//! Renders the results of a data set as Markdown tables.

use std::fmt::Write as _;

use anyhow::Result;
use oddframe::core::{Labels, ScoreTable};
use oddframe::metrics::{Evaluation, evaluate};
use oddframe::pipeline::{Reaction, TrainingRecord};

use crate::compare::{
    Change, Comparison, Effect, GAUSSIAN, MOVING, PERCENTILES, RAW, ROLLING, Verdict,
};
use crate::effects;
use crate::experiment::post_process;
use crate::figures::{Figure, name_with_seeds};
use crate::measure::Measured;
use crate::sets::{Set, State};

/// A system with its post-processing.
struct Row {
    name: &'static str,
    system: &'static str,
    then: &'static str,
    /// The micro AUC, AP and macro AUC of the PyTorch original on Ped2: on clean, damaged and repaired frames.
    reference: [Option<[f64; 3]>; 3],
}

const fn row(
    name: &'static str,
    system: &'static str,
    then: &'static str,
    reference: [Option<[f64; 3]>; 3],
) -> Row {
    Row {
        name,
        system,
        then,
        reference,
    }
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("no network: difference, mean", "energy_mean", RAW, [None; 3]),
    row("no network: difference, mean, rolling 7, min-max per video", "energy_mean", ROLLING, [None; 3]),
    row("no network: difference, worst patch", "energy_top1", RAW, [None; 3]),
    row("no network: difference, worst patch, Gaussian 3", "energy_top1", GAUSSIAN, [None; 3]),
    row("no network: mean frame, worst patch", "typical_top1", RAW, [None; 3]),
    row("no network: mean frame, mean, rolling 7, min-max per video", "typical_mean", ROLLING, [None; 3]),
    row("conv_ae 128, mean", "conv_mean", RAW, [Some([0.6543, 0.8841, 0.8511]), Some([0.6091, 0.8461, 0.6947]), Some([0.6958, 0.9127, 0.7959])]),
    row("conv_ae 128, mean, Gaussian 3", "conv_mean", GAUSSIAN, [Some([0.6554, 0.8849, 0.8644]), Some([0.5781, 0.8373, 0.6615]), Some([0.6970, 0.9140, 0.8088])]),
    row("conv_ae 128, MAX", "conv_max", RAW, [Some([0.5354, 0.8503, 0.6464]), Some([0.5192, 0.8358, 0.5721]), Some([0.5364, 0.8607, 0.6271])]),
    row("conv_ae 128, MAX, Gaussian 3", "conv_max", GAUSSIAN, [Some([0.5351, 0.8550, 0.6653]), Some([0.5265, 0.8379, 0.5992]), Some([0.5450, 0.8728, 0.6923])]),
    row("conv_ae 128, worst patch", "conv_top1", RAW, [Some([0.6864, 0.9043, 0.7239]), Some([0.6096, 0.8705, 0.6411]), Some([0.6844, 0.9063, 0.7267])]),
    row("conv_ae 128, worst patch, Gaussian 3", "conv_top1", GAUSSIAN, [Some([0.6908, 0.9048, 0.7267]), Some([0.5786, 0.8508, 0.6015]), Some([0.6901, 0.9072, 0.7283])]),
    row("conv_ae 128, 5 worst patches", "conv_top5", RAW, [Some([0.6604, 0.8854, 0.7271]), Some([0.5930, 0.8617, 0.6361]), Some([0.6670, 0.8942, 0.7337])]),
    row("conv_ae 64, MAX", "small_max", RAW, [None; 3]),
    row("conv_ae 256, MAX", "large_max", RAW, [None; 3]),
    row("U-Net, mean", "unet_mean", RAW, [None; 3]),
    row("difference AE, worst patch", "difference_top1", RAW, [Some([0.8141, 0.9548, 0.8407]), Some([0.7901, 0.9381, 0.8073]), None]),
    row("difference AE, worst patch, Gaussian 3", "difference_top1", GAUSSIAN, [Some([0.8342, 0.9618, 0.8587]), Some([0.7362, 0.9052, 0.7710]), None]),
    row("cuboid AE", "cuboid", RAW, [Some([0.5408, 0.8610, 0.5575]), Some([0.5881, 0.8342, 0.5094]), Some([0.6010, 0.8749, 0.5920])]),
    row("cuboid AE, min-max, moving average 5", "cuboid", MOVING, [Some([0.5405, 0.8609, 0.5572]), Some([0.5897, 0.8339, 0.5125]), Some([0.6018, 0.8746, 0.5930])]),
    row("denoising AE", "denoising", RAW, [Some([0.5897, 0.8333, 0.7672]), Some([0.5000, 0.8188, 0.5985]), None]),
    row("denoising AE, percentiles 1 to 100, moving average 15", "denoising", PERCENTILES, [Some([0.5902, 0.8336, 0.7775]), Some([0.4944, 0.8155, 0.5844]), None]),
    row("LSTM AE", "lstm", RAW, [Some([0.6610, 0.8882, 0.8574]), Some([0.5500, 0.8241, 0.7351]), None]),
    row("LSTM AE, rolling 7, min-max per video", "lstm", ROLLING, [Some([0.8570, 0.9663, 0.8584]), Some([0.6597, 0.8819, 0.7266]), None]),
    row("temporal AE", "temporal", RAW, [None; 3]),
    row("flow AE (Farnebäck), worst patch", "flow_top1", RAW, [None; 3]),
    row("flow AE (Farnebäck), worst patch, Gaussian 3", "flow_top1", GAUSSIAN, [None; 3]),
    row("GRU on flow (DIS)", "flow_gru", RAW, [None; 3]),
    row("GRU on flow (DIS), Gaussian 3", "flow_gru", GAUSSIAN, [None; 3]),
    row("3-D AE, mean", "conv3d_mean", RAW, [None; 3]),
    row("3-D AE, MAX", "conv3d_max", RAW, [None; 3]),
    row("ConvLSTM, mean", "conv_lstm_mean", RAW, [None; 3]),
    row("ConvLSTM, MAX", "conv_lstm_max", RAW, [None; 3]),
    row("conv_ae 128, 15 epochs, mean", "conv15_mean", RAW, [None; 3]),
    row("conv_ae 128, 15 epochs, MAX", "conv15_max", RAW, [None; 3]),
    row("conv_ae 128, 15 epochs, worst patch", "conv15_top1", RAW, [None; 3]),
    row("conv_ae 128, 15 epochs, worst patch, Gaussian 3", "conv15_top1", GAUSSIAN, [None; 3]),
    row("conv_ae 128, 15 epochs, 5 worst patches", "conv15_top5", RAW, [None; 3]),
    row("cuboid AE, 10 epochs", "cuboid10", RAW, [None; 3]),
    row("denoising AE, 8 epochs", "denoising8", RAW, [None; 3]),
    row("LSTM AE, 16 epochs", "lstm16", RAW, [None; 3]),
    row("LSTM AE, 16 epochs, rolling 7, min-max per video", "lstm16", ROLLING, [None; 3]),
];

/// The device, the data of each seed, and the result of the flip repair.
pub(crate) fn conditions(measured: &[Measured]) -> Result<String> {
    let mut text = String::new();
    let minutes: f64 = measured
        .iter()
        .flat_map(|one| &one.trainings)
        .map(|(_, t)| t.seconds / 60.0)
        .sum();
    let each = minutes / measured.len() as f64;
    writeln!(
        text,
        "Device `{}`; {each:.0} minutes of training for each seed.\n",
        measured[0].device
    )?;
    writeln!(
        text,
        "| seed | test frames, damaged | abnormal | noisy | flip repair |\n|---|---|---|---|---|"
    )?;
    for one in measured {
        let scored = one.scores(State::Damaged, "energy_mean")?;
        let noisy = one.truth.noisy.as_ref().map_or(0, Labels::positives);
        let found = evaluate(scored, &one.labels)?;
        writeln!(
            text,
            "| {} | {} | {:.1}% | {noisy} | {} |",
            one.seed,
            scored.len(),
            found.base_rate * 100.0,
            one.flips
        )?;
    }
    Ok(text)
}

/// The quality of every system on the three states of the frames, with that of its PyTorch original where
/// there is one.
pub(crate) fn systems(set: Set, measured: &[Measured]) -> Result<String> {
    let mut text = String::new();
    for (state, place) in State::ALL.into_iter().zip(0..) {
        writeln!(text, "\n**{} frames**\n", state.name())?;
        let pytorch = if set == Set::Ped2 {
            " PyTorch: AUC / AP / macro |"
        } else {
            ""
        };
        let rule = if set == Set::Ped2 { "---|" } else { "" };
        writeln!(
            text,
            "| system | micro AUC | AP | macro AUC |{pytorch}\n|---|---|---|---|{rule}"
        )?;
        for row in ROWS {
            let mut found = Vec::new();
            for one in measured
                .iter()
                .filter(|one| one.has_scores_of(&[row.system]))
            {
                found.push(evaluate(
                    &post_process(row.then, one.scores(state, row.system)?)?,
                    &one.labels,
                )?);
            }
            if found.is_empty() {
                continue;
            }
            let name = name_with_seeds(row.name, found.len(), measured.len());
            let auc = format_figure(&found, |evaluation| evaluation.micro_auc);
            let ap = format_figure(&found, |evaluation| evaluation.ap);
            let macro_auc = format_figure(&found, |evaluation| {
                evaluation.macro_auc.unwrap_or(f64::NAN)
            });
            write!(text, "| {name} | {auc} | {ap} | {macro_auc} |")?;
            let reference = row.reference[place].filter(|_| set == Set::Ped2);
            if let Some([auc, ap, macro_auc]) = reference {
                write!(text, " {auc:.3} / {ap:.3} / {macro_auc:.3} |")?;
            } else if set == Set::Ped2 {
                write!(text, " |")?;
            }
            writeln!(text)?;
        }
    }
    Ok(text)
}

/// The quality of our own system on the three states of the frames. None where it was not measured.
pub(crate) fn own_system(measured: &[Measured]) -> Result<Option<String>> {
    let measured: Vec<&Measured> = measured
        .iter()
        .filter(|one| one.has_scores_of(&["objects"]))
        .collect();
    if measured.is_empty() {
        return Ok(None);
    }
    let mut text =
        "| frames | seeds | micro AUC | AP | macro AUC |\n|---|---|---|---|---|\n".to_owned();
    for state in State::ALL {
        let found = measured
            .iter()
            .map(|one| Ok(evaluate(one.scores(state, "objects")?, &one.labels)?))
            .collect::<Result<Vec<Evaluation>>>()?;
        let auc = format_figure(&found, |evaluation| evaluation.micro_auc);
        let ap = format_figure(&found, |evaluation| evaluation.ap);
        let macro_auc = format_figure(&found, |evaluation| {
            evaluation.macro_auc.unwrap_or(f64::NAN)
        });
        let (name, seeds) = (state.name(), measured.len());
        writeln!(text, "| {name} | {seeds} | {auc} | {ap} | {macro_auc} |")?;
    }
    Ok(Some(text))
}

/// The training of each network, with its error and the two trivial errors.
pub(crate) fn trainings(measured: &[Measured]) -> String {
    let mut text = "| network | parameters | clips | epochs | minutes | squared error | of zeros | of the mean frame | better than both |\n\
                    |---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for (name, first) in &measured[0].trainings {
        let of_name = measured
            .iter()
            .flat_map(|one| &one.trainings)
            .filter(|(other, _)| other == name);
        let all: Vec<&TrainingRecord> = of_name.map(|(_, training)| training).collect();
        let beaten = all
            .iter()
            .filter(|training| training.errors.is_beaten())
            .count();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {:.1} | {:.2e} | {:.2e} | {:.2e} | {beaten} of {} seeds |",
            name.trim_end_matches("_mean"),
            first.parameters,
            first.clips,
            first.epochs.len(),
            mean_over(&all, |training| training.seconds / 60.0),
            mean_over(&all, |training| training.errors.network),
            mean_over(&all, |training| training.errors.zero),
            mean_over(&all, |training| training.errors.mean_frame),
            all.len(),
        );
    }
    text
}

fn mean_over(trainings: &[&TrainingRecord], figure: fn(&TrainingRecord) -> f64) -> f64 {
    trainings
        .iter()
        .map(|training| figure(training))
        .sum::<f64>()
        / trainings.len() as f64
}

/// A figure of several evaluations: the mean over the seeds, with its interval.
fn format_figure(found: &[Evaluation], figure: fn(&Evaluation) -> f64) -> String {
    Figure::of(&found.iter().map(figure).collect::<Vec<_>>()).format_value()
}

/// What each score reacts to: its AUC as a detector of anomalies, noise and flips, and of anomalies among
/// intact frames.
pub(crate) fn reactions(measured: &[Measured]) -> Result<String> {
    let mut text = String::new();
    for state in [State::Damaged, State::Repaired] {
        writeln!(text, "\n**{} frames**\n", state.name())?;
        writeln!(
            text,
            "| score | the anomaly | noise | a flip | the anomaly, intact frames alone |\n|---|---|---|---|---|"
        )?;
        for row in ROWS.iter().filter(|row| row.then == RAW) {
            let mut found: Vec<Reaction> = Vec::new();
            for one in measured
                .iter()
                .filter(|one| one.has_scores_of(&[row.system]))
            {
                let scores: &ScoreTable = one.scores(state, row.system)?;
                found.push(Reaction::of(scores, Some(&one.labels), &one.truth)?);
            }
            if found.is_empty() {
                continue;
            }
            let name = name_with_seeds(row.name, found.len(), measured.len());
            let anomaly = format_reaction(&found, |reaction| reaction.anomaly);
            let noise = format_reaction(&found, |reaction| reaction.noise);
            let flip = format_reaction(&found, |reaction| reaction.flip);
            let intact = format_reaction(&found, |reaction| reaction.intact);
            writeln!(text, "| {name} | {anomaly} | {noise} | {flip} | {intact} |")?;
        }
    }
    Ok(text)
}

fn format_reaction(found: &[Reaction], figure: fn(&Reaction) -> Option<f64>) -> String {
    let values: Vec<f64> = found.iter().filter_map(figure).collect();
    if values.is_empty() {
        "-".to_owned()
    } else {
        Figure::of(&values).format_value()
    }
}

/// One effect, with a row for each comparison; nothing when no system of its pairs was measured.
pub(crate) fn effect(effect: &Effect, measured: &[Measured]) -> Result<Option<String>> {
    let found = effect.compare(measured)?;
    if found.is_empty() {
        return Ok(None);
    }
    let mut text =
        "| test frames | compared | micro AUC | change | AP | change | as documented |\n\
                    |---|---|---|---|---|---|---|\n"
            .to_owned();
    for comparison in found {
        let Comparison {
            frames,
            what,
            auc,
            ap,
            ..
        } = &comparison;
        let [of_auc, of_ap] = comparison.verdicts().map(Verdict::name);
        let verdict = if of_auc == of_ap {
            of_auc.to_owned()
        } else {
            format!("AUC {of_auc}, AP {of_ap}")
        };
        let [auc, ap] = [auc, ap].map(|Change { without, with, by }| {
            format!(
                "{:.3} → {:.3} | {}",
                without.mean,
                with.mean,
                by.format_change()
            )
        });
        writeln!(text, "| {frames} | {what} | {auc} | {ap} | {verdict} |")?;
    }
    Ok(Some(text))
}

/// How many comparisons of each effect agree with the documents.
pub(crate) fn summary(measured: &[Measured]) -> Result<String> {
    let mut text =
        "| effect | AUC: yes | the opposite | not settled | AP: yes | the opposite | not settled |\n\
                    |---|---|---|---|---|---|---|\n"
            .to_owned();
    for effect in effects::ALL {
        let found = effect.compare(measured)?;
        let verdicts: Vec<[Verdict; 2]> = found.iter().map(Comparison::verdicts).collect();
        write!(text, "| {}. {}", effect.number, effect.title)?;
        for figure in 0..2 {
            for verdict in [Verdict::Yes, Verdict::Opposite, Verdict::Open] {
                write!(
                    text,
                    " | {}",
                    verdicts
                        .iter()
                        .filter(|both| both[figure] == verdict)
                        .count()
                )?;
            }
        }
        writeln!(text, " |")?;
    }
    Ok(text)
}
