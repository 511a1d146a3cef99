//! Biscuit: a token of 8 signed blocks (the authority's and 7 attenuations), each block with one check, against one request.

use biscuit_auth::macros::{authorizer, biscuit, block};
use biscuit_auth::{AuthorizerLimits, Biscuit, KeyPair, PublicKey};
use common::Bench;
use std::hint::black_box;
use std::time::Duration;

const BLOCKS: usize = 8;

fn token(root: &KeyPair) -> Vec<u8> {
    let mut token = biscuit!(r#"right("/a/file1", "read"); check if operation("read");"#).build(root).expect("build");
    for _ in 1..BLOCKS {
        token = token.append(block!(r#"check if resource("/a/file1"), operation("read");"#)).expect("append");
    }
    token.to_vec().expect("encode")
}

fn authorize(token: &Biscuit) {
    let request = authorizer!(r#"resource("/a/file1"); operation("read"); allow if right("/a/file1", "read");"#);
    // The limit of a millisecond that is usual would end a measurement on a busy machine.
    let limits = AuthorizerLimits { max_time: Duration::from_secs(10), ..Default::default() };
    request.set_limits(limits).build(token).expect("build").authorize().expect("the request is allowed");
}

fn verify(bytes: &[u8], root: PublicKey) -> Biscuit {
    Biscuit::from(bytes, root).expect("a good signature")
}

fn main() {
    let bench = Bench::from_arguments();
    let root = KeyPair::new();
    let bytes = token(&root);
    let public = root.public();
    let times = bench.size(200);
    bench.nanoseconds("biscuit/cold_8_blocks", times, || {
        (0..times).for_each(|_| authorize(&verify(black_box(&bytes), public)))
    });
    bench.nanoseconds("biscuit/signatures_8_blocks", times, || {
        (0..times).for_each(|_| drop(black_box(verify(black_box(&bytes), public))));
    });
    let verified = verify(&bytes, public);
    bench.nanoseconds("biscuit/verified_token", times, || (0..times).for_each(|_| authorize(black_box(&verified))));
    // The parent was verified before: what a new last block costs on top cannot be verified alone by this library.
}
