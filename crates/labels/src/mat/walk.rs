use super::element::{Elements, MATRIX, malformed};
use super::{Budget, MAX_MAT_DEPTH, MAX_MAT_LEAF_BYTES, MatLeaf, MatValue, MatVariable};
use crate::{ByteOrder, Error, NumberType};

/// MATLAB allows more axes than numpy's 32 in name only.
const MAX_AXES: u64 = 32;
/// MATLAB's own limit is 63.
const MAX_NAME_BYTES: u64 = 1 << 8;
const MAX_FIELD_NAMES_BYTES: u64 = 1 << 16;

const CELL: u32 = 1;
const STRUCT: u32 = 2;
const DOUBLE: u32 = 6;
const UINT64: u32 = 15;
const OPAQUE: u32 = 17;

const INT8: u32 = 1;
const INT32: u32 = 5;
const UINT32: u32 = 6;
/// The flag of an array with an imaginary part.
const COMPLEX: u32 = 0x0800;

/// Walks through the arrays of one variable.
pub(super) struct Walk<'a, 'i, T> {
    pub(super) elements: &'a mut Elements<'i>,
    pub(super) budget: &'a mut Budget,
    pub(super) want: &'a mut dyn FnMut(&str) -> bool,
    pub(super) leaf: &'a mut dyn FnMut(MatLeaf<'_>) -> Result<T, Error>,
}

/// What an array says of itself before its contents.
struct Head {
    class: u32,
    complex: bool,
    shape: Vec<usize>,
    count: usize,
    name: String,
}

impl<T> Walk<'_, '_, T> {
    /// Reads the variable whose array reaches to `end`; its tag is read already. What is skipped of it is left
    /// to be passed over.
    pub(super) fn variable(mut self, end: u64) -> Result<MatVariable<T>, Error> {
        let mut data = Vec::new();
        let head = self.head(end, &mut data)?;
        let value = if (self.want)(&head.name) {
            self.budget.bytes(end - self.elements.at())?;
            self.contents(&head.name, &head, end, 0, &mut data)?
        } else {
            MatValue::Skipped
        };
        Ok(MatVariable { name: head.name, value })
    }

    fn head(&mut self, end: u64, data: &mut Vec<u8>) -> Result<Head, Error> {
        let (at, order) = (self.elements.at(), self.elements.order());
        let mut part = |this: &mut Self, kind, what, limit| {
            let tag = this.elements.tag_within(end)?;
            if tag.kind != kind {
                return Err(malformed(what, at));
            }
            this.elements.data(tag, end, limit, what, data)?;
            Ok(data.clone())
        };
        let flags = part(self, UINT32, "an array does not begin with its flags", 8)?;
        let flags = words(&flags, order).next().ok_or(malformed("an array has no flags", at))?;
        let class = flags & 0xFF;
        let axes = match class {
            // Objects of newer classes (tables, strings) have their name at once.
            OPAQUE => vec![0; 8],
            _ => part(self, INT32, "an array has no shape", 4 * MAX_AXES)?,
        };
        let name = part(self, INT8, "an array has no name", MAX_NAME_BYTES)?;
        let shape: Vec<usize> = words(&axes, order)
            .map(|side| {
                i32::try_from(side).map_or(Err(malformed("an axis is negative", at)), |n| Ok(n as usize))
            })
            .collect::<Result<_, _>>()?;
        if shape.len() < 2 {
            return Err(malformed("an array has fewer than two axes", at));
        }
        // A zero anywhere makes the array empty, however long the other axes are.
        let count = if shape.contains(&0) {
            Some(0)
        } else {
            shape.iter().try_fold(1_usize, |n, side| n.checked_mul(*side))
        };
        Ok(Head {
            class,
            complex: flags & COMPLEX != 0,
            shape,
            count: count.ok_or(malformed("an array's size overflows", at))?,
            name: String::from_utf8_lossy(&name).trim_end_matches('\0').to_string(),
        })
    }

    fn contents(
        &mut self,
        variable: &str,
        head: &Head,
        end: u64,
        depth: usize,
        data: &mut Vec<u8>,
    ) -> Result<MatValue<T>, Error> {
        match head.class {
            CELL => {
                let items = self.items(variable, head.count, end, depth, data)?;
                Ok(MatValue::Cell { shape: head.shape.clone(), items })
            }
            STRUCT => {
                let names = self.field_names(end, data)?;
                let at = self.elements.at();
                let count = head.count.checked_mul(names.len());
                let count = count.ok_or(malformed("a struct's size overflows", at))?;
                let items = self.items(variable, count, end, depth, data)?;
                Ok(MatValue::Struct { shape: head.shape.clone(), names, items })
            }
            DOUBLE..=UINT64 if !head.complex => self.numbers(variable, head, end, data),
            _ => Ok(MatValue::Skipped),
        }
    }

    fn numbers(
        &mut self,
        variable: &str,
        head: &Head,
        end: u64,
        data: &mut Vec<u8>,
    ) -> Result<MatValue<T>, Error> {
        let at = self.elements.at();
        let tag = self.elements.tag_within(end)?;
        let kind = tag.number_type().ok_or(malformed("an array's values are no numbers", at))?;
        let needed = head.count.checked_mul(kind.bytes()).and_then(|n| u64::try_from(n).ok());
        if needed != Some(tag.size) {
            return Err(malformed("an array's values do not fill its shape", at));
        }
        self.elements.data(tag, end, MAX_MAT_LEAF_BYTES, "the bytes of an array", data)?;
        let order = self.elements.order();
        (self.leaf)(MatLeaf { variable, shape: &head.shape, kind, order, data }).map(MatValue::Numbers)
    }

    /// Reads `count` arrays that lie inside another.
    fn items(
        &mut self,
        variable: &str,
        count: usize,
        end: u64,
        depth: usize,
        data: &mut Vec<u8>,
    ) -> Result<Vec<MatValue<T>>, Error> {
        if depth == MAX_MAT_DEPTH {
            return Err(Error::TooLarge { what: "cells inside cells", limit: MAX_MAT_DEPTH as u64 });
        }
        let mut items = Vec::new();
        for _ in 0..count {
            self.budget.array()?;
            let at = self.elements.at();
            let tag = self.elements.tag_within(end)?;
            if tag.kind != MATRIX {
                return Err(malformed("a cell holds no array", at));
            }
            let item_end = self.elements.at() + tag.size;
            items.push(if tag.size == 0 {
                // MATLAB writes a cell that was never set without contents.
                let order = self.elements.order();
                let empty = MatLeaf { variable, shape: &[0, 0], kind: NumberType::F64, order, data: &[] };
                MatValue::Numbers((self.leaf)(empty)?)
            } else {
                let head = self.head(item_end, data)?;
                self.contents(variable, &head, item_end, depth + 1, data)?
            });
            self.elements.skip_to(item_end, "an array")?;
        }
        Ok(items)
    }

    fn field_names(&mut self, end: u64, data: &mut Vec<u8>) -> Result<Vec<String>, Error> {
        const WHAT: &str = "a struct has no field names";
        let (at, order) = (self.elements.at(), self.elements.order());
        let tag = self.elements.tag_within(end)?;
        self.elements.data(tag, end, 4, WHAT, data)?;
        let length = words(data, order).next().filter(|n| (1..=MAX_NAME_BYTES).contains(&u64::from(*n)));
        let length = length.ok_or(malformed(WHAT, at))? as usize;
        let tag = self.elements.tag_within(end)?;
        self.elements.data(tag, end, MAX_FIELD_NAMES_BYTES, WHAT, data)?;
        let name = |bytes: &[u8]| {
            let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
            String::from_utf8_lossy(&bytes[..end]).into_owned()
        };
        let mut names = Vec::new();
        for bytes in data.chunks_exact(length) {
            // Names take memory as arrays do.
            self.budget.array()?;
            names.push(name(bytes));
        }
        Ok(names)
    }
}

fn words(bytes: &[u8], order: ByteOrder) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(move |b| order.u32([b[0], b[1], b[2], b[3]]))
}
