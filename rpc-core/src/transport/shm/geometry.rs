//! How a region is laid out, and how large it may be. Only numbers; the picture is in [`super`].

use std::ops::RangeInclusive;

/// Cells of the peer's ring that were taken.
pub(super) const TAKEN: usize = 0x000;
/// The cell of the peer's ring that is waited for asleep; 0 while awake.
pub(super) const WAKE_AT: usize = 0x080;
/// How many of the own cells must have been taken before it is worth trying again to send.
pub(super) const SPACE_AT: usize = 0x100;
/// Where the cells begin.
const CELLS: usize = 0x1000;
/// Bytes of a cell: two cache lines, for processors fetch lines in pairs.
const CELL: usize = 128;
/// Where in a cell its length and the place of a long frame stand.
pub(super) const EXTENT: usize = 8;
/// Where in a cell a short frame stands.
pub(super) const INLINE_AT: usize = 16;
/// Longest frame that stands in its cell, in bytes.
pub(super) const INLINE: usize = CELL - INLINE_AT;
/// A long frame begins at a multiple of this, in bytes: on a cache line of its own.
pub(super) const GRANULE: usize = 64;
/// Longest frame of any ring, in bytes: with larger ones the receiver waits longer for the first, with smaller ones there
/// are more of them. A message of 64 KiB goes in two (docs/performance.md).
const LONGEST: usize = 33 << 10;
const _: () = assert!(2 * LONGEST / GRANULE < u16::MAX as usize, "granules of a frame are counted in 16 bits");

/// Cells that a ring may have.
pub(super) const CELL_COUNTS: RangeInclusive<u64> = 16..=65_536;
/// Bytes that a ring may have for long frames.
pub(super) const AREA_SIZES: RangeInclusive<u64> = (4 << 10)..=(1 << 30);

/// The sizes of one region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Geometry {
    cells: u64,
    area: usize,
}

/// A number of cells or bytes that no ring has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} of {got}: a power of two from {least} to {most} is possible")]
pub(super) struct WrongSize {
    what: &'static str,
    got: u64,
    least: u64,
    most: u64,
}

impl Default for Geometry {
    /// 1,024 cells, as many as calls may be in flight, and 1 MiB for long frames: with what controls them 1.13 MiB.
    fn default() -> Self {
        Self { cells: 1_024, area: 1 << 20 }
    }
}

impl Geometry {
    pub(super) fn new(cells: u64, area: u64) -> Result<Self, WrongSize> {
        let checked = |what, got: u64, range: RangeInclusive<u64>| {
            let (least, most) = range.into_inner();
            let possible = got.is_power_of_two() && (least..=most).contains(&got);
            if possible { Ok(got) } else { Err(WrongSize { what, got, least, most }) }
        };
        let cells = checked("cells", cells, CELL_COUNTS)?;
        Ok(Self { cells, area: checked("a size", area, AREA_SIZES)? as usize })
    }

    /// The smallest that shows what larger ones do, for a model that tries every order: two cells, and two of the longest
    /// frames go round in the area.
    #[cfg(test)]
    pub(super) fn tiny() -> Self {
        Self { cells: 2, area: 512 }
    }

    pub(super) fn cells(&self) -> u64 {
        self.cells
    }

    /// Bytes for long frames.
    pub(super) fn area(&self) -> usize {
        self.area
    }

    /// Bytes of the whole region.
    pub(super) fn len(&self) -> usize {
        self.area_at() + self.area
    }

    /// Longest frame, in bytes: four of them fit, so that one can be filled while others are taken.
    pub(super) fn max_frame(&self) -> usize {
        (self.area / 4).min(LONGEST)
    }

    /// Where the cell of a number stands; numbers begin with 1.
    pub(super) fn cell_at(&self, number: u64) -> usize {
        CELLS + (number.wrapping_sub(1) & (self.cells - 1)) as usize * CELL
    }

    pub(super) fn area_at(&self) -> usize {
        CELLS + self.cells as usize * CELL
    }

    /// Granules for long frames.
    pub(super) fn granules(&self) -> u64 {
        (self.area / GRANULE) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_powers_of_two_within_bounds_are_sizes_of_a_ring() {
        for (cells, area) in [(16, 4 << 10), (65_536, 1 << 30), (1_024, 1 << 20)] {
            let geometry = Geometry::new(cells, area).unwrap();
            assert_eq!((geometry.cells(), geometry.area() as u64), (cells, area));
        }
        for cells in [0, 1, 8, 15, 17, 100, 131_072, u64::MAX] {
            assert!(Geometry::new(cells, 4 << 10).is_err(), "{cells} cells");
        }
        for area in [0, 64, 2 << 10, (4 << 10) + 1, 3 << 20, 2 << 30, u64::MAX] {
            assert!(Geometry::new(16, area).is_err(), "{area} bytes");
        }
    }

    #[test]
    fn cells_lie_one_behind_the_other_and_come_round_again() {
        let geometry = Geometry::new(16, 4 << 10).unwrap();
        assert_eq!(geometry.cell_at(1), 0x1000);
        assert_eq!(geometry.cell_at(16), 0x1000 + 15 * 128);
        assert_eq!(geometry.cell_at(17), geometry.cell_at(1));
        assert_eq!(geometry.area_at(), 0x1000 + 16 * 128);
        assert_eq!(geometry.len(), geometry.area_at() + (4 << 10));
        for number in [0, 1, u64::MAX] {
            assert!(geometry.cell_at(number) + CELL <= geometry.area_at());
        }
    }
}
