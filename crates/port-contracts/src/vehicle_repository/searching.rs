use domain::vehicle::Vehicle;
use test_builders::a_vehicle;

use super::{Registry, count, first_page, search};
use crate::registry::ids;

/// Checks that a search finds and counts the vehicles that match according to the domain.
async fn check_finds(registry: &dyn Registry, text: &str) -> Vec<Vehicle> {
    let vehicles = registry.vehicles();
    let filter = search(text);
    let text = filter.search.as_ref().expect("a text to search for");
    let mut expected = vehicles.load_all().await.expect("a list");
    expected.retain(|vehicle| text.finds(vehicle));
    expected.sort_by_key(|vehicle| vehicle.id);
    let found = first_page(vehicles, &filter).await.items;
    assert_eq!(ids(&found), ids(&expected), "{text}");
    assert_eq!(count(vehicles, &filter).await, expected.len() as u64, "{text}");
    found
}

async fn check_finds_names(registry: &dyn Registry, text: &str, expected: &[&str]) {
    let found = check_finds(registry, text).await;
    let names: Vec<&str> = found.iter().map(|vehicle| vehicle.name.as_str()).collect();
    assert_eq!(names, expected, "{text}");
}

async fn register(registry: &dyn Registry, names: &[&str]) {
    for name in names {
        let vehicle = a_vehicle().named(name).built_by("-").without_model();
        vehicle.register(registry.vehicles()).await;
    }
}

pub async fn a_text_is_found_in_name_manufacturer_and_model(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let plain = |name: &str| a_vehicle().named(name).built_by("Nobody").of_model("None");
    plain("The Tugger 7").register(vehicles).await;
    plain("two").built_by("Big Tugger Works").register(vehicles).await;
    plain("three").of_model("MegaTugger").register(vehicles).await;
    plain("four").without_model().register(vehicles).await;
    let found = ["The Tugger 7", "two", "three"];
    for text in ["Tugger", "ugge", "tugger", "gg", "  Tugger "] {
        check_finds_names(registry, text, &found).await;
    }
    check_finds_names(registry, "Tugger 7", &["The Tugger 7"]).await;
    check_finds_names(registry, "tugger w", &["two"]).await;
    check_finds_names(registry, "nobody", &["The Tugger 7", "three", "four"]).await;
    check_finds_names(registry, "Tugger 8", &[]).await;
}

/// Searches for names in several scripts, in upper and lower case.
pub async fn searches_ignore_case(registry: &dyn Registry) {
    let names = ["Gabel Süd", "GABEL SÜD 2", "Жёлтый", "Ωmega", "搬送車 7号"];
    register(registry, &names).await;
    for text in ["gabel süd", "GABEL SÜD", "gAbEl", "Ü"] {
        check_finds_names(registry, text, &names[..2]).await;
    }
    check_finds_names(registry, "ЖЁЛТЫЙ", &["Жёлтый"]).await;
    check_finds_names(registry, "ωMEGA", &["Ωmega"]).await;
    check_finds_names(registry, "搬送車", &["搬送車 7号"]).await;
    // Accents are significant.
    check_finds_names(registry, "sud", &[]).await;
}

/// Searches for characters that are special in patterns.
pub async fn every_character_of_a_search_is_literal(registry: &dyn Registry) {
    let names = [
        "100 %",
        "100 x",
        "a_b c",
        "axb c",
        r"c\d",
        "c/d",
        r"\\server",
        "O'Reilly",
        "$1 {}",
        "(.*)",
    ];
    register(registry, &names).await;
    check_finds_names(registry, "%", &["100 %"]).await;
    check_finds_names(registry, "00 %", &["100 %"]).await;
    check_finds_names(registry, "100 ", &["100 %", "100 x"]).await;
    check_finds_names(registry, "_", &["a_b c"]).await;
    check_finds_names(registry, "a_b c", &["a_b c"]).await;
    check_finds_names(registry, r"\", &[r"c\d", r"\\server"]).await;
    check_finds_names(registry, r"\\server", &[r"\\server"]).await;
    check_finds_names(registry, r"\%", &[]).await;
    check_finds_names(registry, "'", &["O'Reilly"]).await;
    check_finds_names(registry, "$1 {", &["$1 {}"]).await;
    check_finds_names(registry, ".*", &["(.*)"]).await;
}

/// Searches for parts of a name of several lengths, with and without letters.
pub async fn a_search_text_may_have_any_length(registry: &dyn Registry) {
    let name = "AMR-0149 / hall B, §7 (à côté)";
    register(registry, &[name, "another", "-- §§ --", "B-1 7"]).await;
    let letters: Vec<char> = name.chars().collect();
    for length in [1, 2, 3, 4, 7, letters.len()] {
        for part in letters.windows(length) {
            let part: String = part.iter().collect();
            if !part.trim().is_empty() {
                check_finds(registry, &part).await;
            }
        }
    }
}

/// Checks that matches do not span fields, regardless of how these are stored.
pub async fn matches_do_not_span_two_fields(registry: &dyn Registry) {
    let vehicle = a_vehicle().named("one").built_by("two").of_model("three");
    vehicle.register(registry.vehicles()).await;
    for text in ["one two", "onetwo", "e t", "two three", "twothree", "o t"] {
        check_finds_names(registry, text, &[]).await;
    }
}
