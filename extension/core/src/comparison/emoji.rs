//! The sixty-four pictures of a comparison. Numbers are for ever: both sides have to show the same. Names are read out on the
//! telephone and by screen readers, and stand under the pictures where a computer has no font for them, so none looks or
//! sounds like another.

use crate::view::Emoji;

/// Picture and English name of each number.
const TABLE: [(&str, &str); 64] = [
    ("🐝", "bee"),
    ("🐳", "whale"),
    ("🐍", "snake"),
    ("🐊", "crocodile"),
    ("🦉", "owl"),
    ("🐫", "camel"),
    ("🦔", "hedgehog"),
    ("🐸", "frog"),
    ("🦒", "giraffe"),
    ("🦀", "crab"),
    ("🦆", "duck"),
    ("🐒", "monkey"),
    ("🐨", "koala"),
    ("🐑", "sheep"),
    ("🐆", "leopard"),
    ("🍋", "lemon"),
    ("🍇", "grapes"),
    ("🥕", "carrot"),
    ("🍞", "bread"),
    ("🧀", "cheese"),
    ("🍉", "watermelon"),
    ("🥚", "egg"),
    ("🍩", "doughnut"),
    ("🍍", "pineapple"),
    ("🥒", "cucumber"),
    ("🥞", "pancakes"),
    ("🥨", "pretzel"),
    ("🍦", "ice cream"),
    ("🎈", "balloon"),
    ("🎷", "saxophone"),
    ("🔭", "telescope"),
    ("🎻", "violin"),
    ("🥁", "drum"),
    ("💎", "diamond"),
    ("👑", "crown"),
    ("🧦", "socks"),
    ("🧣", "scarf"),
    ("🎒", "rucksack"),
    ("🛶", "canoe"),
    ("🚜", "tractor"),
    ("🚁", "helicopter"),
    ("🚑", "ambulance"),
    ("🎡", "Ferris wheel"),
    ("🏰", "castle"),
    ("🌋", "volcano"),
    ("🌈", "rainbow"),
    ("⛄", "snowman"),
    ("🌻", "sunflower"),
    ("🍁", "maple leaf"),
    ("🌴", "palm tree"),
    ("⚡", "lightning"),
    ("🚪", "door"),
    ("🛁", "bathtub"),
    ("📻", "radio"),
    ("🔌", "plug"),
    ("🎀", "ribbon"),
    ("🎯", "bullseye"),
    ("🏹", "bow and arrow"),
    ("🥊", "boxing glove"),
    ("🐚", "seashell"),
    ("💊", "pill"),
    ("🗿", "statue"),
    ("⛺", "tent"),
    ("☕", "coffee"),
];

/// The picture of a number below 64.
pub(crate) fn of(number: u8) -> Option<Emoji> {
    TABLE.get(usize::from(number)).map(|(symbol, name)| Emoji { symbol, name })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// How many letters have to be changed, added or left out to make one name of the other.
    fn distance(one: &str, other: &str) -> usize {
        let other: Vec<char> = other.chars().collect();
        let mut row: Vec<usize> = (0..=other.len()).collect();
        for (i, letter) in one.chars().enumerate() {
            let mut above = std::mem::replace(&mut row[0], i + 1);
            for j in 0..other.len() {
                let replaced = above + usize::from(letter != other[j]);
                above = row[j + 1];
                row[j + 1] = replaced.min(row[j] + 1).min(above + 1);
            }
        }
        row[other.len()]
    }

    #[test]
    fn no_picture_and_no_name_passes_for_another() {
        assert_eq!(distance("cow", "crown"), 2, "the measure measures");
        let symbols: BTreeSet<_> = TABLE.iter().map(|(symbol, _)| symbol).collect();
        assert_eq!(symbols.len(), 64);
        assert!(
            symbols.iter().all(|symbol| symbol.chars().count() == 1),
            "one character, so every font has it whole"
        );
        for (i, (_, one)) in TABLE.iter().enumerate() {
            for (_, other) in &TABLE[i + 1..] {
                assert!(distance(one, other) >= 3, "{one} and {other}");
                let last = |name: &str| name.chars().rev().take(3).collect::<String>();
                assert_ne!(last(one), last(other), "{one} and {other} rhyme");
            }
        }
    }

    #[test]
    fn every_number_of_six_bits_has_a_picture_and_no_other_has() {
        assert!((0..64).all(|number| of(number).is_some()));
        assert!((64..=255).all(|number| of(number).is_none()));
    }
}
