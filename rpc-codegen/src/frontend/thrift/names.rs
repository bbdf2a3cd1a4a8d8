//! Which of the known names somebody may have meant.

/// Names that differ in so many letters are taken for each other, but short ones only in one.
const FAR: usize = 2;
/// Longer names are not compared.
const NAME_MAX: usize = 64;

/// The known name that is nearest to `name`, if one is near.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let far = if name.len() < 4 { 1 } else { FAR };
    let near = known.into_iter().filter(|known| *known != name && known.len().abs_diff(name.len()) <= far);
    let measured = near.map(|known| (distance(name, known), known));
    measured.filter(|(distance, _)| *distance <= far).min().map(|(_, known)| known)
}

/// How many letters are to be changed, added or taken out; capital letters are not told from small ones.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > NAME_MAX || b.len() > NAME_MAX {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let changed = diagonal + usize::from(!x.eq_ignore_ascii_case(&y));
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        let known = ["Weather", "Whether", "Feather", "id"];
        assert_eq!(nearest("Wheather", known), Some("Weather"));
        assert_eq!(nearest("weather", known), Some("Weather"));
        assert_eq!(nearest("ix", known), Some("id"));
        assert_eq!(nearest("xy", known), None);
        assert_eq!(nearest("Forecast", known), None);
    }
}
