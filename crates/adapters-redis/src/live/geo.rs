//! The geo index of positions, key `vehicles:positions`.
//!
//! Redis stores degrees on a globe; vehicles report metres in a plant. The plant's origin is at longitude 0, latitude
//! 0, x points east, and y points north. Near the origin, a metre of the plant is a metre on Redis's globe, so
//! distances from `GEODIST` and `GEOSEARCH` are in metres of the plant. Precision is lost in two ways:
//!
//! * Redis rounds to a grid of 2²⁶ steps in each direction. A step is 0.60 m in x and 0.28 m in y, so coordinates that
//!   are read back differ by up to 0.30 m and 0.14 m.
//! * Away from the equator, a degree of longitude is shorter: by 1.2 millionths at y = ±10 km, or 1.2 cm on 10 km.
//!
//! Heights, maps and frames are not stored, so vehicles on different floors may have the same place.

/// Radius in metres of the globe on which Redis measures distances (`EARTH_RADIUS_IN_METERS` in its
/// `geohash_helper.c`).
const GLOBE_RADIUS_M: f64 = 6_372_797.560_856;
/// Latitude in degrees beyond which Redis stores no places.
const MAX_LATITUDE: f64 = 85.051_128_78;
const MAX_LONGITUDE: f64 = 180.0;

/// Converts x and y in metres to longitude and latitude in degrees; `None` if Redis cannot store the place, which is
/// the case beyond about 20,020 km in x or 9,460 km in y.
#[must_use]
pub fn degrees_of(x: f64, y: f64) -> Option<(f64, f64)> {
    let (longitude, latitude) = (
        (x / GLOBE_RADIUS_M).to_degrees(),
        (y / GLOBE_RADIUS_M).to_degrees(),
    );
    (longitude.abs() <= MAX_LONGITUDE && latitude.abs() <= MAX_LATITUDE).then_some((longitude, latitude))
}

/// Converts longitude and latitude in degrees to x and y in metres.
#[must_use]
pub fn metres_of(longitude: f64, latitude: f64) -> (f64, f64) {
    (
        longitude.to_radians() * GLOBE_RADIUS_M,
        latitude.to_radians() * GLOBE_RADIUS_M,
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn converting_to_degrees_and_back_returns_the_place(x in -1e5..1e5f64, y in -1e5..1e5f64) {
            let (longitude, latitude) = degrees_of(x, y).expect("a place");
            let (found_x, found_y) = metres_of(longitude, latitude);
            prop_assert!((found_x - x).abs() < 1e-9 && (found_y - y).abs() < 1e-9);
        }
    }

    #[test]
    fn places_beyond_the_globe_have_no_degrees() {
        assert_eq!(degrees_of(0.0, 9_470_000.0), None);
        assert_eq!(degrees_of(-20_100_000.0, 0.0), None);
        assert_eq!(degrees_of(f64::NAN, 0.0), None);
        assert!(degrees_of(9_000_000.0, -9_000_000.0).is_some());
    }
}
