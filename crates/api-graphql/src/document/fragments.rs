//! The fragments of a document, each measured once.

use std::collections::HashMap;

use juniper::{DefaultScalarValue, Definition, Document, Selection};

pub(super) type Selections<'d> = &'d [Selection<'d, DefaultScalarValue>];

/// What is known of each fragment. A fragment that uses others many times, which use others many times, is measured in
/// the time that it takes to read it.
pub(super) struct Fragments<'d>(HashMap<&'d str, Fragment<'d>>);

#[derive(Clone, Copy)]
enum Fragment<'d> {
    Unmeasured {
        type_condition: &'d str,
        selections: Selections<'d>,
    },
    /// Being measured: who meets it again is in a cycle, which validation will refuse.
    Open,
    Measured(u64),
}

/// What to do about a fragment.
pub(super) enum Opened<'d> {
    /// Nothing: this is its measure.
    Measured(u64),
    /// To measure it, and to [`Fragments::close`] it then.
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

    /// A fragment that is used somewhere. One that is not there measures nothing, and is refused later.
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

    /// A fragment was measured.
    pub(super) fn close(&mut self, name: &'d str, measure: u64) {
        self.0.insert(name, Fragment::Measured(measure));
    }
}
