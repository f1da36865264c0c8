use crate::{ByteOrder, Error, NumberType};

/// The most axes numpy allows.
const MAX_AXES: usize = 64;

/// What the header of a `.npy` file says of its array.
#[derive(Debug, PartialEq)]
pub(crate) struct Header {
    pub(crate) kind: NumberType,
    pub(crate) order: ByteOrder,
    pub(crate) fortran: bool,
    pub(crate) shape: Vec<usize>,
}

impl Header {
    /// Reads the header's text, a Python dictionary of three entries.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let text = str::from_utf8(bytes).map_err(|_| malformed("the header is not text"))?;
        let mut rest = Text(text);
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        rest.expect("{", "the header is no dictionary")?;
        while !rest.eat("}") {
            let key = rest.quoted().ok_or(malformed("the header's keys must be quoted"))?;
            rest.expect(":", "the header is no dictionary")?;
            match key {
                "descr" => descr = Some(rest.descr()?),
                "fortran_order" => fortran = Some(rest.boolean()?),
                "shape" => shape = Some(rest.shape()?),
                _ => return Err(malformed("the header has an unknown entry")),
            }
            if !rest.eat(",") {
                rest.expect("}", "the header is no dictionary")?;
                break;
            }
        }
        let (kind, order) = descr.ok_or(malformed("the header has no entry descr"))?;
        Ok(Self {
            kind,
            order,
            fortran: fortran.ok_or(malformed("the header has no entry fortran_order"))?,
            shape: shape.ok_or(malformed("the header has no entry shape"))?,
        })
    }
}

fn malformed(what: &'static str) -> Error {
    Error::Malformed { format: ".npy", what, offset: 8 }
}

/// The text that is still to be read.
struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    fn eat(&mut self, token: &str) -> bool {
        self.0 = self.0.trim_start();
        let rest = self.0.strip_prefix(token);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn expect(&mut self, token: &str, what: &'static str) -> Result<(), Error> {
        if self.eat(token) { Ok(()) } else { Err(malformed(what)) }
    }

    fn quoted(&mut self) -> Option<&'a str> {
        let quote = if self.eat("'") { '\'' } else { self.eat("\"").then_some('"')? };
        let (inner, rest) = self.0.split_once(quote)?;
        self.0 = rest;
        Some(inner)
    }

    fn boolean(&mut self) -> Result<bool, Error> {
        let value = self.eat("True");
        if value || self.eat("False") { Ok(value) } else { Err(malformed("fortran_order is no boolean")) }
    }

    fn shape(&mut self) -> Result<Vec<usize>, Error> {
        const WHAT: &str = "the shape is no list of sizes";
        self.expect("(", WHAT)?;
        let mut shape = Vec::new();
        while !self.eat(")") {
            let digits = self.0.trim_start();
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            let side = digits[..end].parse().map_err(|_| malformed(WHAT))?;
            self.0 = &digits[end..];
            shape.push(side);
            if shape.len() > MAX_AXES {
                return Err(Error::TooLarge { what: "axes of the array", limit: MAX_AXES as u64 });
            }
            if !self.eat(",") {
                self.expect(")", WHAT)?;
                break;
            }
        }
        Ok(shape)
    }

    fn descr(&mut self) -> Result<(NumberType, ByteOrder), Error> {
        let Some(descr) = self.quoted() else {
            // Arrays of records are described by a list.
            let end = self.0.find("'fortran_order'").unwrap_or(self.0.len());
            let descr = self.0[..end].trim().trim_end_matches(',').to_string();
            return Err(Error::NumberType { descr });
        };
        let (order, name) = match descr.as_bytes() {
            [b'<' | b'|', ..] => (ByteOrder::Little, &descr[1..]),
            [b'>', ..] => (ByteOrder::Big, &descr[1..]),
            _ => return Err(Error::NumberType { descr: descr.to_string() }),
        };
        let kind = match name {
            "b1" => NumberType::Bool,
            "i1" => NumberType::I8,
            "u1" => NumberType::U8,
            "i2" => NumberType::I16,
            "u2" => NumberType::U16,
            "i4" => NumberType::I32,
            "u4" => NumberType::U32,
            "i8" => NumberType::I64,
            "u8" => NumberType::U64,
            "f2" => NumberType::F16,
            "f4" => NumberType::F32,
            "f8" => NumberType::F64,
            _ => return Err(Error::NumberType { descr: descr.to_string() }),
        };
        Ok((kind, order))
    }
}
