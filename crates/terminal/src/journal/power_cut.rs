//! A power cut leaves some of what was written and not yet synced: nothing of it, all of it, or the last record whole, missing or torn.
//! The journal opens all the same, and is what it was before or after the write that was under way, never anything else.

use std::{
    io,
    sync::{Arc, Mutex},
};

use redb::{Database, StorageBackend};
use time::macros::datetime;
use uuid::Uuid;

use super::*;
use crate::{
    card::{NotTaken, Outcome, Payment},
    stage::Attempt,
    tender::{Bill, TenderKind},
    till::Given,
};

/// What disks write as a whole.
const SECTOR: usize = 512;

#[derive(Clone, Debug)]
enum Step {
    Length(u64),
    Write(u64, Vec<u8>),
    Sync,
}

/// A disk that remembers how it came to hold what it holds.
#[derive(Clone, Debug, Default)]
struct Disk(Arc<Mutex<(Vec<u8>, Vec<Step>)>>);

impl Disk {
    fn holding(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new((bytes, Vec::new()))))
    }

    fn steps(&self) -> Vec<Step> {
        self.0.lock().unwrap().1.clone()
    }

    fn step(&self, step: Step) {
        let mut disk = self.0.lock().unwrap();
        apply(&mut disk.0, &step);
        disk.1.push(step);
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64, io::Error> {
        Ok(self.0.lock().unwrap().0.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        let start = usize::try_from(offset).unwrap();
        let disk = self.0.lock().unwrap();
        let there = disk.0.get(start..start + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(there);
        Ok(())
    }

    fn set_len(&self, length: u64) -> Result<(), io::Error> {
        self.step(Step::Length(length));
        Ok(())
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        self.step(Step::Sync);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        self.step(Step::Write(offset, data.to_vec()));
        Ok(())
    }
}

fn apply(bytes: &mut Vec<u8>, step: &Step) {
    match step {
        Step::Length(length) => bytes.resize(usize::try_from(*length).unwrap(), 0),
        Step::Write(offset, data) => {
            let start = usize::try_from(*offset).unwrap();
            bytes[start..start + data.len()].copy_from_slice(data);
        }
        Step::Sync => {}
    }
}

fn open(disk: Disk) -> Journal {
    let db = Database::builder().create_with_backend(disk).expect("a journal opens after a power cut");
    Journal::own(db, "A").expect("a journal is its till's after a power cut")
}

/// What the disk may hold when the power fails at `cut`: everything that was synced, and of the rest what each case says.
fn images(steps: &[Step], cut: usize) -> Vec<Vec<u8>> {
    let synced = steps[..cut].iter().rposition(|step| matches!(step, Step::Sync)).map_or(0, |at| at + 1);
    let mut base = Vec::new();
    steps[..synced].iter().for_each(|step| apply(&mut base, step));
    let pending = &steps[synced..cut];
    // The length of the file is kept: a file system grows it first.
    pending.iter().filter(|step| matches!(step, Step::Length(_))).for_each(|step| apply(&mut base, step));
    let writes: Vec<&Step> = pending.iter().filter(|step| matches!(step, Step::Write(..))).collect();
    let with = |kept: &[&Step]| {
        let mut image = base.clone();
        kept.iter().for_each(|step| apply(&mut image, step));
        image
    };
    let Some((Step::Write(offset, data), before)) = writes.split_last().map(|(last, before)| (*last, before))
    else {
        return vec![base];
    };
    let last = Step::Write(*offset, data.clone());
    // Whole; missing; alone, when the disk wrote it first; and torn at each border of a sector, from either end.
    let mut images = vec![with(&writes), with(before), with(&[&last])];
    for border in (SECTOR..data.len()).step_by(SECTOR) {
        let head = Step::Write(*offset, data[..border].to_vec());
        let tail = Step::Write(*offset + border as u64, data[border..].to_vec());
        images.push(with(&[before, &[&head]].concat()));
        images.push(with(&[before, &[&tail]].concat()));
    }
    images
}

fn attempt() -> Attempt {
    Attempt {
        attempt_id: Uuid::from_u128(7),
        bill: Bill::of(Uuid::from_u128(1)),
        kind: TenderKind::Card,
        amount_minor: 250,
        rest_minor: 0,
        asked_time: datetime!(2026-05-02 10:00 UTC),
    }
}

fn payment() -> Payment {
    Payment {
        amount_minor: 250,
        brand: "CB".into(),
        pan_last4: "0674".into(),
        application_id: "A0000000421010".into(),
        authorisation: "A00395".into(),
        contactless: true,
        slip_text: "CARTE BANCAIRE\n".repeat(60),
    }
}

/// A basket, an edit, a refused payment, a part that is held, a payment that is taken, its paper, and a next shopper who gives up.
async fn a_visit(journal: &Journal, disk: &Disk) -> Vec<(usize, Remembered)> {
    let mut known = vec![(disk.steps().len(), journal.read().unwrap())];
    let id = RequestId::fresh();
    let scanning = Stage::Idle.opened(Uuid::from_u128(1), 1).unwrap();
    let asked = scanning.asked(attempt()).unwrap();
    let refused = asked.answered(Outcome::not_taken(NotTaken::Refused), id).unwrap();
    let again = refused.reopened(3).unwrap();
    let less = Payment { amount_minor: 100, ..payment() };
    let part = asked.answered(Outcome::Partial(less), id).unwrap();
    let held = part.held().unwrap();
    let taken = asked.answered(Outcome::Taken(payment()), id).unwrap();
    let edit = Edit { request_id: id, version: 2, change: Change::Remove { line_id: 1 } };
    journal.stage(&scanning).await.unwrap();
    known.push((disk.steps().len(), journal.read().unwrap()));
    journal.edit(&edit).await.unwrap();
    known.push((disk.steps().len(), journal.read().unwrap()));
    for stage in [&asked, &refused, &again, &asked, &part, &held, &taken] {
        journal.stage(stage).await.unwrap();
        known.push((disk.steps().len(), journal.read().unwrap()));
    }
    let owed = tests::last_sale(Given::Paper);
    journal.sold(Some(&owed)).await.unwrap();
    known.push((disk.steps().len(), journal.read().unwrap()));
    journal.keep_sale(Some(&LastSale { paper_begun: true, ..owed })).await.unwrap();
    known.push((disk.steps().len(), journal.read().unwrap()));
    journal.opened(&scanning, None).await.unwrap();
    known.push((disk.steps().len(), journal.read().unwrap()));
    journal.give_up(&tests::given_up(1)).await.unwrap();
    known.push((disk.steps().len(), journal.read().unwrap()));
    known
}

#[tokio::test]
async fn a_power_cut_at_any_write_leaves_the_journal_as_before_or_after_it_and_never_torn() {
    let disk = Disk::default();
    let journal = open(disk.clone());
    let known = a_visit(&journal, &disk).await;
    let (steps, mut tried) = (disk.steps(), 0);
    for cut in known[0].0..=known[known.len() - 1].0 {
        let before = known.iter().rposition(|(at, _)| *at <= cut).unwrap();
        let may_be = &known[before..known.len().min(before + 2)];
        for image in images(&steps, cut) {
            let found = open(Disk::holding(image)).read().unwrap();
            assert!(may_be.iter().any(|(_, state)| *state == found), "after step {cut}: {found:?}");
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried} power cuts");
}
