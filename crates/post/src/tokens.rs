//! The tokens of the chain language.

/// The kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
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
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    /// The offset in bytes.
    pub(crate) offset: usize,
}

impl Token<'_> {
    /// The token as messages show it.
    pub(crate) fn describe_token(&self) -> String {
        match self.kind {
            Kind::End => "the end".to_string(),
            _ => format!("`{}`", self.short_text()),
        }
    }

    /// The text of the token, shortened and printable.
    pub(crate) fn short_text(&self) -> String {
        /// Longer than any name known.
        const MAX_CHARS: usize = 40;
        let mut short: String = self.text.chars().take(MAX_CHARS).collect();
        if short.len() < self.text.len() {
            short.push('…');
        }
        short.escape_debug().to_string()
    }
}

/// An iterator over the tokens of a text, without blanks.
#[derive(Debug, Clone)]
pub(crate) struct Tokens<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, offset: 0 }
    }

    /// Returns the next token without consuming it.
    pub(crate) fn peek_token(&self) -> Token<'a> {
        self.clone().next_token()
    }

    /// Consumes the next token. After the last one this is always [`Kind::End`].
    pub(crate) fn next_token(&mut self) -> Token<'a> {
        let rest = self.text[self.offset..].trim_start();
        let offset = self.text.len() - rest.len();
        let (kind, len) = match rest.chars().next() {
            None => (Kind::End, 0),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => (
                Kind::Word,
                prefix_len(rest, |c| {
                    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
                }),
            ),
            // Letters belong to the token too, so that `3x` is one invalid number and not a number and a
            // word.
            Some(c) if c.is_ascii_digit() || matches!(c, '+' | '-' | '.') => (
                Kind::Number,
                prefix_len(rest, |c| {
                    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')
                }),
            ),
            Some(c) => (Kind::Symbol, c.len_utf8()),
        };
        self.offset = offset + len;
        Token {
            kind,
            text: &rest[..len],
            offset,
        }
    }

    /// Consumes the next token if it is this word.
    pub(crate) fn take_word(&mut self, word: &str) -> bool {
        self.take_if(|token| token.kind == Kind::Word && token.text == word)
    }

    /// Consumes the next token if it is this symbol.
    pub(crate) fn take_symbol(&mut self, symbol: char) -> bool {
        self.take_if(|token| token.kind == Kind::Symbol && token.text.starts_with(symbol))
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
}

/// The length of the leading characters that belong to a token.
fn prefix_len(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}
