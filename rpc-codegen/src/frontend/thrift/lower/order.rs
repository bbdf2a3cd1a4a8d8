//! An order in which everything comes behind what it needs, and the circles in which there is none. Knows not of what.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

/// Circles that are told of: a file has none, or somebody turned many round at once.
const CIRCLES_MAX: usize = 8;

#[derive(Debug)]
pub(super) struct Ordered<N> {
    /// All, those that are needed first.
    pub(super) nodes: Vec<N>,
    /// Each needs the next, and the last one the first.
    pub(super) circles: Vec<Vec<N>>,
}

/// Orders `nodes` and all that they need. Needs no more stack for a long chain.
pub(super) fn order<N: Copy + Eq + Hash>(
    nodes: impl IntoIterator<Item = N>,
    needs: impl Fn(N) -> Vec<N>,
) -> Ordered<N> {
    let mut ordered = Ordered { nodes: Vec::new(), circles: Vec::new() };
    let mut seen = HashSet::new();
    for root in nodes {
        if !seen.insert(root) {
            continue;
        }
        // The way to the present node, and what of each is still to be looked at.
        let mut way = vec![(root, needs(root))];
        let mut depths = HashMap::from([(root, 0)]);
        while let Some((node, left)) = way.last_mut() {
            let node = *node;
            let Some(next) = left.pop() else {
                ordered.nodes.push(node);
                depths.remove(&node);
                way.pop();
                continue;
            };
            if seen.insert(next) {
                depths.insert(next, way.len());
                way.push((next, needs(next)));
            } else if let Some(depth) = depths.get(&next).filter(|_| ordered.circles.len() < CIRCLES_MAX) {
                ordered.circles.push(way[*depth..].iter().map(|(node, _)| *node).collect());
            }
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::order;

    fn ordered(edges: &[(u32, u32)]) -> (Vec<u32>, Vec<Vec<u32>>) {
        let needs = |node| edges.iter().filter(|(from, _)| *from == node).map(|(_, to)| *to).collect();
        let ordered = order(edges.iter().map(|(from, _)| *from), needs);
        (ordered.nodes, ordered.circles)
    }

    #[test]
    fn what_is_needed_comes_first() {
        assert_eq!(ordered(&[(1, 2), (2, 3), (4, 2)]), (vec![3, 2, 1, 4], vec![]));
        assert_eq!(ordered(&[(1, 2), (1, 3), (2, 3)]), (vec![3, 2, 1], vec![]));
    }

    #[test]
    fn circles_are_found_without_the_way_to_them() {
        assert_eq!(ordered(&[(1, 2), (2, 3), (3, 2)]).1, [[2, 3]]);
        assert_eq!(ordered(&[(1, 1)]).1, [[1]]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let ordered = order([0], |node| if node < 1_000_000 { vec![node + 1] } else { Vec::new() });
        assert_eq!(ordered.nodes.len(), 1_000_001);
    }
}
