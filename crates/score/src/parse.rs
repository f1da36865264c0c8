//! The text forms of pools.

use std::fmt;
use std::str::FromStr;

use oddframe_core::{ParseError, Token, Tokens};

use crate::{AnyPool, Error, L1, L2, Max, Mean, PatchSize, Quantile, RootSum, TopK, TopKPatches};

const POOLS: [&str; 7] = ["mean", "max", "topk", "quantile", "l2", "l1", "root_sum"];

const TOP_K: &str = "topk(patch=16, stride=16, k=1)";
const QUANTILE: &str = "quantile(0.99)";

impl FromStr for AnyPool {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut tokens = Tokens::new(text);
        let name = tokens.expect_name("a pool such as `max`")?;
        let pool = match name.text {
            "mean" => without_parameters(&mut tokens, "mean", Mean)?,
            "max" => without_parameters(&mut tokens, "max", Max)?,
            "l2" => without_parameters(&mut tokens, "l2", L2)?,
            "l1" => without_parameters(&mut tokens, "l1", L1)?,
            "root_sum" => without_parameters(&mut tokens, "root_sum", RootSum)?,
            "topk" => parse_top_k(&mut tokens, name).map_err(|error| error.with_usage(TOP_K))?,
            "quantile" => {
                parse_quantile(&mut tokens, name).map_err(|error| error.with_usage(QUANTILE))?
            }
            _ => return Err(tokens.unknown_name("pool", name, POOLS)),
        };
        tokens.expect_end()?;
        Ok(pool)
    }
}

impl fmt::Display for AnyPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mean(_) => f.write_str("mean"),
            Self::Max(_) => f.write_str("max"),
            Self::L2(_) => f.write_str("l2"),
            Self::L1(_) => f.write_str("l1"),
            Self::RootSum(_) => f.write_str("root_sum"),
            Self::Quantile(pool) => write!(f, "quantile({})", pool.q()),
            Self::TopKPatches(pool) => {
                write!(
                    f,
                    "topk(patch={}, stride={}, k=",
                    pool.patch(),
                    pool.stride()
                )?;
                match pool.k() {
                    TopK::Count(count) => write!(f, "{count})"),
                    TopK::Fraction(share) => write!(f, "{}%)", format_percentage(share)),
                }
            }
        }
    }
}

/// A pool that has no parameters.
fn without_parameters(
    tokens: &mut Tokens<'_>,
    name: &'static str,
    pool: impl Into<AnyPool>,
) -> Result<AnyPool, ParseError> {
    tokens.parse_arguments(name, &[], Tokens::next_value)?;
    Ok(pool.into())
}

fn parse_quantile(tokens: &mut Tokens<'_>, name: Token<'_>) -> Result<AnyPool, ParseError> {
    let arguments = tokens.parse_arguments("quantile", &["q"], Tokens::next_value)?;
    let Some((value, offset)) = arguments.values[0] else {
        return Err(tokens.missing_value(name, "quantile", "q"));
    };
    let q = value.text.parse();
    let q = q.map_err(|_| tokens.unexpected_token("a number", value))?;
    let pool = Quantile::new(q).map_err(|error| tokens.refused_value(offset, error))?;
    Ok(pool.into())
}

fn parse_top_k(tokens: &mut Tokens<'_>, name: Token<'_>) -> Result<AnyPool, ParseError> {
    let parameters = ["patch", "stride", "k"];
    let arguments = tokens.parse_arguments("topk", &parameters, Tokens::next_value)?;
    let [patch, stride, k] = [0, 1, 2].map(|place| arguments.values[place]);
    let Some((patch_value, _)) = patch else {
        return Err(tokens.missing_value(name, "topk", "patch"));
    };
    // `topk(16)` could be a patch or a number of patches: its arguments need their names.
    if arguments.positional > 0 {
        return Err(tokens.unexpected_token("a name and `=`", patch_value));
    }
    let patch_size = parse_size(tokens, patch_value)?;
    let stride_size = stride.map_or(Ok(patch_size), |(value, _)| parse_size(tokens, value))?;
    let best = k.map_or(Ok(TopK::Count(1)), |(value, _)| {
        let expected = "a count or a percentage, such as `1` or `5%`";
        parse_k(value.text).ok_or_else(|| tokens.unexpected_token(expected, value))
    })?;
    // The error of the constructor leads to the value that it refuses.
    let pool = TopKPatches::new(patch_size, stride_size, best).map_err(|error| {
        let refused = match error {
            Error::InvalidStride { .. } => stride,
            Error::InvalidCount | Error::InvalidFraction { .. } => k,
            _ => patch,
        };
        let offset = refused.map_or(name.offset, |(_, offset)| offset);
        tokens.refused_value(offset, error)
    })?;
    Ok(pool.into())
}

fn parse_size(tokens: &Tokens<'_>, value: Token<'_>) -> Result<PatchSize, ParseError> {
    let expected = "a size, such as `16` or `16x8`";
    parse_size_text(value.text).ok_or_else(|| tokens.unexpected_token(expected, value))
}

fn parse_size_text(text: &str) -> Option<PatchSize> {
    match text.split_once('x') {
        None => text.parse::<usize>().ok().map(Into::into),
        Some((width, height)) => Some(PatchSize {
            width: width.trim().parse().ok()?,
            height: height.trim().parse().ok()?,
        }),
    }
}

fn parse_k(text: &str) -> Option<TopK> {
    let Some(share) = text.strip_suffix('%') else {
        return text.parse().ok().map(TopK::Count);
    };
    let share = share.trim_end();
    // Move the decimal point in the text instead of dividing, which would round: 5% is exactly the
    // number written 0.05.
    let decimal = share.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    format!("{share}e-2")
        .parse()
        .ok()
        .filter(|_| decimal)
        .map(TopK::Fraction)
}

/// Writes a fraction as a percentage without rounding, so that [`parse_k`] gives the same number.
fn format_percentage(share: f64) -> String {
    let text = share.to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let decimals = format!("{decimals:0<2}");
    let (moved, rest) = decimals.split_at(2);
    let whole = format!("{whole}{moved}");
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    if rest.is_empty() {
        whole.to_string()
    } else {
        format!("{whole}.{rest}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_text_form_is_parsed_and_written() {
        for (text, written) in [
            ("mean", "mean"),
            (" max() ", "max"),
            ("l2", "l2"),
            ("l1", "l1"),
            ("root_sum", "root_sum"),
            ("quantile(0.99)", "quantile(0.99)"),
            ("quantile( 1 )", "quantile(1)"),
            (
                "topk(patch=16, stride=16, k=1)",
                "topk(patch=16, stride=16, k=1)",
            ),
            (
                "topk(patch=16,stride=8,k=5%)",
                "topk(patch=16, stride=8, k=5%)",
            ),
            (
                "topk(k=12.5 %, patch=16x8)",
                "topk(patch=16x8, stride=16x8, k=12.5%)",
            ),
            ("topk(patch=4, k=100%)", "topk(patch=4, stride=4, k=100%)"),
            ("topk(patch=4, k=0.07%)", "topk(patch=4, stride=4, k=0.07%)"),
        ] {
            let pool: AnyPool = text.parse().unwrap();
            assert_eq!(pool.to_string(), written);
            assert_eq!(written.parse::<AnyPool>().unwrap(), pool);
        }
        let share = TopKPatches::new(16, 8, TopK::Fraction(0.05)).unwrap();
        let parsed: AnyPool = "topk(patch=16, stride=8, k=5%)".parse().unwrap();
        assert_eq!(parsed, AnyPool::TopKPatches(share));
    }

    #[test]
    fn errors_name_their_position_and_show_an_example() {
        let top_k = "; write it as topk(patch=16, stride=16, k=1)";
        let quantile = "; write it as quantile(0.99)";
        for (text, offset, problem, usage) in [
            (
                "mode",
                0,
                "unknown pool `mode`; known: mean, max, topk, quantile, l2, l1, root_sum",
                "",
            ),
            ("", 0, "expected a pool such as `max`, found the end", ""),
            ("mean(3)", 5, "mean takes at most 0 arguments", ""),
            ("topk", 0, "topk needs a value for patch", top_k),
            ("topk()", 0, "topk needs a value for patch", top_k),
            ("topk(16)", 5, "expected a name and `=`, found `16`", top_k),
            (
                "topk(patch=16,)",
                14,
                "this argument needs its name too; arguments without names must come first",
                top_k,
            ),
            (
                "topk(size=16)",
                5,
                "unknown parameter `size`; did you mean `stride`?; known: patch, stride, k",
                top_k,
            ),
            (
                "topk(patch=16, patch=8)",
                15,
                "topk has two values for patch",
                top_k,
            ),
            (
                "topk(patch=-1)",
                11,
                "expected a size, such as `16` or `16x8`, found `-1`",
                top_k,
            ),
            (
                "topk(patch=4, k=0.5)",
                16,
                "expected a count or a percentage, such as `1` or `5%`, found `0.5`",
                top_k,
            ),
            (
                "topk(patch=4, k=1e1%)",
                16,
                "expected a count or a percentage, such as `1` or `5%`, found `1e1%`",
                top_k,
            ),
            (
                "topk(patch=4, k=0)",
                16,
                "k is 0, but must be at least 1 patch",
                top_k,
            ),
            (
                "topk(patch=4, k=200%)",
                16,
                "k is the fraction 2 of all patches, but must be above 0 and at most 1 (100%)",
                top_k,
            ),
            (
                "topk(patch=4, stride=0)",
                21,
                "a stride of 0 pixels with patches of 4 is not possible: it must be at least 1 and at most the size of the patch, so that every pixel lies in a patch",
                top_k,
            ),
            ("quantile", 0, "quantile needs a value for q", quantile),
            (
                "quantile(y)",
                9,
                "unknown parameter `y`; known: q",
                quantile,
            ),
            ("quantile(1x)", 9, "expected a number, found `1x`", quantile),
            (
                "quantile(99)",
                9,
                "the quantile is 99, but must be 0 to 1",
                quantile,
            ),
            (
                "quantile(q=NaN)",
                11,
                "the quantile is NaN, but must be 0 to 1",
                quantile,
            ),
            ("max(", 4, "expected an argument or `)`, found the end", ""),
        ] {
            let error = text.parse::<AnyPool>().unwrap_err();
            let expected = format!("{problem}{usage}\n");
            assert!(error.to_string().starts_with(&expected), "{text}: {error}");
            assert_eq!(error.offset(), offset, "{error}");
        }
        for text in [
            "max)",
            "max()x",
            "topk(patch=(16))",
            "(",
            ")",
            "()",
            "quantile(0.5, 0.6)",
        ] {
            assert!(text.parse::<AnyPool>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_forms_round_trip(
            patch in (1_usize..300, 1_usize..300), share in 0.0_f64..1.0, k in 1_usize.., q in 0.0_f64..=1.0,
        ) {
            let share = TopK::Fraction(1.0 - share);
            for pool in [
                TopKPatches::new(patch, 1, share).unwrap().into(),
                TopKPatches::new(patch.0, patch.0, TopK::Count(k)).unwrap().into(),
                AnyPool::Quantile(Quantile::new(q).unwrap()),
            ] {
                prop_assert_eq!(pool.to_string().parse::<AnyPool>().unwrap(), pool);
            }
        }

        #[test]
        fn no_text_causes_a_panic(text in "[a-z0-9(),=%x. -]{0,40}|topk\\([a-z0-9,=%x. -]{0,40}\\)|\\PC{0,20}") {
            let _ = text.parse::<AnyPool>();
        }
    }
}
