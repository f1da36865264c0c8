//! Arguments, and arrays of numpy as slices.

use numpy::{Element, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::call::PyCallArgs;
use pyo3::prelude::*;

use crate::errors::{Kind, exception};

/// Calls a function of `oddframe._arguments`, which checks arguments and brings them into the form that is taken here.
pub(crate) fn prepare<'py>(
    py: Python<'py>,
    function: &str,
    arguments: impl PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let module = py.import("oddframe._arguments")?;
    module.getattr(function)?.call1(arguments)
}

/// Borrows the values of a contiguous array. Another array is an error: the Python files of the package pass contiguous ones.
pub(crate) fn slice<'a, T: Element>(array: &'a PyReadonlyArray1<'_, T>) -> PyResult<&'a [T]> {
    array.as_slice().map_err(|_| not_contiguous(array.py()))
}

/// The values of a matrix, row by row, without copying them.
pub(crate) fn rows<'a, T: Element>(array: &'a PyReadonlyArray2<'_, T>) -> PyResult<&'a [T]> {
    array.as_slice().map_err(|_| not_contiguous(array.py()))
}

fn not_contiguous(py: Python<'_>) -> PyErr {
    exception(
        py,
        Kind::Argument,
        "the array is not contiguous: pass numpy.ascontiguousarray(array)",
    )
}
