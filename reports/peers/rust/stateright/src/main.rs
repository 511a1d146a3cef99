//! Two-phase commit (Gray & Lamport, "Consensus on Transaction Commit", 2006) in Stateright: one thread, breadth first.
//! The same model as scenarios/exhaustive/exhaustive_bench.cpp, state for state: both count the same states. And Raft, raft.rs.
mod raft;
use common::{cpu_seconds, Bench};
use stateright::{Checker, Model, Property};
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Manager {
    Working,
    Prepared,
    Committed,
    Aborted,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Coordinator {
    Init,
    Committed,
    Aborted,
}

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum Message {
    Prepared(usize),
    Commit,
    Abort,
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct State {
    managers: Vec<Manager>,
    coordinator: Coordinator,
    prepared: Vec<bool>,
    messages: BTreeSet<Message>,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Action {
    TakePrepared(usize),
    Commit,
    Abort,
    Prepare(usize),
    ChooseAbort(usize),
    TakeCommit(usize),
    TakeAbort(usize),
}

struct TwoPhase(usize);

impl Model for TwoPhase {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            managers: vec![Manager::Working; self.0],
            coordinator: Coordinator::Init,
            prepared: vec![false; self.0],
            messages: BTreeSet::new(),
        }]
    }

    fn actions(&self, s: &State, actions: &mut Vec<Action>) {
        let open = s.coordinator == Coordinator::Init;
        if open && s.prepared.iter().all(|p| *p) {
            actions.push(Action::Commit);
        }
        if open {
            actions.push(Action::Abort);
        }
        for n in 0..self.0 {
            if open && s.messages.contains(&Message::Prepared(n)) {
                actions.push(Action::TakePrepared(n));
            }
            if s.managers[n] == Manager::Working {
                actions.push(Action::Prepare(n));
                actions.push(Action::ChooseAbort(n));
            }
            if s.messages.contains(&Message::Commit) {
                actions.push(Action::TakeCommit(n));
            }
            if s.messages.contains(&Message::Abort) {
                actions.push(Action::TakeAbort(n));
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut s = last.clone();
        match action {
            Action::TakePrepared(n) => s.prepared[n] = true,
            Action::Commit => {
                s.coordinator = Coordinator::Committed;
                s.messages.insert(Message::Commit);
            }
            Action::Abort => {
                s.coordinator = Coordinator::Aborted;
                s.messages.insert(Message::Abort);
            }
            Action::Prepare(n) => {
                s.managers[n] = Manager::Prepared;
                s.messages.insert(Message::Prepared(n));
            }
            Action::ChooseAbort(n) => s.managers[n] = Manager::Aborted,
            Action::TakeCommit(n) => s.managers[n] = Manager::Committed,
            Action::TakeAbort(n) => s.managers[n] = Manager::Aborted,
        }
        Some(s)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("consistent", |_, s: &State| {
            !(s.managers.contains(&Manager::Committed) && s.managers.contains(&Manager::Aborted))
        })]
    }
}

/// States a second of the processor; the checker works on a thread of its own.
fn explore<M>(model: M, property: &'static str, expected: usize) -> f64
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + std::fmt::Debug + std::hash::Hash + PartialEq + Send + Sync + 'static,
    M::Action: Clone + PartialEq + std::fmt::Debug,
{
    let start = cpu_seconds();
    let checker = model.checker().threads(1).spawn_bfs().join();
    let seconds = cpu_seconds() - start;
    assert!(checker.discovery(property).is_none());
    let states = checker.unique_state_count();
    assert!(states == expected, "{states} states");
    states as f64 / seconds
}

fn main() {
    let bench = Bench::from_arguments();
    for (managers, states) in [(5, 8_832), (8, 1_745_408)] {
        let name = format!("two_phase/{managers}");
        if bench.wants_some(&name) {
            let rates: Vec<f64> = (0..3).map(|_| explore(TwoPhase(managers), "consistent", states)).collect();
            bench.print(&name, "states/s", &rates);
        }
    }
    // 3 nodes, 2 terms; commands, crashes. The last is a check of the count that takes most of a minute.
    for (commands, crashes, states, times) in [(1, 0, 229_150, 3), (1, 1, 1_344_008, 3), (2, 1, 5_514_770, 1)] {
        let name = format!("raft/{commands}/{crashes}");
        if bench.wants_some(&name) {
            let model = || raft::Raft { terms: 2, commands, crashes };
            let rates: Vec<f64> = (0..times).map(|_| explore(model(), "figure 3", states)).collect();
            bench.print(&name, "states/s", &rates);
        }
    }
}
