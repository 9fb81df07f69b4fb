//! What the program answers to its command line.

use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

use rstest::rstest;

/// Runs the program with nothing in its environment but what is given here.
pub fn fleetwatch(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fleetwatch"))
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("the program was built with this test")
}

/// The same, with something on its standard input.
pub fn fleetwatch_with_input(arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fleetwatch"))
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built with this test");
    let mut told = child.stdin.take().expect("it is piped");
    // It may end before it has read anything.
    let _ = told.write_all(input.as_bytes());
    drop(told);
    child.wait_with_output().expect("it ends")
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[rstest]
#[case::unknown_subcommand(&["fly"])]
#[case::unknown_option(&["config", "--loudly"])]
#[case::option_without_its_value(&["config", "--config"])]
fn bad_usage_ends_with_2(#[case] arguments: &[&str]) {
    let output = fleetwatch(arguments, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--help"), "{}", stderr(&output));
    assert!(output.stdout.is_empty());
}

#[test]
fn help_and_version_end_with_0() {
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
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("vehicles.txt: say by --format"), "{told}");
}

#[test]
fn every_subcommand_explains_itself() {
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
