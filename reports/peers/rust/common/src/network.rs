//! The workloads that simulated networks are compared by, with the same numbers as sim/world/network_bench.cpp. A frame
//! takes at least 1 ms and 2.4 ms on average, by each simulator's own curve; none is lost.
//!
//!     ping_pong/N   N/2 pairs of nodes; in each, one frame of 16 bytes goes there and back again
//!     gossip/N      N nodes; every 10 ms each sends a frame of 24 bytes to 3 others, drawn anew
use crate::{Bench, Random};
use std::time::Duration;

pub const LEAST_LATENCY: Duration = Duration::from_millis(1);
pub const MEAN_LATENCY: Duration = Duration::from_micros(2400);
pub const PING: [u8; 16] = *b"0123456789abcdef";
pub const RUMOUR: [u8; 24] = *b"what I know, in brief...";
pub const INTERVAL: Duration = Duration::from_millis(10);
pub const FAN_OUT: usize = 3;

/// One of the others.
pub fn other(random: &mut Random, node: usize, nodes: usize) -> usize {
    // A multiplication, as in ours: a division would be a good part of what is measured.
    let n = ((random.next() as u128 * (nodes - 1) as u128) >> 64) as usize;
    if n < node {
        n
    } else {
        n + 1
    }
}

/// How often each of `nodes` sends `each` messages, so that `messages` are sent by all.
pub fn turns(messages: usize, nodes: usize, each: usize) -> usize {
    (messages / (nodes * each)).max(1)
}

pub trait Simulator {
    /// Builds the world, then runs it until all has arrived: the processor time of the latter, and how many messages were
    /// received. `exchanges`: how many each node receives, and as many it sends.
    fn ping_pong(nodes: usize, exchanges: usize) -> (f64, usize);
    fn gossip(nodes: usize, rounds: usize) -> (f64, usize);
}

/// Messages received per second of processor time; building the world and
/// taking it down are not counted. `messages` by number of nodes.
pub fn measure<S: Simulator>(bench: &Bench, sizes: &[(usize, usize)]) {
    for &(nodes, full) in sizes {
        let messages = bench.size(full);
        let exchanges = turns(messages, nodes, 1);
        let rounds = turns(messages, nodes, FAN_OUT);
        rate(bench, "ping_pong", nodes, nodes * exchanges, || S::ping_pong(nodes, exchanges));
        rate(bench, "gossip", nodes, nodes * rounds * FAN_OUT, || S::gossip(nodes, rounds));
    }
}

fn rate(bench: &Bench, workload: &str, nodes: usize, expected: usize, run: impl Fn() -> (f64, usize)) {
    let name = format!("{workload}/{nodes}");
    if !bench.wants(&name) {
        return;
    }
    let mut rates = Vec::new();
    for _ in 0..bench.runs {
        let (seconds, received) = run();
        rates.push(received as f64 / seconds);
        assert_eq!(received, expected, "{name}: messages");
    }
    bench.print(&name, "messages/s", &rates);
}
