/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A letter and what letters, digits, `_` and `-` follow.
    Word,
    /// A digit, a sign or a point and what may belong to a number.
    Number,
    /// Any other character.
    Symbol,
    /// The end of the text.
    End,
}

/// A piece of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    /// Bytes before it.
    pub(crate) offset: usize,
}

impl Token<'_> {
    /// The token for a message.
    pub(crate) fn describe(&self) -> String {
        match self.kind {
            Kind::End => "the end".to_string(),
            _ => format!("`{}`", self.short()),
        }
    }

    /// The token's text, cut where it is very long, and printable.
    pub(crate) fn short(&self) -> String {
        /// Longer than any name known.
        const MAX_CHARS: usize = 40;
        let mut short: String = self.text.chars().take(MAX_CHARS).collect();
        if short.len() < self.text.len() {
            short.push('…');
        }
        short.escape_debug().to_string()
    }
}

/// The tokens of a text, blanks left out.
#[derive(Debug, Clone)]
pub(crate) struct Tokens<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, offset: 0 }
    }

    /// The next token, which stays.
    pub(crate) fn peek(&self) -> Token<'a> {
        self.clone().next()
    }

    /// The next token; the end again and again.
    pub(crate) fn next(&mut self) -> Token<'a> {
        let rest = self.text[self.offset..].trim_start();
        let offset = self.text.len() - rest.len();
        let (kind, len) = match rest.chars().next() {
            None => (Kind::End, 0),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                (Kind::Word, run(rest, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')))
            }
            Some(c) if c.is_ascii_digit() || matches!(c, '+' | '-' | '.') => {
                (Kind::Number, run(rest, |c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')))
            }
            Some(c) => (Kind::Symbol, c.len_utf8()),
        };
        self.offset = offset + len;
        Token { kind, text: &rest[..len], offset }
    }

    /// Takes the next token if it is this word.
    pub(crate) fn take_word(&mut self, word: &str) -> bool {
        self.take_if(|token| token.kind == Kind::Word && token.text == word)
    }

    /// Takes the next token if it is this symbol.
    pub(crate) fn take_symbol(&mut self, symbol: char) -> bool {
        self.take_if(|token| token.kind == Kind::Symbol && token.text.starts_with(symbol))
    }

    fn take_if(&mut self, wanted: impl FnOnce(Token<'a>) -> bool) -> bool {
        let mut ahead = self.clone();
        let found = wanted(ahead.next());
        if found {
            *self = ahead;
        }
        found
    }
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}
