//! The memory that the system allows the process to use.

use std::{fs, path::Path};

/// Returns the number of bytes of memory at which the system kills the process: the lowest limit of its control groups,
/// or the memory of the machine if no limit is lower. `None` on systems other than Linux.
pub(super) fn memory_limit() -> Option<u64> {
    limit_in(Path::new("/"))
}

/// Like [`memory_limit`], with `proc` and `sys` in another directory.
fn limit_in(root: &Path) -> Option<u64> {
    let memory = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let total = memory.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let total: u64 = total.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let of_groups = groups.lines().filter_map(|group| limit_of_group(root, group));
    of_groups.chain([total * 1024]).min()
}

/// Returns the lowest limit of a control group and of those that contain it. `group` is a line of `/proc/self/cgroup`:
/// `0::/path` in version 2, and `number:memory:/path` in version 1.
fn limit_of_group(root: &Path, group: &str) -> Option<u64> {
    let mut fields = group.splitn(3, ':').skip(1);
    let (hierarchy, file) = match fields.next()? {
        "" => ("", "memory.max"),
        "memory" => ("memory", "memory.limit_in_bytes"),
        _ => return None,
    };
    let mount = root.join("sys/fs/cgroup").join(hierarchy);
    let group = mount.join(fields.next()?.trim_start_matches('/'));
    // In a container, the path may be that of the host, which is not there. The mount is then the container's group.
    let groups = group.ancestors().take_while(|group| group.starts_with(&mount));
    // A group without a limit has the text `max`, or in version 1 a number that exceeds any memory.
    let limits = groups.filter_map(|group| {
        let limit = fs::read_to_string(group.join(file)).ok()?;
        limit.trim().parse().ok()
    });
    limits.min()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const MIB: u64 = 1 << 20;

    /// Creates the files of a system with 8 GiB of memory, in which the process has these control groups.
    fn system(groups: &str, limits: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a directory");
        let memory = "MemTotal:        8388608 kB\nMemFree:          123456 kB\n";
        let files = [("proc/meminfo", memory), ("proc/self/cgroup", groups)];
        for (path, text) in files.iter().chain(limits) {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            fs::write(path, text).expect("a file");
        }
        root
    }

    #[rstest]
    #[case::systemd("0::/system.slice/fleetwatch.service\n", &[
        ("sys/fs/cgroup/system.slice/memory.max", "max\n"),
        ("sys/fs/cgroup/system.slice/fleetwatch.service/memory.max", "805306368\n"),
    ], 768)]
    #[case::the_limit_of_a_slice("0::/system.slice/fleetwatch.service\n", &[
        ("sys/fs/cgroup/system.slice/memory.max", "536870912\n"),
        ("sys/fs/cgroup/system.slice/fleetwatch.service/memory.max", "805306368\n"),
    ], 512)]
    #[case::a_container("0::/\n", &[("sys/fs/cgroup/memory.max", "805306368\n")], 768)]
    #[case::a_container_that_knows_the_path_of_the_host("0::/docker/2f6c\n", &[
        ("sys/fs/cgroup/memory.max", "805306368\n"),
    ], 768)]
    #[case::version_1("5:devices:/docker/2f6c\n4:memory:/docker/2f6c\n0::/\n", &[
        ("sys/fs/cgroup/memory/docker/2f6c/memory.limit_in_bytes", "805306368\n"),
        ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
    ], 768)]
    #[case::no_limit("0::/user.slice\n", &[("sys/fs/cgroup/user.slice/memory.max", "max\n")], 8_192)]
    #[case::no_control_groups("", &[], 8_192)]
    #[case::a_limit_beyond_the_memory_of_the_machine("0::/\n", &[
        ("sys/fs/cgroup/memory.max", "17179869184\n"),
    ], 8_192)]
    fn the_lowest_limit_counts(
        #[case] groups: &str,
        #[case] limits: &[(&str, &str)],
        #[case] expected_mib: u64,
    ) {
        let system = system(groups, limits);
        assert_eq!(limit_in(system.path()), Some(expected_mib * MIB));
    }

    #[test]
    fn a_system_without_proc_has_no_known_limit() {
        let empty = tempfile::tempdir().expect("a directory");
        assert_eq!(limit_in(empty.path()), None);
    }
}
