//! Several requests in one.

use std::num::NonZeroU32;

use actix_web::http::StatusCode;
use tokio::time::Instant;

use super::{Allowed, Answer, execute_prepared};
use crate::{
    api::GraphqlApi,
    context::Caller,
    document::{self, check_complexity},
    instruments,
    request::Request,
};

/// Executes requests one after another, each in a context of its own and with the rights of then, and gives their answers as a list. What they
/// cost and how long they take is counted together: too expensive ones are refused before any is executed, and those
/// whose turn comes too late are not executed any more.
pub(crate) async fn execute_batch(
    api: &GraphqlApi,
    mut caller: Caller,
    requests: Vec<Request>,
) -> Result<String, Answer> {
    let started = Instant::now();
    // The first is paid by the HTTP request.
    let others = requests.len().saturating_sub(1).try_into().unwrap_or(u32::MAX);
    if let Some(others) = NonZeroU32::new(others)
        && let Err(problem) = api.context(&caller).charge(others)
    {
        instruments::answered(None, false, started);
        return Err(Answer::refused(&problem));
    }
    let prepare = |request| document::prepare(request, &api.schema, &api.options);
    let prepared: Vec<_> = requests.into_iter().map(prepare).collect();
    let complexity = prepared
        .iter()
        .flatten()
        .fold(0_u64, |sum, one| sum.saturating_add(one.complexity));
    if let Err(problem) = check_complexity(complexity, &api.options) {
        instruments::answered(None, false, started);
        return Err(Answer::problem(StatusCode::BAD_REQUEST, &problem));
    }
    let mut answers = Vec::with_capacity(prepared.len());
    for (number, one) in prepared.into_iter().enumerate() {
        if number > 0 {
            caller.look_again(&api.gatekeeper).await;
        }
        let answer = match one {
            Ok(_) if started.elapsed() >= api.options.timeout => Answer::late(api.options.timeout),
            Ok(one) => {
                execute_prepared(
                    api,
                    &api.context(&caller),
                    &one,
                    Allowed::QueriesAndMutations,
                    started,
                )
                .await
            }
            Err(refusal) => Answer::refusal(&refusal),
        };
        answers.push(answer.into_body());
    }
    Ok(format!("[{}]", answers.join(",")))
}
