//! Burn's records as bytes, every bit kept.

use burn::record::{FullPrecisionSettings, NamedMpkBytesRecorder, Record, Recorder};
use burn::tensor::backend::Backend;

use crate::Error;

type Bytes = NamedMpkBytesRecorder<FullPrecisionSettings>;

pub(crate) fn to_bytes<B: Backend, R: Record<B>>(what: &'static str, record: R) -> Result<Vec<u8>, Error> {
    Recorder::<B>::record(&Bytes::default(), record, ())
        .map_err(|source| Error::Record { what, source: source.into() })
}

pub(crate) fn from_bytes<B: Backend, R: Record<B>>(
    what: &'static str,
    bytes: Vec<u8>,
    device: &B::Device,
) -> Result<R, Error> {
    Recorder::<B>::load(&Bytes::default(), bytes, device)
        .map_err(|source| Error::Record { what, source: source.into() })
}
