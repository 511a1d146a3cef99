//! What every peer program shares: arguments, timing, the count of live heap bytes, and one JSON line per metric.
//!
//!     PROGRAM [--runs N] [--only METRIC,METRIC,…] [--quick]
//!
//! A line reads {"name": …, "value": median, "unit": …, "runs": [one value per repetition]}.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use std::time::Instant;

pub mod network;

/// The system's allocator; counts live bytes once `count_from_now` was called, so that timed runs pay one relaxed load.
pub struct Counting;

static ON: AtomicBool = AtomicBool::new(false);
static LIVE: AtomicI64 = AtomicI64::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as i64);
        System.alloc(layout)
    }
    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        note(-(layout.size() as i64));
        System.dealloc(place, layout)
    }
    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size as i64 - layout.size() as i64);
        System.realloc(place, layout, size)
    }
}

fn note(bytes: i64) {
    if ON.load(Relaxed) {
        LIVE.fetch_add(bytes, Relaxed);
    }
}

/// Live heap bytes that `make` leaves behind in what it returns, without the allocator's own overhead.
pub fn retained<T>(make: impl FnOnce() -> T) -> (T, i64) {
    ON.store(true, Relaxed);
    let before = LIVE.load(Relaxed);
    let made = make();
    let after = LIVE.load(Relaxed);
    ON.store(false, Relaxed);
    (made, after - before)
}

extern "C" {
    fn clock() -> std::ffi::c_long;
}

/// The processor time of the whole process so far, all threads.
pub fn cpu_seconds() -> f64 {
    // SAFETY: takes nothing, changes nothing. POSIX counts in microseconds.
    unsafe { clock() as f64 / 1e6 }
}

/// SplitMix64: the same draws in every peer.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// The names of `n` keys: k0000, k0001, …
pub fn keys(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("k{i:04}")).collect()
}

pub struct Bench {
    runs: usize,
    only: Vec<String>,
    pub quick: bool,
}

impl Bench {
    pub fn from_arguments() -> Bench {
        let mut bench = Bench { runs: 5, only: Vec::new(), quick: false };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--runs" => bench.runs = words.next().and_then(|n| n.parse().ok()).expect("--runs N"),
                "--only" => bench.only = words.next().expect("--only METRICS").split(',').map(String::from).collect(),
                "--quick" => bench.quick = true,
                _ => {
                    eprintln!("[--runs N] [--only METRIC,METRIC,…] [--quick]");
                    std::process::exit(2);
                }
            }
        }
        bench
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|metric| metric == name)
    }

    /// True when a metric whose name begins so is wanted.
    pub fn wants_some(&self, beginning: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|metric| metric.starts_with(beginning))
    }

    /// `full` operations, or a tenth of them when quick.
    pub fn size(&self, full: usize) -> usize {
        if self.quick {
            full / 10
        } else {
            full
        }
    }

    pub fn print(&self, name: &str, unit: &str, runs: &[f64]) {
        let mut sorted = runs.to_vec();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 };
        println!("{{\"name\": \"{name}\", \"value\": {median}, \"unit\": \"{unit}\", \"runs\": {runs:?}}}");
    }

    fn seconds<S, T>(&self, warm: usize, mut setup: impl FnMut() -> S, mut body: impl FnMut(&mut S) -> T) -> Vec<f64> {
        let mut out = Vec::new();
        for run in 0..self.runs + warm {
            let mut state = setup();
            let start = Instant::now();
            let result = black_box(body(&mut state));
            let took = start.elapsed().as_secs_f64();
            drop(result);
            if run >= warm {
                out.push(took);
            }
        }
        out
    }

    /// Operations per second of `body`; making and dropping its state is not timed. The first repetition is thrown away.
    pub fn rate<S, T>(&self, name: &str, operations: usize, setup: impl FnMut() -> S, body: impl FnMut(&mut S) -> T) {
        if self.wants(name) {
            let rates: Vec<f64> = self.seconds(1, setup, body).iter().map(|s| operations as f64 / s).collect();
            self.print(name, "ops/s", &rates);
        }
    }

    /// Nanoseconds per operation of `body`, likewise.
    pub fn nanoseconds<T>(&self, name: &str, operations: usize, mut body: impl FnMut() -> T) {
        if self.wants(name) {
            let each: Vec<f64> =
                self.seconds(1, || (), |()| body()).iter().map(|s| s * 1e9 / operations as f64).collect();
            self.print(name, "ns", &each);
        }
    }

    /// A document whose one key was set a million times, a commit each thousand: time of all, live heap bytes that the
    /// document keeps, bytes of its encoding. At most `most` repetitions.
    pub fn one_key<D>(&self, most: usize, mut make: impl FnMut() -> D, encode: impl Fn(&mut D) -> Vec<u8>) {
        if !self.wants_some("one_key/") {
            return;
        }
        let (mut seconds, mut heap, mut encoded) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.runs.min(most) {
            let start = Instant::now();
            let (mut document, bytes) = retained(&mut make);
            seconds.push(start.elapsed().as_secs_f64());
            heap.push(bytes as f64);
            encoded.push(encode(&mut document).len() as f64);
        }
        for (name, unit, runs) in [("seconds", "s", seconds), ("heap", "bytes", heap), ("encoded", "bytes", encoded)] {
            let name = format!("one_key/{name}");
            if self.wants(&name) {
                self.print(&name, unit, &runs);
            }
        }
    }
}
