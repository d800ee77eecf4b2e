//! What a roster lets in and what it refuses.

mod chain;
mod invites;
mod keys;
mod leases;
mod limits;
mod rights;
mod rooms;
