#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace mayla {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// The length of the well-formed UTF-8 character at the beginning of `text`, 0 when there is none; `code`
/// gets its code point.
std::size_t character(std::string_view text, char32_t& code) noexcept {
    if (text.empty()) return 0;
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) {
        code = lead;
        return 1;
    }
    std::size_t length = 0;
    char32_t least = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2, least = 0x80, code = lead & 0x1Fu;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3, least = 0x800, code = lead & 0x0Fu;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4, least = 0x10000, code = lead & 0x07u;
    } else {
        return 0;
    }
    if (text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xC0u) != 0x80u) return 0;
        code = (code << 6) | (byte & 0x3Fu);
    }
    if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return 0;
    return length;
}

/// Controls would drive a terminal; the bidirectional ones make text read as what it is not.
bool harmful(char32_t code) noexcept {
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x2028 || code == 0x2029 ||
           code == 0x200E || code == 0x200F || code == 0x061C || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

std::string cleaned(std::string_view text, bool one_line) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        char32_t code = 0;
        const std::size_t length = character(text, code);
        if (length == 0) {
            out += replacement;
            text.remove_prefix(1);
            continue;
        }
        if (code == '\n' || code == '\t') {
            out += one_line ? ' ' : static_cast<char>(code);
        } else if (code == '\r' && text.size() > 1 && text[1] == '\n') {
            // the line feed that follows says it all
        } else if (harmful(code)) {
            out += replacement;
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    return out;
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

} // namespace

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        char32_t code = 0;
        const std::size_t length = character(text, code);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string_view cut(std::string_view text, std::size_t bytes) noexcept {
    if (text.size() <= bytes) return text;
    std::size_t end = bytes;
    while (end > 0 && bytes - end < 4 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
    return text.substr(0, end);
}

std::string shown(std::string_view text) { return cleaned(text, false); }
std::string shown_line(std::string_view text) { return cleaned(text, true); }

std::string hex(std::span<const std::uint8_t> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::string ascii_lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view space = " \t\r\n\v\f";
    const std::size_t begin = text.find_first_not_of(space);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

std::uint64_t fnv1a(std::string_view text) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3u;
    }
    return hash;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    constexpr std::size_t longest = 256;
    if (a.size() > longest || b.size() > longest) return std::max(a.size(), b.size());
    std::array<std::size_t, longest + 1> before{}; // two rows above
    std::array<std::size_t, longest + 1> above{};
    std::array<std::size_t, longest + 1> row{};
    for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0u : 1u)});
            const bool swapped =
                i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before = above;
        above = row;
    }
    return above[b.size()];
}

std::optional<std::string_view> nearest(std::string_view name, std::span<const std::string_view> candidates) {
    const std::size_t allowed = std::max<std::size_t>(1, name.size() / 3);
    std::size_t best = allowed + 1;
    std::optional<std::string_view> found;
    const std::string lowered = ascii_lower(name);
    for (const std::string_view candidate : candidates) {
        std::size_t distance = edit_distance(name, candidate);
        // "rememb" is nearer to "remember" than its distance says
        if (name.size() >= 3 && ascii_lower(candidate.substr(0, name.size())) == lowered)
            distance = std::min(distance, allowed);
        if (distance < best) {
            best = distance;
            found = candidate;
        }
    }
    return found;
}

} // namespace mayla
