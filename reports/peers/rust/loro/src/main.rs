//! Loro: maps, its counter, and its movable tree.

use common::{keys, Bench, Random};
use loro::{Container, ExportMode, LoroDoc, LoroMap, LoroTree, TreeID, ValueOrContainer};
use std::sync::{Arc, Mutex};

const KEYS: usize = OUTER * INNER;
const OUTER: usize = 30;
const INNER: usize = 33;

#[derive(Clone, Copy)]
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
    fn prepare(&self) -> LoroDoc {
        let doc = fresh(1);
        if let Kind::Nested = self.kind {
            let root = doc.get_map("root");
            for outer in &self.names[..OUTER] {
                root.insert_container(outer, LoroMap::new()).expect("insert");
            }
            doc.commit();
        }
        doc
    }

    fn step(&self, doc: &LoroDoc, root: &LoroMap, key: usize, value: i64) {
        match self.kind {
            Kind::Flat => root.insert(&self.names[key], value).expect("insert"),
            Kind::Nested => match root.get(&self.names[key / INNER]) {
                Some(ValueOrContainer::Container(Container::Map(inner))) => {
                    inner.insert(&self.names[key % INNER], value).expect("insert");
                }
                _ => panic!("the inner map is missing"),
            },
            Kind::Counter => doc.get_counter("counter").increment(1.0).expect("increment"),
        }
    }
}

fn fresh(peer: u64) -> LoroDoc {
    let doc = LoroDoc::new();
    doc.set_peer_id(peer).expect("a peer number");
    doc
}

fn fill(work: &Work, doc: &LoroDoc, operations: usize, together: bool) {
    let root = doc.get_map("root");
    let mut random = Random(1);
    for i in 0..operations {
        work.step(doc, &root, random.below(KEYS), i as i64);
        if !together {
            doc.commit();
        }
    }
    doc.commit();
}

/// The updates that `body` commits, one for each commit.
fn updates(doc: &LoroDoc, body: impl FnOnce()) -> Vec<Vec<u8>> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let sink = kept.clone();
    let subscription = doc.subscribe_local_update(Box::new(move |bytes| {
        sink.lock().expect("one thread").push(bytes.to_vec());
        true
    }));
    body();
    drop(subscription);
    let mut kept = kept.lock().expect("one thread");
    std::mem::take(&mut *kept)
}

fn all(doc: &LoroDoc) -> Vec<u8> {
    doc.export(ExportMode::all_updates()).expect("export")
}

fn copy(base: &[u8], peer: u64) -> LoroDoc {
    let doc = fresh(peer);
    doc.import(base).expect("own document");
    doc
}

fn import_each(doc: &LoroDoc, updates: &[Vec<u8>]) {
    for update in updates {
        doc.import(update).expect("own update");
    }
}

fn suite(bench: &Bench, name: &str, kind: Kind) {
    let work = Work { names: keys(1000), kind };
    let many = bench.size(100_000);
    bench.rate(&format!("{name}/local_together"), many, || work.prepare(), |doc| fill(&work, doc, many, true));
    let few = bench.size(20_000);
    bench.rate(&format!("{name}/local_each"), few, || work.prepare(), |doc| fill(&work, doc, few, false));
    if !bench.wants_some(&format!("{name}/apply")) {
        return;
    }
    let sender = work.prepare();
    let base = all(&sender);
    let before = sender.oplog_vv();
    let each = updates(&sender, || fill(&work, &sender, few, false));
    assert_eq!(each.len(), few);
    let together = sender.export(ExportMode::updates(&before)).expect("export");
    bench.rate(&format!("{name}/apply_each"), few, || copy(&base, 2), |doc| import_each(doc, &each));
    bench.rate(
        &format!("{name}/apply_together"),
        few,
        || copy(&base, 2),
        |doc| doc.import(&together).expect("own update"),
    );
}

const NODES: usize = 10_000;
const PEERS: usize = 16;
const WINDOW: usize = 1_000;

/// A tree of 10,000 nodes, each below a node drawn from those before it, and the nodes' names.
fn tree(ordered: bool) -> (LoroDoc, LoroTree, Vec<TreeID>) {
    let doc = fresh(1);
    let tree = doc.get_tree("tree");
    order(&tree, ordered);
    let mut random = Random(2);
    let mut nodes = vec![tree.create(None).expect("create")];
    while nodes.len() < NODES {
        let parent = nodes[random.below(nodes.len())];
        nodes.push(tree.create(parent).expect("create"));
    }
    doc.commit();
    (doc, tree, nodes)
}

fn order(tree: &LoroTree, ordered: bool) {
    if ordered {
        tree.enable_fractional_index(0);
    } else {
        tree.disable_fractional_index();
    }
}

/// Random moves; those that would make a cycle are refused by the tree and counted as tried, as in our own bench.
fn moves(doc: &LoroDoc, tree: &LoroTree, nodes: &[TreeID], count: usize, seed: u64, commit_each: bool) -> usize {
    let mut random = Random(seed);
    let mut done = 0;
    for _ in 0..count {
        let target = nodes[1 + random.below(nodes.len() - 1)];
        let parent = nodes[random.below(nodes.len())];
        if tree.mov(target, parent).is_ok() {
            done += 1;
            if commit_each {
                doc.commit();
            }
        }
    }
    doc.commit();
    done
}

/// Moves of 16 replicas that did not hear each other, shuffled within consecutive windows of `WINDOW`. Those of one
/// replica stay in order, as Loro requires.
fn reordered(base: &[u8], nodes: &[TreeID], count: usize) -> Vec<Vec<u8>> {
    let mut streams: Vec<std::vec::IntoIter<Vec<u8>>> = Vec::new();
    for peer in 0..PEERS {
        let doc = copy(base, 100 + peer as u64);
        let tree = doc.get_tree("tree");
        order(&tree, false);
        let sent = updates(&doc, || {
            moves(&doc, &tree, nodes, count / PEERS, 10 + peer as u64, true);
        });
        streams.push(sent.into_iter());
    }
    let mut random = Random(3);
    let mut arrivals: Vec<usize> = (0..count).map(|i| i % PEERS).collect();
    for window in arrivals.chunks_mut(WINDOW) {
        for i in (1..window.len()).rev() {
            window.swap(i, random.below(i + 1));
        }
    }
    arrivals.iter().filter_map(|peer| streams[*peer].next()).collect()
}

fn trees(bench: &Bench) {
    if !bench.wants_some("tree/") {
        return;
    }
    let count = bench.size(20_000);
    for (name, ordered) in [("tree/local", false), ("tree/local_ordered_siblings", true)] {
        bench.rate(name, count, || tree(ordered), |(doc, tree, nodes)| moves(doc, tree, nodes, count, 4, false));
    }
    if !bench.wants_some("tree/apply") && !bench.wants_some("tree/reordered") {
        return;
    }
    let (doc, tree_, nodes) = tree(false);
    let base = all(&doc);
    let before = doc.oplog_vv();
    let few = bench.size(5_000);
    let each = updates(&doc, || {
        moves(&doc, &tree_, &nodes, few, 4, true);
    });
    let together = doc.export(ExportMode::updates(&before)).expect("export");
    bench.rate("tree/apply_each", each.len(), || copy(&base, 2), |doc| import_each(doc, &each));
    bench.rate("tree/apply_together", each.len(), || copy(&base, 2), |doc| doc.import(&together).expect("own update"));
    if !bench.wants_some("tree/reordered") {
        return;
    }
    let late = reordered(&base, &nodes, bench.size(4_000));
    for batch in [64, 1000] {
        bench.rate(
            &format!("tree/reordered_by_{batch}"),
            late.len(),
            || copy(&base, 2),
            |doc| {
                for some in late.chunks(batch) {
                    doc.import_batch(some).expect("own updates");
                }
            },
        );
    }
}

fn main() {
    let bench = Bench::from_arguments();
    suite(&bench, "lww", Kind::Flat);
    suite(&bench, "nested", Kind::Nested);
    suite(&bench, "counter", Kind::Counter);
    let one = Work { names: keys(1), kind: Kind::Flat };
    let sets = bench.size(1_000_000);
    let make = || {
        let doc = one.prepare();
        let root = doc.get_map("root");
        for i in 0..sets {
            one.step(&doc, &root, 0, i as i64);
            if i % 1000 == 999 {
                doc.commit();
            }
        }
        doc
    };
    bench.one_key(usize::MAX, make, |doc| doc.export(ExportMode::Snapshot).expect("export"));
    trees(&bench);
}
