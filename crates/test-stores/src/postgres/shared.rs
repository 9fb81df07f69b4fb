//! The server that all tests of a run share.

use std::fs::File;

use tokio::sync::OnceCell;

use super::{cluster::Cluster, server::Server};

/// Time for which the server outlives its last user, in seconds, to bridge the gap between test binaries.
const GRACE_S: u32 = 5;

struct Shared {
    server: Server,
    /// Lock that is released when this process exits, no matter how.
    _user: File,
}

/// Returns the server, which the first process starts.
pub(super) async fn server() -> Server {
    static SHARED: OnceCell<Shared> = OnceCell::const_new();
    let join = || async {
        tokio::task::spawn_blocking(join)
            .await
            .expect("the server was joined")
    };
    SHARED.get_or_init(join).await.server
}

fn join() -> Shared {
    let cluster = Cluster::named("shared");
    let _entrance = cluster.entrance();
    let (server, user) = match cluster.running() {
        Some(server) => (server, cluster.enter()),
        None => {
            // This is safe while the entry lock is held: any other cluster being created already has a user lock.
            Cluster::sweep();
            let user = cluster.claim();
            (cluster.launch(""), user)
        }
    };
    cluster.watch(GRACE_S);
    Shared { server, _user: user }
}
