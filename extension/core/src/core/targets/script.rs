//! Bytes that choose what happens.

/// What is left of them.
pub(super) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) const fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte; 0 after the last.
    pub(super) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub(super) fn word(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// So many bytes as the next word says, or as there are.
    pub(super) fn bytes(&mut self) -> &'a [u8] {
        let length = usize::from(self.word()).min(self.0.len());
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    pub(super) fn text(&mut self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// One of them.
    pub(super) fn one<'b, T>(&mut self, of: &'b [T]) -> &'b T {
        &of[usize::from(self.byte()) % of.len()]
    }

    /// Honest bytes with up to three changes.
    pub(super) fn edited(&mut self, mut honest: Vec<u8>) -> Vec<u8> {
        for _ in 0..self.byte() % 4 {
            let at = if honest.is_empty() { 0 } else { usize::from(self.word()) % honest.len() };
            match self.byte() % 4 {
                0 if !honest.is_empty() => honest[at] ^= self.byte(),
                1 => honest.truncate(at),
                2 => {
                    let new = self.bytes();
                    let end = (at + new.len()).min(honest.len());
                    honest.splice(at..end, new.iter().copied());
                }
                _ => {
                    let new = self.bytes();
                    honest.splice(at..at, new.iter().copied());
                }
            }
        }
        honest
    }
}
