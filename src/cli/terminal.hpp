#pragma once

#include "base/fd.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mayla::cli {

/// Whoever reads our standard output has left (`mayla memory list | head`). Not an error: the command just
/// ends.
struct ReaderGone {};

enum class Style { plain, bold, dim, good, bad, note };

/// Standard output. Collects what is printed and writes it in one go.
class Terminal {
public:
    Terminal(BorrowedFd fd, bool colour, std::optional<std::size_t> width)
        : fd_(fd), colour_(colour), width_(width) {}
    /// Colour on a terminal only, and never with NO_COLOR set (no-color.org) or on TERM=dumb.
    static Terminal standard_output();

    /// Throws ReaderGone, or Error{unavailable} when the output cannot be written (a full disk).
    void print(std::string_view text);
    void flush();

    std::string styled(Style style, std::string_view text) const;
    /// Columns of the terminal; nothing when the output is none, and may be as wide as it likes.
    std::optional<std::size_t> width() const noexcept { return width_; }
    bool interactive() const noexcept { return width_.has_value(); }

private:
    BorrowedFd fd_;
    bool colour_;
    std::optional<std::size_t> width_;
    std::string pending_;
};

/// Columns that a text takes on a terminal: wide characters take two, combining ones none.
std::size_t columns(std::string_view text);

/// The beginning of a text that takes at most `width` columns, with an ellipsis if something is left out.
/// Never ends inside a character.
std::string fitted(std::string_view text, std::size_t width);

/// Rows with aligned columns. The last column takes what is left of the terminal's width.
class Table {
public:
    explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}
    /// One row, as many cells as the header has; control characters are made visible.
    void row(std::vector<std::string> cells);
    bool empty() const noexcept { return rows_.empty(); }
    void print(Terminal&, std::string_view indent = {}) const;

private:
    std::vector<std::string> header_;
    std::vector<std::vector<std::string>> rows_;
};

} // namespace mayla::cli
