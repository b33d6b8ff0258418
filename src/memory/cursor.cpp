#include "memory/cursor.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <charconv>

namespace mayla::memory {

namespace {

/// More than anybody pages through; a forged number must not make us sort for it.
constexpr std::size_t most_rows = 1'000'000;

template <class Number>
void append(std::string& out, Number number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number, 36).ptr;
    if (!out.empty()) out += '.';
    out.append(digits, end);
}

template <class Number>
bool take(std::string_view& rest, Number& number) {
    const std::size_t end = std::min(rest.find('.'), rest.size());
    const auto [stop, failed] = std::from_chars(rest.data(), rest.data() + end, number, 36);
    if (end == 0 || failed != std::errc() || stop != rest.data() + end) return false;
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return true;
}

} // namespace

std::string written(const Cursor& cursor) {
    std::string out;
    append(out, cursor.search);
    append(out, cursor.newest);
    append(out, cursor.seen);
    append(out, cursor.last.value);
    return out;
}

Cursor read_cursor(std::string_view text, std::uint64_t search) {
    Cursor cursor;
    std::string_view rest = text;
    const bool read = take(rest, cursor.search) && take(rest, cursor.newest) && take(rest, cursor.seen) &&
                      take(rest, cursor.last.value) && rest.empty() && cursor.newest >= 0 &&
                      cursor.seen <= most_rows;
    if (!read || cursor.search != search)
        throw Error(Code::invalid_argument,
                    "the cursor is not of this search. Repeat the search without a cursor, or "
                    "give the cursor with the very arguments that it came from.");
    return cursor;
}

} // namespace mayla::memory
