//! Sessions and their refresh tokens.

use std::{collections::VecDeque, net::IpAddr, time::Duration};

use application::{
    Actor, Error, Origin, Result, place_of,
    ports::{
        AuditRecord, Author, Credentials, LOG_INS_REMEMBERED, MAX_SESSIONS, MAX_SPENT, NewSession,
        PasswordHash, Rotation, Session, SessionRepository, SessionRights, SessionTtl, TokenHash,
    },
};
use async_trait::async_trait;
use domain::{AuditAction, GrantTerms, SessionId, User, UserId, Username};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    MemoryRegistry,
    state::{KeptSession, State, now},
};

#[async_trait]
impl SessionRepository for MemoryRegistry {
    async fn credentials(&self, username: &Username) -> Result<Option<Credentials>> {
        let state = self.state.read();
        let found = state
            .users
            .values()
            .find(|known| known.user.username == *username);
        Ok(found.cloned())
    }

    async fn credentials_of(&self, user: UserId) -> Result<Option<Credentials>> {
        Ok(self.state.read().users.get(&user).cloned())
    }

    async fn has_logged_in_from(
        &self,
        username: &Username,
        place: IpAddr,
        since: OffsetDateTime,
    ) -> Result<bool> {
        let state = self.state.read();
        let user = state
            .users
            .values()
            .find(|known| known.user.username == *username)
            .map(|known| known.user.id);
        let log_ins = state
            .audit
            .iter()
            .rev()
            .filter(|entry| entry.action == AuditAction::LogIn && entry.actor_id == user);
        let mut places = log_ins
            .take(LOG_INS_REMEMBERED as usize)
            .take_while(|entry| entry.at >= since)
            .filter_map(|entry| entry.address.as_deref()?.parse().ok());
        Ok(user.is_some() && places.any(|address| place_of(address) == place))
    }

    async fn rehash(&self, user: UserId, old: &PasswordHash, new: PasswordHash) -> Result<()> {
        let mut state = self.state.write();
        if let Some(known) = state.users.get_mut(&user).filter(|known| known.password == *old) {
            known.password = new;
        }
        Ok(())
    }

    async fn change_password(&self, by: &Actor, old: &PasswordHash, new: PasswordHash) -> Result<()> {
        let mut state = self.state.write();
        let known = state.users.get_mut(&by.user_id);
        let known = known.filter(|known| known.still_allow(old));
        let known = known.ok_or_else(Error::password_has_changed)?;
        known.password = new;
        known.user.updated_at = now();
        let record = AuditRecord::password_changed(&known.user);
        state.end_sessions_of(by.user_id);
        state.note_rights(by.user_id);
        state.write_down(by, record);
        Ok(())
    }

    async fn open(
        &self,
        checked: &Credentials,
        origin: &Origin,
        session: NewSession,
    ) -> Result<Option<Session>> {
        let mut state = self.state.write();
        let known = state.users.get(&checked.user.id);
        let known = known.filter(|known| known.still_allow(&checked.password));
        let Some(user) = known.map(|known| known.user.clone()) else {
            return Ok(None);
        };
        let NewSession {
            token,
            ttl,
            user_agent,
        } = session;
        let created_at = now();
        let session = Session {
            id: SessionId::from_uuid(Uuid::now_v7()),
            user_id: user.id,
            created_at,
            refreshed_at: created_at,
            expires_at: ttl.end(created_at, created_at),
            address: origin.address,
            user_agent,
        };
        state.make_room(&user, origin);
        state.tokens.insert(token, session.id);
        let kept = KeptSession {
            session: session.clone(),
            current: token,
            spent: VecDeque::new(),
        };
        state.sessions.insert(session.id, kept);
        let record = AuditRecord::logged_in(&user, &session);
        state.write_down(Author::of_user(&user, origin), record);
        Ok(Some(session))
    }

    async fn rotate(
        &self,
        spent: &TokenHash,
        next: TokenHash,
        ttl: SessionTtl,
        origin: &Origin,
    ) -> Result<Rotation> {
        let mut state = self.state.write();
        let state = &mut *state;
        let Some((user, id)) = state.bearer(spent) else {
            return Ok(Rotation::Unknown);
        };
        let kept = state.sessions.get_mut(&id).expect("the session exists");
        if kept.current != *spent {
            let author = Author::of_user(&user, origin);
            state.end(&user, id, AuditAction::ReuseRefreshToken, author);
            return Ok(Rotation::Reused { user: user.id });
        }
        let (created_at, refreshed_at) = (kept.session.created_at, now());
        if ttl.is_over(created_at, refreshed_at) {
            return Ok(Rotation::Unknown);
        }
        kept.spent.push_back(std::mem::replace(&mut kept.current, next));
        if kept.spent.len() > MAX_SPENT {
            state
                .tokens
                .remove(&kept.spent.pop_front().expect("the list is not empty"));
        }
        kept.session.refreshed_at = refreshed_at;
        kept.session.expires_at = ttl.end(created_at, refreshed_at);
        kept.session.address = origin.address;
        let session = kept.session.clone();
        state.tokens.insert(next, id);
        Ok(Rotation::Renewed { user, session })
    }

    async fn rights(&self, session: SessionId) -> Result<Option<SessionRights>> {
        let state = self.state.read();
        let Some((user, session)) = state.present(session) else {
            return Ok(None);
        };
        let its = state.grants.values().filter(|grant| grant.user_id == user.id);
        Ok(Some(SessionRights {
            session: session.id,
            user: user.clone(),
            grants: its
                .map(|grant| GrantTerms {
                    target: grant.target,
                    role: grant.role,
                })
                .collect(),
        }))
    }

    async fn find_all(&self, user: UserId) -> Result<Vec<Session>> {
        let state = self.state.read();
        let now = now();
        let sessions = state.sessions.values().rev().map(|kept| &kept.session);
        let its = sessions.filter(|session| session.user_id == user && session.expires_at > now);
        Ok(its.cloned().collect())
    }

    async fn end(&self, by: &Actor, session: SessionId) -> Result<()> {
        let mut state = self.state.write();
        let found = state.present(session);
        let its = found.filter(|(user, _)| user.id == by.user_id);
        let (user, _) = its.ok_or_else(Error::session_not_found)?;
        let user = user.clone();
        state.end(&user, session, by.action_of_ending(session), by.into());
        Ok(())
    }

    async fn end_by_token(&self, token: &TokenHash, origin: &Origin) -> Result<Option<UserId>> {
        let mut state = self.state.write();
        let Some((user, session)) = state.bearer(token) else {
            return Ok(None);
        };
        let author = Author::of_user(&user, origin);
        state.end(&user, session, AuditAction::LogOut, author);
        Ok(Some(user.id))
    }

    async fn forget_ended(&self, age: Duration) -> Result<()> {
        let mut state = self.state.write();
        let oldest = now() - age;
        state.forget_sessions(|session| session.expires_at <= oldest);
        Ok(())
    }
}

impl State {
    /// Returns a session and its user; `None` if the session has expired or the user is disabled.
    fn present(&self, session: SessionId) -> Option<(&User, &Session)> {
        let session = &self.sessions.get(&session)?.session;
        let user = &self.users.get(&session.user_id)?.user;
        (user.is_enabled && session.expires_at > now()).then_some((user, session))
    }

    /// Returns the user and the session of a current or spent token; `None` if the session has expired or the user is
    /// disabled.
    fn bearer(&self, token: &TokenHash) -> Option<(User, SessionId)> {
        let (user, session) = self.present(*self.tokens.get(token)?)?;
        Some((user.clone(), session.id))
    }

    /// Ends the least recently refreshed sessions of a user, until there is room for one more.
    fn make_room(&mut self, user: &User, origin: &Origin) {
        let its = self.sessions.values().map(|kept| &kept.session);
        let mut its: Vec<_> = its
            .filter(|session| session.user_id == user.id)
            .map(|session| (session.refreshed_at, session.id))
            .collect();
        its.sort_unstable();
        let too_many = (its.len() + 1).saturating_sub(MAX_SESSIONS);
        for (_, session) in its.into_iter().take(too_many) {
            let author = Author::of_user(user, origin);
            self.end(user, session, AuditAction::RevokeSession, author);
        }
    }

    fn end(&mut self, user: &User, session: SessionId, action: AuditAction, author: Author) {
        self.forget_sessions(|known| known.id == session);
        self.note_rights(user.id);
        let record = AuditRecord::session_ended(action, session, user.organization_id);
        self.write_down(author, record);
    }

    /// Ends all sessions of a user. The caller must record that the user's rights have changed.
    pub(super) fn end_sessions_of(&mut self, user: UserId) {
        self.forget_sessions(|session| session.user_id == user);
    }

    /// Removes sessions with all their tokens.
    fn forget_sessions(&mut self, is_over: impl Fn(&Session) -> bool) {
        let Self { sessions, tokens, .. } = self;
        sessions.retain(|_, kept| {
            let stays = !is_over(&kept.session);
            if !stays {
                tokens.remove(&kept.current);
                for token in &kept.spent {
                    tokens.remove(token);
                }
            }
            stays
        });
    }
}
