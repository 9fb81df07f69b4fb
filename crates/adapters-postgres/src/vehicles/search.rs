//! Selection of vehicles by a filter, and by a part of their texts.

use application::ports::VehicleFilter;
use diesel::{prelude::*, sql_types::Text};
use domain::{AccessScope, vehicle::SearchText};

use super::selection::{Selection, visible_to};
use crate::schema::{group_members, vehicles};

diesel::define_sql_function! {
    /// Returns the searchable form of a text; defined by the migrations.
    fn search_key(text: Text) -> Text;
}
diesel::define_sql_function! {
    /// Returns the position in characters, from 1, at which a text contains a part; 0 if it does not contain it.
    fn strpos(text: Text, part: Text) -> Integer;
}

/// Selects the vehicles of a scope that match a filter.
pub(super) fn matching(scope: &AccessScope, filter: &VehicleFilter) -> Selection {
    let VehicleFilter {
        kind,
        status,
        enabled,
        group,
        search,
    } = filter;
    let mut selection = visible_to(scope);
    if let Some(kind) = kind {
        selection = selection.filter(vehicles::kind.eq(kind.as_str()));
    }
    if let Some(status) = status {
        selection = selection.filter(vehicles::status.eq(status.as_str()));
    }
    if let Some(enabled) = enabled {
        selection = selection.filter(vehicles::is_enabled.eq(*enabled));
    }
    if let Some(group) = group {
        let members = group_members::table.filter(group_members::group_id.eq(*group.as_uuid()));
        selection = selection.filter(vehicles::id.eq_any(members.select(group_members::vehicle_id)));
    }
    if let Some(text) = search {
        selection = with_text(selection, text);
    }
    selection
}

/// Selects the vehicles that contain a text in their name, manufacturer or model.
///
/// The index cannot find a text without a trigram. For such a text, the condition is one that PostgreSQL estimates to
/// match every third vehicle, so it reads vehicles in the order of the page until the page is full, instead of reading
/// all of them first.
fn with_text(chosen: Selection, text: &SearchText) -> Selection {
    let text = text.as_str();
    if has_trigram(text) {
        chosen.filter(vehicles::search_text.like(search_key(pattern(text))))
    } else {
        chosen.filter(strpos(vehicles::search_text, search_key(text.to_owned())).gt(0))
    }
}

/// Returns `true` if a part of a text has a trigram: it starts with three letters or digits, or contains the start of a
/// word after another character, because PostgreSQL pads words with two blanks.
fn has_trigram(text: &str) -> bool {
    let mut words = text.split(|letter: char| !letter.is_alphanumeric());
    let has_three = words.next().is_some_and(|first| first.chars().count() >= 3);
    has_three || words.any(|word| !word.is_empty())
}

/// Returns a LIKE pattern for texts that contain a part, whose characters `%`, `_` and `\` are matched literally.
fn pattern(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for letter in part.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("AMR", r"%AMR%")]
    #[case("100 %", r"%100 \%%")]
    #[case(r"a_\b", r"%a\_\\b%")]
    fn a_pattern_matches_every_character_literally(#[case] part: &str, #[case] expected: &str) {
        assert_eq!(pattern(part), expected);
    }

    #[rstest]
    #[case("am", false)]
    #[case("süd", true)]
    #[case("B-", false)]
    #[case("B-1", true)]
    #[case("#7", true)]
    #[case("§ %", false)]
    fn three_letters_or_the_start_of_a_word_have_a_trigram(#[case] part: &str, #[case] expected: bool) {
        assert_eq!(has_trigram(part), expected);
    }
}
