//! All checks of one request.

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
use observability::http::RequestId;

use crate::{
    address::TrustedProxies,
    body::{self, Body, BodyBudget, BodyFault, BodyLimits, Parsers},
    origin,
    payer::Payer,
    quotas::{Balance, QuotaRules, Quotas},
    tcp::Receiving,
    token::{self, Presented},
};

type Result<T, E = Error> = std::result::Result<T, E>;

/// Checks the address, the token and the quota of requests. Clones share everything.
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
    /// Whether a header that is not trusted was warned of already.
    has_warned: Arc<AtomicBool>,
}

/// How many handshakes count as much as a request: screens come back all at once after a restart, and the number of
/// sockets is limited as such.
const HANDSHAKES_PER_REQUEST: NonZeroU32 = const { NonZeroU32::new(10).expect("not zero") };

/// The sender of a request.
pub struct Party {
    /// Its address, and the id of the request.
    pub origin: Origin,
    /// The user of the presented token, if there is one.
    pub bearer: Option<Authenticated>,
    payer: Payer,
}

impl Party {
    /// Returns the user, for an endpoint that needs one.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] without a token.
    pub fn actor(&self) -> Result<Actor> {
        let bearer = self.bearer.as_ref().ok_or(NO_TOKEN)?;
        Ok(bearer.actor(self.origin.clone()))
    }

    /// The account to which its calls go.
    #[must_use]
    pub const fn payer(&self) -> Payer {
        self.payer
    }

    /// Begins a live session of the user.
    ///
    /// # Errors
    /// As [`Party::actor`].
    pub fn live_session(self) -> Result<LiveSession> {
        let bearer = self.bearer.ok_or(NO_TOKEN)?;
        Ok(bearer.live_session(self.origin))
    }
}

const NO_TOKEN: Error = Error::Unauthenticated {
    reason: "an access token is needed: Authorization: Bearer <token>",
};

const UNREADABLE: Error = Error::Unauthenticated {
    reason: "the authorization must be one bearer token",
};

impl RequestChecks {
    /// A request_checks with empty accounts.
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

    /// Returns whether a browser's page may open a socket: pages of this server itself, reached as it is, and of the
    /// origins that the configuration names (`*` for all). Other clients send no `Origin` and are not asked.
    pub(crate) fn allows_origin(&self, request: &HttpRequest, allowed: &[String]) -> bool {
        origin::is_allowed(request, self.proxies.scheme(request), allowed)
    }

    /// Warns once of a proxy that may have been forgotten: behind it all clients have one address, and each of them can use
    /// up the quota of all.
    fn warn_of_forgotten_proxy(&self, peer: IpAddr, headers: &HeaderMap) {
        if self.proxies.passes_over(peer, headers) && !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                peer = %peer,
                "X-Forwarded-For or Forwarded of a peer that is not among FLEETWATCH_HTTP__TRUSTED_PROXIES is passed \
                 over: if it is a proxy, name it there, or all of its clients count as one address"
            );
        }
    }

    /// Returns the address of a request, and its id.
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

    /// Authenticates the sender of a request by the token of its header, if there is one, and charges the call.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for a token that is invalid or expired; [`Error::RateLimited`]; [`Error::Unavailable`]
    /// when the registry is needed for that, and is away.
    pub async fn receive(&self, request: &HttpRequest) -> Result<Party> {
        self.receive_charged(request, Self::charge_call).await
    }

    /// The same for a request that ends a session. A caller without quota can log out all the same: such requests then
    /// have a quota of their own.
    ///
    /// # Errors
    /// As [`RequestChecks::receive`].
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
        charge(self, request, payer)?;
        Ok(Party {
            origin,
            bearer: bearer?,
            payer,
        })
    }

    /// The same for a WebSocket handshake, where a token may stand among the subprotocols instead; it is charged as one.
    ///
    /// # Errors
    /// As [`RequestChecks::receive`].
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

    /// Returns the origin of a handshake for a socket on which the token is presented later.
    ///
    /// # Errors
    /// [`Error::RateLimited`].
    pub(crate) fn receive_unknown_handshake(&self, request: &HttpRequest) -> Result<Origin> {
        let origin = self.origin(request);
        self.charge_handshake(Payer::of(&origin))?;
        Ok(origin)
    }

    fn charge_handshake(&self, payer: Payer) -> Result<()> {
        self.handshakes.charge(payer, NonZeroU32::MIN).into_result()
    }

    /// Charges a call of any sender to its address, and returns that.
    ///
    /// # Errors
    /// [`Error::RateLimited`].
    pub fn receive_visitor(&self, request: &HttpRequest) -> Result<Origin> {
        let origin = self.origin(request);
        self.charge_call(request, Payer::of(&origin))?;
        Ok(origin)
    }

    /// The same for a request that ends a session.
    ///
    /// # Errors
    /// [`Error::RateLimited`].
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

    /// Reads the body of a request, of at most `max_bytes`. The caller's right to use it is to be checked before.
    ///
    /// # Errors
    /// [`BodyFault`]: the reason for which it is refused.
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

    /// Parses a body; a large one on another thread, since its own serves others as well.
    ///
    /// # Errors
    /// [`BodyFault::ServerIsFull`], when too many others are to be parsed before it.
    pub async fn parse_body<T: Send + 'static>(
        &self,
        body: Body,
        parse: impl FnOnce(&[u8]) -> T + Send + 'static,
    ) -> Result<T, BodyFault> {
        self.parsers.parse(body, parse).await
    }

    /// Authenticates the bearer of a token, apart from any request.
    ///
    /// # Errors
    /// As [`RequestChecks::receive`], but nothing is charged.
    pub async fn bearer(&self, shown: Presented<'_>) -> Result<Option<Authenticated>> {
        match shown {
            Presented::Nothing => Ok(None),
            Presented::Unreadable => Err(UNREADABLE),
            Presented::Token(token) => Ok(Some(self.authenticate.execute(token).await?)),
        }
    }

    /// Returns a known user with its current rights.
    ///
    /// # Errors
    /// As [`Authenticate::again`].
    pub async fn again(&self, known: &Actor) -> Result<Actor> {
        self.authenticate.again(known).await
    }

    /// Charges an account for something that costs as much as `calls` usual calls.
    #[must_use]
    pub fn charge(&self, payer: Payer, calls: NonZeroU32) -> Balance {
        self.quotas.charge(payer, calls)
    }

    /// Returns the balance that the headers of a request's answer show, once the request was charged.
    #[must_use]
    pub fn balance(request: &HttpRequest) -> Option<Balance> {
        request.extensions().get::<Balance>().copied()
    }

    /// Sets the number of calls left that the headers of a request's answer show: handling it was charged for as well.
    pub fn correct_balance(request: &HttpRequest, remaining: u32) {
        if let Some(balance) = request.extensions_mut().get_mut::<Balance>() {
            balance.remaining = remaining;
        }
    }

    /// Charges an account for the cost of a call beside its price: as far as the quota goes now, the rest before the next
    /// call.
    pub fn settle(&self, payer: Payer, calls: NonZeroU32) -> Balance {
        self.quotas.owe(payer, calls)
    }

    /// Settles for a request, whose answer then shows the balance.
    pub fn settle_request(&self, request: &HttpRequest, payer: Payer, calls: NonZeroU32) {
        let balance = self.settle(payer, calls);
        request.extensions_mut().insert(balance);
    }

    /// Records in the audit log that a user tried an operation that its role does not allow.
    pub fn note_refusal(&self, actor: &Actor, operation: Operation) {
        self.refusals.note(actor, operation);
    }
}

/// Returns the account of a call: the user's, when it is known.
fn payer(bearer: &Result<Option<Authenticated>>, origin: &Origin) -> Payer {
    match bearer {
        Ok(Some(bearer)) => Payer::User(bearer.user_id()),
        _ => Payer::of(origin),
    }
}
