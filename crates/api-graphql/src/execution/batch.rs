//! Execution of batches: several requests in one HTTP request.

use std::num::NonZeroU32;

use actix_web::http::StatusCode;
use tokio::time::Instant;

use super::{Allowed, Answer, Arrival, Room, execute_prepared, prepare};
use crate::{
    api::GraphqlApi,
    context::Caller,
    cost::Cost,
    document::{Costs, check_costs},
    instruments,
    request::Incoming,
};

pub(crate) struct Answers {
    /// JSON array of the answers.
    pub(crate) body: String,
    pub(crate) remaining: u32,
}

/// Executes requests one after another, each in its own context and with the caller's rights at that time. The limits
/// on cost, duration and answer size apply to the whole batch. A batch that is too expensive is rejected with a single
/// answer. Requests whose turn comes after the timeout are not executed.
pub(crate) async fn execute_batch(
    api: &GraphqlApi,
    mut caller: Caller,
    requests: Vec<Incoming>,
) -> Result<Answers, (Answer, Cost)> {
    let started = Instant::now();
    // The charge for the HTTP request covers the first request of the batch.
    let others = requests.len().saturating_sub(1).try_into().unwrap_or(u32::MAX);
    if let Some(others) = NonZeroU32::new(others) {
        let context = api.context(&caller);
        let charged = context.charge(others);
        caller.cost.remaining = context.cost().remaining;
        if let Err(problem) = charged {
            instruments::answered(None, false, started);
            return Err((Answer::refused(&problem), context.cost()));
        }
    }
    let prepared: Vec<_> = requests
        .into_iter()
        .map(|request| prepare(api, request))
        .collect();
    let costs = prepared.iter().flatten().fold(Costs::default(), |sum, one| {
        sum.plus(Costs {
            complexity: one.complexity,
            introspection: one.introspection,
        })
    });
    if let Err(problem) = check_costs(costs, &api.options) {
        instruments::answered(None, false, started);
        let cost = Cost {
            requested: others.saturating_add(1),
            ..caller.cost
        };
        return Err((Answer::problem(StatusCode::BAD_REQUEST, &problem), cost));
    }
    let mut answers = Vec::with_capacity(prepared.len());
    let mut room = Room::default();
    let arrival = Arrival::by_this_request();
    for (number, one) in prepared.into_iter().enumerate() {
        // A request before this one may have changed the caller's rights or ended its session.
        if number > 0 {
            caller.look_again(&api.request_checks).await;
        }
        let context = api.context(&caller);
        let answer = match one {
            Ok(_) if started.elapsed() >= api.options.timeout => Answer::late(api.options.timeout),
            Ok(one) => {
                let allowed = Allowed::QueriesAndMutations;
                let answer = execute_prepared(api, &context, &one, &arrival, allowed, started, room).await;
                room.shrink(&one, &answer);
                answer
            }
            Err(refusal) => Answer::refusal(&refusal),
        };
        caller.cost.remaining = context.cost().remaining;
        answers.push(answer.into_body(Some(context.cost())));
    }
    Ok(Answers {
        body: format!("[{}]", answers.join(",")),
        remaining: caller.cost.remaining,
    })
}
