//! Directed graphs of small numbers: what lies in a cycle, and what something spreads to.
//!
//! Both go on without recursion, however long a chain is.

use std::collections::VecDeque;

/// A graph: for each node, those that it points to.
#[derive(Clone, Debug)]
pub(super) struct Graph(Vec<Vec<usize>>);

impl Graph {
    pub(super) fn new(nodes: usize) -> Self {
        Self(vec![Vec::new(); nodes])
    }

    pub(super) fn point(&mut self, from: usize, to: usize) {
        self.0[from].push(to);
    }

    /// The same with every arrow the other way.
    pub(super) fn reversed(&self) -> Self {
        let mut reversed = Self::new(self.0.len());
        for (from, targets) in self.0.iter().enumerate() {
            targets.iter().for_each(|to| reversed.point(*to, from));
        }
        reversed
    }

    /// Which nodes can be reached from these, themselves included.
    pub(super) fn reached(&self, from: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut reached = vec![false; self.0.len()];
        let mut next: VecDeque<usize> = from.into_iter().collect();
        while let Some(node) = next.pop_front() {
            if !std::mem::replace(&mut reached[node], true) {
                next.extend(&self.0[node]);
            }
        }
        reached
    }

    /// For each node the number of its component: two are in one cycle if they differ and their numbers do not.
    pub(super) fn components(&self) -> Vec<usize> {
        let reversed = self.reversed();
        let mut component = vec![usize::MAX; self.0.len()];
        for (number, begin) in self.finished().into_iter().rev().enumerate() {
            let mut next = vec![begin];
            while let Some(node) = next.pop() {
                if component[node] == usize::MAX {
                    component[node] = number;
                    next.extend(&reversed.0[node]);
                }
            }
        }
        component
    }

    /// Whether a node points to itself.
    pub(super) fn points_to_itself(&self, node: usize) -> bool {
        self.0[node].contains(&node)
    }

    /// The nodes in the order in which a walk in depth is done with them.
    fn finished(&self) -> Vec<usize> {
        let mut finished = Vec::new();
        let mut seen = vec![false; self.0.len()];
        for begin in 0..self.0.len() {
            let mut path = vec![(begin, 0)];
            while let Some((node, at)) = path.pop() {
                if at == 0 && std::mem::replace(&mut seen[node], true) {
                    continue;
                }
                match self.0[node].get(at) {
                    Some(next) => {
                        path.push((node, at + 1));
                        path.push((*next, 0));
                    }
                    None => finished.push(node),
                }
            }
        }
        finished
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(nodes: usize, arrows: &[(usize, usize)]) -> Graph {
        let mut graph = Graph::new(nodes);
        arrows.iter().for_each(|(from, to)| graph.point(*from, *to));
        graph
    }

    #[test]
    fn nodes_of_a_cycle_have_one_component_and_others_their_own() {
        let components = graph(6, &[(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (5, 5)]).components();
        assert_eq!((components[0], components[1]), (components[1], components[2]));
        let mut others = vec![components[0], components[3], components[4], components[5]];
        others.sort_unstable();
        others.dedup();
        assert_eq!(others.len(), 4);
    }

    #[test]
    fn what_can_be_reached_is_found_along_a_chain_of_any_length() {
        let arrows: Vec<_> = (0..100_000).map(|node| (node, node + 1)).collect();
        let chain = graph(100_002, &arrows);
        let reached = chain.reached([0]);
        assert!(reached[100_000] && !reached[100_001]);
        assert_eq!(chain.components().iter().max(), Some(&100_001));
        assert!(chain.reversed().reached([100_000])[0]);
    }
}
