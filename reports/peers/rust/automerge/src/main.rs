//! Automerge. It has no movable tree.

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ObjType, ReadDoc, ScalarValue, ROOT};
use common::{keys, Bench, Random};

const KEYS: usize = OUTER * INNER;
const OUTER: usize = 30;
const INNER: usize = 33;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Flat,
    Nested,
    Counter,
}

struct Work {
    names: Vec<String>,
    kind: Kind,
}

impl Work {
    fn prepare(&self) -> AutoCommit {
        let mut doc = AutoCommit::new().with_actor(ActorId::from([1u8; 16]));
        match self.kind {
            Kind::Flat => {}
            Kind::Nested => {
                for outer in &self.names[..OUTER] {
                    doc.put_object(ROOT, outer.as_str(), ObjType::Map).expect("put");
                }
            }
            Kind::Counter => doc.put(ROOT, "counter", ScalarValue::counter(0)).expect("put"),
        }
        doc.commit();
        doc
    }

    fn step(&self, doc: &mut AutoCommit, key: usize, value: i64) {
        match self.kind {
            Kind::Flat => doc.put(ROOT, self.names[key].as_str(), value).expect("put"),
            Kind::Nested => {
                let (_, inner) = doc.get(ROOT, self.names[key / INNER].as_str()).expect("get").expect("the inner map");
                doc.put(inner, self.names[key % INNER].as_str(), value).expect("put");
            }
            Kind::Counter => doc.increment(ROOT, "counter", 1).expect("increment"),
        }
    }
}

fn fill(work: &Work, doc: &mut AutoCommit, operations: usize, together: bool) {
    let mut random = Random(1);
    for i in 0..operations {
        work.step(doc, random.below(KEYS), i as i64);
        if !together {
            doc.commit();
        }
    }
    doc.commit();
}

/// The encoded changes of the preparation, then one for each operation.
fn updates(work: &Work, operations: usize) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut doc = work.prepare();
    let base = doc.save();
    let mut random = Random(1);
    let mut each = Vec::with_capacity(operations);
    for i in 0..operations {
        work.step(&mut doc, random.below(KEYS), i as i64);
        doc.commit();
        each.push(doc.get_last_local_change().expect("own change").raw_bytes().to_vec());
    }
    (base, each)
}

fn suite(bench: &Bench, name: &str, kind: Kind) {
    let work = Work { names: keys(1000), kind };
    let many = bench.size(10_000);
    bench.rate(&format!("{name}/local_together"), many, || work.prepare(), |doc| fill(&work, doc, many, true));
    let few = bench.size(2_000);
    bench.rate(&format!("{name}/local_each"), few, || work.prepare(), |doc| fill(&work, doc, few, false));
    if !bench.wants_some(&format!("{name}/apply")) {
        return;
    }
    let (base, each) = updates(&work, few);
    let receiver = || AutoCommit::load(&base).expect("own document").with_actor(ActorId::from([2u8; 16]));
    bench.rate(&format!("{name}/apply_each"), few, receiver, |doc| {
        for change in &each {
            doc.load_incremental(change).expect("own change");
        }
    });
    let all: Vec<u8> = each.concat();
    bench
        .rate(&format!("{name}/apply_together"), few, receiver, |doc| doc.load_incremental(&all).expect("own changes"));
}

fn main() {
    let bench = Bench::from_arguments();
    suite(&bench, "lww", Kind::Flat);
    suite(&bench, "nested", Kind::Nested);
    suite(&bench, "counter", Kind::Counter);
    let one = Work { names: keys(1), kind: Kind::Flat };
    let sets = bench.size(1_000_000);
    let make = || {
        let mut doc = one.prepare();
        for i in 0..sets {
            one.step(&mut doc, 0, i as i64);
            if i % 1000 == 999 {
                doc.commit();
            }
        }
        doc
    };
    bench.one_key(1, make, |doc| doc.save());
}
