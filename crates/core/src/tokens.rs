//! The tokens of short texts such as `gaussian(sigma=3) per video`, `topk(patch=8, k=5%)` or `constant(0)`.

use std::str::FromStr;

use crate::error::SharedError;
use crate::parse_error::{ParseError, ParseProblem};

/// The kind of a [`Token`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A letter or `_`, followed by letters, digits, `_` and `-`.
    Word,
    /// A digit, a sign or a point, followed by the characters of numbers.
    Number,
    /// Any other character.
    Symbol,
    /// The end of the text.
    End,
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// Its kind.
    pub kind: TokenKind,
    /// Its characters.
    pub text: &'a str,
    /// Its offset in the whole text, in bytes.
    pub offset: usize,
}

impl Token<'_> {
    /// The token as messages show it.
    fn describe_token(&self) -> String {
        match self.kind {
            TokenKind::End => "the end".to_string(),
            _ => format!("`{}`", self.short_text()),
        }
    }

    /// The text of the token, shortened and printable.
    fn short_text(&self) -> String {
        /// Longer than any name known.
        const MAX_CHARS: usize = 40;
        let mut short: String = self.text.chars().take(MAX_CHARS).collect();
        if short.len() < self.text.len() {
            short.push('…');
        }
        short.escape_debug().to_string()
    }
}

/// Reads the tokens of a text one by one, without blanks. Every error names its position in the text.
///
/// The small languages of this workspace (chains, pools, fusions, edge policies) are parsed with it: names, and arguments in
/// parentheses, which [`parse_arguments`](Self::parse_arguments) reads.
///
/// ```
/// use oddframe_core::{ParseError, Tokens};
///
/// fn parse_constant(text: &str) -> Result<f64, ParseError> {
///     let mut tokens = Tokens::new(text);
///     let name = tokens.expect_name("`constant`")?;
///     if name.text != "constant" {
///         return Err(tokens.unknown_name("policy", name, ["constant"]));
///     }
///     tokens.expect_symbol('(', "`(` and a number")?;
///     let value = tokens.parse_number()?;
///     tokens.expect_symbol(')', "`)`")?;
///     tokens.expect_end()?;
///     Ok(value)
/// }
///
/// assert_eq!(parse_constant("constant( 0.5 )")?, 0.5);
/// let error = parse_constant("constant(x)").unwrap_err();
/// assert_eq!(error.to_string(), "expected a number, found `x`\n  constant(x)\n           ^");
/// # Ok::<(), ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Tokens<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Tokens<'a> {
    /// Begins at the start of a text.
    pub const fn new(text: &'a str) -> Self {
        Self { text, offset: 0 }
    }

    /// Returns the next token without consuming it.
    pub fn peek_token(&self) -> Token<'a> {
        self.clone().next_token()
    }

    /// Consumes the next token. After the last one this is always [`TokenKind::End`].
    pub fn next_token(&mut self) -> Token<'a> {
        let rest = self.text[self.offset..].trim_start();
        let offset = self.text.len() - rest.len();
        let (kind, len) = match rest.chars().next() {
            None => (TokenKind::End, 0),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => (
                TokenKind::Word,
                prefix_len(rest, |c| {
                    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
                }),
            ),
            // Letters belong to the token too, so that `3x` is one invalid number and not a number and a
            // word.
            Some(c) if c.is_ascii_digit() || matches!(c, '+' | '-' | '.') => (
                TokenKind::Number,
                prefix_len(rest, |c| {
                    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')
                }),
            ),
            Some(c) => (TokenKind::Symbol, c.len_utf8()),
        };
        self.offset = offset + len;
        Token {
            kind,
            text: &rest[..len],
            offset,
        }
    }

    /// Consumes an argument that is more than one token, such as `5 %`: everything up to the next `,`, `(` or `)`. Its kind
    /// is that of its first token.
    ///
    /// # Errors
    /// When there is nothing before them.
    pub fn next_value(&mut self) -> Result<Token<'a>, ParseError> {
        let first = self.peek_token();
        let rest = &self.text[first.offset..];
        let text = rest[..prefix_len(rest, |c| !matches!(c, ',' | '(' | ')'))].trim_end();
        if text.is_empty() {
            return Err(self.unexpected_token("a value", first));
        }
        self.offset = first.offset + text.len();
        Ok(Token { text, ..first })
    }

    /// Consumes the next token if it is this word.
    pub fn take_word(&mut self, word: &str) -> bool {
        self.take_if(|token| token.kind == TokenKind::Word && token.text == word)
    }

    /// Consumes the next token if it is this symbol.
    pub fn take_symbol(&mut self, symbol: char) -> bool {
        self.take_if(|token| token.kind == TokenKind::Symbol && token.text.starts_with(symbol))
    }

    fn take_if(&mut self, wanted: impl FnOnce(Token<'a>) -> bool) -> bool {
        // A copy of the position is enough to look ahead: tokens borrow from the text.
        let mut ahead = self.clone();
        let found = wanted(ahead.next_token());
        if found {
            *self = ahead;
        }
        found
    }

    /// Consumes a word. `expected` describes it in the error.
    ///
    /// # Errors
    /// When the next token is no word.
    pub fn expect_name(&mut self, expected: &'static str) -> Result<Token<'a>, ParseError> {
        let token = self.next_token();
        match token.kind {
            TokenKind::Word => Ok(token),
            _ => Err(self.unexpected_token(expected, token)),
        }
    }

    /// Consumes this word.
    ///
    /// # Errors
    /// When the next token is another one.
    pub fn expect_word(&mut self, word: &str, expected: &'static str) -> Result<(), ParseError> {
        let token = self.next_token();
        if token.kind == TokenKind::Word && token.text == word {
            return Ok(());
        }
        Err(self.unexpected_token(expected, token))
    }

    /// Consumes this symbol.
    ///
    /// # Errors
    /// When the next token is another one.
    pub fn expect_symbol(
        &mut self,
        symbol: char,
        expected: &'static str,
    ) -> Result<(), ParseError> {
        if self.take_symbol(symbol) {
            return Ok(());
        }
        Err(self.unexpected_token(expected, self.peek_token()))
    }

    /// Checks that nothing follows.
    ///
    /// # Errors
    /// When another token follows.
    pub fn expect_end(&mut self) -> Result<(), ParseError> {
        let token = self.next_token();
        match token.kind {
            TokenKind::End => Ok(()),
            _ => Err(self.unexpected_token("the end", token)),
        }
    }

    /// Consumes a number.
    ///
    /// # Errors
    /// When the next token is no number of this type. `inf` and `nan` are words and no numbers.
    pub fn parse_number<T: FromStr>(&mut self) -> Result<T, ParseError> {
        let token = self.next_token();
        let value = if token.kind == TokenKind::Number {
            token.text.parse().ok()
        } else {
            None
        };
        value.ok_or_else(|| self.unexpected_token("a number", token))
    }

    /// The error of a token where `expected` should be.
    pub fn unexpected_token(&self, expected: &'static str, token: Token<'_>) -> ParseError {
        let found = token.describe_token();
        self.error(token.offset, ParseProblem::Expected { expected, found })
    }

    /// The error of a name that is none of the known ones. `what` is what it should name.
    pub fn unknown_name(
        &self,
        what: &'static str,
        token: Token<'_>,
        known: impl IntoIterator<Item = &'static str>,
    ) -> ParseError {
        let (name, known) = (token.short_text(), known.into_iter().collect());
        self.error(token.offset, ParseProblem::Unknown { what, name, known })
    }

    /// The error of a value that was read and is not possible. `offset` is that of the value.
    pub fn refused_value(&self, offset: usize, reason: impl Into<SharedError>) -> ParseError {
        self.error(offset, ParseProblem::Refused(reason.into()))
    }

    /// An error at this offset of the text.
    pub(crate) fn error(&self, offset: usize, problem: ParseProblem) -> ParseError {
        ParseError::new(self.text, offset, problem)
    }
}

/// The length of the leading characters that belong to a token.
fn prefix_len(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_separate_tokens_and_the_end_repeats() {
        let mut tokens = Tokens::new(" top-k( -1.5e3,né ");
        let mut found = Vec::new();
        for _ in 0..8 {
            let token = tokens.next_token();
            found.push((token.kind, token.text, token.offset));
        }
        assert_eq!(
            found,
            [
                (TokenKind::Word, "top-k", 1),
                (TokenKind::Symbol, "(", 6),
                (TokenKind::Number, "-1.5e3", 8),
                (TokenKind::Symbol, ",", 14),
                (TokenKind::Word, "n", 15),
                (TokenKind::Symbol, "é", 16),
                (TokenKind::End, "", 19),
                (TokenKind::End, "", 19),
            ]
        );
    }

    #[test]
    fn a_value_ends_at_a_comma_or_a_parenthesis() {
        let mut tokens = Tokens::new("(12.5 % , 16 x 8)");
        assert!(tokens.take_symbol('('));
        let value = tokens.next_value().unwrap();
        assert_eq!((value.text, value.offset), ("12.5 %", 1));
        assert!(tokens.take_symbol(','));
        assert_eq!(tokens.next_value().unwrap().text, "16 x 8");
        let error = tokens.next_value().unwrap_err();
        assert_eq!(error.offset(), 16);
        assert!(error.to_string().starts_with("expected a value, found `)`"));
    }
}
