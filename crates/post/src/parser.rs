use std::str::FromStr;

use oddframe_core::{ParseError, Scope, TokenKind, Tokens};

use crate::chain::Chain;
use crate::error::Error;
use crate::fusion::{Fusion, Weights};
use crate::registry::KNOWN;
use crate::step::Step;

impl FromStr for Chain {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut parser = Parser::new(text);
        let chain = parser.parse_chain()?;
        parser.tokens.expect_end()?;
        Ok(chain)
    }
}

impl FromStr for Step {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut parser = Parser::new(text);
        let step = parser.parse_step()?;
        parser.tokens.expect_end()?;
        Ok(step)
    }
}

impl FromStr for Fusion {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut parser = Parser::new(text);
        let fusion = parser.parse_fusion()?;
        parser.tokens.expect_end()?;
        Ok(fusion)
    }
}

/// Parses chains, steps and fusions.
///
/// ```text
/// chain = "none" | step {"|" step}
/// step  = name ["(" [argument {"," argument}] ")"] ["per" "video" | "over" "all"]
/// argument = [name "="] number
/// ```
struct Parser<'a> {
    tokens: Tokens<'a>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            tokens: Tokens::new(text),
        }
    }

    fn parse_chain(&mut self) -> Result<Chain, ParseError> {
        if self.tokens.take_word(Chain::EMPTY) {
            return Ok(Chain::new());
        }
        let mut chain = Chain::new().then(self.parse_step()?);
        while self.tokens.take_symbol('|') {
            chain = chain.then(self.parse_step()?);
        }
        Ok(chain)
    }

    fn parse_step(&mut self) -> Result<Step, ParseError> {
        let name = self
            .tokens
            .expect_name("a step such as `minmax`; the empty chain is `none`")?;
        let signature = KNOWN
            .into_iter()
            .find(|s| s.name == name.text)
            .ok_or_else(|| {
                self.tokens
                    .unknown_name("step", name, KNOWN.iter().map(|s| s.name))
            })?;
        let names: Vec<&'static str> = signature.parameters.iter().map(|p| p.name).collect();
        let arguments =
            self.tokens
                .parse_arguments(signature.name, &names, Tokens::parse_number::<f64>)?;
        // Parameters without a value take their default; the first without a default is the error.
        let given = arguments.values.iter().zip(signature.parameters);
        let values = given.map(|(given, parameter)| {
            let value = given.map(|(value, _)| value).or(parameter.default);
            value.ok_or_else(|| {
                self.tokens
                    .missing_value(name, signature.name, parameter.name)
            })
        });
        let values = values.collect::<Result<Vec<f64>, _>>()?;
        let (at, scope) = self.parse_scope()?;
        // The constructor checks the values. Its error names a parameter, which leads to the offset of the
        // value in the text; an error without a value there points at the name of the step.
        let op = (signature.build)(&values).map_err(|error| {
            let refused = match &error {
                Error::Parameter { name, .. } => {
                    signature.parameters.iter().position(|p| p.name == *name)
                }
                _ => None,
            };
            let place = refused
                .and_then(|place| arguments.values[place])
                .map_or(name.offset, |(_, offset)| offset);
            self.tokens.refused_value(place, error)
        })?;
        Step::from_text(op, scope, arguments.positional)
            .map_err(|error| self.tokens.refused_value(at, error))
    }

    fn parse_fusion(&mut self) -> Result<Fusion, ParseError> {
        let name = self.tokens.expect_name("a fusion such as `max`")?;
        match name.text {
            "max" => Ok(Fusion::Max),
            "mean" => Ok(Fusion::Mean),
            "product" => Ok(Fusion::Product),
            "rank-mean" => Ok(Fusion::RankMean),
            "weighted" => {
                self.tokens
                    .expect_symbol('(', "`(` and the weights, as in `weighted(0.3,0.7)`")?;
                let mut weights = vec![self.tokens.parse_number()?];
                while self.tokens.take_symbol(',') {
                    weights.push(self.tokens.parse_number()?);
                }
                self.tokens.expect_symbol(')', "`,` or `)`")?;
                let weights =
                    Weights::new(weights).map_err(|e| self.tokens.refused_value(name.offset, e))?;
                Ok(Fusion::Weighted(weights))
            }
            _ => Err(self.tokens.unknown_name(
                "fusion",
                name,
                ["max", "mean", "product", "rank-mean", "weighted"],
            )),
        }
    }

    /// Parses the scope, if there is one, and returns it with its offset.
    fn parse_scope(&mut self) -> Result<(usize, Option<Scope>), ParseError> {
        let first = self.tokens.peek_token();
        if first.kind != TokenKind::Word {
            return Ok((first.offset, None));
        }
        // Anything but a scope, a bar or the end here is an error of its own, with a message about all three.
        let scope = if self.tokens.take_word("per") {
            self.tokens.expect_word("video", "`per video`")?;
            Scope::PerVideo
        } else if self.tokens.take_word("over") {
            self.tokens.expect_word("all", "`over all`")?;
            Scope::WholeSet
        } else {
            return Err(self
                .tokens
                .unexpected_token("`per video`, `over all` or `|` and the next step", first));
        };
        Ok((first.offset, Some(scope)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(text: &str) -> Chain {
        text.parse().unwrap()
    }

    fn error(text: &str) -> ParseError {
        text.parse::<Chain>().unwrap_err()
    }

    #[test]
    fn a_parsed_chain_prints_its_text() {
        for text in [
            "gaussian(sigma=3) per video | minmax",
            "gaussian(3)",
            "gaussian(3, truncate=2.5)",
            "gaussian(sigma=0.5, truncate=2) per video",
            "uniform(3) | moving_average(7) | rolling(7) | median(5) | savgol(7, 2) | ema(0.3)",
            "uniform(window=3) | savgol(7, order=2) | ema(alpha=0.3)",
            "percentile_clip(0, 99.99) over all | uniform(3) per video | round(6) | rank over all",
            "percentile_clip(lo=1, hi=100) per video | zscore per video | robust_z over all",
            "none",
        ] {
            assert_eq!(chain(text).to_string(), text);
        }
    }

    #[test]
    fn blanks_and_the_order_of_names_do_not_matter() {
        for (text, printed) in [
            (
                "  gaussian ( 3 )per  video|minmax\n",
                "gaussian(3) per video | minmax",
            ),
            ("minmax()", "minmax"),
            ("savgol(order=2,window=7)", "savgol(window=7, order=2)"),
            ("gaussian(3, 4)", "gaussian(3)"),
            ("gaussian(+3e0)", "gaussian(3)"),
            ("uniform(3.0)", "uniform(3)"),
        ] {
            assert_eq!(chain(text).to_string(), printed);
            assert_eq!(chain(printed), chain(text));
        }
    }

    #[test]
    fn errors_mark_the_position() {
        let shown = "unknown step `gausian`; did you mean `gaussian`?; known: gaussian, uniform, moving_average, \
                     rolling, median, savgol, ema, minmax, percentile_clip, zscore, robust_z, rank, round\n  \
                     minmax | gausian(sigma=3) per video\n           ^";
        assert_eq!(
            error("minmax | gausian(sigma=3) per video").to_string(),
            shown
        );
        let shown = "gaussian: sigma is -3; it must be finite and above 0\n  gaussian(sigma=-3)\n                 ^";
        assert_eq!(error("gaussian(sigma=-3)").to_string(), shown);
        let shown = "unknown parameter `width`; did you mean `window`?; known: window\n  uniform(width=3)\n          ^";
        assert_eq!(error("uniform(width=3)").to_string(), shown);
    }

    #[test]
    fn every_error_has_its_position() {
        for (text, offset, says) in [
            (
                "",
                0,
                "expected a step such as `minmax`; the empty chain is `none`, found the end",
            ),
            ("minmax |", 8, "expected a step"),
            ("minmax | | rank", 9, "found `|`"),
            ("minmax rank", 7, "expected `per video`, `over all` or `|`"),
            (
                "minmax per frame",
                11,
                "expected `per video`, found `frame`",
            ),
            ("minmax over", 11, "expected `over all`, found the end"),
            ("minmax; rank", 6, "expected the end, found `;`"),
            ("none | rank", 5, "expected the end"),
            ("gaussian", 0, "gaussian needs a value for sigma"),
            (
                "rank | gaussian(truncate=2)",
                7,
                "gaussian needs a value for sigma",
            ),
            ("gaussian(3", 10, "expected `,` or `)`, found the end"),
            ("gaussian(3 4)", 11, "found `4`"),
            ("gaussian(3,)", 11, "expected a number, found `)`"),
            ("gaussian(sigma 3)", 15, "expected `=` and a value"),
            (
                "gaussian(sigma=3, sigma=4)",
                18,
                "gaussian has two values for sigma",
            ),
            (
                "gaussian(3, sigma=4)",
                12,
                "gaussian has two values for sigma",
            ),
            (
                "gaussian(sigma=3, 4)",
                18,
                "this argument needs its name too",
            ),
            ("minmax(3)", 7, "minmax takes at most 0 arguments"),
            ("minmax(a=3)", 7, "minmax takes at most 0 arguments"),
            (
                "gaussian(1, 2, 3)",
                15,
                "gaussian takes at most 2 arguments",
            ),
            ("gaussian(3x)", 9, "expected a number, found `3x`"),
            ("gaussian(sigma=inf)", 15, "expected a number, found `inf`"),
            ("gaussian(1e999)", 9, "sigma is inf"),
            ("gaussian(3, truncate=0)", 21, "truncate is 0"),
            (
                "uniform(2.5)",
                8,
                "window is 2.5; it must be a whole number",
            ),
            ("uniform(0)", 8, "whole number of frames from 1 to 100000"),
            ("uniform(1e300)", 8, "a whole number"),
            (
                "savgol(7, 7)",
                10,
                "order is 7; it must be below the window",
            ),
            (
                "savgol(order=2, window=6)",
                23,
                "window is 6; it must be odd",
            ),
            ("percentile_clip(5, 5)", 19, "hi is 5"),
            ("round(16)", 6, "digits is 16"),
            (
                "minmax | median(3) over all",
                19,
                "write `median per video`",
            ),
            ("Größe", 0, "unknown step `Gr`"),
            ("né", 0, "unknown step `n`"),
        ] {
            let error = error(text);
            assert_eq!(error.offset(), offset, "{error}");
            assert!(error.to_string().contains(says), "{error}\nlacks {says}");
            assert_eq!(error.text(), text);
        }
    }

    #[test]
    fn long_texts_and_control_characters_are_shortened_and_replaced() {
        let long = format!(
            "{}|\n\tranq é|{}",
            "rank|".repeat(1000),
            "rank|".repeat(1000)
        );
        let shown = error(&long).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert!(
            lines.len() == 3 && lines.iter().all(|line| line.chars().count() < 180),
            "{shown}"
        );
        let mark = lines[2].chars().count() - 1;
        assert_eq!(lines[1].chars().nth(mark), Some('|'));
        let name = error(&"a".repeat(100_000)).to_string();
        assert!(name.len() < 400, "{name}");
    }
}
