//! Small file systems, which tests fill.

use std::{
    env,
    fs::{self, File},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use uuid::Uuid;

/// Shell script that mounts a file system in memory, and then prints a line. When standard input ends, because its
/// other end was closed or the owner's process died for any reason, the script unmounts it as soon as no process uses
/// it, within a minute, and removes the directory.
const GUARD: &str = r#"
mount -t tmpfs -o "size=$2m" fleetwatch-tests "$1" || { rmdir "$1"; exit 1; }
echo mounted
read -r _
attempts=600
while [ $attempts -gt 0 ] && ! umount "$1" 2>/dev/null; do
    attempts=$((attempts - 1))
    sleep 0.1
done
rmdir "$1"
"#;

/// A file system of a fixed size. It is removed when its owner and all of its users have terminated, no matter how.
#[derive(Debug)]
pub struct SmallDisk {
    directory: PathBuf,
    /// The script exits when this is dropped, as that closes its standard input.
    _guard: Child,
}

impl SmallDisk {
    /// Creates a file system of this size.
    ///
    /// # Errors
    /// Returns the reason if this machine does not allow it. Only root may mount file systems.
    pub fn mount(mebibytes: u32) -> Result<Self, String> {
        let directory = env::temp_dir().join(format!("fleetwatch-disk-{}", Uuid::now_v7().simple()));
        fs::create_dir(&directory).map_err(|error| error.to_string())?;
        // Use a separate process group: a signal to the group of a test run must leave the guard alive to clean up.
        let mut guard = Command::new("sh")
            .process_group(0)
            .args(["-c", GUARD, "disk-guard"])
            .arg(&directory)
            .arg(mebibytes.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut line = String::new();
        let stdout = guard.stdout.take().expect("standard output is piped");
        let read = BufReader::new(stdout).read_line(&mut line);
        read.map_err(|error| error.to_string())?;
        if line.is_empty() {
            let mut reason = String::new();
            let mut stderr = guard.stderr.take().expect("standard error is piped");
            let read = stderr.read_to_string(&mut reason).and_then(|_| guard.wait());
            read.map_err(|error| error.to_string())?;
            return Err(format!("no file system can be mounted: {}", reason.trim()));
        }
        Ok(Self {
            directory,
            _guard: guard,
        })
    }

    /// Returns the directory of the file system.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.directory
    }

    /// Fills the free space with a file.
    ///
    /// # Panics
    /// Panics if the file cannot be created.
    pub fn fill(&self) {
        let mut file = File::create(self.ballast()).expect("our own directory");
        for size in [1 << 20, 1 << 12] {
            let block = vec![0; size];
            while file.write_all(&block).is_ok() {}
        }
    }

    /// Frees the space that [`SmallDisk::fill`] has used.
    ///
    /// # Panics
    /// Panics if the disk was not filled.
    pub fn free(&self) {
        fs::remove_file(self.ballast()).expect("the disk was filled");
    }

    fn ballast(&self) -> PathBuf {
        self.directory.join("ballast")
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_disk_is_full_until_space_is_freed_and_ends_with_its_owner() {
        let disk = match SmallDisk::mount(1) {
            Ok(disk) => disk,
            Err(reason) => {
                eprintln!("NOT TESTED: {reason}");
                return;
            }
        };
        let file = disk.path().join("file");
        disk.fill();
        assert!(fs::write(&file, [0; 4_096]).is_err());
        disk.free();
        fs::write(&file, [0; 4_096]).expect("there is space");
        let directory = disk.path().to_owned();
        drop(disk);
        let began = Instant::now();
        while directory.exists() {
            assert!(began.elapsed() < Duration::from_secs(20), "it is still mounted");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
