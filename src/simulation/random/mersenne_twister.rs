//! MT19937 of Matsumoto and Nishimura (1998), with both of its ways to begin.

const WORDS: usize = 624;
const MIDDLE: usize = 397;

/// The generator.
#[derive(Debug, Clone)]
pub struct MersenneTwister {
    state: [u32; WORDS],
    /// The next word of `state` to be given.
    next: usize,
}

// Every index is below WORDS: each is a loop over the state, or taken modulo its length.
#[allow(clippy::indexing_slicing)]
impl MersenneTwister {
    /// `init_genrand`: from one number.
    pub fn from_number(seed: u32) -> Self {
        let mut state = [0; WORDS];
        state[0] = seed;
        for index in 1..WORDS {
            let before = state[index - 1];
            #[allow(clippy::cast_possible_truncation)] // below 624
            let place = index as u32;
            state[index] = 1_812_433_253_u32.wrapping_mul(before ^ before >> 30).wrapping_add(place);
        }
        Self { state, next: WORDS }
    }

    /// `init_by_array`: from words, the lowest first.
    #[allow(clippy::cast_possible_truncation)] // indices below 624
    pub fn from_words(words: &[u32]) -> Self {
        let mut state = Self::from_number(19_650_218).state;
        let (mut index, mut word) = (1, 0);
        for _ in 0..WORDS.max(words.len()) {
            let before = state[index - 1];
            let mixed = state[index] ^ (before ^ before >> 30).wrapping_mul(1_664_525);
            state[index] = mixed.wrapping_add(words[word]).wrapping_add(word as u32);
            (index, word) = (index + 1, (word + 1) % words.len());
            if index == WORDS {
                state[0] = state[WORDS - 1];
                index = 1;
            }
        }
        for _ in 1..WORDS {
            let before = state[index - 1];
            let mixed = state[index] ^ (before ^ before >> 30).wrapping_mul(1_566_083_941);
            state[index] = mixed.wrapping_sub(index as u32);
            index += 1;
            if index == WORDS {
                state[0] = state[WORDS - 1];
                index = 1;
            }
        }
        state[0] = 0x8000_0000;
        Self { state, next: WORDS }
    }

    /// The next 32 bits.
    pub fn word(&mut self) -> u32 {
        if self.next == WORDS {
            self.twist();
        }
        let mut word = self.state[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= word << 7 & 0x9d2c_5680;
        word ^= word << 15 & 0xefc6_0000;
        word ^ word >> 18
    }

    fn twist(&mut self) {
        for index in 0..WORDS {
            let joined = self.state[index] & 0x8000_0000 | self.state[(index + 1) % WORDS] & 0x7fff_ffff;
            let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[index] = self.state[(index + MIDDLE) % WORDS] ^ joined >> 1 ^ odd;
        }
        self.next = 0;
    }
}
