#include "memory/terms.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace mayla::memory {

namespace {

struct Range {
    char32_t first;
    char32_t last;
};
template <std::size_t N>
bool in(const std::array<Range, N>& ranges, char32_t code) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [code](const Range& range) { return code >= range.first && code <= range.last; });
}

/// Signs, punctuation and pictures above ASCII: the index drops them.
constexpr std::array<Range, 14> signs{{{0x80, 0xA9},
                                       {0xAB, 0xB1},
                                       {0xB4, 0xB4},
                                       {0xB6, 0xB8},
                                       {0xBB, 0xBB},
                                       {0xBF, 0xBF},
                                       {0xD7, 0xD7},
                                       {0xF7, 0xF7},
                                       {0x2000, 0x206F},
                                       {0x20A0, 0x20CF},
                                       {0x2190, 0x245F},
                                       {0x2500, 0x2BFF},
                                       {0xFE00, 0xFE0F},
                                       {0x1F000, 0x1FAFF}}};
constexpr std::array<Range, 5> ideographic_signs{
    {{0x3000, 0x3004}, {0x3008, 0x3020}, {0xFE10, 0xFE6F}, {0xFF01, 0xFF0F}, {0xE0000, 0xE01EF}}};
/// Scripts without spaces between words, and Korean, whose particles stick to them: the index sees whole
/// runs.
constexpr std::array<Range, 9> unspaced{{{0x0E00, 0x0EFF},
                                         {0x1000, 0x109F},
                                         {0x1780, 0x17FF},
                                         {0x2E80, 0x2FDF},
                                         {0x3005, 0x3007},
                                         {0x3021, 0x9FFF},
                                         {0xAC00, 0xD7FF},
                                         {0xF900, 0xFAFF},
                                         {0x20000, 0x3FFFF}}};

/// The next code point; bytes that are not UTF-8 come one by one.
char32_t next(std::string_view& text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t code = length == 1 ? lead : lead & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length && i < text.size(); ++i)
        code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3Fu);
    text.remove_prefix(std::min(length, text.size()));
    return code;
}

bool ascii_letter(char32_t code) {
    return (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
}
bool is_sign(char32_t code) {
    return code < 0x80 ? !ascii_letter(code) : in(signs, code) || in(ideographic_signs, code);
}
bool is_space(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; }

/// Without the marks that a sentence puts around a word.
std::string_view bare(std::string_view term) {
    constexpr std::string_view marks = ".,;:!?()[]{}\"'`";
    const std::size_t begin = term.find_first_not_of(marks);
    if (begin == std::string_view::npos) return {};
    return term.substr(begin, term.find_last_not_of(marks) - begin + 1);
}

struct Made {
    bool word = false;     ///< holds something that the index knows
    bool unspaced = false; ///< or something whose words it does not
    bool edge = false;     ///< a sign stands at one end
    bool picture = false;  ///< or one above ASCII anywhere
};
Made look_at(std::string_view term) {
    Made made;
    bool first = true;
    while (!term.empty()) {
        const char32_t code = next(term);
        const bool sign = is_sign(code);
        if (sign && (first || term.empty())) made.edge = true;
        if (sign && code >= 0x80) made.picture = true;
        if (in(unspaced, code) && !sign) made.unspaced = true;
        if (!sign) made.word = true;
        first = false;
    }
    return made;
}

void add_pieces(std::vector<std::string>& pieces, std::string_view term) {
    while (!term.empty()) {
        const auto sign = [](char c) {
            return static_cast<unsigned char>(c) < 0x80 && is_sign(static_cast<unsigned char>(c));
        };
        const auto end = std::find_if(term.begin(), term.end(), sign);
        const auto length = static_cast<std::size_t>(end - term.begin());
        if (length > 0 && pieces.size() < limits::query_terms) pieces.emplace_back(term.substr(0, length));
        term.remove_prefix(std::min(length + 1, term.size()));
    }
}

void add(Terms& terms, std::string_view raw) {
    std::string_view term = bare(raw);
    if (term.empty()) term = raw; // nothing but marks: then they are what is asked for
    std::string lowered = ascii_lower(term);
    if (std::find(terms.all.begin(), terms.all.end(), lowered) != terms.all.end()) return;
    const Made made = look_at(term);
    if (made.word) terms.words.emplace_back(term);
    add_pieces(terms.pieces, term);
    if (!made.word || made.unspaced || made.edge || made.picture) terms.literals.push_back(lowered);
    terms.all.push_back(std::move(lowered));
}

/// As a string of FTS5, in which nothing but the quote has a meaning.
std::string joined(const std::vector<std::string>& words, std::string_view between) {
    std::string out;
    for (const std::string& word : words) {
        if (!out.empty()) out += between;
        out += '"';
        for (const char c : word) out += c == '"' ? std::string("\"\"") : std::string(1, c);
        out += '"';
    }
    return out;
}

/// Where the first term stands in `lowered`; words also by their beginning, for the index knows their stems.
std::size_t position(std::string_view lowered, const Terms& terms) {
    std::size_t best = std::string_view::npos;
    for (const std::string& term : terms.all) best = std::min(best, lowered.find(term));
    if (best != std::string_view::npos) return best;
    for (const std::string& term : terms.all)
        if (term.size() > 4)
            best = std::min(best, lowered.find(cut(term, std::max<std::size_t>(4, term.size() - 3))));
    return best == std::string_view::npos ? 0 : best;
}

bool continues(std::string_view text, std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u;
}

} // namespace

Terms parse_terms(std::string_view text) {
    Terms terms;
    const std::string_view kept = cut(text, limits::query_bytes);
    terms.cut = kept.size() < text.size();
    for (std::size_t at = 0; at < kept.size();) {
        if (is_space(kept[at])) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < kept.size() && !is_space(kept[end])) ++end;
        if (terms.all.size() == limits::query_terms) {
            terms.cut = true;
            break;
        }
        add(terms, kept.substr(at, end - at));
        at = end;
    }
    return terms;
}

// Between two strings a blank is an AND that leaves out a string without words; the word AND would not.
std::string every_word(const std::vector<std::string>& words) { return joined(words, " "); }
std::string any_word(const std::vector<std::string>& words) { return joined(words, " OR "); }

std::string excerpt(std::string_view text, const Terms& terms, std::size_t bytes) {
    if (text.size() <= bytes) return shown_line(text);
    const std::size_t found = position(ascii_lower(text), terms);
    // a quarter of the room before the match, and no half word where a whole one begins near
    std::size_t begin = found > bytes / 4 ? found - bytes / 4 : 0;
    begin = std::min(begin, text.size() - bytes);
    if (begin > 0) {
        const std::size_t space = text.find_first_of(" \n\t", begin);
        if (space != std::string_view::npos && space < found) begin = space + 1;
        while (continues(text, begin)) ++begin;
    }
    const std::string_view part = cut(text.substr(begin), bytes);
    std::string out = begin > 0 ? "\xE2\x80\xA6" : "";
    out += shown_line(part);
    if (begin + part.size() < text.size()) out += "\xE2\x80\xA6";
    return out;
}

} // namespace mayla::memory
