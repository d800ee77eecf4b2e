//! What the benchmarks measure does happen: messages arrive and say what was written.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use bench_office::{Device, Layer, Office, START, TEXT};

#[test]
fn a_room_hears_the_measured_device_and_answers() {
    let mut office = Office::open(3, START).unwrap();
    let mut device = Device::join(&mut office).unwrap();
    let room = office.room();

    device.send(&room, TEXT).unwrap();
    device.settle(&mut office).unwrap();
    assert_eq!(office.read_all(true, device.now()).unwrap(), 3);
    device.settle(&mut office).unwrap();
    assert_eq!(device.states(&room), ["delivered"]);

    office.write_room(0, 3, device.now()).unwrap();
    device.settle(&mut office).unwrap();
    assert_eq!(device.states(&room), ["delivered", "received", "received", "received"]);
}

#[test]
fn colleagues_write_first_and_a_device_starts_again_from_its_disk() {
    let mut office = Office::open(2, START).unwrap();
    let device = Device::join(&mut office).unwrap();
    let (records, session) = device.stored();
    let person = office.person(0).unwrap();
    for _ in 0..2 {
        let mut device = Device::start(records.clone(), session.clone(), &mut office).unwrap();
        office.begin(0, 1).unwrap();
        office.write_person(0, device.now()).unwrap();
        device.settle(&mut office).unwrap();
        assert_eq!(device.states(&person), ["received"]);
    }
}

#[test]
fn the_message_layer_alone_opens_what_it_sealed() {
    let mut office = Office::open(3, START).unwrap();
    let mut layer = Layer::new(&mut office, START).unwrap();
    for _ in 0..2 {
        assert_eq!(layer.seal(&mut office, START).unwrap(), 512);
        assert_eq!(layer.open_all(&mut office).unwrap(), 3);
        assert!(layer.open_all(&mut office).is_err(), "opened once, and not counted twice");
        layer.answer(&mut office, START).unwrap();
    }
}
