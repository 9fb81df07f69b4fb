use std::time::Duration;

use domain::{User, Username};
use secrecy::SecretString;
use tokio::time::Instant;

use super::{RefreshToken, Sessions, TokenPair};
use crate::{
    Error,
    actor::Origin,
    error::Result,
    identity::{Urgency, check_password, prepared},
    ports::{Admission, AuditRecord, Author, Credentials, LogInFailure, NewSession, PasswordCheck},
};

/// Delay of the answer to a failed attempt when there are too many attempts on the account from all places together.
const SLOWED_BY: Duration = Duration::from_secs(1);

/// Time after a log-in for which its place is considered known.
const REMEMBERED: Duration = Duration::from_secs(30 * 86_400);

/// Maximum number of times that the password is checked. It is checked again if the user changes before the session is
/// opened: the user is disabled or given another password, or a concurrent log-in replaces the hash.
const LOOKS: usize = 2;

/// Minimum time until an attempt beyond the limit is refused. It is about as long as checking a password takes, so the
/// time does not reveal whether the password was checked.
const REFUSED_AFTER: Duration = Duration::from_millis(250);

/// Maximum number of characters that are stored of a user agent.
const MAX_AGENT_CHARS: usize = 200;

const WRONG: Error = Error::Unauthenticated {
    reason: "the username or password is incorrect",
};

/// Credentials as entered by a client.
#[derive(Debug, Clone)]
pub struct Guess {
    pub username: String,
    pub password: SecretString,
    pub user_agent: Option<String>,
}

/// Priority of an admitted attempt, and the limits that it has reached.
struct QueuePlace {
    urgency: Urgency,
    /// Keys of the failure counts by place, and by account and place.
    place: String,
    pair: String,
    /// Whether there are too many attempts on the account from all places together.
    is_crowded: bool,
    /// Time until the next attempt is allowed, if there are too many attempts on the account from this place.
    retry_after: Option<Duration>,
}

impl Sessions {
    /// Opens a session for a client that knows a user's password. Neither the answer nor its timing reveals whether the
    /// user exists.
    ///
    /// # Errors
    /// Returns [`Error::Unauthenticated`] for a wrong name or password, or a disabled user, always with the same
    /// message; [`Error::RateLimited`] for too many attempts, or while the queue of the hasher is full;
    /// [`Error::Unavailable`] if the registry is unavailable.
    pub async fn log_in(&self, guess: Guess, origin: &Origin) -> Result<TokenPair> {
        let began = Instant::now();
        let QueuePlace {
            urgency,
            place,
            pair,
            is_crowded,
            retry_after,
        } = self.admit(&guess.username, origin).await?;
        // Beyond the limit, only passwords from known places are checked, so that other clients at the owner's address
        // can't lock the owner out.
        let is_checked = retry_after.is_none() || urgency == Urgency::Known;
        let outcome = match is_checked {
            true => self.try_to_open(&guess, origin, urgency).await,
            false => Err(WRONG),
        };
        // Returns the same error after the same minimum time, whether the password was checked or not.
        if let (Some(retry_after), Err(Error::Unauthenticated { .. } | Error::RateLimited { .. })) =
            (retry_after, &outcome)
        {
            tokio::time::sleep_until(began + REFUSED_AFTER).await;
            return Err(too_many(retry_after));
        }
        if matches!(outcome, Err(Error::Unauthenticated { .. })) {
            self.failures.count(place);
            self.failures.count(pair);
            if is_crowded {
                tokio::time::sleep(SLOWED_BY).await;
            }
        }
        outcome
    }

    async fn try_to_open(&self, guess: &Guess, origin: &Origin, urgency: Urgency) -> Result<TokenPair> {
        // The check is repeated if the user has changed since, because their password may have been replaced.
        for _ in 0..LOOKS {
            let checked = self.check(guess, origin, urgency).await?;
            if let Some(tokens) = self.open(checked, guess, origin).await? {
                return Ok(tokens);
            }
        }
        Err(WRONG)
    }

    async fn check(&self, guess: &Guess, origin: &Origin, urgency: Urgency) -> Result<Credentials> {
        // A name that no user can have takes the same path as an unknown one, including the hashing, and therefore the
        // same time.
        let username = Username::known(&guess.username).ok();
        let found = match &username {
            Some(username) => self.repository.credentials(username).await?,
            None => None,
        };
        let hash = found.as_ref().map(|found| &found.password);
        let check = check_password(&*self.hasher, &guess.password, hash, urgency).await?;
        let checked = match (found, check) {
            (None, _) => Err((None, LogInFailure::UnknownUser)),
            (Some(found), PasswordCheck::Wrong) => Err((Some(found.user), LogInFailure::WrongPassword)),
            (Some(found), _) if !found.user.is_enabled => Err((Some(found.user), LogInFailure::Disabled)),
            (Some(found), PasswordCheck::Right { is_outdated }) => Ok((found, is_outdated)),
        };
        let (mut checked, is_outdated) = match checked {
            Ok(checked) => checked,
            Err((user, failure)) => return self.refuse(&guess.username, user, failure, origin).await,
        };
        if is_outdated {
            self.rehash(&mut checked, &guess.password).await;
        }
        Ok(checked)
    }

    /// Opens a session for a user whose password has been checked; `None` if the user has changed since the check.
    async fn open(&self, checked: Credentials, guess: &Guess, origin: &Origin) -> Result<Option<TokenPair>> {
        let refresh = RefreshToken::random();
        let agent = guess.user_agent.as_deref();
        let session = NewSession {
            token: refresh.hash(),
            ttl: self.issue.session_ttl,
            user_agent: agent.map(|agent| cut(agent, MAX_AGENT_CHARS)),
        };
        let Some(opened) = self.repository.open(&checked, origin, session).await? else {
            return Ok(None);
        };
        tracing::info!(user.id = %checked.user.id, session.id = %opened.id, "logged in");
        Ok(Some(self.issue.pair(checked.user, &opened, refresh)))
    }

    /// Applies the limits and determines the priority of an attempt.
    async fn admit(&self, username: &str, origin: &Origin) -> Result<QueuePlace> {
        let account = self.bucket_of(username);
        let place = origin
            .place()
            .map_or_else(|| "-".to_owned(), |place| place.to_string());
        let quota = self.rules.limits.quota();
        let pair = format!("{account}:{place}");
        // The limit of the address is applied first: a refused address must not create buckets for invented names.
        let bucket = format!("login:address:{place}");
        let of_address = self.rules.limits.quota_of_an_address();
        if let Admission::Denied { retry_after } = self.limiter.take(&bucket, of_address).await {
            return Err(too_many(retry_after));
        }
        let bucket = format!("login:pair:{pair}");
        let retry_after = match self.limiter.take(&bucket, quota).await {
            Admission::Denied { retry_after } => Some(retry_after),
            Admission::Granted { .. } => None,
        };
        // Look this up beyond the limit too, because the owner may still log in from a known place.
        let is_known_place = self.is_known_place(username, origin).await?;
        if let Some(retry_after) = retry_after {
            return Ok(QueuePlace {
                urgency: match is_known_place {
                    true => Urgency::Known,
                    false => Urgency::Usual { failures: u32::MAX },
                },
                place,
                pair,
                is_crowded: false,
                retry_after: Some(retry_after),
            });
        }
        // Attempts beyond the limit of their place have already returned, and take nothing from the account's quota.
        let everywhere = self
            .limiter
            .take(&format!("login:account:{account}"), quota)
            .await;
        let is_crowded = matches!(everywhere, Admission::Denied { .. });
        let urgency = if is_known_place {
            Urgency::Known
        } else if is_crowded {
            let failures = self.failures.of(&pair);
            Urgency::Crowd { failures }
        } else {
            let failures = self.failures.of(&place);
            Urgency::Usual { failures }
        };
        Ok(QueuePlace {
            urgency,
            place,
            pair,
            is_crowded,
            retry_after: None,
        })
    }

    /// Returns `true` if there was a log-in to the account from this place within [`REMEMBERED`].
    async fn is_known_place(&self, username: &str, origin: &Origin) -> Result<bool> {
        match (Username::known(username), origin.place()) {
            (Ok(username), Some(place)) => {
                let since = self.issue.now() - REMEMBERED;
                self.repository.has_logged_in_from(&username, place, since).await
            }
            _ => Ok(false),
        }
    }

    async fn refuse<T>(
        &self,
        username: &str,
        user: Option<User>,
        failure: LogInFailure,
        origin: &Origin,
    ) -> Result<T> {
        let name = match &user {
            Some(user) => user.username.to_string(),
            // Users accidentally type passwords into the field for the name.
            None => self.rules.seal.sealed(username.trim()),
        };
        let author = Author {
            user_id: None,
            name: name.into(),
            origin: origin.clone(),
        };
        let record = AuditRecord::log_in_failed(user.as_ref(), failure);
        self.audit.record(&author, record).await?;
        Err(WRONG)
    }

    /// Returns the part of bucket names that identifies an account. It has a fixed length for any input, and is the
    /// same for all spellings of the account's name.
    fn bucket_of(&self, username: &str) -> String {
        match Username::known(username) {
            Ok(name) => self.rules.seal.mark(name.as_str()),
            Err(_) => self.rules.seal.mark(username.trim()),
        }
    }

    /// Replaces an outdated hash while the password is available. If this fails, the next log-in tries again.
    async fn rehash(&self, checked: &mut Credentials, password: &SecretString) {
        let rehashed = async {
            let new = self
                .hasher
                // The password was right, so its new hash does not wait for the attempts of others.
                .hash(&prepared(password), Urgency::Known.into())
                .await?;
            let (user, old) = (checked.user.id, &checked.password);
            self.repository.rehash(user, old, new.clone()).await?;
            Ok::<_, Error>(new)
        };
        match rehashed.await {
            Ok(new) => checked.password = new,
            Err(error) => {
                tracing::debug!(
                    error = error.chain(),
                    "could not replace an outdated password hash"
                )
            }
        }
    }
}

const fn too_many(retry_after: Duration) -> Error {
    Error::RateLimited {
        what: "log-ins",
        retry_after,
    }
}

/// Removes control characters from a text, and returns its first `max_chars` characters.
fn cut(text: &str, max_chars: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(max_chars).collect()
}
