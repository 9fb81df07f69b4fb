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

/// How long the answer to a failed attempt is delayed when its account has been tried too often from all places together.
const SLOWED_BY: Duration = Duration::from_secs(1);

/// How long a place counts as known after a log-in from there.
const REMEMBERED: Duration = Duration::from_secs(30 * 86_400);

/// How many times a log-in is tried again whose user is changed between the check and the opening of the session: disabled,
/// given another password, or only given a better hash by another log-in at the same moment.
const LOOKS: usize = 2;

/// How long it takes at least to refuse an attempt that comes too often: as long as it takes to check a password, so that
/// the time does not tell whether it was checked.
const REFUSED_AFTER: Duration = Duration::from_millis(250);

/// How many characters of a client's user agent are kept.
const MAX_AGENT_CHARS: usize = 200;

/// Name and password as a client gives them.
#[derive(Debug, Clone)]
pub struct Guess {
    /// The name.
    pub username: String,
    /// The password.
    pub password: SecretString,
    /// The client's user agent.
    pub user_agent: Option<String>,
}

/// The place of an attempt in the order.
struct QueuePlace {
    urgency: Urgency,
    /// From where it comes, and where to.
    place: String,
    pair: String,
    /// Whether its account has been tried too often from everywhere together.
    is_crowded: bool,
    /// When it may come again, if its account has been tried too often from its place.
    retry_after: Option<Duration>,
}

impl Sessions {
    /// Opens a session for a client that knows a user's password. Neither the answer nor the time that it takes
    /// says whether there is such a user.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for a wrong name or password, or a disabled user, with one reason for all;
    /// [`Error::RateLimited`]; [`Error::Unavailable`].
    pub async fn log_in(&self, guess: Guess, origin: &Origin) -> Result<TokenPair> {
        let began = Instant::now();
        let QueuePlace {
            urgency,
            place,
            pair,
            is_crowded,
            retry_after,
        } = self.admit(&guess.username, origin).await?;
        let is_heard = retry_after.is_none() || urgency == Urgency::Known;
        let outcome = match is_heard {
            true => self.try_to_open(&guess, origin, urgency).await,
            false => Err(WRONG),
        };
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
        for _ in 0..LOOKS {
            let checked = self.check(guess, origin, urgency).await?;
            if let Some(tokens) = self.open(checked, guess, origin).await? {
                return Ok(tokens);
            }
        }
        Err(WRONG)
    }

    /// Returns the user, if name and password are right.
    async fn check(&self, guess: &Guess, origin: &Origin, urgency: Urgency) -> Result<Credentials> {
        // A name that no user can have is a name that no user has: it takes the same way, and as long.
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

    /// Opens a session for a user whose password was checked; none when the user has changed since.
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

    /// Refuses attempts that come too often, and orders the others.
    async fn admit(&self, username: &str, origin: &Origin) -> Result<QueuePlace> {
        let account = self.bucket_of(username);
        let place = origin
            .place()
            .map_or_else(|| "-".to_owned(), |place| place.to_string());
        let quota = self.rules.limits.quota();
        let pair = format!("{account}:{place}");
        // The address comes first, so that an address which is refused makes no buckets for invented names.
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
        let is_at_home = self.is_at_home(username, origin).await?;
        if let Some(retry_after) = retry_after {
            return Ok(QueuePlace {
                urgency: match is_at_home {
                    true => Urgency::Known,
                    false => Urgency::Usual { failures: u32::MAX },
                },
                place,
                pair,
                is_crowded: false,
                retry_after: Some(retry_after),
            });
        }
        let everywhere = self
            .limiter
            .take(&format!("login:account:{account}"), quota)
            .await;
        let is_crowded = matches!(everywhere, Admission::Denied { .. });
        let urgency = if is_at_home {
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

    /// Whether the account was logged in to lately from this place.
    async fn is_at_home(&self, username: &str, origin: &Origin) -> Result<bool> {
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
            // It may be a password.
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

    /// Returns a name as part of a bucket's name: of fixed length for any input, and the same for all ways to type the
    /// name.
    fn bucket_of(&self, username: &str) -> String {
        match Username::known(username) {
            Ok(name) => self.rules.seal.mark(name.as_str()),
            Err(_) => self.rules.seal.mark(username.trim()),
        }
    }

    /// Replaces a hash that was made in an outdated way, now that its password is at hand. If that fails, the next log-in
    /// does it.
    async fn rehash(&self, checked: &mut Credentials, password: &SecretString) {
        let rehashed = async {
            let new = self
                .hasher
                .hash(&prepared(password), Urgency::Known.into())
                .await?;
            let (user, old) = (checked.user.id, &checked.password);
            self.repository.rehash(user, old, new.clone()).await?;
            Ok::<_, Error>(new)
        };
        match rehashed.await {
            Ok(new) => checked.password = new,
            Err(error) => tracing::debug!(%error, "a password's hash stays outdated for now"),
        }
    }
}

const WRONG: Error = Error::Unauthenticated {
    reason: "the username or the password is wrong",
};

/// The error of an attempt that comes too often.
const fn too_many(retry_after: Duration) -> Error {
    Error::RateLimited {
        what: "log-ins",
        retry_after,
    }
}

/// Returns the beginning of a text, without control characters.
fn cut(text: &str, max_chars: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(max_chars).collect()
}
