#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Small work on text. Pure functions, safe on any thread, legal on any bytes unless said otherwise.
namespace mayla {

/// Whether `text` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF).
bool is_utf8(std::string_view text) noexcept;

/// The longest beginning of `text` of at most `bytes` bytes that does not end inside a UTF-8 character.
std::string_view cut(std::string_view text, std::size_t bytes) noexcept;

/// `text` as it may be shown: line feeds and tabs stay, every other control character (C0, DEL, C1), every
/// bidirectional override and every byte that is not UTF-8 becomes U+FFFD.
std::string shown(std::string_view text);
/// The same in one line: line feeds and tabs become spaces.
std::string shown_line(std::string_view text);

/// Lower-case hexadecimal.
std::string hex(std::span<const std::uint8_t> bytes);

/// `text` with A-Z made lower, other bytes kept.
std::string ascii_lower(std::string_view text);
/// `text` without the ASCII white space at both ends.
std::string_view trimmed(std::string_view text) noexcept;

/// FNV-1a, 64 bits: for lookups that compare the text itself afterwards. Not for anything an attacker gains
/// by.
std::uint64_t fnv1a(std::string_view text) noexcept;

/// Restricted Damerau-Levenshtein distance in bytes, ASCII case ignored. Texts above 256 bytes count by
/// length only.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that `name` was probably meant to be: a distance of at most a third of its length (at least
/// 1), or a candidate that begins with it. None when nothing is near. On a tie the first candidate wins.
std::optional<std::string_view> nearest(std::string_view name, std::span<const std::string_view> candidates);

} // namespace mayla
