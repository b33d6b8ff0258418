#include "cli/terminal.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace mayla::cli {

namespace {

constexpr std::size_t buffered_bytes = 64u << 10;

struct Range {
    std::uint32_t first, last;
};

/// Blocks whose characters are two columns wide (Unicode EastAsianWidth W and F, by block).
constexpr std::array wide_ranges = {
    Range{0x1100, 0x115F},   Range{0x231A, 0x231B},   Range{0x2329, 0x232A},   Range{0x23E9, 0x23EC},
    Range{0x2614, 0x2615},   Range{0x26A1, 0x26A1},   Range{0x2705, 0x2705},   Range{0x274C, 0x274C},
    Range{0x2753, 0x2757},   Range{0x2B50, 0x2B50},   Range{0x2E80, 0x303E},   Range{0x3041, 0x33FF},
    Range{0x3400, 0x4DBF},   Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},   Range{0xA960, 0xA97C},
    Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},
    Range{0xFFE0, 0xFFE6},   Range{0x1F300, 0x1F64F}, Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1F9FF},
    Range{0x20000, 0x3FFFD},
};

/// Characters that take no column of their own: combining marks, joiners, variation selectors.
constexpr std::array empty_ranges = {
    Range{0x0300, 0x036F}, Range{0x0483, 0x0489}, Range{0x0591, 0x05BD},   Range{0x0610, 0x061A},
    Range{0x064B, 0x065F}, Range{0x0E31, 0x0E31}, Range{0x0E34, 0x0E3A},   Range{0x0E47, 0x0E4E},
    Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF}, Range{0x200B, 0x200F},   Range{0x20D0, 0x20FF},
    Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}, Range{0xE0100, 0xE01EF},
};

template <typename Ranges>
bool within(const Ranges& ranges, std::uint32_t c) {
    return std::any_of(ranges.begin(), ranges.end(), [c](Range r) { return c >= r.first && c <= r.last; });
}

std::size_t columns_of(std::uint32_t c) {
    if (c < 0x300) return 1;
    return within(empty_ranges, c) ? 0 : within(wide_ranges, c) ? 2 : 1;
}

/// Takes one character of well-formed UTF-8 off `rest`.
std::uint32_t next_character(std::string_view& rest) {
    const auto lead = static_cast<unsigned char>(rest.front());
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t c = length == 1 ? lead : lead & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length && i < rest.size(); ++i) {
        c = c << 6 | (static_cast<unsigned char>(rest[i]) & 0x3Fu);
    }
    rest.remove_prefix(std::min(length, rest.size()));
    return c;
}

std::string padded(std::string text, std::size_t width) {
    const std::size_t taken = columns(text);
    if (taken < width) text.append(width - taken, ' ');
    return text;
}

} // namespace

Terminal Terminal::standard_output() {
    if (::isatty(STDOUT_FILENO) == 0) return Terminal(BorrowedFd(STDOUT_FILENO), false, std::nullopt);
    const char* no_colour = std::getenv("NO_COLOR");
    const char* kind = std::getenv("TERM");
    const bool plain =
        (no_colour != nullptr && *no_colour != '\0') || kind == nullptr || std::string_view(kind) == "dumb";
    winsize size{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return Terminal(BorrowedFd(STDOUT_FILENO), !plain, known ? std::size_t{size.ws_col} : std::size_t{80});
}

void Terminal::print(std::string_view text) {
    pending_ += text;
    if (pending_.size() >= buffered_bytes) flush();
}

void Terminal::flush() {
    std::string_view rest = pending_;
    while (!rest.empty()) {
        const ssize_t n = ::write(fd_.get(), rest.data(), rest.size());
        if (n >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EPIPE) {
            throw ReaderGone{};
        } else if (errno != EINTR) {
            throw system_error(Code::unavailable, "write to standard output", errno);
        }
    }
    pending_.clear();
}

std::string Terminal::styled(Style style, std::string_view text) const {
    if (!colour_ || style == Style::plain) return std::string(text);
    constexpr std::array codes = {"", "1", "2", "32", "1;31", "33"};
    return "\033[" + std::string(codes[static_cast<std::size_t>(style)]) + "m" + std::string(text) +
           "\033[0m";
}

std::size_t columns(std::string_view text) {
    std::size_t sum = 0;
    while (!text.empty()) sum += columns_of(next_character(text));
    return sum;
}

std::string fitted(std::string_view text, std::size_t width) {
    if (columns(text) <= width) return std::string(text);
    std::string_view rest = text;
    std::size_t taken = 0;
    std::size_t bytes = 0;
    while (!rest.empty()) {
        taken += columns_of(next_character(rest));
        if (taken + 1 > width) break;
        bytes = text.size() - rest.size();
    }
    return width == 0 ? std::string() : std::string(text.substr(0, bytes)) + "…";
}

void Table::row(std::vector<std::string> cells) {
    for (std::string& cell : cells) cell = shown_line(cell);
    cells.resize(header_.size());
    rows_.push_back(std::move(cells));
}

void Table::print(Terminal& out, std::string_view indent) const {
    constexpr std::size_t gap = 2;
    constexpr std::size_t narrowest_last = 16;
    std::vector<std::size_t> widths;
    for (const std::string& title : header_) widths.push_back(columns(title));
    for (const auto& cells : rows_) {
        for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], columns(cells[i]));
    }
    std::size_t before_last = indent.size();
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) before_last += widths[i] + gap;
    std::size_t last = widths.back();
    if (out.width()) {
        const std::size_t left = *out.width() > before_last ? *out.width() - before_last : 0;
        last = std::min(last, std::max(left, narrowest_last));
    }
    const auto line = [&](const std::vector<std::string>& cells) {
        std::string text(indent);
        for (std::size_t i = 0; i + 1 < cells.size(); ++i) text += padded(cells[i], widths[i] + gap);
        return text + fitted(cells.back(), last);
    };
    out.print(out.styled(Style::dim, line(header_)) + "\n");
    for (const auto& cells : rows_) out.print(line(cells) + "\n");
}

} // namespace mayla::cli
