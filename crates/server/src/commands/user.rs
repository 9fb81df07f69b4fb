//! `fleetwatch user create`: creates users. It needs no log-in, only access to the server's configuration.

use std::{
    io::{self, BufRead as _, IsTerminal as _},
    path::Path,
};

use anyhow::{Context as _, anyhow};
use application::{
    Actor, Error,
    registry_changes::RegistryChanges,
    users::{UserDraft, Users},
};
use clap::{Args, Subcommand};
use domain::{OrganizationId, Role, Violations};
use secrecy::{ExposeSecret as _, SecretString};

use super::print;
use crate::{cli::examples, config::Config, failure::Failure, serve::password_hasher, stores::Stores};

/// Subcommands of `fleetwatch user`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create a user; the password is prompted for, or read from standard input
    #[command(after_help = examples::USER_CREATE)]
    Create(CreateArgs),
}

/// Arguments of `fleetwatch user create`.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The name to log in with
    #[arg(long, value_name = "NAME")]
    username: String,
    /// The role: ADMIN, OPERATOR or VIEWER
    #[arg(long, value_name = "ROLE")]
    role: Role,
    /// The organisation of the user [default: none; an ADMIN without one administers everything]
    #[arg(long, value_name = "ID")]
    organization: Option<OrganizationId>,
}

/// Runs the subcommand.
///
/// # Errors
/// Fails if the configuration, the name or the password is invalid, or the database is unavailable.
pub async fn run(file: Option<&Path>, command: UserCommand) -> Result<(), Failure> {
    let UserCommand::Create(arguments) = command;
    let config = Config::load(file)?;
    let stores = Stores::with_database(&config).await?;
    let password = password(&arguments.username)?;
    let changes = RegistryChanges::on(&stores.ports, config.live.rules());
    let users = Users::new(&stores.ports, password_hasher()?, changes, config.auth.passwords);
    let made = create(&arguments, password, &users).await;
    Ok(print(&made?)?)
}

async fn create(arguments: &CreateArgs, password: SecretString, users: &Users) -> Result<String, Failure> {
    let CreateArgs {
        username,
        role,
        organization,
    } = arguments;
    let policy = users.password_policy();
    let draft = UserDraft::new(username, password, *role, *organization, policy).map_err(usage)?;
    let made = users.create(&Actor::command_line(), Ok(draft)).await;
    match made {
        Ok(user) => Ok(format!("created {} {}: {}\n", user.role, user.username, user.id)),
        Err(Error::Invalid(faults)) => Err(usage(faults)),
        Err(error) => Err(anyhow::Error::from(error).into()),
    }
}

fn usage(faults: Violations) -> Failure {
    Failure::Usage(faults.to_string())
}

/// Prompts for the password twice, without echo, if standard input is a terminal; otherwise reads its first line.
fn password(username: &str) -> anyhow::Result<SecretString> {
    let ask = |what: &str| rpassword::prompt_password(what).context("cannot read the password");
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin()
            .lock()
            .read_line(&mut line)
            .context("cannot read the password")?;
        return Ok(line.trim_end_matches(['\r', '\n']).into());
    }
    let password = SecretString::from(ask(&format!("Password for {username}: "))?);
    let again = SecretString::from(ask("Repeat the password: ")?);
    if password.expose_secret() == again.expose_secret() {
        Ok(password)
    } else {
        Err(anyhow!("the passwords do not match"))
    }
}
