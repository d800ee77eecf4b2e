//! What the fuzz targets run. `targets` and `opaque` are also run by `protocol/tests/it`, over the corpus, with a stable compiler.

pub mod opaque;
#[allow(dead_code)]
#[path = "../../tests/it/samples/mod.rs"]
pub mod samples;
pub mod targets;
