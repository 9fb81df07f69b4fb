use proptest::{collection::vec, prelude::*};
use rstest::rstest;

use super::{Simplifier, Thinned, Thinner, Tolerance, distance_to_line};
use crate::{
    Kind, Row, Rows,
    heading::TURN,
    tests::samples::{any_sample, drive, point, rows_of},
};

const TOLERANCE: Tolerance = Tolerance {
    distance_mm: 50.0,
    heading: None,
    gap_ms: 5_000,
    keeps_states: false,
};

fn simplified(rows: &[Row], tolerance: Tolerance) -> Vec<Row> {
    let mut simplifier = Simplifier::new(tolerance);
    let mut chosen = Vec::new();
    for row in rows {
        simplifier.push(row, &mut chosen);
    }
    simplifier.finish(&mut chosen);
    chosen
}

fn thinned(rows: &[Row], count: usize) -> Thinned {
    let mut thinner = Thinner::new(count, 5_000);
    rows.iter().for_each(|row| thinner.push(row));
    thinner.finish().expect("few maps")
}

/// Returns the largest distance of the positions of `rows` from the line through `chosen`.
fn error_of(rows: &[Row], chosen: &[Row]) -> f64 {
    let vertices: Vec<&Row> = chosen.iter().filter(|row| row.kind.has(Kind::POSITION)).collect();
    let mut error = 0.0_f64;
    for row in rows.iter().filter(|row| row.kind.has(Kind::POSITION)) {
        let after = vertices.partition_point(|vertex| vertex.at_ms < row.at_ms);
        let end = vertices[after];
        let distance = if end.at_ms == row.at_ms {
            assert_eq!(end.place, row.place);
            distance_to_line(row, end, end)
        } else {
            let start = vertices[after - 1];
            assert_eq!(
                (start.place, end.place),
                (row.place, row.place),
                "the line is on another map"
            );
            distance_to_line(row, start, end)
        };
        error = error.max(distance);
    }
    error
}

/// Steps of a walk: milliseconds, and millimetres in each direction.
fn steps() -> impl Strategy<Value = Vec<(i64, [i64; 3], u32)>> {
    let far = || prop_oneof![8 => -40..40_i64, 1 => -3_000..3_000_i64, 3 => Just(0)];
    let height = prop_oneof![4 => Just(0), 1 => -60..60_i64];
    let pause = prop_oneof![20 => 1..300_i64, 1 => 4_990..20_000_i64];
    let place = prop_oneof![30 => Just(0_u32), 1 => Just(1)];
    vec(
        (
            pause,
            (far(), far(), height).prop_map(|(x, y, z)| [x, y, z]),
            place,
        ),
        1..400,
    )
}

fn walk(steps: &[(i64, [i64; 3], u32)]) -> Vec<Row> {
    let mut row = point(1_000, 0, 0, 0);
    let mut rows = vec![row];
    for (pause, step, place) in steps {
        row.at_ms += pause;
        row.x += step[0];
        row.y += step[1];
        row.z += step[2];
        row.heading = (row.heading + 7 * step[0]).rem_euclid(TURN);
        row.place = (row.place + place) % 2;
        rows.push(row);
    }
    rows
}

proptest! {
    #[test]
    fn no_position_is_farther_from_the_line_than_the_bound(steps in steps(), bound in 1.0..500.0_f64) {
        let rows = walk(&steps);
        let chosen = simplified(&rows, Tolerance { distance_mm: bound, ..TOLERANCE });
        prop_assert!(chosen.is_sorted_by(|before, after| before.at_ms < after.at_ms));
        let error = error_of(&rows, &chosen);
        prop_assert!(error <= bound, "{error} mm, not {bound} mm");
        prop_assert_eq!(chosen.first().map(|row| row.at_ms), rows.first().map(|row| row.at_ms));
        prop_assert_eq!(chosen.last().map(|row| row.at_ms), rows.last().map(|row| row.at_ms));
    }

    #[test]
    fn no_heading_differs_by_more_than_the_bound(steps in steps(), bound in 10.0..5_000.0_f64) {
        let mut rows = walk(&steps);
        rows.iter_mut().for_each(|row| row.place = 0);
        let tolerance = Tolerance { heading: Some(bound), gap_ms: i64::MAX, ..TOLERANCE };
        let chosen = simplified(&rows, tolerance);
        for pair in chosen.windows(2) {
            let between = rows.iter().filter(|row| pair[0].at_ms <= row.at_ms && row.at_ms <= pair[1].at_ms);
            let mut angle = pair[0].heading;
            let angles: Vec<(i64, i64)> = between
                .map(|row| {
                    angle += (row.heading - angle + TURN / 2).rem_euclid(TURN) - TURN / 2;
                    (row.at_ms, angle)
                })
                .collect();
            for (at_ms, angle) in &angles {
                let part = (at_ms - pair[0].at_ms) as f64 / (pair[1].at_ms - pair[0].at_ms) as f64;
                let drawn = pair[0].heading as f64 + (angles[angles.len() - 1].1 - pair[0].heading) as f64 * part;
                prop_assert!((drawn - *angle as f64).abs() <= bound + 1e-6, "{drawn}, not {angle}");
            }
        }
    }

    #[test]
    fn the_line_is_interrupted_at_gaps(steps in steps()) {
        let rows = walk(&steps);
        let chosen = simplified(&rows, TOLERANCE);
        for pair in rows.windows(2).filter(|pair| pair[1].at_ms - pair[0].at_ms > TOLERANCE.gap_ms) {
            let index = chosen.iter().position(|row| row.at_ms == pair[1].at_ms);
            let index = index.expect("the first row after a gap is chosen");
            prop_assert!(chosen[index].kind.has(Kind::FOLLOWS_GAP));
            prop_assert_eq!(chosen[index - 1].at_ms, pair[0].at_ms);
        }
        let gaps = chosen.iter().filter(|row| row.kind.has(Kind::FOLLOWS_GAP)).count();
        let expected = rows.windows(2).filter(|pair| pair[1].at_ms - pair[0].at_ms > TOLERANCE.gap_ms);
        prop_assert_eq!(gaps, expected.count());
    }

    #[test]
    fn every_state_is_kept(mut samples in vec(any_sample(20_000), 1..200)) {
        samples.sort_by_key(|sample| sample.at);
        samples.dedup_by_key(|sample| sample.at);
        let rows = rows_of(&samples);
        let chosen = simplified(rows.as_slice(), Tolerance { keeps_states: true, ..TOLERANCE });
        prop_assert!(chosen.is_sorted_by(|before, after| before.at_ms < after.at_ms));
        check_states(rows.as_slice(), &chosen);
        prop_assert!(error_of(rows.as_slice(), &chosen) <= TOLERANCE.distance_mm);
    }

    #[test]
    fn at_most_the_requested_number_of_rows_is_chosen(steps in steps(), count in 2..60_usize) {
        let mut rows = walk(&steps);
        rows.iter_mut().for_each(|row| row.place = 0);
        let thinned = thinned(&rows, count);
        prop_assert!(thinned.rows.len() <= count);
        let error = error_of(&rows, &thinned.rows);
        prop_assert!(error <= thinned.max_error_mm + 1e-6, "{error} mm, not {} mm", thinned.max_error_mm);
        prop_assert!(rows.len() > count || error == 0.0);
    }

    #[test]
    fn lines_of_several_maps_are_separate(steps in steps(), count in 2..200_usize) {
        let rows = walk(&steps);
        let mut thinner = Thinner::new(count, 5_000);
        rows.iter().for_each(|row| thinner.push(row));
        let maps = rows.chunk_by(|before, after| before.place == after.place);
        let ends: usize = maps.map(|map| map.len().min(2)).sum();
        match thinner.finish() {
            Ok(thinned) => {
                prop_assert!(ends <= thinned.rows.len() && thinned.rows.len() <= count);
                let error = error_of(&rows, &thinned.rows);
                prop_assert!(error <= thinned.max_error_mm + 1e-6);
            }
            Err(_) => prop_assert!(ends > count, "{count} rows suffice for {ends}"),
        }
    }
}

/// Checks that after each row, the last state and status of the chosen rows is that of the rows.
fn check_states(rows: &[Row], chosen: &[Row]) {
    type State = (i64, u32, bool);
    let state = |row: &Row| -> Option<State> {
        let kind = row.kind;
        (kind.has(Kind::CONDITION)).then_some((row.load, row.errors, kind.has(Kind::LOAD)))
    };
    let battery = |row: &Row| row.kind.has(Kind::BATTERY).then_some(row.battery);
    let mut chosen = chosen.iter().peekable();
    let (mut states, mut statuses, mut batteries) = ((None, None), (None, None), (None, None));
    for row in rows {
        states.0 = state(row).or(states.0);
        batteries.0 = battery(row).or(batteries.0);
        statuses.0 = row.kind.status().or(statuses.0);
        while let Some(row) = chosen.next_if(|chosen| chosen.at_ms <= row.at_ms) {
            states.1 = state(row).or(states.1);
            batteries.1 = battery(row).or(batteries.1);
            statuses.1 = row.kind.status().or(statuses.1);
        }
        assert_eq!(states.0, states.1, "at {}", row.at_ms);
        assert_eq!(batteries.0, batteries.1, "at {}", row.at_ms);
        assert_eq!(statuses.0, statuses.1, "at {}", row.at_ms);
    }
}

#[test]
fn a_drive_takes_few_points() {
    let rows = drive(36_000, 0.005, 1);
    let chosen = simplified(rows.as_slice(), TOLERANCE);
    assert!(error_of(rows.as_slice(), &chosen) <= 50.0);
    assert!(chosen.len() < 3_000, "{} of 36,000", chosen.len());
}

#[test]
fn a_parked_vehicle_takes_two_points() {
    let rows: Vec<Row> = (0..10_000).map(|n| point(n * 100, 3, 4, 5)).collect();
    let chosen = simplified(&rows, TOLERANCE);
    assert_eq!(chosen, [rows[0], rows[9_999]]);
}

#[test]
fn vertical_motion_is_bounded_too() {
    let rows: Vec<Row> = (0..100)
        .map(|n| point(n * 100, 0, 0, [0, 900][usize::from(n > 50)]))
        .collect();
    let chosen = simplified(&rows, TOLERANCE);
    assert_eq!(error_of(&rows, &chosen), 0.0);
    assert_eq!(
        chosen.iter().map(|row| row.at_ms).collect::<Vec<_>>(),
        [0, 5_000, 5_100, 9_900]
    );
}

#[rstest]
#[case(0)]
#[case(1)]
#[case(2_000)]
fn fewer_rows_than_requested_are_all_chosen(#[case] count: usize) {
    let rows = drive(count, 0.005, 2);
    let thinned = thinned(rows.as_slice(), 2_000);
    assert_eq!(thinned.max_error_mm, 0.0);
    assert_eq!(error_of(rows.as_slice(), &thinned.rows), 0.0);
}

#[test]
fn a_day_is_thinned_to_a_small_error() {
    // The vehicle stops, starts or turns 2,000 times.
    let rows = drive(100_000, 0.005, 3);
    for (count, expected_mm) in [(2_000, 5_000.0), (8_000, 100.0)] {
        let thinned = thinned(rows.as_slice(), count);
        assert_eq!(thinned.rows.len(), count);
        let error = error_of(rows.as_slice(), &thinned.rows);
        println!("{count} rows: {error} mm, at most {} mm", thinned.max_error_mm);
        assert!(error <= thinned.max_error_mm, "{error} mm");
        assert!(thinned.max_error_mm < expected_mm, "{} mm", thinned.max_error_mm);
    }
}

#[test]
fn chosen_rows_have_the_state_of_their_time() {
    let mut rows = vec![point(0, 0, 0, 0), point(20, 1, 0, 0)];
    let state = Row {
        at_ms: 10,
        battery: 5_000,
        kind: Kind::BATTERY.with_status(Some(domain::vehicle::VehicleStatus::Charging)),
        ..Row::default()
    };
    rows.insert(1, state);
    let chosen = thinned(&rows, 100).rows;
    assert_eq!(chosen.iter().map(|row| row.at_ms).collect::<Vec<_>>(), [0, 20]);
    assert_eq!(chosen[0].kind, Kind::POSITION);
    assert_eq!(
        (chosen[1].battery, chosen[1].kind.status()),
        (5_000, state.kind.status())
    );
}

#[test]
fn states_are_chosen_if_there_is_no_position() {
    let rows: Vec<Row> = (0..1_000)
        .map(|n| Row {
            at_ms: n,
            battery: n,
            kind: Kind::BATTERY,
            ..Row::default()
        })
        .collect();
    let chosen = thinned(&rows, 10).rows;
    assert!((5..=10).contains(&chosen.len()), "{} rows", chosen.len());
    assert_eq!(chosen[0].at_ms, 0);
}

#[test]
fn lines_continue_through_gaps_if_there_are_too_many() {
    let rows: Vec<Row> = (0..5_000).map(|n| point(n * 10_000, n % 7, 0, 0)).collect();
    let thinned = thinned(&rows, 100);
    assert!(thinned.rows.len() <= 100);
    assert!(error_of(&rows, &thinned.rows) <= thinned.max_error_mm);
    assert!(thinned.max_error_mm <= 16.0, "{} mm", thinned.max_error_mm);
}

#[test]
fn a_vehicle_that_changes_its_map_all_the_time_needs_more_points() {
    let rows: Vec<Row> = (0..5_000)
        .map(|n| Row {
            place: n % 2,
            ..point(i64::from(n), 0, 0, 0)
        })
        .collect();
    let mut thinner = Thinner::new(100, 5_000);
    rows.iter().for_each(|row| thinner.push(row));
    assert_eq!(thinner.finish(), Err(super::TooFewPoints));
}

#[test]
fn rows_without_names_can_be_simplified() {
    assert!(simplified(Rows::new().as_slice(), TOLERANCE).is_empty());
}
