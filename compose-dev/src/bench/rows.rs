//! What is measured of the core and of its peers, in words. The programs know these things by the names on the left.

/// Things that are compared with each other.
pub(super) struct Group {
    pub(super) title: &'static str,
    pub(super) rows: &'static [(&'static str, &'static str)],
}

/// In the order of the table.
pub(super) const GROUPS: [Group; 5] = [
    Group {
        title: "seal one message for all of them",
        rows: &[
            ("turn/seal", "ours, whole turn; nobody wrote since the last one"),
            ("turn/seal-turning", "ours, whole turn; everybody wrote since, every ratchet turns"),
            ("layer/seal", "ours, message layer alone; nobody wrote since"),
            ("layer/seal-turning", "ours, message layer alone; every ratchet turns"),
            ("libsodium/seal", "libsodium, crypto_box_easy for each; no ratchet"),
            ("matrix/olm-seal", "Matrix, Olm; nobody wrote since"),
            ("matrix/olm-seal-turning", "Matrix, Olm; the ratchet turns"),
            ("matrix/fresh-key", "Matrix, fresh Megolm key to each by Olm, one event"),
            ("matrix/megolm-seal", "Matrix, Megolm, everybody has the key"),
        ],
    },
    Group {
        title: "open one message on one device",
        rows: &[
            ("turn/open", "ours, whole turn; a second message in a row"),
            ("turn/open-turning", "ours, whole turn; an answer, the ratchet turns"),
            ("layer/open", "ours, message layer alone; a second in a row"),
            ("layer/open-turning", "ours, message layer alone; the ratchet turns"),
            ("libsodium/open", "libsodium, crypto_box_open_easy"),
            ("matrix/olm-open", "Matrix, Olm; a second in a row"),
            ("matrix/olm-open-turning", "Matrix, Olm; the ratchet turns"),
            ("matrix/open-fresh-key", "Matrix, fresh Megolm key by Olm, then the event"),
            ("matrix/megolm-open", "Matrix, Megolm, the key is known"),
        ],
    },
    Group {
        title: "one letter between two people, sealed and opened",
        rows: &[
            ("turn/round", "ours, whole turns; in a row"),
            ("turn/round-turning", "ours, whole turns; there and back, ratchets turn"),
            ("matrix/olm-round", "Matrix, Olm; in a row"),
            ("matrix/olm-round-turning", "Matrix, Olm; there and back, ratchets turn"),
            ("matrix/megolm-round", "Matrix, Megolm, the key is known"),
        ],
    },
    Group {
        title: "first contact: no session with anybody",
        rows: &[
            ("turn/first-contact", "ours: claim, check keys, sessions, seal"),
            ("matrix/first-contact", "Matrix: sessions, Megolm key to each, one event"),
            ("turn/open-first", "ours: open a first message"),
            ("matrix/open-first", "Matrix: open a first key and its event"),
        ],
    },
    Group {
        title: "around it",
        rows: &[
            ("turn/confirmations", "ours: hear that it was accepted, and of each delivery"),
            ("core/wake", "ours: open the core from its records"),
            ("stretch", "Argon2id alone, 64 MiB, 3 passes"),
            ("unlock/stretch", "Argon2id in a worker of its own"),
            ("unlock/whole", "unlock: from the passphrase to an open core"),
        ],
    },
];
