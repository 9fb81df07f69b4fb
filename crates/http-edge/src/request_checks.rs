//! Checks of a request: address, token, quota and body.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use actix_web::{HttpMessage as _, HttpRequest, http::header::HeaderMap, web::Payload};
use application::{
    Actor, Error, Origin,
    audit::NoteRefusals,
    identity::{Authenticate, Authenticated, LiveSession},
};
use domain::{Operation, UserId};
use observability::{http::RequestId, logs::note_user};

use crate::{
    address::TrustedProxies,
    body::{self, Body, BodyBudget, BodyFault, BodyLimits, Parsers},
    origin,
    payer::Payer,
    quotas::{Balance, QuotaRules, Quotas},
    tcp::Receiving,
    token::{self, Presented},
};

/// Factor by which the quota for handshakes is larger than the quota for calls. After a restart, all screens reconnect
/// at once, and the number of sockets has a separate limit.
const HANDSHAKES_PER_REQUEST: NonZeroU32 = const { NonZeroU32::new(10).expect("not zero") };

const NO_TOKEN: Error = Error::Unauthenticated {
    reason: "an access token is required: Authorization: Bearer <token>",
};

const UNREADABLE: Error = Error::Unauthenticated {
    reason: "the request must present exactly one bearer token",
};

type Result<T, E = Error> = std::result::Result<T, E>;

/// Checks the address, token and quota of requests. Clones share all state.
#[derive(Clone)]
pub struct RequestChecks {
    authenticate: Authenticate,
    proxies: TrustedProxies,
    quotas: Quotas,
    handshakes: Quotas,
    departures: Quotas,
    bodies: BodyBudget,
    parsers: Parsers,
    refusals: NoteRefusals,
    /// Whether the warning about an untrusted forwarding header has been logged.
    has_warned: Arc<AtomicBool>,
}

/// The sender of a request.
pub struct Party {
    /// Address of the client, and id of the request.
    pub origin: Origin,
    /// The user of the presented token; `None` without a token.
    pub bearer: Option<Authenticated>,
    payer: Payer,
}

impl Party {
    /// Returns the user, for operations that require one.
    ///
    /// # Errors
    /// Returns [`Error::Unauthenticated`] without a token.
    pub fn actor(&self) -> Result<Actor> {
        let bearer = self.bearer.as_ref().ok_or(NO_TOKEN)?;
        Ok(bearer.actor(self.origin.clone()))
    }

    /// Returns the account to which the sender's calls are charged.
    #[must_use]
    pub const fn payer(&self) -> Payer {
        self.payer
    }

    /// Starts a live session of the user.
    ///
    /// # Errors
    /// Returns the errors of [`Party::actor`].
    pub fn live_session(self) -> Result<LiveSession> {
        let bearer = self.bearer.ok_or(NO_TOKEN)?;
        Ok(bearer.live_session(self.origin))
    }
}

impl RequestChecks {
    #[must_use]
    pub fn new(
        authenticate: Authenticate,
        proxies: TrustedProxies,
        quotas: QuotaRules,
        bodies: BodyLimits,
        refusals: NoteRefusals,
    ) -> Self {
        Self {
            authenticate,
            proxies,
            quotas: Quotas::new(quotas),
            departures: Quotas::new(quotas),
            handshakes: Quotas::new(quotas.times(HANDSHAKES_PER_REQUEST)),
            bodies: BodyBudget::new(bodies),
            parsers: Parsers::new(),
            refusals,
            has_warned: Arc::default(),
        }
    }

    /// Returns `true` if a page may open a socket: its origin is the server's own, as the client reaches it, or is in
    /// `allowed`, where `*` stands for all. Requests without `Origin`, from clients other than browsers, are allowed.
    pub(crate) fn allows_origin(&self, request: &HttpRequest, allowed: &[String]) -> bool {
        origin::is_allowed(request, self.proxies.scheme(request), allowed)
    }

    /// Warns once about a proxy that may be missing from the configuration: all clients behind it would share the
    /// limits of one address.
    fn warn_of_forgotten_proxy(&self, peer: IpAddr, headers: &HeaderMap) {
        if self.proxies.passes_over(peer, headers) && !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                peer = %peer,
                "ignoring X-Forwarded-For or Forwarded from a peer that is not in FLEETWATCH_HTTP__TRUSTED_PROXIES: \
                 if it is a proxy, add it; otherwise, all its clients share the limits of one address"
            );
        }
    }

    /// Returns the client address and the id of a request.
    #[must_use]
    pub fn origin(&self, request: &HttpRequest) -> Origin {
        let peer = request
            .peer_addr()
            .map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip());
        self.warn_of_forgotten_proxy(peer, request.headers());
        let id = request
            .extensions()
            .get::<RequestId>()
            .map(|id| Arc::from(id.as_str()));
        Origin {
            address: Some(self.proxies.client(peer, request.headers())),
            request_id: id,
        }
    }

    /// Authenticates the sender with the token in the header, if there is one, and charges the call.
    ///
    /// # Errors
    /// Returns [`Error::Unauthenticated`] for an invalid or expired token; [`Error::RateLimited`] if the quota is used
    /// up; [`Error::Unavailable`] if authentication needs the registry and it is unavailable.
    pub async fn receive(&self, request: &HttpRequest) -> Result<Party> {
        self.receive_charged(request, Self::charge_call).await
    }

    /// Like [`RequestChecks::receive`], for a request that ends a session: if the quota for calls is used up, it is
    /// charged to a separate quota, so that logging out remains possible.
    ///
    /// # Errors
    /// Returns the errors of [`RequestChecks::receive`].
    pub async fn receive_departure(&self, request: &HttpRequest) -> Result<Party> {
        self.receive_charged(request, Self::charge_departure).await
    }

    async fn receive_charged(
        &self,
        request: &HttpRequest,
        charge: impl FnOnce(&Self, &HttpRequest, Payer) -> Result<()>,
    ) -> Result<Party> {
        let origin = self.origin(request);
        let bearer = self.bearer(token::in_header(request.headers())).await;
        let payer = payer(&bearer, &origin);
        // Charge before reporting a bad token, so that guessing tokens uses up the address's quota.
        charge(self, request, payer)?;
        Ok(Party {
            origin,
            bearer: bearer?,
            payer,
        })
    }

    /// Like [`RequestChecks::receive`], for a WebSocket handshake: it is charged to the quota for handshakes, and the
    /// token may be among the subprotocols.
    ///
    /// # Errors
    /// Returns the errors of [`RequestChecks::receive`].
    pub(crate) async fn receive_handshake(&self, request: &HttpRequest) -> Result<Party> {
        let headers = request.headers();
        let shown = token::in_header(headers).or(token::in_subprotocols(headers));
        let origin = self.origin(request);
        let bearer = self.bearer(shown).await;
        let payer = payer(&bearer, &origin);
        self.charge_handshake(payer)?;
        Ok(Party {
            origin,
            bearer: bearer?,
            payer,
        })
    }

    /// Charges a handshake to the client's address, for a client that presents its token later; returns the origin.
    ///
    /// # Errors
    /// Returns [`Error::RateLimited`] if the quota is used up.
    pub(crate) fn receive_unknown_handshake(&self, request: &HttpRequest) -> Result<Origin> {
        let origin = self.origin(request);
        self.charge_handshake(Payer::of(&origin))?;
        Ok(origin)
    }

    fn charge_handshake(&self, payer: Payer) -> Result<()> {
        self.handshakes.charge(payer, NonZeroU32::MIN).into_result()
    }

    /// Charges a call to the client's address, even if the request has a token; returns the origin.
    ///
    /// # Errors
    /// Returns [`Error::RateLimited`] if the quota is used up.
    pub fn receive_visitor(&self, request: &HttpRequest) -> Result<Origin> {
        let origin = self.origin(request);
        self.charge_call(request, Payer::of(&origin))?;
        Ok(origin)
    }

    /// Like [`RequestChecks::receive_visitor`], for a request that ends a session (see
    /// [`RequestChecks::receive_departure`]).
    ///
    /// # Errors
    /// Returns [`Error::RateLimited`] if the quota is used up.
    pub fn receive_departing_visitor(&self, request: &HttpRequest) -> Result<Origin> {
        let origin = self.origin(request);
        self.charge_departure(request, Payer::of(&origin))?;
        Ok(origin)
    }

    fn charge_departure(&self, request: &HttpRequest, payer: Payer) -> Result<()> {
        match self.charge_call(request, payer) {
            Err(Error::RateLimited { .. }) => self.departures.charge(payer, NonZeroU32::MIN).into_result(),
            outcome => outcome,
        }
    }

    fn charge_call(&self, request: &HttpRequest, payer: Payer) -> Result<()> {
        let balance = self.quotas.charge(payer, NonZeroU32::MIN);
        request.extensions_mut().insert(balance);
        balance.into_result()
    }

    /// Reads a request body of at most `max_bytes`. The caller's permission must be checked beforehand.
    ///
    /// # Errors
    /// Returns a [`BodyFault`] with the reason for the refusal.
    pub async fn read_body(
        &self,
        request: &HttpRequest,
        payload: Payload,
        user: Option<UserId>,
        max_bytes: usize,
    ) -> Result<Body, BodyFault> {
        let address = Payer::of(&self.origin(request));
        let clients = user.map(Payer::User).into_iter().chain([address]);
        let charge = self.bodies.begin(clients.collect());
        let _receiving = Receiving::begin(request);
        body::read(request, payload, max_bytes, charge).await
    }

    /// Parses a body. A large one is parsed on another thread, because the current one serves other requests too.
    ///
    /// # Errors
    /// Returns [`BodyFault::ServerIsFull`] if no parser was free in time.
    pub async fn parse_body<T: Send + 'static>(
        &self,
        body: Body,
        parse: impl FnOnce(&[u8]) -> T + Send + 'static,
    ) -> Result<T, BodyFault> {
        self.parsers.parse(body, parse).await
    }

    /// Authenticates the bearer of a token without charging a quota. From then on, the log lines of the request contain
    /// the user.
    ///
    /// # Errors
    /// Returns the errors of [`RequestChecks::receive`], except [`Error::RateLimited`].
    pub async fn bearer(&self, shown: Presented<'_>) -> Result<Option<Authenticated>> {
        match shown {
            Presented::Nothing => Ok(None),
            Presented::Unreadable => Err(UNREADABLE),
            Presented::Token(token) => {
                let bearer = self.authenticate.execute(token).await?;
                note_user(bearer.user_id());
                Ok(Some(bearer))
            }
        }
    }

    /// Returns a known actor with up-to-date rights.
    ///
    /// # Errors
    /// Returns the errors of [`Authenticate::again`].
    pub async fn again(&self, known: &Actor) -> Result<Actor> {
        self.authenticate.again(known).await
    }

    /// Charges an account for an operation that costs as much as `calls` ordinary calls.
    #[must_use]
    pub fn charge(&self, payer: Payer, calls: NonZeroU32) -> Balance {
        self.quotas.charge(payer, calls)
    }

    /// Returns the balance for the response headers; `None` before the request is charged.
    #[must_use]
    pub fn balance(request: &HttpRequest) -> Option<Balance> {
        request.extensions().get::<Balance>().copied()
    }

    /// Corrects the number of remaining calls in the response headers, after the handler itself has charged the
    /// account.
    pub fn correct_balance(request: &HttpRequest, remaining: u32) {
        if let Some(balance) = request.extensions_mut().get_mut::<Balance>() {
            balance.remaining = remaining;
        }
    }

    /// Charges an account for the additional cost of a call that is already done: as far as the quota allows at once,
    /// and the rest before the next call.
    pub fn settle(&self, payer: Payer, calls: NonZeroU32) -> Balance {
        self.quotas.owe(payer, calls)
    }

    /// Settles the additional cost of a request. Its response headers then report the new balance.
    pub fn settle_request(&self, request: &HttpRequest, payer: Payer, calls: NonZeroU32) {
        let balance = self.settle(payer, calls);
        request.extensions_mut().insert(balance);
    }

    /// Records in the audit log that a user was refused an operation.
    pub fn note_refusal(&self, actor: &Actor, operation: Operation) {
        self.refusals.note(actor, operation);
    }
}

/// Returns the account to charge: the user's if the token is valid, otherwise the address's.
fn payer(bearer: &Result<Option<Authenticated>>, origin: &Origin) -> Payer {
    match bearer {
        Ok(Some(bearer)) => Payer::User(bearer.user_id()),
        _ => Payer::of(origin),
    }
}
