//! Makes the JavaScript package of the core from its WASM file, with the wasm-bindgen version that
//! Cargo.lock names, so that nobody has to install a matching tool.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Parser;
use flate2::{Compression, write::GzEncoder};
use wasm_bindgen_cli_support::Bindgen;

/// Makes the JavaScript package of the core.
#[derive(Parser)]
struct Arguments {
    /// The file that `cargo build --target wasm32-unknown-unknown` made.
    #[arg(long)]
    wasm: PathBuf,
    /// Folder for the package; made if it is not there.
    #[arg(long)]
    out: PathBuf,
    /// Name of the module in the package.
    #[arg(long, default_value = "extension_core")]
    name: String,
}

fn main() -> anyhow::Result<()> {
    let Arguments { wasm, out, name } = Arguments::parse();
    Bindgen::new()
        .input_path(&wasm)
        .out_name(&name)
        .web(true)?
        .typescript(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&out)
        .with_context(|| format!("cannot make the package of {} in {}", wasm.display(), out.display()))?;
    report(&out.join(format!("{name}_bg.wasm")))
}

/// Tells the sizes: the browser parses the file at each start of the background.
fn report(file: &Path) -> anyhow::Result<()> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&bytes)?;
    let zipped = gzip.finish()?.len();
    writeln!(
        std::io::stdout(),
        "{}: {} KB, {} KB gzipped",
        file.display(),
        bytes.len().div_ceil(1000),
        zipped.div_ceil(1000)
    )?;
    Ok(())
}
