//! A key file that is created on first use.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::Barrier,
    thread,
};

use adapters_auth::{
    SigningKey,
    key_file::{KeyFileFault, load_or_make},
};
use tempfile::{TempDir, tempdir};

use crate::{PRIVATE_V1, a_key, exposed};

fn a_directory() -> TempDir {
    tempdir().expect("a directory")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("the file exists").permissions().mode() & 0o7777
}

fn keep(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).expect("a file");
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("permissions");
}

fn fault(path: &Path) -> KeyFileFault {
    load_or_make(path).expect_err("no key")
}

#[test]
fn a_key_is_created_once_and_then_kept() {
    let directory = a_directory();
    let path = directory.path().join("data/keys/signing-key.pem");
    let made = load_or_make(&path).expect("a key");
    let read = load_or_make(&path).expect("the key");
    assert_eq!(made.public_key(), read.public_key());
    assert_eq!(fs::read_to_string(&path).expect("a text"), exposed(made.to_pem()));
}

#[test]
fn only_the_owner_can_read_the_file() {
    let directory = a_directory();
    let path = directory.path().join("data/signing-key.pem");
    load_or_make(&path).expect("a key");
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().expect("a directory")), 0o700);
}

#[test]
fn an_existing_key_is_used() {
    let directory = a_directory();
    let path = directory.path().join("signing-key.pem");
    for mode in [0o600, 0o400] {
        fs::remove_file(&path).ok();
        keep(&path, PRIVATE_V1, mode);
        let key = load_or_make(&path).expect("the key");
        assert_eq!(key.public_key(), a_key().public_key());
    }
}

#[test]
fn concurrent_servers_get_the_same_key() {
    const SERVERS: usize = 8;
    for _ in 0..20 {
        let directory = a_directory();
        let path = directory.path().join("data/signing-key.pem");
        let together = Barrier::new(SERVERS);
        let keys: Vec<SigningKey> = thread::scope(|scope| {
            let start = |_| {
                scope.spawn(|| {
                    together.wait();
                    load_or_make(&path).expect("a key")
                })
            };
            let servers: Vec<_> = (0..SERVERS).map(start).collect();
            servers
                .into_iter()
                .map(|server| server.join().expect("a key"))
                .collect()
        });
        let last = load_or_make(&path).expect("the key");
        assert!(keys.iter().all(|key| key.public_key() == last.public_key()));
        let files = fs::read_dir(path.parent().expect("a directory")).expect("files");
        assert_eq!(files.count(), 1, "temporary files should be removed");
    }
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    let directory = a_directory();
    let path = directory.path().join("signing-key.pem");
    for mode in [0o644, 0o640, 0o604, 0o620, 0o660, 0o601] {
        fs::remove_file(&path).ok();
        keep(&path, PRIVATE_V1, mode);
        let fault = fault(&path);
        assert!(matches!(fault, KeyFileFault::Exposed { mode: found, .. } if found == mode));
        let message = fault.to_string();
        assert!(
            message.contains(&format!("`chmod 600 {}`", path.display())),
            "{message}"
        );
        assert!(message.contains(&format!("{mode:04o}")), "{message}");
    }
}

#[test]
fn a_file_without_a_key_is_refused_and_kept() {
    let directory = a_directory();
    let path = directory.path().join("signing-key.pem");
    for text in ["", "nonsense", &PRIVATE_V1[..80], &"x".repeat(100_000)] {
        keep(&path, text, 0o600);
        let fault = fault(&path);
        assert!(matches!(fault, KeyFileFault::Invalid { .. }), "{fault}");
        assert_eq!(fs::read_to_string(&path).expect("the text"), text);
    }
    fs::write(&path, [0xff; 100]).expect("bytes");
    assert!(matches!(fault(&path), KeyFileFault::Unreadable { .. }));
}

#[test]
fn an_impossible_path_is_reported() {
    let directory = a_directory();
    let file = directory.path().join("file");
    keep(&file, "", 0o600);
    let fault = fault(&file.join("signing-key.pem"));
    assert!(
        matches!(
            fault,
            KeyFileFault::NotMade { .. } | KeyFileFault::Unreadable { .. }
        ),
        "{fault}"
    );
}
