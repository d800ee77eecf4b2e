//! What the fuzz targets run. `targets` is also run by `protocol/tests/it`, over the corpus, with a stable compiler.

#[allow(dead_code)]
#[path = "../../tests/it/samples/mod.rs"]
pub mod samples;
pub mod targets;
