//! The migrations are part of the program: build again when one is added or changed.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
