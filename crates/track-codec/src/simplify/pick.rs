//! Choice of a given number of points.

use std::{cmp::Ordering, collections::BinaryHeap, ops::Range};

use super::point::Point;

/// Points between two chosen ones, and the one that is farthest from the line between these.
#[derive(Debug, Clone, Copy)]
struct Segment {
    error: f64,
    start: usize,
    farthest: usize,
    end: usize,
}

impl Segment {
    fn between(points: &[Point], start: usize, end: usize) -> Self {
        let (mut error, mut farthest) = (0.0, start);
        for index in start + 1..end {
            let squared = points[index].error_squared(&points[start], &points[end]);
            if squared > error {
                (error, farthest) = (squared, index);
            }
        }
        Self {
            error,
            start,
            farthest,
            end,
        }
    }
}

impl PartialEq for Segment {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Segment {}

impl PartialOrd for Segment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Segment {
    fn cmp(&self, other: &Self) -> Ordering {
        self.error
            .total_cmp(&other.error)
            .then(other.start.cmp(&self.start))
    }
}

/// Chooses at most `count` points: the first and the last of each run, and then, again and again, the point that is
/// farthest from the line through those chosen before. Returns the chosen points in their order, and the distance of
/// the farthest of the others. `count` must suffice for the ends of all runs.
pub(super) fn pick(points: &[Point], runs: &[Range<usize>], count: usize) -> (Vec<usize>, f64) {
    let mut chosen = Vec::with_capacity(count.min(points.len()));
    let mut segments = BinaryHeap::new();
    for run in runs.iter().filter(|run| !run.is_empty()) {
        let last = run.end - 1;
        chosen.push(run.start);
        if last > run.start {
            chosen.push(last);
            segments.push(Segment::between(points, run.start, last));
        }
    }
    while chosen.len() < count
        && let Some(worst) = segments.peek().copied().filter(|worst| worst.error > 0.0)
    {
        segments.pop();
        chosen.push(worst.farthest);
        segments.push(Segment::between(points, worst.start, worst.farthest));
        segments.push(Segment::between(points, worst.farthest, worst.end));
    }
    chosen.sort_unstable();
    let error = segments.peek().map_or(0.0, |worst| worst.error.sqrt());
    (chosen, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(heights: &[f64]) -> Vec<Point> {
        let point = |(index, &height): (usize, &f64)| Point {
            at_ms: index as i64,
            position: [0.0, height, 0.0],
        };
        heights.iter().enumerate().map(point).collect()
    }

    #[test]
    fn the_farthest_points_are_chosen_first() {
        let points = points(&[0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0]);
        let pick = |count| pick(&points, std::slice::from_ref(&(0..7)), count);
        assert_eq!(pick(2), (vec![0, 6], 9.0));
        assert_eq!(pick(3), (vec![0, 3, 6], 6.0));
        assert_eq!(pick(5), (vec![0, 2, 3, 4, 6], 0.0));
        assert_eq!(pick(99), (vec![0, 2, 3, 4, 6], 0.0), "the others are on the line");
    }

    #[test]
    fn the_ends_of_all_runs_are_chosen() {
        let points = points(&[0.0, 1.0, 0.0, 5.0, 5.0]);
        assert_eq!(pick(&points, &[0..3, 3..4, 4..5], 4), (vec![0, 2, 3, 4], 1.0));
    }
}
