//! `fleetwatch replay`: publishes a recording as its robot would.

use std::{
    fmt::Write as _,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use anyhow::Context as _;
use application::ports::{Clock, TelemetryBus};
use clap::Args;
use domain::{VehicleId, telemetry::PlausibilityRules};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::{
    sync::mpsc,
    task::{JoinHandle, spawn_blocking},
};
use tokio_util::sync::CancellationToken;

use crate::{
    publisher::Publisher,
    recording::{Playable, Player, Recorded, Recording, RecordingError, Sample, Speed, Tally},
};

/// Publish a ROS 2 recording (MCAP) to Redis, as its robot would
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// The recording: an MCAP file of ROS 2 messages in CDR
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The vehicle to publish as; it must be registered and enabled to be seen
    #[arg(long = "vehicle", value_name = "ID")]
    pub vehicle_id: VehicleId,
    /// The speed, relative to that of the recording, such as 10 or 0.5
    #[arg(
        long,
        value_name = "FACTOR",
        default_value = "1.0",
        allow_negative_numbers = true
    )]
    pub speed: Speed,
    /// Start over at the end, until stopped
    #[arg(long = "loop")]
    pub repeats: bool,
    /// The topic to play [default: the first with Odometry, otherwise the first with poses]
    #[arg(long, value_name = "NAME")]
    pub topic: Option<String>,
    /// Keep the recorded timestamps, instead of the time at which positions are published
    #[arg(long)]
    pub keep_time: bool,
}

/// Plays a recording until it ends or `shutdown` is cancelled, and prints a summary to standard error.
///
/// # Errors
/// Fails if the recording can't be played to its end (the part before any damage is played), none of its messages
/// contains a position that `plausibility` allows, or the bus was never available.
pub async fn run(
    args: ReplayArgs,
    plausibility: PlausibilityRules,
    bus: Arc<dyn TelemetryBus>,
    clock: Arc<dyn Clock>,
    shutdown: CancellationToken,
) -> anyhow::Result<Tally> {
    let file = args.file.clone();
    let in_file = || file.display().to_string();
    // The threads that read the file are not awaited after a shutdown, and exit with the process: opening a pipe may
    // block, and a file without an index is read to its end.
    let opening = spawn_blocking(move || Recording::open(&args.file));
    let Some(opened) = shutdown.run_until_cancelled(opening).await else {
        return Ok(Tally::default());
    };
    let recording = opened?.with_context(in_file)?;
    let chosen = recording.choose(args.topic.as_deref()).with_context(in_file)?;
    announce(&file, &recording, &chosen);

    let recording = Arc::new(recording);
    let bar = progress_bar(chosen.topic.messages);
    let mut player = Player::new(
        Publisher::new(bus),
        clock,
        args.vehicle_id,
        plausibility,
        args.speed,
        args.keep_time,
    );
    let began = Instant::now();
    let end = loop {
        let (samples, reader) = read(Arc::clone(&recording), chosen.clone());
        player.play(samples, &shutdown, |sent| bar.inc(sent)).await?;
        let Some(ended) = shutdown.run_until_cancelled(reader).await else {
            break Ok(());
        };
        let end = ended?;
        if end.is_err() || !args.repeats || !player.next_round() {
            break end;
        }
        // Nothing could be published, and another round would not change that.
        if player.tally().is_empty() {
            break end;
        }
        bar.reset();
    };
    bar.finish_and_clear();
    let tally = player.into_tally();
    eprint!(
        "{}",
        summary(args.vehicle_id, &tally, began.elapsed().as_secs_f64())
    );
    end.with_context(in_file)?;
    if !shutdown.is_cancelled()
        && let Some(fault) = all_refused(&chosen, &tally)
    {
        return Err(fault).with_context(in_file);
    }
    Ok(tally)
}

/// Reads samples on a separate thread, a little ahead of the player. The thread exits at the end of the file, or when
/// the receiver is dropped.
fn read(
    recording: Arc<Recording>,
    chosen: Playable,
) -> (mpsc::Receiver<Recorded>, JoinHandle<Result<(), RecordingError>>) {
    const AHEAD: usize = 1_024;
    let (sender, receiver) = mpsc::channel(AHEAD);
    let reader = spawn_blocking(move || {
        recording.read(&chosen.topic, |log_time, message| {
            let sample = Sample::decode(chosen.kind, message);
            match sender.blocking_send(Recorded { log_time, sample }) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        })
    });
    (receiver, reader)
}

/// Returns an error if nothing could be published because all messages of the recording were rejected.
fn all_refused(chosen: &Playable, tally: &Tally) -> Option<RecordingError> {
    if !tally.is_empty() {
        return None;
    }
    let (reason, (_, first)) = tally.refused.iter().max_by_key(|(_, (count, _))| *count)?;
    Some(RecordingError::AllRefused {
        topic: chosen.topic.name.clone(),
        refused: tally.refused.values().map(|(count, _)| count).sum(),
        reason,
        first: first.clone(),
    })
}

fn announce(file: &Path, recording: &Recording, chosen: &Playable) {
    eprintln!("{}: playing {}", file.display(), chosen.topic);
    for skipped in recording.topics().iter().filter(|&topic| *topic != chosen.topic) {
        eprintln!("  skipping {skipped}");
    }
    if let Some(fault) = recording.fault() {
        eprintln!("  {fault}; only the part before that is played");
    }
}

/// Creates a progress bar, which is shown only on a terminal.
fn progress_bar(messages: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} positions, {elapsed_precise}");
    ProgressBar::new(messages).with_style(style.expect("a valid template"))
}

fn summary(vehicle_id: VehicleId, tally: &Tally, seconds: f64) -> String {
    let mut text = format!("vehicle {vehicle_id}: {} positions in {seconds:.1} s", tally.sent);
    if let Some(last) = &tally.last {
        let _ = write!(
            text,
            ", the last at x {} y {} z {} heading {}°",
            last.x,
            last.y,
            last.z,
            last.heading()
        );
    }
    text.push('\n');
    if tally.lost > 0 {
        let _ = writeln!(text, "  {} lost while the bus was unavailable", tally.lost);
    }
    for (kind, (count, first)) in &tally.refused {
        let _ = writeln!(text, "  {count} rejected, {kind}; first error: {first}");
    }
    text
}

#[cfg(test)]
mod tests;
