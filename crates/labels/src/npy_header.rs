use crate::Error;
use crate::number::{ByteOrder, NumberType};

/// The most axes numpy allows.
const MAX_AXES: usize = 64;

/// The description of the array in the header of a `.npy` file.
#[derive(Debug, PartialEq)]
pub(crate) struct Header {
    pub(crate) kind: NumberType,
    pub(crate) order: ByteOrder,
    pub(crate) fortran: bool,
    pub(crate) shape: Vec<usize>,
}

impl Header {
    /// Parses the header, a Python dictionary of three entries such as
    /// `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let text = str::from_utf8(bytes).map_err(|_| malformed("the header is not text"))?;
        let mut rest = Cursor(text);
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        rest.expect("{", "the header is not a dictionary")?;
        while !rest.take("}") {
            let key = rest
                .take_quoted()
                .ok_or(malformed("the header's keys must be quoted"))?;
            rest.expect(":", "the header is not a dictionary")?;
            // numpy writes the keys sorted, but other writers do not.
            match key {
                "descr" => descr = Some(rest.parse_descr()?),
                "fortran_order" => fortran = Some(rest.parse_boolean()?),
                "shape" => shape = Some(rest.parse_shape()?),
                _ => return Err(malformed("the header has an unknown entry")),
            }
            if !rest.take(",") {
                rest.expect("}", "the header is not a dictionary")?;
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
    Error::Malformed {
        format: ".npy",
        what,
        offset: 8,
    }
}

/// The text that is not parsed yet.
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    fn take(&mut self, token: &str) -> bool {
        self.0 = self.0.trim_start();
        let rest = self.0.strip_prefix(token);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn expect(&mut self, token: &str, what: &'static str) -> Result<(), Error> {
        if self.take(token) {
            Ok(())
        } else {
            Err(malformed(what))
        }
    }

    fn take_quoted(&mut self) -> Option<&'a str> {
        let quote = if self.take("'") {
            '\''
        } else {
            self.take("\"").then_some('"')?
        };
        let (inner, rest) = self.0.split_once(quote)?;
        self.0 = rest;
        Some(inner)
    }

    fn parse_boolean(&mut self) -> Result<bool, Error> {
        let value = self.take("True");
        if value || self.take("False") {
            Ok(value)
        } else {
            Err(malformed("fortran_order is not a boolean"))
        }
    }

    fn parse_shape(&mut self) -> Result<Vec<usize>, Error> {
        const WHAT: &str = "the shape is not a list of sizes";
        self.expect("(", WHAT)?;
        let mut shape = Vec::new();
        while !self.take(")") {
            let digits = self.0.trim_start();
            let end = digits
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(digits.len());
            let side = digits[..end].parse().map_err(|_| malformed(WHAT))?;
            self.0 = &digits[end..];
            shape.push(side);
            if shape.len() > MAX_AXES {
                return Err(Error::TooLarge {
                    what: "axes of the array",
                    limit: MAX_AXES as u64,
                });
            }
            if !self.take(",") {
                self.expect(")", WHAT)?;
                break;
            }
        }
        Ok(shape)
    }

    fn parse_descr(&mut self) -> Result<(NumberType, ByteOrder), Error> {
        let Some(descr) = self.take_quoted() else {
            // Arrays of records are described by a list.
            let end = self.0.find("'fortran_order'").unwrap_or(self.0.len());
            let descr = self.0[..end].trim().trim_end_matches(',').to_string();
            return Err(Error::NumberType { descr });
        };
        // `<` and `>` are byte orders; `|` marks types of one byte, which have none.
        let (order, name) = match descr.as_bytes() {
            [b'<' | b'|', ..] => (ByteOrder::Little, &descr[1..]),
            [b'>', ..] => (ByteOrder::Big, &descr[1..]),
            _ => {
                return Err(Error::NumberType {
                    descr: descr.to_string(),
                });
            }
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
            _ => {
                return Err(Error::NumberType {
                    descr: descr.to_string(),
                });
            }
        };
        Ok((kind, order))
    }
}
