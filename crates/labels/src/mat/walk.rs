use super::element::{Elements, MATRIX, malformed};
use super::limits::{Budget, MAX_MAT_DEPTH, MAX_MAT_LEAF_BYTES};
use super::value::{MatLeaf, MatValue, MatVariable};
use crate::Error;
use crate::number::{ByteOrder, NumberType};

/// Numpy's limit; MATLAB has no larger arrays in practice.
const MAX_AXES: u64 = 32;
/// MATLAB's own limit is 63 bytes.
const MAX_NAME_BYTES: u64 = 1 << 8;
const MAX_FIELD_NAMES_BYTES: u64 = 1 << 16;

// Classes of arrays.
const CELL: u32 = 1;
const STRUCT: u32 = 2;
const DOUBLE: u32 = 6;
const UINT64: u32 = 15;
const OPAQUE: u32 = 17;

// Types of elements.
const INT8: u32 = 1;
const INT32: u32 = 5;
const UINT32: u32 = 6;
/// The flag of an array with an imaginary part.
const COMPLEX: u32 = 0x0800;

/// Reads the arrays of one variable recursively.
pub(super) struct Walk<'a, 'i, T> {
    pub(super) elements: &'a mut Elements<'i>,
    pub(super) budget: &'a mut Budget,
    pub(super) want: &'a mut dyn FnMut(&str) -> bool,
    pub(super) leaf: &'a mut dyn FnMut(MatLeaf<'_>) -> Result<T, Error>,
}

/// The parts of an array before its contents.
struct Head {
    class: u32,
    complex: bool,
    shape: Vec<usize>,
    count: usize,
    name: String,
}

impl<T> Walk<'_, '_, T> {
    /// Reads the variable whose array ends at `end`; its tag has been read. The caller skips what is left
    /// unread.
    pub(super) fn read_variable(mut self, end: u64) -> Result<MatVariable<T>, Error> {
        let mut data = Vec::new();
        let head = self.read_head(end, &mut data)?;
        let value = if (self.want)(&head.name) {
            self.budget.spend_bytes(end - self.elements.position())?;
            self.read_contents(&head.name, &head, end, 0, &mut data)?
        } else {
            MatValue::Skipped
        };
        Ok(MatVariable {
            name: head.name,
            value,
        })
    }

    /// Reads flags, shape and name.
    fn read_head(&mut self, end: u64, data: &mut Vec<u8>) -> Result<Head, Error> {
        let (at, order) = (self.elements.position(), self.elements.order());
        self.read_part(
            UINT32,
            end,
            8,
            "an array does not begin with its flags",
            data,
        )?;
        // The lowest byte is the class, the second byte has the flags.
        let flags = decode_words(data, order)
            .next()
            .ok_or(malformed("an array has no flags", at))?;
        let class = flags & 0xFF;
        let shape = if class == OPAQUE {
            // Objects of newer classes (tables, strings) have no shape; their name follows the flags.
            vec![0, 0]
        } else {
            self.read_part(INT32, end, 4 * MAX_AXES, "an array has no shape", data)?;
            decode_words(data, order)
                .map(|side| {
                    i32::try_from(side).map_or(Err(malformed("an axis is negative", at)), |n| {
                        Ok(n as usize)
                    })
                })
                .collect::<Result<Vec<usize>, _>>()?
        };
        self.read_part(INT8, end, MAX_NAME_BYTES, "an array has no name", data)?;
        let name = String::from_utf8_lossy(data)
            .trim_end_matches('\0')
            .to_string();
        if shape.len() < 2 {
            return Err(malformed("an array has fewer than two axes", at));
        }
        // One axis of length 0 makes the array empty, however long the other axes are.
        let count = if shape.contains(&0) {
            Some(0)
        } else {
            shape
                .iter()
                .try_fold(1_usize, |n, side| n.checked_mul(*side))
        };
        Ok(Head {
            class,
            complex: flags & COMPLEX != 0,
            shape,
            count: count.ok_or(malformed("the size of an array overflows", at))?,
            name,
        })
    }

    /// Reads one part of the head, of this element type, into `data`.
    fn read_part(
        &mut self,
        kind: u32,
        end: u64,
        limit: u64,
        what: &'static str,
        data: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let at = self.elements.position();
        let tag = self.elements.read_tag_within(end)?;
        if tag.kind != kind {
            return Err(malformed(what, at));
        }
        self.elements.read_data(tag, end, limit, what, data)
    }

    fn read_contents(
        &mut self,
        variable: &str,
        head: &Head,
        end: u64,
        depth: usize,
        data: &mut Vec<u8>,
    ) -> Result<MatValue<T>, Error> {
        match head.class {
            CELL => {
                let items = self.read_items(variable, head.count, end, depth, data)?;
                Ok(MatValue::Cell {
                    shape: head.shape.clone(),
                    items,
                })
            }
            // A struct array stores its field names once and then all fields of the first struct, of the
            // second, and so on.
            STRUCT => {
                let names = self.read_field_names(end, data)?;
                let at = self.elements.position();
                let count = head.count.checked_mul(names.len());
                let count = count.ok_or(malformed("the size of a struct overflows", at))?;
                let items = self.read_items(variable, count, end, depth, data)?;
                Ok(MatValue::Struct {
                    shape: head.shape.clone(),
                    names,
                    items,
                })
            }
            DOUBLE..=UINT64 if !head.complex => self.read_numbers(variable, head, end, data),
            _ => Ok(MatValue::Skipped),
        }
    }

    fn read_numbers(
        &mut self,
        variable: &str,
        head: &Head,
        end: u64,
        data: &mut Vec<u8>,
    ) -> Result<MatValue<T>, Error> {
        let at = self.elements.position();
        let tag = self.elements.read_tag_within(end)?;
        let kind = tag
            .number_type()
            .ok_or(malformed("the values of an array are not numbers", at))?;
        // The stored type may be smaller than the class: MATLAB stores doubles that are whole numbers as
        // bytes.
        let needed = head
            .count
            .checked_mul(kind.byte_len())
            .and_then(|n| u64::try_from(n).ok());
        if needed != Some(tag.size) {
            return Err(malformed(
                "the values of an array do not fill its shape",
                at,
            ));
        }
        self.elements
            .read_data(tag, end, MAX_MAT_LEAF_BYTES, "bytes in an array", data)?;
        let order = self.elements.order();
        (self.leaf)(MatLeaf {
            variable,
            shape: &head.shape,
            kind,
            order,
            data,
        })
        .map(MatValue::Numbers)
    }

    /// Reads `count` arrays inside a cell array or struct.
    fn read_items(
        &mut self,
        variable: &str,
        count: usize,
        end: u64,
        depth: usize,
        data: &mut Vec<u8>,
    ) -> Result<Vec<MatValue<T>>, Error> {
        if depth == MAX_MAT_DEPTH {
            return Err(Error::TooLarge {
                what: "levels of cells inside cells",
                limit: MAX_MAT_DEPTH as u64,
            });
        }
        let mut items = Vec::new();
        for _ in 0..count {
            self.budget.spend_array()?;
            let at = self.elements.position();
            let tag = self.elements.read_tag_within(end)?;
            if tag.kind != MATRIX {
                return Err(malformed("a cell does not contain an array", at));
            }
            let item_end = self.elements.position() + tag.size;
            items.push(if tag.size == 0 {
                // MATLAB writes cells that were never assigned without contents.
                let order = self.elements.order();
                let empty = MatLeaf {
                    variable,
                    shape: &[0, 0],
                    kind: NumberType::F64,
                    order,
                    data: &[],
                };
                MatValue::Numbers((self.leaf)(empty)?)
            } else {
                let head = self.read_head(item_end, data)?;
                self.read_contents(variable, &head, item_end, depth + 1, data)?
            });
            // Contents that were skipped, or parts that newer versions append, lie before the end of the
            // item.
            self.elements.skip_to(item_end, "an array")?;
        }
        Ok(items)
    }

    fn read_field_names(&mut self, end: u64, data: &mut Vec<u8>) -> Result<Vec<String>, Error> {
        const WHAT: &str = "a struct has no field names";
        let (at, order) = (self.elements.position(), self.elements.order());
        let tag = self.elements.read_tag_within(end)?;
        self.elements.read_data(tag, end, 4, WHAT, data)?;
        let length = decode_words(data, order)
            .next()
            .filter(|n| (1..=MAX_NAME_BYTES).contains(&u64::from(*n)));
        let length = length.ok_or(malformed(WHAT, at))? as usize;
        let tag = self.elements.read_tag_within(end)?;
        self.elements
            .read_data(tag, end, MAX_FIELD_NAMES_BYTES, WHAT, data)?;
        let mut names = Vec::new();
        // All names have one length, those of fewer letters end with zeros.
        for bytes in data.chunks_exact(length) {
            // Names allocate memory, so they count against the same limit as arrays.
            self.budget.spend_array()?;
            let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
            names.push(String::from_utf8_lossy(&bytes[..end]).into_owned());
        }
        Ok(names)
    }
}

/// Decodes 32-bit words.
fn decode_words(bytes: &[u8], order: ByteOrder) -> impl Iterator<Item = u32> {
    bytes
        .chunks_exact(4)
        .map(move |b| order.decode_u32([b[0], b[1], b[2], b[3]]))
}
