//! What is measured, in which order. The page for the browsers (`../web/page/rounds.js`) does the same.

use anyhow::{Context as _, Result, ensure};
use bench_office::{Device, Layer, Office, Records, START, TEXT, micros};

use crate::{
    samples::Samples,
    sodium::{Pair, Sodium},
};

/// First messages that are opened in a round.
const FIRST_MESSAGES: usize = 10;
/// Messages between two people in a round.
const LETTERS: usize = 16;

/// A room with so many devices besides the measured one; for one device, two people.
pub(crate) fn run(devices: usize, rounds: usize, sodium: &Sodium) -> Result<Samples> {
    let mut samples = Samples::default();
    let mut office = Office::open(devices, START)?;
    let device = Device::join(&mut office)?;
    let (records, session) = device.stored();
    let to = if devices == 1 { office.person(0)? } else { office.room() };
    first_contacts(&mut samples, &mut office, &to, devices, rounds, &(records, session))?;
    let (records, session) = device.stored();
    let mut device = Device::start(records, session, &mut office)?;
    meet(&mut device, &mut office, &to, devices)?;
    let mut layer = Layer::new(&mut office, START)?;
    let boxes = Boxes::new(sodium, devices)?;
    for _ in 0..rounds {
        if devices == 1 {
            letters(&mut samples, &mut device, &mut office, &to)?;
        } else {
            room(&mut samples, &mut device, &mut office, &to, devices)?;
        }
        let payload = layer_round(&mut samples, &mut layer, &mut office, devices)?;
        boxes.round(&mut samples, sodium, payload)?;
    }
    Ok(samples)
}

/// What has nothing to do with how many there are: the passphrase.
pub(crate) fn run_alone(rounds: usize) -> Result<Samples> {
    let mut samples = Samples::default();
    for _ in 0..rounds.min(5) {
        samples.time("stretch", || {
            extension_core::stretch(b"correct horse battery", &[7; 16], 64 * 1024, 3, 32)
        })?;
    }
    Ok(samples)
}

/// Nobody has a session with anybody. Each round begins with the same disk.
fn first_contacts(
    samples: &mut Samples,
    office: &mut Office,
    to: &str,
    devices: usize,
    rounds: usize,
    stored: &(Records, Records),
) -> Result<()> {
    for _ in 0..rounds {
        let began = micros();
        let mut device = Device::open(stored.0.clone(), stored.1.clone())?;
        samples.add("core/wake", micros() - began);
        drop(device);
        device = Device::start(stored.0.clone(), stored.1.clone(), office)?;
        let mut took = device.send(to, TEXT)?;
        device.say(office)?;
        // The keys that it asked for.
        while !device.has_something_to_say() {
            took += device.hear(office)?.context("no keys came")?;
        }
        samples.add("turn/first-contact", took);
        device.say(office)?;
        office.drop_all();
        device.settle(office)?;

        let some = devices.min(FIRST_MESSAGES);
        office.begin(0, some)?;
        took = 0.0;
        if devices == 1 {
            office.write_person(0, device.now())?;
        } else {
            office.write_room(0, some, device.now())?;
        }
        while let Some(turn) = device.hear(office)? {
            took += turn;
        }
        samples.add("turn/open-first", took / some as f64);
    }
    Ok(())
}

/// Everybody has written to everybody.
fn meet(device: &mut Device, office: &mut Office, to: &str, devices: usize) -> Result<()> {
    device.send(to, TEXT)?;
    device.settle(office)?;
    ensure!(office.read_all(true, device.now())? == devices, "the first message did not reach everybody");
    device.settle(office)?;
    Ok(())
}

/// Two people.
fn letters(samples: &mut Samples, device: &mut Device, office: &mut Office, to: &str) -> Result<()> {
    let (mut seal_turning, mut open_turning) = (0.0, 0.0);
    for _ in 0..LETTERS {
        office.write_person(0, device.now())?;
        open_turning += device.hear(office)?.unwrap_or_default();
        device.say(office)?;
        seal_turning += device.send(to, TEXT)?;
        device.settle(office)?;
        ensure!(office.read_all(true, device.now())? == 1, "a message was lost");
        device.settle(office)?;
    }
    let (mut seal, mut open) = (0.0, 0.0);
    for _ in 0..LETTERS {
        seal += device.send(to, TEXT)?;
        device.settle(office)?;
        office.read_all(true, device.now())?;
        device.settle(office)?;
    }
    office.write_person(0, device.now())?;
    device.settle(office)?;
    for _ in 0..LETTERS {
        office.write_person(0, device.now())?;
        open += device.hear(office)?.unwrap_or_default();
        device.say(office)?;
    }
    let letters = LETTERS as f64;
    samples.add("turn/seal-turning", seal_turning / letters);
    samples.add("turn/open-turning", open_turning / letters);
    samples.add("turn/round-turning", (seal_turning + open_turning) / letters);
    samples.add("turn/seal", seal / letters);
    samples.add("turn/open", open / letters);
    samples.add("turn/round", (seal + open) / letters);
    Ok(())
}

/// A room.
fn room(
    samples: &mut Samples,
    device: &mut Device,
    office: &mut Office,
    to: &str,
    devices: usize,
) -> Result<()> {
    let count = devices as f64;
    // Everybody answers what was sent last, so each message brings a new ratchet key; then once more without one.
    for what in ["turn/open-turning", "turn/open"] {
        office.write_room(0, devices, device.now())?;
        let mut took = 0.0;
        while let Some(turn) = device.hear(office)? {
            took += turn;
        }
        samples.add(what, took / count);
        device.say(office)?;
    }
    let mut confirmations = 0.0;
    for what in ["turn/seal-turning", "turn/seal"] {
        let took = device.send(to, TEXT)?;
        samples.add(what, took);
        device.settle(office)?;
        ensure!(office.read_all(true, device.now())? == devices, "a message was lost");
        confirmations += device.settle(office)?;
    }
    samples.add("turn/confirmations", confirmations / 2.0);
    Ok(())
}

fn layer_round(
    samples: &mut Samples,
    layer: &mut Layer,
    office: &mut Office,
    devices: usize,
) -> Result<usize> {
    layer.answer(office, START)?;
    let payload = samples.time("layer/seal-turning", || layer.seal(office, START))?;
    let began = micros();
    ensure!(layer.open_all(office)? == devices, "the message layer lost a message");
    samples.add("layer/open-turning", (micros() - began) / devices as f64);
    samples.time("layer/seal", || layer.seal(office, START))?;
    let began = micros();
    layer.open_all(office)?;
    samples.add("layer/open", (micros() - began) / devices as f64);
    Ok(payload)
}

/// libsodium: one sender, so many recipients.
struct Boxes {
    sender: Pair,
    recipients: Vec<Pair>,
}

impl Boxes {
    fn new(sodium: &Sodium, devices: usize) -> Result<Self> {
        let recipients = (0..devices).map(|_| sodium.pair()).collect::<Result<_>>()?;
        Ok(Self { sender: sodium.pair()?, recipients })
    }

    fn round(&self, samples: &mut Samples, sodium: &Sodium, payload: usize) -> Result<()> {
        let payload = vec![7; payload];
        let sealed = samples.time("libsodium/seal", || {
            self.recipients
                .iter()
                .map(|to| sodium.seal(&payload, to, &self.sender))
                .collect::<Result<Vec<_>>>()
        })?;
        let began = micros();
        for (sealed, at) in sealed.iter().zip(&self.recipients) {
            ensure!(sodium.open(sealed, &self.sender, at)? == payload, "libsodium opened something else");
        }
        samples.add("libsodium/open", (micros() - began) / self.recipients.len() as f64);
        Ok(())
    }
}
