//! The gateway's end of the channel to the measured device.

use std::collections::VecDeque;

use anyhow::{Context as _, Result};
use protocol::{
    channel::{Channel, NoisePrivateKey, respond},
    frame::{ClientFrame, GatewayFrame},
    id::Curve25519Public,
    limits::MAX_FRAME,
};

/// One connection at a time.
pub(crate) struct Wire {
    key: NoisePrivateKey,
    channel: Option<Channel>,
    to_client: VecDeque<Vec<u8>>,
}

impl Wire {
    pub(crate) const fn new(key: NoisePrivateKey) -> Self {
        Self { key, channel: None, to_client: VecDeque::new() }
    }

    pub(crate) fn public(&self) -> Result<Curve25519Public> {
        Ok(self.key.public()?)
    }

    /// Another connection; what was under way on the former is lost.
    pub(crate) fn reset(&mut self) {
        self.channel = None;
        self.to_client.clear();
    }

    /// Takes a WebSocket message. Gives the frame that it completes.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<Option<ClientFrame>> {
        let Some(channel) = &mut self.channel else {
            let (channel, answer) = respond(&self.key, bytes)?;
            self.channel = Some(channel);
            self.to_client.push_back(answer);
            return Ok(None);
        };
        let Some(frame) = channel.open(bytes)? else { return Ok(None) };
        Ok(Some(ClientFrame::decode(&frame, MAX_FRAME)?))
    }

    pub(crate) fn send(&mut self, frame: impl Into<GatewayFrame>) -> Result<()> {
        let channel = self.channel.as_mut().context("nobody is connected")?;
        self.to_client.extend(channel.seal(&frame.into().encode()?)?);
        Ok(())
    }

    /// The next WebSocket message for the client.
    pub(crate) fn deliver(&mut self) -> Option<Vec<u8>> {
        self.to_client.pop_front()
    }
}
