//! Figures that a Redis server reports about itself (<https://redis.io/docs/latest/commands/info/>).

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

use anyhow::{Context as _, ensure};

/// Returns the process id of a server.
///
/// # Errors
/// Fails if the server can't be reached, or its answer has no process id.
pub(super) fn process_id(address: SocketAddr) -> anyhow::Result<u32> {
    let info = section(address, "server")?;
    let id = info.lines().find_map(|line| line.strip_prefix("process_id:"));
    id.context("Redis reports no process id")?
        .trim()
        .parse()
        .context("the process id of Redis is not a number")
}

/// Returns the time that a server has spent in the given commands so far, in microseconds.
///
/// # Errors
/// Fails if the server can't be reached.
pub(super) fn time_in(address: SocketAddr, commands: &[&str]) -> anyhow::Result<u64> {
    let info = section(address, "commandstats")?;
    Ok(commands.iter().map(|command| time_of(&info, command)).sum())
}

/// Returns the time of a command; 0 if it was never called.
fn time_of(info: &str, command: &str) -> u64 {
    let line = info.lines().find_map(|line| {
        line.strip_prefix("cmdstat_")?
            .strip_prefix(command)?
            .strip_prefix(':')
    });
    let figure = line.and_then(|figures| figures.split(',').find_map(|figure| figure.strip_prefix("usec=")));
    figure.and_then(|figure| figure.parse().ok()).unwrap_or_default()
}

fn section(address: SocketAddr, name: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "INFO {name}\r\n")?;
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    stream.read_line(&mut head)?;
    let length = head
        .trim_end()
        .strip_prefix('$')
        .and_then(|length| length.parse().ok());
    let length: usize = length.with_context(|| format!("INFO was answered with {head}"))?;
    ensure!(length < 1 << 20, "the answer to INFO has {length} bytes");
    let mut text = vec![0; length];
    stream.read_exact(&mut text)?;
    Ok(String::from_utf8(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_command_is_found_by_its_whole_name() {
        let info = "# Commandstats\r\ncmdstat_eval:calls=1,usec=7,usec_per_call=7.00\r\n\
                    cmdstat_evalsha:calls=4,usec=120,usec_per_call=30.00,rejected_calls=0\r\n";
        assert_eq!(time_of(info, "evalsha"), 120);
        assert_eq!(time_of(info, "eval"), 7);
        assert_eq!(time_of(info, "geoadd"), 0);
    }
}
