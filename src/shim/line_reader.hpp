#pragma once

#include "base/json_scanner.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mayla::shim {

/// One line of a stream and what the scanner found in it. Valid until the reader is used again.
struct Line {
    std::string_view bytes; ///< without its newline; empty when it was over the limit
    const JsonVerdict& verdict;
    bool over_limit; ///< longer than limits::message_bytes: its bytes are gone, its verdict is whole

    std::string_view at(const JsonSpan& span) const {
        return bytes.substr(static_cast<std::size_t>(span.begin),
                            static_cast<std::size_t>(span.end - span.begin));
    }
};

/// Cuts a stream into lines. Keeps at most limits::message_bytes; a line that came in one piece is not
/// copied.
class LineReader {
public:
    /// Takes bytes from the front of `chunk` up to the end of a line, which is returned. When there is none,
    /// takes all of them and waits for more.
    std::optional<Line> next(std::string_view& chunk);

    /// Forgets a line that has begun.
    void reset();

private:
    JsonScanner scanner_;
    std::string begun_;
    bool over_limit_ = false;
    bool done_ = false; // the line in begun_ was returned
};

} // namespace mayla::shim
