//! What resolvers work with.

use std::{num::NonZeroU32, sync::Arc};

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

/// On whose behalf operations are executed.
#[derive(Clone)]
pub(crate) struct Caller {
    /// Who it is; nobody as long as nobody has logged in.
    pub(crate) actor: Arc<Actor>,
    /// Reports changes of its rights, for operations that stay.
    pub(crate) rights: RightsWatch,
    /// Whether that is known.
    pub(crate) is_known: bool,
    /// To whose account its operations go.
    pub(crate) payer: Payer,
    /// What the client calls itself.
    pub(crate) user_agent: Option<Arc<str>>,
    /// How logs know the HTTP request, or the socket.
    pub(crate) request_id: Arc<str>,
    /// What its next operation was charged already.
    pub(crate) cost: Cost,
}

impl Caller {
    /// Takes over who it is by now; nobody when its session is over. When nobody can tell, nothing has changed.
    pub(crate) async fn look_again(&mut self, request_checks: &RequestChecks) {
        match request_checks.again(&self.actor).await {
            Ok(actor) => self.actor = Arc::new(actor),
            Err(Error::Unauthenticated { .. }) => {
                self.actor = Arc::new(Actor::nobody(self.actor.origin.clone()));
                self.rights = RightsWatch::unchanging();
                self.is_known = false;
            }
            Err(_) => {}
        }
    }
}

/// What may be asked for the price of one request; more costs more.
const COMPLEXITY_OF_A_CALL: u64 = 100;

/// The same for what is asked of the schema, which costs no store anything: all of it, as code generators ask for it, is
/// some twenty calls.
const INTROSPECTION_OF_A_CALL: u64 = 5_000;

/// One operation's context: what it may use, and on whose behalf.
#[derive(Clone)]
pub struct Context {
    pub(crate) app: Arc<Application>,
    pub(crate) actor: Arc<Actor>,
    /// Reports changes of the actor's rights.
    pub(crate) rights: RightsWatch,
    /// What the client calls itself.
    pub(crate) user_agent: Option<Arc<str>>,
    /// Whether it is known who asks.
    is_known: bool,
    payer: Payer,
    meter: Arc<Meter>,
    request_checks: RequestChecks,
    persisted: PersistedQueries,
    pub(crate) request_id: Arc<str>,
    /// The calls that wait for the operation to be stalled.
    pub(crate) queue: Arc<Queue>,
    /// Shared by all fields of a query: it shows one moment.
    loaders: Arc<Loaders>,
}

impl juniper::Context for Context {}

impl Context {
    /// For a new operation.
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
        }
    }

    /// On whose behalf the next mutation is made. One before it may have changed what that is.
    pub(crate) async fn present_actor(&self) -> FieldResult<Actor> {
        let again = self.request_checks.again(&self.actor).await;
        again.map_err(|error| self.fault(error))
    }

    /// Lets an operation pass: who asks must be known unless it is for everybody, and must not ask too much. What costs
    /// little is paid by the request that it came in.
    pub(crate) fn admit(&self, prepared: &Prepared) -> Result<(), Problem> {
        if prepared.needs_caller && !self.is_known {
            return Err(Problem::unauthenticated());
        }
        // Only for known callers, so that those who are not cannot fill the room that there is.
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

    /// The account for the work of an operation. Those who are not known yet have none to share.
    pub(crate) fn account(&self) -> Arc<Account> {
        if self.is_known {
            Account::of(&self.actor)
        } else {
            Account::open()
        }
    }

    /// Charges the caller for what the counts of an operation have cost.
    pub(crate) fn settle(&self, account: &Account) {
        if let Some(calls) = NonZeroU32::new(account.calls_owed()) {
            let balance = self.request_checks.settle(self.payer, calls);
            self.meter.add(calls, balance.remaining());
        }
    }

    /// Charges the caller.
    pub(crate) fn charge(&self, calls: NonZeroU32) -> Result<(), Problem> {
        let balance = self.request_checks.charge(self.payer, calls);
        self.meter.add(calls, balance.remaining());
        balance
            .into_result()
            .map_err(|error| Problem::of(error, &self.request_id))
    }

    /// What the operation has cost by now.
    pub(crate) fn cost(&self) -> Cost {
        self.meter.read()
    }

    /// Returns the vehicles that exist for the caller as its rights are now.
    pub(crate) fn present_scope(&self) -> Arc<AccessScope> {
        self.rights.present_scope(&self.actor.scope)
    }

    /// Loaders that remember nothing yet, for what is shown after a change or in an event, on behalf of the caller as its
    /// rights are now.
    pub(crate) fn fresh_loaders(&self, manner: Manner) -> Loaders {
        let Self {
            app,
            actor,
            request_id,
            queue,
            ..
        } = self;
        let actor = Actor {
            scope: self.present_scope(),
            ..Actor::clone(actor)
        };
        Loaders::new(app, &Arc::new(actor), request_id, queue, manner)
    }

    /// What tells more of the vehicles that a query shows.
    pub(crate) const fn loaders(&self) -> &Arc<Loaders> {
        &self.loaders
    }

    /// A use case's answer as a resolver's.
    pub(crate) fn answer<T, U: From<T>>(&self, result: Result<T, Error>) -> FieldResult<U> {
        result.map(U::from).map_err(|error| self.fault(error))
    }

    /// The same, when there may be none.
    pub(crate) fn optional<T, U: From<T>>(&self, result: Result<Option<T>, Error>) -> FieldResult<Option<U>> {
        result
            .map(|found| found.map(U::from))
            .map_err(|error| self.fault(error))
    }

    /// The same, when there is nothing to show.
    pub(crate) fn done(&self, result: Result<(), Error>) -> FieldResult<bool> {
        result.map(|()| true).map_err(|error| self.fault(error))
    }

    /// A use case's error as a resolver's.
    pub(crate) fn fault(&self, error: impl Into<Error>) -> FieldError {
        let error = error.into();
        if let Some(operation) = error.refused_operation() {
            self.request_checks.note_refusal(&self.actor, operation);
        }
        Problem::of(error, &self.request_id).into()
    }
}
