//! Keyset pages of lists that are sorted by id.

/// Narrows a query to the rows of a page plus one more, which shows whether the list continues. Rows are read starting
/// at the end of the list from which the page is counted. `$ahead` is true for ids before another one in the list,
/// `$behind` for ids after it: `lt` and `gt` if the list is ascending, `gt` and `lt` if it is descending.
macro_rules! page_by_id {
    ($chosen:expr, $id:expr, $request:expr, upwards) => {
        $crate::paging::page_by_id!(@ $chosen, $id, $request, lt asc, gt desc)
    };
    ($chosen:expr, $id:expr, $request:expr, downwards) => {
        $crate::paging::page_by_id!(@ $chosen, $id, $request, gt desc, lt asc)
    };
    (@ $chosen:expr, $id:expr, $request:expr, $ahead:ident $forward:ident, $behind:ident $backward:ident) => {{
        let (mut chosen, request) = ($chosen, $request);
        if let Some(after) = &request.after {
            chosen = chosen.filter($id.$behind(*after.as_uuid()));
        }
        if let Some(before) = &request.before {
            chosen = chosen.filter($id.$ahead(*before.as_uuid()));
        }
        let size = i64::try_from(request.read_size()).unwrap_or(i64::MAX);
        match request.end {
            application::paging::PageEnd::First => chosen.order($id.$forward()).limit(size),
            application::paging::PageEnd::Last => chosen.order($id.$backward()).limit(size),
        }
    }};
}

pub(crate) use page_by_id;
