use crate::parse_error::{ParseError, ParseProblem};
use crate::tokens::{Token, TokenKind, Tokens};

/// The arguments of a call such as `savgol(7, order=2)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments<T> {
    /// The value of each parameter and the offset of the value in the text; none for a parameter that the text leaves out.
    pub values: Vec<Option<(T, usize)>>,
    /// The number of arguments without a name.
    pub positional: usize,
}

impl Tokens<'_> {
    /// Parses the arguments of a call, `(3, truncate=2)`, or nothing. `parse_value` reads one value.
    ///
    /// ```
    /// use oddframe_core::{ParseError, Tokens};
    ///
    /// let mut tokens = Tokens::new("savgol(7, order=2)");
    /// let name = tokens.expect_name("a filter")?;
    /// let arguments = tokens.parse_arguments("savgol", &["window", "order"], Tokens::parse_number::<u32>)?;
    /// assert_eq!(arguments.values, [Some((7, 7)), Some((2, 16))]);
    /// assert_eq!(arguments.positional, 1);
    /// # Ok::<(), ParseError>(())
    /// ```
    ///
    /// # Errors
    /// When a parameter is unknown or given twice, an argument without a name follows one with a name, there are more
    /// arguments than parameters, a value cannot be parsed, or the parenthesis is not closed.
    pub fn parse_arguments<T>(
        &mut self,
        call: &'static str,
        parameters: &[&'static str],
        parse_value: impl Fn(&mut Self) -> Result<T, ParseError>,
    ) -> Result<Arguments<T>, ParseError> {
        // Arguments without names fill the parameters from the left, arguments with names fill their own.
        // Both kinds may be mixed as in Python: once an argument has a name, all later ones need theirs.
        let mut values: Vec<Option<(T, usize)>> = parameters.iter().map(|_| None).collect();
        let (mut positional, mut named) = (0, false);
        if self.take_symbol('(') && !self.take_symbol(')') {
            loop {
                let first = self.peek_token();
                if first.kind == TokenKind::End {
                    return Err(self.unexpected_token("an argument or `)`", first));
                }
                if positional >= parameters.len() {
                    let takes = parameters.len();
                    return Err(self.error(first.offset, ParseProblem::TooMany { call, takes }));
                }
                // A word before `=` is the name of a parameter. Any other word is one too, because no value
                // begins with a letter; its error then lists the parameters.
                named |= first.kind == TokenKind::Word;
                let place = match first.kind {
                    TokenKind::Word => self.parse_parameter(parameters)?,
                    _ if named => return Err(self.error(first.offset, ParseProblem::Nameless)),
                    _ => positional,
                };
                positional += usize::from(!named);
                if values[place].is_some() {
                    let parameter = parameters[place];
                    return Err(self.error(first.offset, ParseProblem::Twice { call, parameter }));
                }
                let offset = self.peek_token().offset;
                values[place] = Some((parse_value(self)?, offset));
                if !self.take_symbol(',') {
                    break;
                }
            }
            self.expect_symbol(')', "`,` or `)`")?;
        }
        Ok(Arguments { values, positional })
    }

    /// Parses the name of a parameter and `=`, and returns the index of the parameter.
    fn parse_parameter(&mut self, parameters: &[&'static str]) -> Result<usize, ParseError> {
        let name = self.next_token();
        let place = parameters.iter().position(|known| *known == name.text);
        let place = place
            .ok_or_else(|| self.unknown_name("parameter", name, parameters.iter().copied()))?;
        self.expect_symbol('=', "`=` and a value")?;
        Ok(place)
    }

    /// The error of a call without a value for a parameter that has no default. `name` is the name of the call.
    pub fn missing_value(
        &self,
        name: Token<'_>,
        call: &'static str,
        parameter: &'static str,
    ) -> ParseError {
        self.error(name.offset, ParseProblem::Missing { call, parameter })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_its_position() {
        for (text, offset, says) in [
            ("(", 1, "expected an argument or `)`, found the end"),
            ("(1", 2, "expected `,` or `)`, found the end"),
            ("(1,)", 3, "expected a number, found `)`"),
            ("(1, 2, 3)", 7, "savgol takes at most 2 arguments"),
            ("(1, window=2)", 4, "savgol has two values for window"),
            ("(order=1, 2)", 10, "this argument needs its name too"),
            ("(odrer=1)", 1, "did you mean `order`?"),
            ("(order 1)", 7, "expected `=` and a value, found `1`"),
        ] {
            let mut tokens = Tokens::new(text);
            let parse_number = Tokens::parse_number::<u32>;
            let found = tokens.parse_arguments("savgol", &["window", "order"], parse_number);
            let error = found.unwrap_err();
            assert_eq!(error.offset(), offset, "{error}");
            assert!(error.to_string().contains(says), "{error}\nlacks {says}");
        }
    }
}
