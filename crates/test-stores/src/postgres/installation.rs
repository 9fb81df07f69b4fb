//! The PostgreSQL installation, and the account that runs it.

use std::{
    env, fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The programs of PostgreSQL, and the account that runs them.
#[derive(Debug, Clone)]
pub(super) struct Installation {
    programs: PathBuf,
    /// User and group id; `None` for the current user.
    account: Option<(u32, u32)>,
}

/// Returns the path of a PostgreSQL program such as `pgbench`.
///
/// # Panics
/// Panics if PostgreSQL is not installed.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let beside = Installation::find().program(name);
    // If the server programs are symbolic links, the client programs may be in another directory of `PATH`.
    if beside.is_file() {
        beside
    } else {
        PathBuf::from(name)
    }
}

impl Installation {
    /// Returns the first complete installation in `PATH`, otherwise the newest one in the usual directories.
    ///
    /// # Panics
    /// Panics if there is no complete installation.
    pub(super) fn find() -> &'static Self {
        static FOUND: OnceLock<Installation> = OnceLock::new();
        FOUND.get_or_init(|| Self {
            programs: programs(),
            account: account(),
        })
    }

    /// Creates a command for a PostgreSQL program such as `initdb`, which runs in `directory` under the account.
    pub(super) fn command(&self, name: &str, directory: &Path) -> Command {
        self.run_by_account(Command::new(self.program(name)), directory)
    }

    /// Makes any command run in `directory` under the account.
    pub(super) fn run_by_account(&self, mut command: Command, directory: &Path) -> Command {
        use std::os::unix::process::CommandExt;
        command.current_dir(directory);
        if let Some((user, group)) = self.account {
            command.uid(user).gid(group);
        }
        command
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// Makes the account the owner of a file or directory, and the only one with access.
    pub(super) fn give(&self, path: &Path) {
        if let Some((user, group)) = self.account {
            chown(path, Some(user), Some(group)).expect("root may give files away");
        }
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own file");
    }

    /// Returns the base directory of all clusters, which only depends on the account, so all processes of a run find
    /// it.
    ///
    /// # Panics
    /// Panics if another user owns the directory.
    pub(super) fn base_directory(&self) -> PathBuf {
        let user = self
            .account
            .map_or_else(|| rustix::process::getuid().as_raw(), |(user, _)| user);
        let base = env::temp_dir().join(format!("fleetwatch-tests-{user}"));
        if fs::create_dir(&base).is_ok() {
            self.give(&base);
        }
        // Another process of this test run may have created it but not yet changed its owner.
        let owner = fs::symlink_metadata(&base).expect("a temporary directory").uid();
        let ours = [user, rustix::process::getuid().as_raw()];
        assert!(
            ours.contains(&owner),
            "{} belongs to user {owner}, not to {user}",
            base.display()
        );
        base
    }
}

fn programs() -> PathBuf {
    let mut candidates: Vec<PathBuf> = env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default();
    // Debian has a directory per version; prefer the newest.
    let mut versions: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    versions.sort_by_key(|path| {
        let version = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.parse::<u32>().ok());
        std::cmp::Reverse(version)
    });
    candidates.extend(versions.into_iter().map(|version| version.join("bin")));
    candidates.extend(["/usr/local/bin", "/usr/local/pgsql/bin", "/opt/homebrew/bin"].map(PathBuf::from));
    let complete = |directory: &PathBuf| {
        ["initdb", "pg_ctl", "postgres"]
            .iter()
            .all(|name| directory.join(name).is_file())
    };
    candidates.into_iter().find(complete).expect(
        "PostgreSQL is missing on this machine (initdb, pg_ctl and postgres are neither in PATH nor in \
         /usr/lib/postgresql/*/bin nor in /usr/local/bin); deploy/test.sh installs it",
    )
}

/// Returns the account of PostgreSQL's package if the tests run as root, because PostgreSQL refuses to run as root.
fn account() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let number_of = |flag| {
        let output = Command::new("id").args([flag, "postgres"]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    let account = number_of("-u").zip(number_of("-g"));
    Some(account.expect("root cannot run PostgreSQL, and there is no user postgres that could"))
}
