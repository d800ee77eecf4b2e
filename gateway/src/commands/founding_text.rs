//! `gateway founding-text`: the text with which the first administrator opens the office.

use std::path::Path;

use protocol::text::Founding;
use serde_json::json;

use super::{open_office, print};
use crate::{config::Config, founding, keys};

/// Prints it.
pub async fn run(config: &Path, as_json: bool) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    let text = text(&config).await?.to_text()?;
    if as_json {
        return Ok(print(&json!({ "office": config.office(), "text": text }).to_string())?);
    }
    print(&format!(
        "Open the office with this text, in the browser of the first administrator. It can be used once:\n{text}"
    ))?;
    Ok(())
}

/// The text, as long as there is no office. Whoever has it becomes the first administrator.
pub async fn text(config: &Config) -> anyhow::Result<Founding> {
    let gateway_key = keys::load_noise_key(&config.noise_key_file)?.public()?;
    let (bus, roster) = open_office(config).await?;
    bus.drain().await;
    anyhow::ensure!(
        roster.length() == 0,
        "the office is open already; an administrator invites people from the extension, and the recovery kit \
         lets a lost administrator back in"
    );
    Ok(Founding {
        office: config.office(),
        gateways: config.addresses.clone(),
        gateway_key,
        secret: founding::secret(&config.noise_key_file)?,
    })
}
