//! An import of the maximum size, which must succeed without affecting others.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    requests,
    scene::Scene,
    watch::{Seen, watch},
};

/// Result of an import.
#[derive(Debug, Clone, Copy)]
pub(super) struct Import {
    pub(super) rows: u32,
    pub(super) status: Option<u16>,
    pub(super) took: Duration,
    pub(super) seen: Seen,
}

/// Imports many vehicles at once, and observes the server meanwhile.
///
/// # Errors
/// Fails if there is no response, or the server has exited.
pub(super) async fn import(scene: &Scene) -> anyhow::Result<Import> {
    let request = requests::import(scene, "Imported", false);
    let is_over = CancellationToken::new();
    let began = Instant::now();
    let importing = async {
        let answer = request.send(scene.address).await;
        is_over.cancel();
        answer
    };
    let (answer, seen) = tokio::try_join!(importing, watch(scene, &is_over))?;
    Ok(Import {
        rows: scene.scale.of(requests::IMPORTED),
        status: answer.status,
        took: began.elapsed(),
        seen,
    })
}
