//! The text forms of pools.

use std::fmt;
use std::str::FromStr;

use crate::{AnyPool, Error, L1, L2, Max, Mean, PatchSize, Quantile, TopK, TopKPatches};

const POOLS: &str = "mean, max, topk(patch=16, stride=16, k=1), quantile(0.99), l2 and l1";

impl FromStr for AnyPool {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        // Split at the first parenthesis, which must be closed at the end; there are no nested
        // ones.
        let (name, parameters) = match text.split_once('(') {
            None => (text, ""),
            Some((name, rest)) => {
                let inner = rest
                    .strip_suffix(')')
                    .filter(|inner| !inner.contains(['(', ')']));
                (
                    name.trim_end(),
                    inner.ok_or_else(|| Error::Brackets { text: text.into() })?,
                )
            }
        };
        match name {
            "mean" => without_parameters("mean", parameters, Mean),
            "max" => without_parameters("max", parameters, Max),
            "l2" => without_parameters("l2", parameters, L2),
            "l1" => without_parameters("l1", parameters, L1),
            "topk" => parse_top_k(parameters).map(Into::into),
            "quantile" => parse_quantile(parameters).map(Into::into),
            _ => Err(Error::Unknown {
                what: "pool",
                text: text.into(),
                known: POOLS,
            }),
        }
    }
}

impl fmt::Display for AnyPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mean(_) => f.write_str("mean"),
            Self::Max(_) => f.write_str("max"),
            Self::L2(_) => f.write_str("l2"),
            Self::L1(_) => f.write_str("l1"),
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
    name: &'static str,
    parameters: &str,
    pool: impl Into<AnyPool>,
) -> Result<AnyPool, Error> {
    match parameters.trim() {
        "" => Ok(pool.into()),
        text => Err(PoolText {
            pool: name,
            usage: name,
        }
        .unknown_parameter(text)),
    }
}

fn parse_quantile(text: &str) -> Result<Quantile, Error> {
    let reader = PoolText {
        pool: "quantile",
        usage: "quantile(0.99)",
    };
    match text.trim() {
        "" => Err(reader.missing_parameter("a number")),
        text => Quantile::new(
            text.parse()
                .map_err(|_| reader.bad_parameter(text, "number"))?,
        ),
    }
}

fn parse_top_k(text: &str) -> Result<TopKPatches, Error> {
    let reader = PoolText {
        pool: "topk",
        usage: "topk(patch=16, stride=16, k=1)",
    };
    // Named parameters in any order, each at most once.
    let (mut patch, mut stride, mut k) = (None, None, None);
    for part in text
        .split(',')
        .map(str::trim)
        .filter(|_| !text.trim().is_empty())
    {
        let (name, value) = part
            .split_once('=')
            .ok_or_else(|| reader.unknown_parameter(part))?;
        let value = value.trim();
        match name.trim() {
            "patch" => reader.set_once("patch", &mut patch, reader.parse_size(value)?)?,
            "stride" => reader.set_once("stride", &mut stride, reader.parse_size(value)?)?,
            "k" => {
                let parsed = parse_k(value)
                    .ok_or_else(|| reader.bad_parameter(value, "count or percentage (1 or 5%)"))?;
                reader.set_once("k", &mut k, parsed)?;
            }
            name => return Err(reader.unknown_parameter(name)),
        }
    }
    let patch = patch.ok_or_else(|| reader.missing_parameter("patch"))?;
    TopKPatches::new(patch, stride.unwrap_or(patch), k.unwrap_or(TopK::Count(1)))
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

/// Parses the parameters of one pool. Its errors name the pool and show an example.
struct PoolText {
    pool: &'static str,
    usage: &'static str,
}

impl PoolText {
    fn parse_size(&self, text: &str) -> Result<PatchSize, Error> {
        parse_size_text(text).ok_or_else(|| self.bad_parameter(text, "size (16 or 16x8)"))
    }

    fn set_once<T>(&self, name: &'static str, slot: &mut Option<T>, value: T) -> Result<(), Error> {
        match slot.replace(value) {
            None => Ok(()),
            Some(_) => Err(Error::RepeatedParameter {
                pool: self.pool,
                name,
                usage: self.usage,
            }),
        }
    }

    fn unknown_parameter(&self, text: &str) -> Error {
        Error::UnknownParameter {
            pool: self.pool,
            text: text.into(),
            usage: self.usage,
        }
    }

    fn missing_parameter(&self, name: &'static str) -> Error {
        Error::MissingParameter {
            pool: self.pool,
            name,
            usage: self.usage,
        }
    }

    fn bad_parameter(&self, text: &str, expected: &'static str) -> Error {
        Error::BadParameter {
            pool: self.pool,
            text: text.into(),
            expected,
            usage: self.usage,
        }
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
        assert_eq!(
            "topk(patch=16, stride=8, k=5%)".parse(),
            Ok(AnyPool::TopKPatches(share))
        );
    }

    #[test]
    fn errors_name_the_pool_and_show_an_example() {
        let usage = "write it as topk(patch=16, stride=16, k=1)";
        for (text, message) in [
            ("mode", format!("`mode` is not a known pool: write one of {POOLS}")),
            ("", format!("`` is not a known pool: write one of {POOLS}")),
            ("mean(3)", "the pool mean has no parameter `3`: write it as mean".into()),
            ("topk", format!("the pool topk needs `patch`: {usage}")),
            ("topk(16)", format!("the pool topk has no parameter `16`: {usage}")),
            ("topk(patch=16,)", format!("the pool topk has no parameter ``: {usage}")),
            ("topk(size=16)", format!("the pool topk has no parameter `size`: {usage}")),
            ("topk(patch=16, patch=8)", format!("the pool topk has the parameter `patch` twice: {usage}")),
            ("topk(patch=-1)", format!("the pool topk: `-1` is not a size (16 or 16x8): {usage}")),
            (
                "topk(patch=4, k=0.5)",
                format!("the pool topk: `0.5` is not a count or percentage (1 or 5%): {usage}"),
            ),
            (
                "topk(patch=4, k=1e1%)",
                format!("the pool topk: `1e1%` is not a count or percentage (1 or 5%): {usage}"),
            ),
            ("topk(patch=4, k=0)", "k is 0, but must be at least 1 patch".into()),
            (
                "topk(patch=4, k=200%)",
                "k is the fraction 2 of all patches, but must be above 0 and at most 1 (100%)".into(),
            ),
            ("quantile", "the pool quantile needs `a number`: write it as quantile(0.99)".into()),
            ("quantile(x)", "the pool quantile: `x` is not a number: write it as quantile(0.99)".into()),
            ("quantile(99)", "the quantile is 99, but must be 0 to 1".into()),
            ("quantile(NaN)", "the quantile is NaN, but must be 0 to 1".into()),
            (
                "max(",
                "`max(` is not of the form NAME or NAME(VALUE, ...): the parenthesis is not closed at the end"
                    .into(),
            ),
        ] {
            assert_eq!(text.parse::<AnyPool>().unwrap_err().to_string(), message);
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
                prop_assert_eq!(pool.to_string().parse::<AnyPool>(), Ok(pool));
            }
        }

        #[test]
        fn no_text_causes_a_panic(text in "[a-z0-9(),=%x. -]{0,40}|topk\\([a-z0-9,=%x. -]{0,40}\\)|\\PC{0,20}") {
            let _ = text.parse::<AnyPool>();
        }
    }
}
