//! Paging through lists in both directions.

use std::fmt::Debug;

use application::paging::{Page, PageRequest};

/// Returns all items of a list, read in pages of this size from the start. Checks that reading backwards, and reading
/// between two positions from either end, gives the same items.
pub(super) async fn walk<T, Place>(
    size: u32,
    place: impl Fn(&T) -> Place,
    find: impl AsyncFn(PageRequest<Place>) -> Page<T>,
) -> Vec<T>
where
    T: Clone + PartialEq + Debug,
{
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = find(PageRequest::forward(size, after)).await;
        check_is_full(&page, size);
        after = page.items.last().map(&place);
        seen.extend(page.items);
        if !page.has_more {
            break;
        }
    }
    let (mut backwards, mut before) = (Vec::new(), None);
    loop {
        let mut page = find(PageRequest::backward(size, before)).await;
        check_is_full(&page, size);
        before = page.items.first().map(&place);
        page.items.append(&mut backwards);
        backwards = page.items;
        if !page.has_more {
            break;
        }
    }
    assert_eq!(backwards, seen, "backwards in pages of {size}");
    if let [first, between @ .., last] = seen.as_slice() {
        check_between(size, between, &find, || (place(first), place(last))).await;
    }
    seen
}

fn check_is_full<T>(page: &Page<T>, size: u32) {
    let is_full = page.items.len() == size as usize;
    assert!(page.items.len() <= size as usize);
    assert!(is_full || !page.has_more, "a page with more beyond it is full");
}

async fn check_between<T, Place>(
    size: u32,
    between: &[T],
    find: impl AsyncFn(PageRequest<Place>) -> Page<T>,
    ends: impl Fn() -> (Place, Place),
) where
    T: Clone + PartialEq + Debug,
{
    let (length, has_more) = (between.len().min(size as usize), between.len() > size as usize);
    let (after, before) = ends();
    let from_the_beginning = find(PageRequest {
        before: Some(before),
        ..PageRequest::forward(size, Some(after))
    });
    let expected = Page {
        items: between[..length].to_vec(),
        has_more,
    };
    assert_eq!(from_the_beginning.await, expected);
    let (after, before) = ends();
    let from_the_end = find(PageRequest {
        after: Some(after),
        ..PageRequest::backward(size, Some(before))
    });
    let expected = Page {
        items: between[between.len() - length..].to_vec(),
        has_more,
    };
    assert_eq!(from_the_end.await, expected);
}
