//! What a turn has gathered so far.

use protocol::{channel::Channel, frame::ClientFrame};
use serde_bytes::ByteBuf;

use crate::{
    effects::{Effects, Notice, Socket, Touched, Write},
    error::CoreError,
    stretching::StretchJob,
};

pub(super) struct Turn {
    pub(super) now: u64,
    pub(super) changed: bool,
    pub(super) notices: Vec<Notice>,
    /// Writes that are not sealed: the vault record, and deletions.
    pub(super) raw_writes: Vec<Write>,
    session_writes: Vec<Write>,
    pub(super) stretch: Option<StretchJob>,
    /// The core is to be dropped and opened again.
    pub(super) reopen: bool,
    socket: Option<Socket>,
    outgoing: Vec<ByteBuf>,
}

impl Turn {
    pub(super) const fn new(now: u64) -> Self {
        Self {
            now,
            changed: false,
            notices: Vec::new(),
            raw_writes: Vec::new(),
            session_writes: Vec::new(),
            stretch: None,
            reopen: false,
            socket: None,
            outgoing: Vec::new(),
        }
    }

    pub(super) fn connect(&mut self, address: String) {
        self.replace_socket(Socket::Connect(address));
    }

    pub(super) fn close(&mut self) {
        self.replace_socket(Socket::Close);
    }

    /// What was meant for the former socket goes nowhere: it is offered or confirmed again on the next.
    fn replace_socket(&mut self, socket: Socket) {
        self.outgoing.clear();
        self.socket = Some(socket);
        self.changed = true;
    }

    /// Keeps something in the session's memory, or deletes it there.
    pub(super) fn keep_in_session(&mut self, key: &str, value: Option<Vec<u8>>) {
        self.session_writes.push(Write { key: key.to_owned(), value: value.map(ByteBuf::from) });
    }

    pub(super) fn send_raw(&mut self, message: Vec<u8>) {
        self.outgoing.push(ByteBuf::from(message));
    }

    pub(super) fn send(&mut self, channel: &mut Channel, frame: &ClientFrame) -> Result<(), CoreError> {
        for message in channel.seal(&frame.encode()?)? {
            self.send_raw(message);
        }
        Ok(())
    }

    pub(super) fn into_effects(
        self,
        writes: Vec<Write>,
        touched: Vec<Touched>,
        wake_at: Option<u64>,
    ) -> Effects {
        Effects {
            writes,
            session_writes: self.session_writes,
            stretch: self.stretch,
            reopen: self.reopen,
            socket: self.socket,
            outgoing: self.outgoing,
            changed: self.changed,
            notices: self.notices,
            wake_at,
            touched,
        }
    }
}
