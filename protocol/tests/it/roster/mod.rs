//! What a roster lets in and what it refuses.

mod chain;
mod keys;
