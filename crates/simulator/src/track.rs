//! Closed lines: guide lines on the floor, and rails under the ceiling.

use std::f64::consts::PI;

use crate::pose::Pose;

/// Closed line of straight stretches joined by arcs of one radius. Places on it are given in metres from its origin, in
/// the direction of travel.
#[derive(Debug)]
pub(crate) struct Track {
    pieces: Vec<Piece>,
    length: f64,
    radius: f64,
}

#[derive(Debug)]
struct Piece {
    /// Metres from the track's origin.
    start: f64,
    from: Pose,
    /// Curvature in 1/m, positive to the left; 0 for straight stretches.
    curvature: f64,
}

impl Track {
    /// Creates a track from a polygon with these corners, each rounded by an arc of `radius` metres. The polygon's
    /// sides must be long enough for the arcs at both ends.
    pub(crate) fn rounded(corners: &[(f64, f64)], radius: f64) -> Self {
        let side = |index: usize| {
            let (from, to) = (
                corners[index % corners.len()],
                corners[(index + 1) % corners.len()],
            );
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            (
                Pose {
                    x: from.0,
                    y: from.1,
                    heading: dy.atan2(dx),
                },
                dx.hypot(dy),
            )
        };
        let turn = |index: usize| {
            let (before, after) = (side(index + corners.len() - 1).0.heading, side(index).0.heading);
            (after - before + PI).rem_euclid(2.0 * PI) - PI
        };
        let tangent = |index: usize| radius * (turn(index).abs() / 2.0).tan();

        let mut track = Self {
            pieces: Vec::new(),
            length: 0.0,
            radius,
        };
        for index in 0..corners.len() {
            let (corner, side_length) = side(index);
            let (begin, end, bend) = (tangent(index), tangent(index + 1), turn(index + 1));
            debug_assert!(
                begin + end <= side_length,
                "side {index} is too short for its arcs"
            );
            let straight = side_length - begin - end;
            track.push(corner.beside(begin, 0.0), straight, 0.0);
            track.push(
                corner.beside(side_length - end, 0.0),
                bend.abs() * radius,
                bend.signum() / radius,
            );
        }
        track
    }

    fn push(&mut self, from: Pose, length: f64, curvature: f64) {
        self.pieces.push(Piece {
            start: self.length,
            from,
            curvature,
        });
        self.length += length;
    }

    /// Returns the length of the track in metres.
    pub(crate) fn length(&self) -> f64 {
        self.length
    }

    /// Returns the radius of the arcs in metres.
    pub(crate) fn radius(&self) -> f64 {
        self.radius
    }

    /// Converts a distance from the origin, which may be several rounds or negative, to a place on the track.
    pub(crate) fn wrapped(&self, distance: f64) -> f64 {
        let place = distance.rem_euclid(self.length);
        // For a tiny negative distance, the remainder is rounded up to the length itself, which is the origin.
        if place < self.length { place } else { 0.0 }
    }

    /// Returns the pose in the hall at a place on the track, facing along it.
    pub(crate) fn pose_at(&self, place: f64) -> Pose {
        let piece = &self.pieces[self.piece_at(place)];
        piece.from.driven(place - piece.start, piece.curvature)
    }

    /// Returns the distance in metres from a place to the next arc; 0 on an arc.
    pub(crate) fn room_before_bend(&self, place: f64) -> f64 {
        let index = self.piece_at(place);
        if self.pieces[index].curvature != 0.0 {
            return 0.0;
        }
        // Straight stretches and arcs alternate.
        self.pieces.get(index + 1).map_or(self.length, |bend| bend.start) - place
    }

    /// Returns the starts and ends of the straight stretches.
    pub(crate) fn straights(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let ends = self
            .pieces
            .iter()
            .skip(1)
            .map(|piece| piece.start)
            .chain([self.length]);
        self.pieces
            .iter()
            .zip(ends)
            .filter(|(piece, _)| piece.curvature == 0.0)
            .map(|(piece, end)| (piece.start, end))
    }

    fn piece_at(&self, place: f64) -> usize {
        self.pieces
            .partition_point(|piece| piece.start <= place)
            .saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rectangle() -> Track {
        Track::rounded(&[(0.0, 0.0), (20.0, 0.0), (20.0, 10.0), (0.0, 10.0)], 2.0)
    }

    #[test]
    fn arcs_shorten_a_rectangle() {
        let expected = 2.0 * (16.0 + 6.0) + 4.0 * PI;
        assert!((rectangle().length() - expected).abs() < 1e-9);
    }

    #[test]
    fn room_before_bend_is_the_distance_to_the_next_bend() {
        let track = rectangle();
        assert!((track.room_before_bend(1.0) - 15.0).abs() < 1e-9);
        assert_eq!(track.room_before_bend(16.5), 0.0);
    }

    #[test]
    fn a_tiny_negative_distance_is_on_the_track() {
        let track = rectangle();
        assert!((0.0..track.length()).contains(&track.wrapped(-1e-20)));
    }

    proptest! {
        #[test]
        fn a_track_has_no_gaps_and_no_kinks(place in 0.0..60.0f64) {
            let track = rectangle();
            let (here, next) = (track.pose_at(track.wrapped(place)), track.pose_at(track.wrapped(place + 0.01)));
            let step = (next.x - here.x).hypot(next.y - here.y);
            prop_assert!((step - 0.01).abs() < 1e-4, "{step}");
            let turned = (next.heading - here.heading + PI).rem_euclid(2.0 * PI) - PI;
            prop_assert!(turned.abs() <= 0.01 / 2.0 + 1e-9, "{turned}");
        }
    }
}
