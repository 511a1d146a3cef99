//! Tokio: skynet, a ring, and many senders to one receiver; on one thread and on all cores.

use common::Bench;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};

const RING: usize = 1_000;
const SENDERS: usize = 100;
const CAPACITY: usize = 1_024;

/// 1,111,111 tasks at `size` 1,000,000: each has ten children, and adds up what they send; the leaves send their number.
fn skynet(number: u64, size: u64, answer: oneshot::Sender<u64>) {
    if size == 1 {
        let _ = answer.send(number);
        return;
    }
    let children: Vec<_> = (0..10)
        .map(|i| {
            let (up, from_child) = oneshot::channel();
            let part = size / 10;
            tokio::spawn(async move { skynet(number + i * part, part, up) });
            from_child
        })
        .collect();
    tokio::spawn(async move {
        let mut sum = 0;
        for child in children {
            sum += child.await.expect("a child answers");
        }
        let _ = answer.send(sum);
    });
}

async fn run_skynet(size: u64) {
    let (up, sum) = oneshot::channel();
    tokio::spawn(async move { skynet(0, size, up) });
    assert_eq!(sum.await.expect("the root answers"), size * (size - 1) / 2);
}

async fn run_ring(hops: u64) {
    let (first, mut inbox) = mpsc::channel::<u64>(CAPACITY);
    for _ in 1..RING {
        let (next, its_inbox) = mpsc::channel::<u64>(CAPACITY);
        let mut from = std::mem::replace(&mut inbox, its_inbox);
        tokio::spawn(async move {
            while let Some(left) = from.recv().await {
                if next.send(left - 1).await.is_err() {
                    return;
                }
            }
        });
    }
    let (done, finished) = oneshot::channel();
    let around = first.clone();
    tokio::spawn(async move {
        while let Some(left) = inbox.recv().await {
            if left <= RING as u64 {
                break;
            }
            let _ = around.send(left - 1).await;
        }
        let _ = done.send(());
    });
    first.send(hops).await.expect("the ring is open");
    finished.await.expect("the ring ends");
}

async fn run_many(messages: u64) {
    let (to, mut inbox) = mpsc::channel::<u64>(CAPACITY);
    for _ in 0..SENDERS {
        let to = to.clone();
        tokio::spawn(async move {
            for i in 0..messages / SENDERS as u64 {
                to.send(i).await.expect("the receiver is open");
            }
        });
    }
    drop(to);
    let receiver = tokio::spawn(async move {
        let mut count = 0;
        while inbox.recv().await.is_some() {
            count += 1;
        }
        count
    });
    assert_eq!(receiver.await.expect("the receiver ends"), messages);
}

fn suite(bench: &Bench, name: &str, runtime: &Runtime) {
    let size = if bench.quick { 100_000 } else { 1_000_000 };
    bench.nanoseconds(&format!("skynet/{name}"), size * 10 / 9, || runtime.block_on(run_skynet(size as u64)));
    let messages = bench.size(1_000_000);
    bench.nanoseconds(&format!("ring/{name}"), messages, || runtime.block_on(run_ring(messages as u64)));
    bench.nanoseconds(&format!("many_to_one/{name}"), messages, || runtime.block_on(run_many(messages as u64)));
}

fn main() {
    let bench = Bench::from_arguments();
    suite(&bench, "one_thread", &Builder::new_current_thread().build().expect("a runtime"));
    suite(&bench, "all_cores", &Builder::new_multi_thread().build().expect("a runtime"));
}
