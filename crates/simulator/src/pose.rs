//! Poses on the floor, and their motion.

/// Place in a hall, with a heading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pose {
    /// Metres east of the hall's south-west corner.
    pub x: f64,
    /// Metres north of the hall's south-west corner.
    pub y: f64,
    /// Radians, counter-clockwise from the x axis.
    pub heading: f64,
}

impl Pose {
    /// Returns the pose after driving `distance` metres forward on an arc of `curvature` (1/m, positive to the left).
    pub(crate) fn driven(self, distance: f64, curvature: f64) -> Self {
        let turned = distance * curvature;
        let (dx, dy) = if turned.abs() < 1e-9 {
            (distance * self.heading.cos(), distance * self.heading.sin())
        } else {
            let end = self.heading + turned;
            let radius = 1.0 / curvature;
            (
                radius * (end.sin() - self.heading.sin()),
                radius * (self.heading.cos() - end.cos()),
            )
        };
        Self {
            x: self.x + dx,
            y: self.y + dy,
            heading: self.heading + turned,
        }
    }

    /// Returns the place `ahead` metres in front and `aside` metres to the right, with the same heading.
    pub(crate) fn beside(self, ahead: f64, aside: f64) -> Self {
        let (sin, cos) = self.heading.sin_cos();
        Self {
            x: self.x + ahead * cos + aside * sin,
            y: self.y + ahead * sin - aside * cos,
            ..self
        }
    }

    /// Returns how far ahead and how far to the right a place is, in metres.
    pub(crate) fn locate(self, x: f64, y: f64) -> (f64, f64) {
        let (sin, cos) = self.heading.sin_cos();
        let (dx, dy) = (x - self.x, y - self.y);
        (dx * cos + dy * sin, dx * sin - dy * cos)
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::FRAC_PI_2;

    use super::*;

    fn check_near(actual: Pose, x: f64, y: f64, heading: f64) {
        let error = (actual.x - x).abs() + (actual.y - y).abs() + (actual.heading - heading).abs();
        assert!(error < 1e-9, "{actual:?}");
    }

    #[test]
    fn an_arc_of_a_quarter_circle_turns_left() {
        let start = Pose {
            x: 1.0,
            y: 0.0,
            heading: FRAC_PI_2,
        };
        check_near(start.driven(FRAC_PI_2 * 2.0, 0.5), -1.0, 2.0, 2.0 * FRAC_PI_2);
    }

    #[test]
    fn without_curvature_the_path_is_straight() {
        let start = Pose {
            x: 1.0,
            y: 2.0,
            heading: FRAC_PI_2,
        };
        check_near(start.driven(3.0, 0.0), 1.0, 5.0, FRAC_PI_2);
    }

    #[test]
    fn a_place_beside_a_pose_is_located_again() {
        let start = Pose {
            x: 1.0,
            y: 2.0,
            heading: 0.7,
        };
        let there = start.beside(3.0, -1.5);
        let (ahead, aside) = start.locate(there.x, there.y);
        assert!(
            (ahead - 3.0).abs() < 1e-9 && (aside + 1.5).abs() < 1e-9,
            "{ahead} {aside}"
        );
    }
}
