//! What a client tells while it runs.

use extension_core::{Target, view::ChatMessage};
use tokio::time::Instant;

/// A message was added or has changed.
#[derive(Debug, Clone)]
pub struct Event {
    /// In which conversation.
    pub with: Target,
    /// The message as it is now.
    pub message: ChatMessage,
    /// When the client had committed and sent what belongs to it.
    pub at: Instant,
}

impl Event {
    /// Whether a colleague's message came in.
    pub fn is_received(&self) -> bool {
        self.message.state == extension_core::view::MessageState::Received
    }
}
