//! Context that resolvers work with.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use application::{Actor, Application, Error, fairness::account::Account, identity::RightsWatch};
use domain::AccessScope;
use http_edge::{Payer, RequestChecks};
use juniper::{FieldError, FieldResult};

use crate::{
    cost::{Cost, Meter},
    document::Prepared,
    loading::{Loaders, Manner, Queue},
    persisted::PersistedQueries,
    problem::Problem,
};

#[derive(Clone)]
pub(crate) struct Caller {
    /// The authenticated user, or an anonymous actor if `is_known` is `false`.
    pub(crate) actor: Arc<Actor>,
    /// Reports changes in the actor's rights, for subscriptions.
    pub(crate) rights: RightsWatch,
    pub(crate) is_known: bool,
    pub(crate) payer: Payer,
    pub(crate) user_agent: Option<Arc<str>>,
    /// Identifies the HTTP request or the socket in logs.
    pub(crate) request_id: Arc<str>,
    /// Charges that have already been made for the next operation.
    pub(crate) cost: Cost,
}

impl Caller {
    /// Updates the actor's rights. The caller becomes anonymous if the session has ended, and remains unchanged if the
    /// rights can't be determined now.
    pub(crate) async fn look_again(&mut self, request_checks: &RequestChecks) {
        match request_checks.again(&self.actor).await {
            Ok(actor) => self.actor = Arc::new(actor),
            Err(Error::Unauthenticated { .. }) => {
                self.actor = Arc::new(Actor::anonymous(self.actor.origin.clone()));
                self.rights = RightsWatch::unchanging();
                self.is_known = false;
            }
            Err(_) => {}
        }
    }
}

/// Complexity that is charged as one call, rounded down, in addition to the call for the request itself.
const COMPLEXITY_OF_A_CALL: u64 = 100;

/// Introspection cost that is charged as one call. Introspection is cheaper because it reads no store. A code
/// generator's query for the whole schema costs about 30 calls.
const INTROSPECTION_OF_A_CALL: u64 = 5_000;

/// Context of one operation: its caller, and the services that its resolvers use.
#[expect(unreachable_pub, reason = "Juniper's public types name it")]
#[derive(Clone)]
pub struct Context {
    pub(crate) app: Arc<Application>,
    pub(crate) actor: Arc<Actor>,
    pub(crate) rights: RightsWatch,
    pub(crate) user_agent: Option<Arc<str>>,
    is_known: bool,
    payer: Payer,
    meter: Arc<Meter>,
    request_checks: RequestChecks,
    persisted: PersistedQueries,
    pub(crate) request_id: Arc<str>,
    /// Calls that are deferred until the operation is stalled.
    pub(crate) queue: Arc<Queue>,
    /// Shared by all fields of a query, so that each object is loaded once and appears the same wherever the answer
    /// contains it.
    loaders: Arc<Loaders>,
    has_failed_to_start: Arc<AtomicBool>,
}

impl juniper::Context for Context {}

impl Context {
    pub(crate) fn new(
        app: &Arc<Application>,
        request_checks: &RequestChecks,
        persisted: &PersistedQueries,
        caller: &Caller,
    ) -> Self {
        let Caller {
            actor,
            rights,
            is_known,
            payer,
            user_agent,
            request_id,
            cost,
        } = caller;
        let queue = Arc::new(Queue::default());
        let loaders = Loaders::new(app, actor, request_id, &queue, Manner::Strict);
        Self {
            app: Arc::clone(app),
            actor: Arc::clone(actor),
            rights: rights.clone(),
            user_agent: user_agent.clone(),
            is_known: *is_known,
            payer: *payer,
            meter: Arc::new(Meter::new(*cost)),
            request_checks: request_checks.clone(),
            persisted: persisted.clone(),
            request_id: Arc::clone(request_id),
            queue,
            loaders: Arc::new(loaders),
            has_failed_to_start: Arc::default(),
        }
    }

    /// Notes that the subscription could not be started. Its stream of events contains only the error.
    pub(crate) fn fail_to_start(&self) {
        self.has_failed_to_start.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_failed_to_start(&self) -> bool {
        self.has_failed_to_start.load(Ordering::Relaxed)
    }

    /// Returns the actor with up-to-date rights, which mutations need because an earlier mutation of the same document
    /// may have changed the rights.
    pub(crate) async fn current_actor(&self) -> FieldResult<Actor> {
        let again = self.request_checks.again(&self.actor).await;
        again.map_err(|error| self.fault(error))
    }

    /// Checks that the caller may run an operation, and charges its cost in addition to the call for the request
    /// itself. Also stores the document, if the client requests it.
    pub(crate) fn admit(&self, prepared: &Prepared) -> Result<(), Problem> {
        if prepared.needs_caller && !self.is_known {
            return Err(Problem::unauthenticated());
        }
        // Only authenticated callers may store documents, so that others can't fill the store.
        if self.is_known
            && let Some(to_keep) = &prepared.request.to_keep
        {
            self.persisted.keep(to_keep);
        }
        let calls =
            prepared.complexity / COMPLEXITY_OF_A_CALL + prepared.introspection / INTROSPECTION_OF_A_CALL;
        match NonZeroU32::new(u32::try_from(calls).unwrap_or(u32::MAX)) {
            Some(calls) => self.charge(calls),
            None => Ok(()),
        }
    }

    /// Returns an account for the database work of an operation. The account of an anonymous caller has no holder.
    pub(crate) fn account(&self) -> Arc<Account> {
        if self.is_known {
            Account::of(&self.actor)
        } else {
            Account::open()
        }
    }

    /// Charges the caller for the scans and long answers of an operation.
    pub(crate) fn settle(&self, account: &Account) {
        if let Some(calls) = NonZeroU32::new(account.calls_owed()) {
            let balance = self.request_checks.settle(self.payer, calls);
            self.meter.add(calls, balance.remaining());
        }
    }

    /// Charges the caller, or fails if the quota is exhausted.
    pub(crate) fn charge(&self, calls: NonZeroU32) -> Result<(), Problem> {
        let balance = self.request_checks.charge(self.payer, calls);
        self.meter.add(calls, balance.remaining());
        balance
            .into_result()
            .map_err(|error| Problem::of(error, &self.request_id))
    }

    pub(crate) fn cost(&self) -> Cost {
        self.meter.read()
    }

    /// Returns the caller's current scope.
    pub(crate) fn current_scope(&self) -> Arc<AccessScope> {
        self.rights.current_scope(&self.actor.scope)
    }

    /// Creates loaders with empty caches and the caller's current rights, for data that is read after a change or for
    /// an event.
    pub(crate) fn fresh_loaders(&self, manner: Manner) -> Loaders {
        let Self {
            app,
            actor,
            request_id,
            queue,
            ..
        } = self;
        let actor = Actor {
            scope: self.current_scope(),
            ..Actor::clone(actor)
        };
        Loaders::new(app, &Arc::new(actor), request_id, queue, manner)
    }

    /// Returns the loaders that all fields of the operation share.
    pub(crate) const fn loaders(&self) -> &Arc<Loaders> {
        &self.loaders
    }

    pub(crate) fn answer<T, U: From<T>>(&self, result: Result<T, Error>) -> FieldResult<U> {
        result.map(U::from).map_err(|error| self.fault(error))
    }

    pub(crate) fn optional<T, U: From<T>>(&self, result: Result<Option<T>, Error>) -> FieldResult<Option<U>> {
        result
            .map(|found| found.map(U::from))
            .map_err(|error| self.fault(error))
    }

    /// Converts the empty result of a use case to the result of a resolver, which is `true`.
    pub(crate) fn done(&self, result: Result<(), Error>) -> FieldResult<bool> {
        result.map(|()| true).map_err(|error| self.fault(error))
    }

    /// Converts an error of a use case to an error of a resolver. Records refusals of operations in the audit log.
    pub(crate) fn fault(&self, error: impl Into<Error>) -> FieldError {
        let error = error.into();
        if let Some(operation) = error.refused_operation() {
            self.request_checks.note_refusal(&self.actor, operation);
        }
        Problem::of(error, &self.request_id).into()
    }
}
