use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::kind::Peer;

/// Directory into which `deploy/peers.sh` installs peers.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    directory: PathBuf,
}

impl Installation {
    /// Opens a directory.
    ///
    /// # Errors
    /// Fails if the directory does not exist.
    pub(crate) fn open(directory: &Path) -> anyhow::Result<Self> {
        let directory = directory
            .canonicalize()
            .with_context(|| format!("{} is missing; deploy/peers.sh creates it", directory.display()))?;
        Ok(Self { directory })
    }

    /// Returns the versions of a peer's programs.
    ///
    /// # Errors
    /// Returns the reason why the peer is not installed.
    pub(crate) fn versions(&self, peer: Peer) -> Result<String, String> {
        let text = |kind: &str| fs::read_to_string(self.file(&format!("{}.{kind}", peer.name())));
        match (text("version"), text("missing")) {
            (Ok(versions), _) => Ok(versions.trim().to_owned()),
            (Err(_), Ok(reason)) => Err(reason.trim().to_owned()),
            (Err(_), Err(_)) => Err("deploy/peers.sh has not installed it".to_owned()),
        }
    }

    /// Returns the path of an installed file.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_peer_has_a_reason() {
        let directory = tempfile::tempdir().unwrap();
        for (file, text) in [
            ("nats.version", "nats-server 2.9.10\n"),
            ("nchan.missing", "no package\n"),
        ] {
            fs::write(directory.path().join(file), text).unwrap();
        }
        let installation = Installation::open(directory.path()).unwrap();
        assert_eq!(
            installation.versions(Peer::Nats),
            Ok("nats-server 2.9.10".to_owned())
        );
        assert_eq!(installation.versions(Peer::Nchan), Err("no package".to_owned()));
        assert!(installation.versions(Peer::Mosquitto).is_err());
    }

    #[test]
    fn a_directory_that_does_not_exist_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let error = Installation::open(&directory.path().join("peers")).unwrap_err();
        assert!(error.to_string().contains("deploy/peers.sh"), "{error}");
    }
}
