//! yrs (Yjs in Rust). It has no counter type; its tree of XML elements has no move, so no tree either.

use common::{keys, Bench, Random};
use yrs::updates::decoder::Decode;
use yrs::{merge_updates_v1, Doc, Map, MapPrelim, MapRef, Out, ReadTxn, StateVector, Transact, TransactionMut, Update};

const KEYS: usize = OUTER * INNER;
const OUTER: usize = 30;
const INNER: usize = 33;

/// Sets key `i` of a flat map of 1,000 keys, or of a map of 30 maps of 33 keys.
struct Keys {
    names: Vec<String>,
    nested: bool,
}

impl Keys {
    fn prepare(&self) -> (Doc, MapRef) {
        let doc = Doc::with_client_id(1);
        let root = doc.get_or_insert_map("root");
        if self.nested {
            let mut change = doc.transact_mut();
            for outer in &self.names[..OUTER] {
                root.insert(&mut change, outer.as_str(), MapPrelim::default());
            }
        }
        (doc, root)
    }

    fn set(&self, root: &MapRef, change: &mut TransactionMut, key: usize, value: i64) {
        if !self.nested {
            root.insert(change, self.names[key].as_str(), value);
        } else if let Some(Out::YMap(inner)) = root.get(change, &self.names[key / INNER]) {
            inner.insert(change, self.names[key % INNER].as_str(), value);
        } else {
            panic!("the inner map is missing");
        }
    }
}

fn fill(keys: &Keys, doc: &Doc, root: &MapRef, operations: usize, together: bool) {
    let mut random = Random(1);
    if together {
        let mut change = doc.transact_mut();
        for i in 0..operations {
            keys.set(root, &mut change, random.below(KEYS), i as i64);
        }
    } else {
        for i in 0..operations {
            keys.set(root, &mut doc.transact_mut(), random.below(KEYS), i as i64);
        }
    }
}

/// One update for the preparation, then one for each operation.
fn updates(keys: &Keys, operations: usize) -> Vec<Vec<u8>> {
    let (doc, root) = keys.prepare();
    let mut out = vec![doc.transact().encode_state_as_update_v1(&StateVector::default())];
    let mut random = Random(1);
    for i in 0..operations {
        let mut change = doc.transact_mut();
        keys.set(&root, &mut change, random.below(KEYS), i as i64);
        change.commit();
        out.push(change.encode_update_v1());
    }
    out
}

/// One update of many, merged in groups of 100: the library's merge is quadratic in the number of updates.
fn merge(each: &[Vec<u8>]) -> Vec<u8> {
    let groups: Vec<Vec<u8>> = each.chunks(100).map(|group| merge_updates_v1(group).expect("own updates")).collect();
    if groups.len() == 1 {
        groups[0].clone()
    } else {
        merge(&groups)
    }
}

fn apply(doc: &Doc, update: &[u8]) {
    doc.transact_mut().apply_update(Update::decode_v1(update).expect("own update")).expect("own update");
}

fn maps(bench: &Bench, kind: &str, nested: bool) {
    let keys = Keys { names: keys(1000), nested };
    let many = bench.size(100_000);
    bench.rate(&format!("{kind}/local_together"), many, || keys.prepare(), |(d, r)| fill(&keys, d, r, many, true));
    let few = bench.size(20_000);
    bench.rate(&format!("{kind}/local_each"), few, || keys.prepare(), |(d, r)| fill(&keys, d, r, few, false));
    if !bench.wants_some(&format!("{kind}/apply")) {
        return;
    }
    let each = updates(&keys, few);
    let receiver = || {
        let doc = Doc::with_client_id(2);
        doc.get_or_insert_map("root");
        apply(&doc, &each[0]);
        doc
    };
    bench.rate(&format!("{kind}/apply_each"), few, receiver, |doc| each[1..].iter().for_each(|u| apply(doc, u)));
    let merged = merge(&each[1..]);
    bench.rate(&format!("{kind}/apply_together"), few, receiver, |doc| apply(doc, &merged));
}

fn main() {
    let bench = Bench::from_arguments();
    maps(&bench, "lww", false);
    maps(&bench, "nested", true);
    let one = Keys { names: keys(1), nested: false };
    let sets = bench.size(1_000_000);
    let make = || {
        let (doc, root) = one.prepare();
        for _ in 0..sets / 1000 {
            let mut change = doc.transact_mut();
            for i in 0..1000 {
                one.set(&root, &mut change, 0, i);
            }
        }
        doc
    };
    bench.one_key(usize::MAX, make, |doc| doc.transact().encode_state_as_update_v1(&StateVector::default()));
}
