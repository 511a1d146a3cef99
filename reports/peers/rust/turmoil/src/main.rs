//! Two workloads on turmoil's simulated network, over its UDP sockets, the cheapest way there: a tick of 1 ms (its default),
//! nodes are hosts that never end, and the simulation is stepped until everything was received.
use common::network::{measure, other, Simulator, FAN_OUT, INTERVAL, LEAST_LATENCY, PING, RUMOUR};
use common::{cpu_seconds, Bench, Random};
use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::time::Duration;
use turmoil::net::UdpSocket;
use turmoil::{Builder, Sim};

const PORT: u16 = 1;
const ANY: (IpAddr, u16) = (IpAddr::V4(Ipv4Addr::UNSPECIFIED), PORT);

/// Its curve is in whole milliseconds, exponential with a mean of a fifth of the range: 2.4 ms on average with this range.
const MOST_LATENCY: Duration = Duration::from_millis(10);

struct Turmoil;

fn simulation<'a>() -> Sim<'a> {
    Builder::new()
        .rng_seed(1)
        .simulation_duration(Duration::from_secs(86_400))
        .min_message_latency(LEAST_LATENCY)
        .max_message_latency(MOST_LATENCY)
        .build()
}

/// The addresses of all nodes, by number.
fn addresses(sim: &Sim, nodes: usize) -> Rc<Vec<IpAddr>> {
    Rc::new((0..nodes).map(|n| sim.lookup(format!("node{n}"))).collect())
}

fn run(mut sim: Sim, received: &Cell<usize>, expected: usize) -> (f64, usize) {
    let start = cpu_seconds();
    while received.get() < expected {
        sim.step().expect("no node fails");
    }
    (cpu_seconds() - start, received.get())
}

impl Simulator for Turmoil {
    fn ping_pong(nodes: usize, exchanges: usize) -> (f64, usize) {
        let mut sim = simulation();
        let everyone = addresses(&sim, nodes);
        let received = Rc::new(Cell::new(0));
        for node in 0..nodes {
            let (peer, received) = (everyone[node ^ 1], received.clone());
            sim.host(everyone[node], move || {
                let received = received.clone();
                async move {
                    let socket = UdpSocket::bind(ANY).await?;
                    let mut buffer = [0; 64];
                    if node % 2 == 0 {
                        socket.send_to(&PING, (peer, PORT)).await?;
                    }
                    for turn in 1..=exchanges {
                        let (size, from) = socket.recv_from(&mut buffer).await?;
                        received.set(received.get() + 1);
                        if node % 2 == 1 || turn < exchanges {
                            socket.send_to(&buffer[..size], from).await?;
                        }
                    }
                    std::future::pending().await
                }
            });
        }
        run(sim, &received, nodes * exchanges)
    }

    fn gossip(nodes: usize, rounds: usize) -> (f64, usize) {
        let mut sim = simulation();
        let everyone = addresses(&sim, nodes);
        let received = Rc::new(Cell::new(0));
        for node in 0..nodes {
            let (all, received) = (everyone.clone(), received.clone());
            sim.host(everyone[node], move || {
                let (all, received) = (all.clone(), received.clone());
                async move {
                    let socket = Rc::new(UdpSocket::bind(ANY).await?);
                    let sender = socket.clone();
                    tokio::task::spawn_local(async move {
                        let mut random = Random(node as u64);
                        for _ in 0..rounds {
                            tokio::time::sleep(INTERVAL).await;
                            for _ in 0..FAN_OUT {
                                let peer = all[other(&mut random, node, nodes)];
                                sender.send_to(&RUMOUR, (peer, PORT)).await.expect("all are bound");
                            }
                        }
                    });
                    let mut buffer = [0; 64];
                    loop {
                        socket.recv_from(&mut buffer).await?;
                        received.set(received.get() + 1);
                    }
                }
            });
        }
        run(sim, &received, nodes * rounds * FAN_OUT)
    }
}

fn main() {
    // A tick looks at every link once for each node: a thousand nodes would take minutes for a few thousand messages.
    measure::<Turmoil>(&Bench::from_arguments(), &[(10, 100_000), (100, 20_000), (300, 4_500)]);
}
