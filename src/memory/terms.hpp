#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mayla::memory {

/// A search text taken apart. Any text has terms unless it is blank; none of its characters is an operator.
struct Terms {
    /// What the word index is asked for; it makes of each a phrase of its words.
    std::vector<std::string> words;
    /// What it cannot know, to be looked for as it stands; ASCII in lower case.
    std::vector<std::string> literals;
    /// The words between the signs: `bar` and `cpp` of `bar.cpp`.
    std::vector<std::string> pieces;
    /// Every term as it stands, ASCII in lower case.
    std::vector<std::string> all;
    /// limits::query_bytes or query_terms left a part out.
    bool cut = false;
};

/// Splits at white space and control characters. A term is a literal, too, where the index would lose what
/// matters: signs at its edges (`c++`, `-x`), emoji, and scripts that are written without spaces.
Terms parse_terms(std::string_view text);

/// An expression of FTS5 for memories with every one of these, or with any. Empty without words.
std::string every_word(const std::vector<std::string>& words);
std::string any_word(const std::vector<std::string>& words);

/// The part of `text` around the first of the terms, one line of at most `bytes` bytes, with `…` where it was
/// cut.
std::string excerpt(std::string_view text, const Terms& terms, std::size_t bytes);

} // namespace mayla::memory
