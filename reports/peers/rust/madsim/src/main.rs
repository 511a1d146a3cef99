//! Two workloads on madsim's simulated network, over its endpoints, the cheapest way there. It is itself that lets each
//! send and each receive take a millisecond more.
#[cfg(not(madsim))]
compile_error!(
    "madsim simulates only with --cfg madsim: .cargo/config.toml sets it, and RUSTFLAGS must not take it away"
);

use common::network::{measure, other, Simulator, FAN_OUT, INTERVAL, LEAST_LATENCY, MEAN_LATENCY, PING, RUMOUR};
use common::{cpu_seconds, Bench, Random};
use madsim::net::Endpoint;
use madsim::runtime::{NodeHandle, Runtime};
use madsim::time::{sleep, sleep_until, Instant};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::Arc;

const TAG: u64 = 1;

struct Madsim;

fn address(node: usize) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, (node >> 8) as u8, node as u8)), 1)
}

fn simulation(nodes: usize) -> (Runtime, Vec<NodeHandle>) {
    let mut config = madsim::Config::default();
    // An even curve from the least on: the mean is in its middle.
    config.net.send_latency = LEAST_LATENCY..MEAN_LATENCY * 2 - LEAST_LATENCY;
    let runtime = Runtime::with_seed_and_config(1, config);
    let handles = (0..nodes).map(|n| runtime.create_node().ip(address(n).ip()).build()).collect();
    (runtime, handles)
}

fn run(runtime: Runtime, received: &AtomicUsize, expected: usize) -> (f64, usize) {
    let start = cpu_seconds();
    runtime.block_on(async {
        while received.load(Relaxed) < expected {
            sleep(INTERVAL).await;
        }
    });
    (cpu_seconds() - start, received.load(Relaxed))
}

impl Simulator for Madsim {
    fn ping_pong(nodes: usize, exchanges: usize) -> (f64, usize) {
        let (runtime, handles) = simulation(nodes);
        let received = Arc::new(AtomicUsize::new(0));
        for (node, handle) in handles.iter().enumerate() {
            let received = received.clone();
            handle.spawn(async move {
                let endpoint = Endpoint::bind(address(node)).await.unwrap();
                let mut buffer = [0; 64];
                if node % 2 == 0 {
                    endpoint.send_to(address(node ^ 1), TAG, &PING).await.unwrap();
                }
                for turn in 1..=exchanges {
                    let (size, from) = endpoint.recv_from(TAG, &mut buffer).await.unwrap();
                    received.fetch_add(1, Relaxed);
                    if node % 2 == 1 || turn < exchanges {
                        endpoint.send_to(from, TAG, &buffer[..size]).await.unwrap();
                    }
                }
                std::future::pending::<()>().await
            });
        }
        run(runtime, &received, nodes * exchanges)
    }

    fn gossip(nodes: usize, rounds: usize) -> (f64, usize) {
        let (runtime, handles) = simulation(nodes);
        let received = Arc::new(AtomicUsize::new(0));
        for (node, handle) in handles.iter().enumerate() {
            let received = received.clone();
            let this = handle.clone();
            handle.spawn(async move {
                let endpoint = Endpoint::bind(address(node)).await.unwrap();
                let sender = endpoint.clone();
                this.spawn(async move {
                    let mut random = Random(node as u64);
                    let mut next = Instant::now();
                    for _ in 0..rounds {
                        next += INTERVAL;
                        sleep_until(next).await;
                        for _ in 0..FAN_OUT {
                            let peer = address(other(&mut random, node, nodes));
                            sender.send_to(peer, TAG, &RUMOUR).await.unwrap();
                        }
                    }
                });
                let mut buffer = [0; 64];
                loop {
                    endpoint.recv_from(TAG, &mut buffer).await.unwrap();
                    received.fetch_add(1, Relaxed);
                }
            });
        }
        run(runtime, &received, nodes * rounds * FAN_OUT)
    }
}

fn main() {
    measure::<Madsim>(&Bench::from_arguments(), &[(10, 100_000), (100, 100_000), (1000, 100_000)]);
}
