#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mayla::memory {

/// A search text taken apart. Any text has terms unless it is blank; none of its characters is an operator.
struct Terms {
    std::vector<std::string>
        words; ///< what the word index is asked for; it makes of each a phrase of its words
    std::vector<std::string>
        literals;                 ///< what it cannot know, to be looked for as it stands; ASCII in lower case
    std::vector<std::string> all; ///< every term as it stands, ASCII in lower case
    bool cut = false;             ///< limits::query_bytes or query_terms left a part out
};

/// Splits at white space and control characters. A term is a literal, too, where the index would lose what
/// matters: signs at its edges (`c++`, `-x`), emoji, and scripts that are written without spaces.
Terms parse_terms(std::string_view text);

/// An expression of FTS5 for memories with every word, or with any. Empty without words.
std::string every_word(const Terms& terms);
std::string any_word(const Terms& terms);

/// The part of `text` around the first of the terms, one line of at most `bytes` bytes, with `…` where it was
/// cut.
std::string excerpt(std::string_view text, const Terms& terms, std::size_t bytes);

} // namespace mayla::memory
