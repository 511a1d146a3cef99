//! Raft in Stateright: what the core of runtime/raft does at the scope of an exhaustive search (scenarios/exhaustive), rule by
//! rule, with one message a link that may be delivered again and again, crashes with restart, and the claims of the paper's
//! figure 3. No clocks, reads, heartbeats or snapshots, as in that search. Both count the same states.
use stateright::{Model, Property};

pub const NODES: usize = 3;
const MAJORITY: usize = 2;

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Entry {
    term: u8,
    command: u8, // 0: the entry that begins a term
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Role {
    Follower,
    Candidate,
    Leader,
}

/// What a leader knows of a follower.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
struct Progress {
    replicates: bool, // else it probes
    probe_sent: bool,
    matched: u8,
    next: u8,
    in_flight: u8, // last index of the append without an answer, when it replicates; 0 is none
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Node {
    role: Role,
    term: u8,
    voted_for: u8, // from 1; 0 is nobody
    leader: u8,
    commit: u8,
    matched: u8,
    granted: u8, // bits
    rejected: u8,
    log: Vec<Entry>,
    progress: [Progress; NODES], // the own one stays unused
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Payload {
    Vote { last: u8, last_term: u8 },
    VoteReply { reject: bool },
    Append { previous: u8, previous_term: u8, commit: u8, entries: Vec<Entry> },
    AppendReply { reject: bool, index: u8, index_term: u8 },
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Message {
    from: u8,
    to: u8,
    term: u8,
    payload: Payload,
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct State {
    nodes: Vec<Node>,
    links: [Option<Message>; NODES * NODES], // from * NODES + to
    commands: u8,
    crashes: u8,
    leaders: Vec<u8>,            // by term: who led it, from 1
    committed: Vec<(Entry, u8)>, // and in which term
    broken: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    node: usize,
    after: Node,
    sent: Vec<Message>,
    lost: u8, // a bit for each receiver
    uses: Uses,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Uses {
    Nothing,
    Command,
    Crash,
}

fn term_at(log: &[Entry], index: u8) -> u8 {
    if index == 0 {
        0
    } else {
        log[index as usize - 1].term
    }
}

fn last_with_term_at_most(log: &[Entry], limit: u8, term: u8) -> u8 {
    let end = log.len().min(limit as usize);
    log[..end].partition_point(|entry| entry.term <= term) as u8
}

impl Node {
    fn newborn() -> Node {
        Node {
            role: Role::Follower,
            term: 0,
            voted_for: 0,
            leader: 0,
            commit: 0,
            matched: 0,
            granted: 0,
            rejected: 0,
            log: Vec::new(),
            progress: [Progress::default(); NODES],
        }
    }
    fn last(&self) -> u8 {
        self.log.len() as u8
    }
    fn last_term(&self) -> u8 {
        self.log.last().map_or(0, |entry| entry.term)
    }
}

/// One node at work, and what it sends.
struct Turn {
    me: usize,
    node: Node,
    sent: Vec<Message>,
}

impl Turn {
    fn send(&mut self, to: usize, payload: Payload) {
        self.sent.push(Message { from: self.me as u8, to: to as u8, term: self.node.term, payload });
    }

    fn become_follower(&mut self, term: u8, leader: u8) {
        let n = &mut self.node;
        if term > n.term {
            n.term = term;
            n.voted_for = 0;
            n.matched = 0;
        }
        if n.role == Role::Leader {
            n.progress = [Progress::default(); NODES];
            n.matched = 0;
        }
        n.role = Role::Follower;
        n.leader = leader;
        n.granted = 0;
        n.rejected = 0;
    }

    fn campaign(&mut self) {
        let me = self.me;
        let n = &mut self.node;
        n.role = Role::Candidate;
        n.leader = 0;
        n.term += 1;
        n.voted_for = me as u8 + 1;
        n.matched = 0;
        n.granted = 1 << me;
        n.rejected = 0;
        let (last, last_term) = (n.last(), n.last_term());
        for to in (0..NODES).filter(|to| *to != me) {
            self.send(to, Payload::Vote { last, last_term });
        }
    }

    fn tally(&mut self) {
        if self.node.granted.count_ones() as usize >= MAJORITY {
            self.lead();
        } else if self.node.rejected.count_ones() as usize >= MAJORITY {
            self.become_follower(self.node.term, 0);
        }
    }

    fn lead(&mut self) {
        let n = &mut self.node;
        n.role = Role::Leader;
        n.leader = self.me as u8 + 1;
        n.granted = 0;
        n.rejected = 0;
        let next = n.last().max(1);
        for (id, progress) in n.progress.iter_mut().enumerate() {
            *progress = if id == self.me { Progress::default() } else { Progress { next, ..Progress::default() } };
        }
        n.log.push(Entry { term: n.term, command: 0 });
    }

    fn advance_commit(&mut self) {
        let n = &mut self.node;
        let mut reached: Vec<u8> =
            (0..NODES).map(|id| if id == self.me { n.last() } else { n.progress[id].matched }).collect();
        reached.sort_unstable();
        let agreed = reached[NODES - MAJORITY];
        if agreed > n.commit && term_at(&n.log, agreed) == n.term {
            n.commit = agreed;
        }
    }

    fn send_due(&mut self) {
        let me = self.me;
        for to in (0..NODES).filter(|to| *to != me) {
            loop {
                let n = &mut self.node;
                let (last, commit) = (n.last(), n.commit);
                let p = &mut n.progress[to];
                let may = if p.replicates { p.in_flight == 0 } else { !p.probe_sent };
                if !may || p.next > last {
                    break;
                }
                let previous = p.next - 1;
                if p.replicates {
                    p.in_flight = last;
                    p.next = last + 1;
                } else {
                    p.probe_sent = true;
                }
                let previous_term = term_at(&n.log, previous);
                let entries = n.log[previous as usize..].to_vec();
                self.send(to, Payload::Append { previous, previous_term, commit, entries });
            }
        }
    }

    fn upkeep(&mut self) {
        if self.node.role == Role::Leader {
            self.advance_commit();
            self.send_due();
        }
    }

    fn receive(&mut self, m: &Message) {
        let from = m.from as usize;
        if m.term < self.node.term {
            let (index, index_term) = (self.node.last(), self.node.last_term());
            match m.payload {
                Payload::Vote { .. } => self.send(from, Payload::VoteReply { reject: true }),
                Payload::Append { .. } => self.send(from, Payload::AppendReply { reject: true, index, index_term }),
                _ => {}
            }
            return;
        }
        if m.term > self.node.term {
            let leader = if matches!(m.payload, Payload::Append { .. }) { m.from + 1 } else { 0 };
            self.become_follower(m.term, leader);
        }
        match &m.payload {
            Payload::Vote { last, last_term } => self.on_vote(m.from, *last, *last_term),
            Payload::VoteReply { reject } => self.on_vote_reply(from, *reject),
            Payload::Append { previous, previous_term, commit, entries } => {
                self.on_append(m.from, *previous, *previous_term, *commit, entries)
            }
            Payload::AppendReply { reject, index, index_term } => {
                self.on_append_reply(from, *reject, *index, *index_term)
            }
        }
    }

    fn on_vote(&mut self, from: u8, last: u8, last_term: u8) {
        let n = &mut self.node;
        let up_to_date = if last_term != n.last_term() { last_term > n.last_term() } else { last >= n.last() };
        let free = n.voted_for == from + 1 || (n.voted_for == 0 && n.leader == 0);
        let granted = n.role == Role::Follower && free && up_to_date;
        if granted {
            n.voted_for = from + 1;
        }
        self.send(from as usize, Payload::VoteReply { reject: !granted });
    }

    fn on_vote_reply(&mut self, from: usize, reject: bool) {
        let n = &mut self.node;
        if n.role != Role::Candidate || ((n.granted | n.rejected) >> from & 1) != 0 {
            return;
        }
        if reject {
            n.rejected |= 1 << from;
        } else {
            n.granted |= 1 << from;
        }
        self.tally();
    }

    fn on_append(&mut self, from: u8, previous: u8, previous_term: u8, commit: u8, entries: &[Entry]) {
        if self.node.role == Role::Leader {
            return;
        }
        if self.node.role != Role::Follower {
            self.become_follower(self.node.term, from + 1);
        }
        let n = &mut self.node;
        n.leader = from + 1;
        if previous > n.last() || term_at(&n.log, previous) != previous_term {
            let index = last_with_term_at_most(&n.log, previous.min(n.last()), previous_term);
            let index_term = term_at(&n.log, index);
            return self.send(from as usize, Payload::AppendReply { reject: true, index, index_term });
        }
        for (i, entry) in entries.iter().enumerate() {
            let index = previous + 1 + i as u8;
            if index <= n.commit {
                continue;
            }
            if index <= n.last() {
                if term_at(&n.log, index) == entry.term {
                    continue;
                }
                n.log.truncate(index as usize - 1);
            }
            n.log.push(*entry);
        }
        let last = previous + entries.len() as u8;
        let index = last.max(n.commit).min(n.last());
        n.matched = n.matched.max(index);
        n.commit = n.commit.max(commit.min(n.matched));
        self.send(from as usize, Payload::AppendReply { reject: false, index, index_term: 0 });
    }

    fn on_append_reply(&mut self, from: usize, reject: bool, index: u8, index_term: u8) {
        let n = &mut self.node;
        if n.role != Role::Leader || index > n.last() {
            return;
        }
        if reject {
            let hint = last_with_term_at_most(&n.log, index, index_term);
            let p = &mut n.progress[from];
            if (!p.replicates && p.probe_sent && p.next == hint + 1) || hint >= p.next {
                return;
            }
            *p = Progress { matched: p.matched.min(hint), next: hint + 1, ..Progress::default() };
            return;
        }
        let p = &mut n.progress[from];
        p.matched = p.matched.max(index);
        p.next = p.next.max(p.matched + 1);
        if p.in_flight <= p.matched {
            p.in_flight = 0;
        }
        if !p.replicates && index >= p.matched {
            *p = Progress { replicates: true, matched: p.matched, next: p.matched + 1, ..Progress::default() };
        }
    }
}

pub struct Raft {
    pub terms: u8,
    pub commands: u8,
    pub crashes: u8,
}

impl Raft {
    /// A message that can never again make a difference is none.
    fn is_dead(&self, s: &State, m: &Message) -> bool {
        let (from, to) = (&s.nodes[m.from as usize], &s.nodes[m.to as usize]);
        if m.term > to.term {
            return false;
        }
        let counts = |candidate: &Node, id: u8| {
            candidate.role == Role::Candidate && ((candidate.granted | candidate.rejected) >> id & 1) == 0
        };
        match &m.payload {
            Payload::VoteReply { .. } => m.term < to.term || !counts(to, m.from),
            Payload::AppendReply { .. } => m.term < to.term || to.role != Role::Leader,
            Payload::Vote { .. } => {
                from.term == self.terms && !counts(from, m.to) && (m.term < to.term || to.voted_for != 0)
            }
            Payload::Append { previous, commit, entries, .. } => {
                if from.term != self.terms || from.role != Role::Follower {
                    return false;
                }
                let known =
                    to.leader == m.from + 1 && to.commit >= *commit && to.matched >= *previous + entries.len() as u8;
                m.term < to.term || (s.crashes == self.crashes && to.role == Role::Follower && known)
            }
        }
    }

    /// All ways in which what is sent may be lost on links that hold another message.
    fn offer(&self, s: &State, turn: Turn, uses: Uses, actions: &mut Vec<Action>) {
        let Turn { me, node, sent } = turn;
        let on_the_way = |m: &Message| s.links[m.from as usize * NODES + m.to as usize].as_ref();
        if uses != Uses::Command && node == s.nodes[me] && sent.iter().all(|m| on_the_way(m) == Some(m)) {
            return;
        }
        let mut contested = 0;
        for m in &sent {
            if on_the_way(m).is_some_and(|other| other != m) {
                contested |= 1 << m.to;
            }
        }
        let mut lost = contested;
        loop {
            actions.push(Action { node: me, after: node.clone(), sent: sent.clone(), lost, uses });
            if lost == 0 {
                return;
            }
            lost = (lost - 1) & contested;
        }
    }

    fn turn(s: &State, me: usize) -> Turn {
        Turn { me, node: s.nodes[me].clone(), sent: Vec::new() }
    }
}

fn lacks_committed(leader: &Node, committed: &[(Entry, u8)]) -> bool {
    committed.iter().enumerate().any(|(i, (entry, term))| *term < leader.term && leader.log.get(i) != Some(entry))
}

fn check(s: &mut State, before: &Node, me: usize) -> Option<&'static str> {
    let n = &s.nodes[me];
    if n.role == Role::Leader && before.role != Role::Leader {
        let known = &mut s.leaders[n.term as usize];
        if *known != 0 && *known != me as u8 + 1 {
            return Some("Election Safety");
        }
        *known = me as u8 + 1;
        if lacks_committed(n, &s.committed) {
            return Some("Leader Completeness");
        }
    }
    if n.log != before.log {
        for other in s.nodes.iter() {
            let shared = n.log.len().min(other.log.len());
            if let Some(at) = (0..shared).rev().find(|at| n.log[*at].term == other.log[*at].term) {
                if n.log[..=at] != other.log[..=at] {
                    return Some("Log Matching");
                }
            }
        }
    }
    if n.commit <= before.commit {
        return None;
    }
    for at in before.commit as usize..n.commit as usize {
        match s.committed.get(at) {
            None => s.committed.push((n.log[at], n.term)),
            Some((entry, _)) if *entry != n.log[at] => return Some("State Machine Safety"),
            _ => {}
        }
    }
    for (id, other) in s.nodes.iter().enumerate() {
        if id != me && other.role == Role::Leader && lacks_committed(other, &s.committed) {
            return Some("Leader Completeness");
        }
    }
    None
}

impl Model for Raft {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            nodes: vec![Node::newborn(); NODES],
            links: Default::default(),
            commands: 0,
            crashes: 0,
            leaders: vec![0; self.terms as usize + 1],
            committed: Vec::new(),
            broken: None,
        }]
    }

    fn actions(&self, s: &State, actions: &mut Vec<Action>) {
        for m in s.links.iter().flatten() {
            let mut turn = Raft::turn(s, m.to as usize);
            turn.receive(m);
            turn.upkeep();
            self.offer(s, turn, Uses::Nothing, actions);
        }
        for (me, node) in s.nodes.iter().enumerate() {
            if s.crashes < self.crashes {
                let after =
                    Node { term: node.term, voted_for: node.voted_for, log: node.log.clone(), ..Node::newborn() };
                self.offer(s, Turn { me, node: after, sent: Vec::new() }, Uses::Crash, actions);
            }
            let mut turn = Raft::turn(s, me);
            if node.role != Role::Leader {
                if node.term < self.terms {
                    turn.campaign();
                    self.offer(s, turn, Uses::Nothing, actions);
                }
            } else if s.commands < self.commands {
                turn.node.log.push(Entry { term: node.term, command: s.commands + 1 });
                turn.upkeep();
                self.offer(s, turn, Uses::Command, actions);
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut s = last.clone();
        let before = std::mem::replace(&mut s.nodes[action.node], action.after);
        match action.uses {
            Uses::Nothing => {}
            Uses::Command => s.commands += 1,
            Uses::Crash => s.crashes += 1,
        }
        s.broken = check(&mut s, &before, action.node);
        for at in 0..s.links.len() {
            if s.links[at].as_ref().is_some_and(|m| self.is_dead(&s, m)) {
                s.links[at] = None;
            }
        }
        for m in action.sent {
            if (action.lost >> m.to & 1) == 0 && !self.is_dead(&s, &m) {
                let at = m.from as usize * NODES + m.to as usize;
                s.links[at] = Some(m);
            }
        }
        Some(s)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("figure 3", |_, s: &State| s.broken.is_none())]
    }
}
