use rstest::rstest;
use uuid::Uuid;

use super::*;

const BETWEEN: &str = "between 1 and 500";

fn query(first: Option<i64>, last: Option<i64>) -> PageQuery {
    PageQuery {
        first,
        last,
        ..PageQuery::default()
    }
}

fn fields(query: &PageQuery) -> Vec<String> {
    let faults = query.checked(|_| Some(())).expect_err("it is wrong");
    faults.iter().map(|fault| fault.field.clone()).collect()
}

#[rstest]
#[case(None, None, (50, PageEnd::First))]
#[case(Some(1), None, (1, PageEnd::First))]
#[case(Some(500), None, (500, PageEnd::First))]
#[case(None, Some(1), (1, PageEnd::Last))]
#[case(None, Some(500), (500, PageEnd::Last))]
fn a_page_is_counted_from_one_end(
    #[case] first: Option<i64>,
    #[case] last: Option<i64>,
    #[case] expected: (u32, PageEnd),
) {
    let request = query(first, last).checked(|_| Some(())).expect("a page");
    assert_eq!((request.size, request.end), expected);
}

#[rstest]
#[case(0)]
#[case(501)]
#[case(-1)]
#[case(i64::MAX)]
fn a_page_has_1_to_500_items(#[case] size: i64) {
    for (query, field) in [
        (query(Some(size), None), "first"),
        (query(None, Some(size)), "last"),
    ] {
        let faults = query.checked(|_| Some(())).expect_err("it is wrong").to_string();
        assert_eq!(faults, format!("{field} must be {BETWEEN}"));
    }
}

#[test]
fn a_page_is_not_counted_from_both_ends() {
    assert_eq!(fields(&query(Some(1), Some(1))), ["last"]);
}

#[test]
fn an_empty_cursor_counts_as_none() {
    let request = PageQuery {
        after: Some(String::new()),
        before: Some(String::new()),
        ..PageQuery::default()
    };
    let request = request.checked(|_| Some(())).expect("a page");
    assert_eq!((request.after, request.before), (None, None));
}

#[test]
fn all_violations_are_reported_at_once() {
    let query = PageQuery {
        first: Some(0),
        after: Some("nonsense".to_owned()),
        last: Some(0),
        before: Some("nonsense".to_owned()),
    };
    assert_eq!(fields(&query), ["first", "last", "last", "after", "before"]);
}

/// Returns a page of the list 1 to 9, and whether the list has items before it and after it.
fn listed(request: &PageRequest<u32>) -> (Vec<u32>, bool, bool) {
    let page = request.cut(1..=9_u32, |item| *item, Ord::cmp);
    let listing = Listing::of(page, request, |_| Cursor::by_id("numbers", Uuid::nil()));
    let (has_previous, has_next) = (listing.has_previous, listing.has_next);
    (listing.into_items(), has_previous, has_next)
}

#[rstest]
#[case(PageRequest::forward(3, None), (vec![1, 2, 3], false, true))]
#[case(PageRequest::forward(3, Some(3)), (vec![4, 5, 6], true, true))]
#[case(PageRequest::forward(3, Some(6)), (vec![7, 8, 9], true, false))]
#[case(PageRequest::forward(3, Some(9)), (vec![], true, false))]
#[case(PageRequest::backward(3, None), (vec![7, 8, 9], true, false))]
#[case(PageRequest::backward(3, Some(7)), (vec![4, 5, 6], true, true))]
#[case(PageRequest::backward(3, Some(4)), (vec![1, 2, 3], false, true))]
#[case(PageRequest::backward(3, Some(1)), (vec![], false, true))]
#[case(PageRequest { before: Some(6), ..PageRequest::forward(2, Some(2)) }, (vec![3, 4], true, true))]
#[case(PageRequest { after: Some(2), ..PageRequest::backward(2, Some(6)) }, (vec![4, 5], true, true))]
#[case(PageRequest { before: Some(2), ..PageRequest::forward(2, Some(6)) }, (vec![], true, true))]
fn a_page_states_whether_the_list_continues_in_each_direction(
    #[case] request: PageRequest<u32>,
    #[case] expected: (Vec<u32>, bool, bool),
) {
    assert_eq!(listed(&request), expected);
}
