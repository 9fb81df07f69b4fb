//! Charging of requests for work whose cost is only known afterwards.

use std::{num::NonZeroU32, sync::Arc};

use actix_web::{
    Error,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};
use application::fairness::account::Account;
use http_edge::{Payer, RequestChecks};

/// Middleware that opens an account for each request, and afterwards charges the account's holder for the scans and
/// long responses that the request caused. [`Caller`](crate::caller::Caller) sets the holder.
pub(crate) async fn on_account(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let account = Account::open();
    let response = Arc::clone(&account).run(next.call(request)).await?;
    let request = response.request();
    if let Some(holder) = account.holder()
        && let Some(calls) = NonZeroU32::new(account.calls_owed())
        && let Some(request_checks) = request.app_data::<Data<RequestChecks>>()
    {
        request_checks.settle_request(request, Payer::User(holder.user), calls);
    }
    Ok(response)
}
