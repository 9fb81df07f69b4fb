//! CPU time and memory of processes, from `/proc`, and control of child processes.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};

/// Unit of CPU time in `/proc`: `USER_HZ` is 100 on every architecture.
const TICK: Duration = Duration::from_millis(10);
/// Time limit for a process to exit after SIGTERM.
const PATIENCE: Duration = Duration::from_secs(15);

/// A process whose CPU time and memory can be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProcessId(u32);

impl ProcessId {
    #[must_use]
    pub(crate) const fn of(id: u32) -> Self {
        Self(id)
    }

    /// Returns the current process.
    #[must_use]
    pub(crate) fn own() -> Self {
        Self(std::process::id())
    }

    /// Returns the number that the kernel gave the process.
    #[must_use]
    pub(crate) const fn id(self) -> u32 {
        self.0
    }

    /// Returns the CPU time of all threads so far, in user and kernel mode.
    ///
    /// # Errors
    /// Fails if the process does not exist.
    pub(crate) fn cpu_time(self) -> anyhow::Result<Duration> {
        let stat = self.read("stat")?;
        cpu_time_in(&stat).with_context(|| format!("/proc/{}/stat has no CPU time", self.0))
    }

    /// Returns the CPU time of all threads with this name.
    ///
    /// # Errors
    /// Fails if there is no such thread.
    pub(crate) fn thread_cpu_time(self, name: &str) -> anyhow::Result<Duration> {
        let mut times = Vec::new();
        for thread in self.thread_folders()? {
            // A thread may have exited since the directory was read.
            let (Ok(comm), Ok(stat)) = (
                fs::read_to_string(thread.join("comm")),
                fs::read_to_string(thread.join("stat")),
            ) else {
                continue;
            };
            if comm.trim_end() == name {
                times.extend(cpu_time_in(&stat));
            }
        }
        ensure!(!times.is_empty(), "process {} has no thread {name}", self.0);
        Ok(times.into_iter().sum())
    }

    /// Returns the resident memory, in bytes.
    ///
    /// # Errors
    /// Fails if the process does not exist.
    pub(crate) fn resident_bytes(self) -> anyhow::Result<u64> {
        let status = self.read("status")?;
        bytes_in(&status, "VmRSS:").with_context(|| format!("/proc/{}/status has no VmRSS", self.0))
    }

    /// Returns the number of threads.
    ///
    /// # Errors
    /// Fails if the process does not exist.
    pub(crate) fn threads(self) -> anyhow::Result<u64> {
        let status = self.read("status")?;
        number_in(&status, "Threads:").with_context(|| format!("/proc/{}/status has no Threads", self.0))
    }

    /// Returns the number of open file descriptors.
    ///
    /// # Errors
    /// Fails if the process does not exist, or belongs to another user.
    pub(crate) fn descriptors(self) -> anyhow::Result<u64> {
        let path = format!("/proc/{}/fd", self.0);
        let descriptors = fs::read_dir(&path).with_context(|| format!("{path} can't be read"))?;
        Ok(descriptors.count() as u64)
    }

    /// Returns the CPU time of the process and of its descendants that are running.
    ///
    /// # Errors
    /// Fails if one of them can't be read.
    pub(crate) fn tree_cpu_time(self) -> anyhow::Result<Duration> {
        self.tree()?.into_iter().map(Self::cpu_time).sum()
    }

    /// Returns the resident memory of the process and its descendants, in bytes. Pages that they share are counted
    /// once.
    ///
    /// # Errors
    /// Fails if one of them can't be read.
    pub(crate) fn tree_resident_bytes(self) -> anyhow::Result<u64> {
        match self.tree()?[..] {
            [_] => self.resident_bytes(),
            ref tree => tree.iter().map(|process| process.proportional_bytes()).sum(),
        }
    }

    /// Returns the resident memory in bytes. Of pages that the process shares with others, only its proportional share
    /// is counted.
    fn proportional_bytes(self) -> anyhow::Result<u64> {
        let rollup = self.read("smaps_rollup")?;
        bytes_in(&rollup, "Pss:").with_context(|| format!("/proc/{}/smaps_rollup has no Pss", self.0))
    }

    /// Returns the process and its descendants.
    fn tree(self) -> anyhow::Result<Vec<Self>> {
        let mut tree = vec![self];
        let mut visited = 0;
        while let Some(process) = tree.get(visited) {
            let children = process.children()?;
            tree.extend(children);
            visited += 1;
        }
        Ok(tree)
    }

    /// Returns the children, which each thread lists for itself.
    fn children(self) -> anyhow::Result<Vec<Self>> {
        let mut children = Vec::new();
        for thread in self.thread_folders()? {
            // A thread may have exited since the directory was read.
            let listed = fs::read_to_string(thread.join("children")).unwrap_or_default();
            children.extend(
                listed
                    .split_whitespace()
                    .filter_map(|id| id.parse().ok().map(Self)),
            );
        }
        Ok(children)
    }

    fn thread_folders(self) -> anyhow::Result<Vec<PathBuf>> {
        let path = format!("/proc/{}/task", self.0);
        let threads = fs::read_dir(&path).with_context(|| format!("{path} can't be read"))?;
        Ok(threads
            .map(|thread| thread.map(|thread| thread.path()))
            .collect::<io::Result<_>>()?)
    }

    fn read(self, file: &str) -> anyhow::Result<String> {
        let path = format!("/proc/{}/{file}", self.0);
        fs::read_to_string(&path).with_context(|| format!("{path} can't be read"))
    }
}

/// Returns the sum of the 14th and 15th field of `/proc/<pid>/stat`. The second field is a name in parentheses, which
/// may itself contain spaces and parentheses.
fn cpu_time_in(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(TICK * (user + system))
}

fn bytes_in(status: &str, key: &str) -> Option<u64> {
    number_in(status, key).map(|kibibytes| kibibytes * 1_024)
}

fn number_in(status: &str, key: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A child process, which is killed with its descendants when this value is dropped.
#[derive(Debug)]
pub(crate) struct OwnProcess {
    child: Child,
    name: String,
}

impl OwnProcess {
    /// Starts the process; its output goes to `log`.
    ///
    /// # Errors
    /// Fails if the process can't be started.
    pub(crate) fn start(command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let log = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command
            .spawn()
            .with_context(|| format!("{name} can't be started"))?;
        Ok(Self { child, name })
    }

    #[must_use]
    pub(crate) fn id(&self) -> ProcessId {
        ProcessId(self.child.id())
    }

    /// Returns the exit status, or `None` while the process is running.
    ///
    /// # Errors
    /// Fails if the status can't be determined.
    pub(crate) fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Sends SIGTERM and waits for the process to exit.
    ///
    /// # Errors
    /// Fails if the process does not exit gracefully in time.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        if self.ended()?.is_none() {
            let id = Pid::from_child(&self.child);
            kill_process(id, Signal::TERM).with_context(|| format!("{} can't be stopped", self.name))?;
        }
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            match self.ended()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("{} did not exit gracefully: {status}", self.name),
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
        bail!("{} did not stop within {PATIENCE:?}", self.name)
    }
}

impl Drop for OwnProcess {
    /// Kills the process and its descendants, unless it has exited already.
    fn drop(&mut self) {
        // Its id must not be used after it has exited: it may belong to another process by then.
        let tree = match self.ended() {
            Ok(None) => self.id().tree().unwrap_or_default(),
            _ => Vec::new(),
        };
        let _ = self.child.kill();
        for descendant in tree.iter().skip(1).filter_map(|id| Pid::from_raw(id.0 as i32)) {
            let _ = kill_process(descendant, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// Raises the limit on open files of this process and its children to the hard limit.
///
/// # Errors
/// Fails if the hard limit is too low for this number of sockets.
pub(crate) fn allow_sockets(sockets: u32) -> anyhow::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).context("cannot raise the limit on open files")?;
    let needed = u64::from(sockets) + 200;
    if limit.maximum.is_some_and(|maximum| maximum < needed) {
        bail!(
            "{needed} open files are needed, and only {:?} are allowed (ulimit -Hn)",
            limit.maximum
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_found_after_any_process_name() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 3 0 1 2 3";
        assert_eq!(cpu_time_in(stat), Some(Duration::from_secs(2)));
    }

    #[test]
    fn memory_is_returned_in_bytes() {
        assert_eq!(
            bytes_in("Name:\tx\nVmHWM:\t    9 kB\nVmRSS:\t    4 kB\n", "VmRSS:"),
            Some(4_096)
        );
    }

    #[test]
    fn figures_of_this_process_are_read() {
        assert!(ProcessId::own().resident_bytes().unwrap() > 100_000);
        ProcessId::own().cpu_time().unwrap();
        assert!(ProcessId::own().threads().unwrap() > 0);
    }

    #[test]
    fn open_files_are_descriptors() {
        let mut files = Vec::new();
        // Other tests of this process open and close files at the same time.
        for _ in 0..100 {
            files.push(File::open("/proc/self/status").unwrap());
        }
        assert!(ProcessId::own().descriptors().unwrap() >= 100);
    }

    #[test]
    fn threads_are_found_by_their_names() {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::Builder::new().name("a-bench-thread".to_owned());
        let thread = thread.spawn(move || ended.recv()).unwrap();
        let began = Instant::now();
        // The name is set by the thread itself, after it has started.
        while ProcessId::own().thread_cpu_time("a-bench-thread").is_err() {
            assert!(began.elapsed() < PATIENCE, "the thread is not found");
            std::thread::yield_now();
        }
        assert!(ProcessId::own().thread_cpu_time("another").is_err());
        drop(end);
        assert!(thread.join().unwrap().is_err());
    }

    /// Starts a shell with a child, and returns the child's id as well.
    fn start_with_a_child(directory: &Path) -> (OwnProcess, ProcessId) {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & wait"]);
        let process = OwnProcess::start(&mut command, &directory.join("log")).unwrap();
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < PATIENCE, "the shell started no child");
            if let [_, child] = process.id().tree().unwrap()[..] {
                return (process, child);
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn descendants_are_included_in_figures() {
        let directory = tempfile::tempdir().unwrap();
        let (process, child) = start_with_a_child(directory.path());
        let together = process.id().tree_resident_bytes().unwrap();
        assert!(together >= child.proportional_bytes().unwrap());
        process.id().tree_cpu_time().unwrap();
    }

    #[test]
    fn descendants_end_with_the_process() {
        let directory = tempfile::tempdir().unwrap();
        let (process, child) = start_with_a_child(directory.path());
        drop(process);
        let began = Instant::now();
        // The child remains as a process without memory until its new parent has noticed that it has exited.
        while child.resident_bytes().is_ok() {
            assert!(began.elapsed() < PATIENCE, "the child still runs");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_process_is_stopped_by_its_owner() {
        let directory = tempfile::tempdir().unwrap();
        let mut process =
            OwnProcess::start(Command::new("sleep").arg("60"), &directory.path().join("log")).unwrap();
        assert!(process.ended().unwrap().is_none());
        // `sleep` does not handle SIGTERM, so it does not exit gracefully.
        assert!(process.stop().unwrap_err().to_string().contains("signal: 15"));
    }
}
