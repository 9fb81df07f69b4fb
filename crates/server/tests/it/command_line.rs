//! The command line: usage, help and exit codes.

use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

use rstest::rstest;

/// Runs the program with only the given environment variables.
pub(crate) fn fleetwatch(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fleetwatch"))
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("the program was built with this test")
}

/// Runs the program with only the given environment variables, and with `input` on its standard input.
pub(crate) fn fleetwatch_with_input(arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fleetwatch"))
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built with this test");
    let mut stdin = child.stdin.take().expect("it is piped");
    // The program may exit before it has read anything.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[rstest]
#[case::unknown_subcommand(&["fly"])]
#[case::unknown_option(&["config", "--loudly"])]
#[case::option_without_its_value(&["config", "--config"])]
fn bad_usage_exits_with_2(#[case] arguments: &[&str]) {
    let output = fleetwatch(arguments, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--help"), "{}", stderr(&output));
    assert!(output.stdout.is_empty());
}

#[test]
fn help_and_version_exit_with_0() {
    let help = fleetwatch(&["--help"], &[]);
    assert_eq!(help.status.code(), Some(0));
    assert!(stdout(&help).contains("Exit codes:"), "{}", stdout(&help));

    let version = fleetwatch(&["--version"], &[]);
    assert_eq!(version.status.code(), Some(0));
    assert_eq!(
        stdout(&version),
        format!("fleetwatch {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_file_of_an_unknown_format_is_bad_usage() {
    let output = fleetwatch(&["import", "vehicles.txt"], &[]);
    assert_eq!(output.status.code(), Some(2));
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(
        printed.contains("vehicles.txt: cannot determine the format"),
        "{printed}"
    );
}

#[test]
fn every_subcommand_has_help_with_examples() {
    let help = stdout(&fleetwatch(&["--help"], &[]));
    let (_, commands) = help
        .split_once("Commands:\n")
        .expect("the help lists the commands");
    let commands: Vec<_> = commands
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.contains(&"config"), "{commands:?}");
    for command in commands {
        let output = fleetwatch(&[command, "--help"], &[]);
        assert_eq!(output.status.code(), Some(0), "{command}");
        let help = stdout(&output);
        assert!(help.contains(&format!("Usage: fleetwatch {command}")), "{help}");
        assert!(help.contains("Examples:"), "{help}");
    }
}

#[rstest]
#[case::no_vehicles(&["simulate", "--vehicles", "0"], "must be a whole number from 1 to 50000")]
#[case::a_word(&["demo", "--vehicles", "many"], "must be a whole number from 1 to 10000")]
#[case::no_time(&["healthcheck", "--timeout-ms", "0"], "must be a whole number from 1 to 600000")]
#[case::too_long(&["healthcheck", "--wait-s", "18446744073709551615"], "must be a whole number from 0 to 86400")]
#[case::no_letters(&["dlq", "list", "--first", "0"], "must be a whole number from 1 to 500")]
#[case::no_steps(&["migrate", "--down", "0"], "must be a whole number from 1 to 1000")]
fn a_number_out_of_range_is_bad_usage(#[case] arguments: &[&str], #[case] range: &str) {
    let output = fleetwatch(arguments, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains(range), "{}", stderr(&output));
}

#[test]
fn an_error_cannot_control_the_terminal() {
    let variables = [("FLEETWATCH_A\n\u{1b}[31m", "1")];
    for arguments in [
        &["config"][..],
        &["config", "--config", "/nowhere/\u{1b}[31m"],
        &["import", "\u{1b}[31m.txt"],
    ] {
        let output = fleetwatch(arguments, &variables);
        assert_eq!(output.status.code(), Some(2));
        let printed = stderr(&output);
        assert!(
            printed.contains("\\u{1b}[31m") && !printed.contains('\u{1b}'),
            "{printed}"
        );
    }
}

#[test]
fn a_pipe_as_log_file_is_an_error_at_the_start() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let pipe = directory.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
    assert!(made.success());
    let pipe = pipe.to_str().expect("a plain path");
    let output = fleetwatch(&["serve"], &[("FLEETWATCH_LOG__FILE", pipe)]);
    assert_eq!(output.status.code(), Some(1));
    let expected =
        format!("cannot open the log file {pipe}: it is neither a regular file nor a character device\n");
    assert!(stderr(&output).ends_with(&expected), "{}", stderr(&output));
}
