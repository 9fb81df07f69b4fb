//! Fragments of a document, each of which is measured once.

use std::collections::HashMap;

use juniper::{DefaultScalarValue, Definition, Document, Selection};

pub(super) type Selections<'d> = &'d [Selection<'d, DefaultScalarValue>];

/// Measures of all fragments. Each fragment is measured once, so the time is linear in the size of the document, even
/// if fragments include each other many times on many levels.
pub(super) struct Fragments<'d>(HashMap<&'d str, Fragment<'d>>);

#[derive(Clone, Copy)]
enum Fragment<'d> {
    Unmeasured {
        type_condition: &'d str,
        selections: Selections<'d>,
    },
    /// Being measured. Encountering it again means that the fragments are cyclic, which validation will reject.
    Open,
    Measured(u64),
}

/// Result of [`Fragments::open`].
pub(super) enum Opened<'d> {
    Measured(u64),
    /// The caller must measure the fragment, and then call [`Fragments::close`].
    Unmeasured {
        type_condition: &'d str,
        selections: Selections<'d>,
    },
}

impl<'d> Fragments<'d> {
    pub(super) fn of(document: &'d Document<'d, DefaultScalarValue>) -> Self {
        let fragments = document.iter().filter_map(|definition| match definition {
            Definition::Fragment(fragment) => Some((
                fragment.item.name.item,
                Fragment::Unmeasured {
                    type_condition: fragment.item.type_condition.item,
                    selections: &fragment.item.selection_set,
                },
            )),
            Definition::Operation(_) => None,
        });
        Self(fragments.collect())
    }

    /// Returns the measure of a fragment, or the task to measure it. A fragment that does not exist or contains itself
    /// has the measure 0; validation will reject the document.
    pub(super) fn open(&mut self, name: &str) -> Opened<'d> {
        let Some(fragment) = self.0.get_mut(name) else {
            return Opened::Measured(0);
        };
        match std::mem::replace(fragment, Fragment::Open) {
            Fragment::Unmeasured {
                type_condition,
                selections,
            } => Opened::Unmeasured {
                type_condition,
                selections,
            },
            Fragment::Open => Opened::Measured(0),
            Fragment::Measured(measure) => {
                *fragment = Fragment::Measured(measure);
                Opened::Measured(measure)
            }
        }
    }

    pub(super) fn close(&mut self, name: &'d str, measure: u64) {
        self.0.insert(name, Fragment::Measured(measure));
    }
}
