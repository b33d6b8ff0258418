#pragma once

#include "base/json_scanner.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace mayla::rpc {

/// One line, and what the scanner saw in it.
struct Line {
    /// Without its newline. Empty if it was longer than limits::message_bytes; the verdict is about all of it
    /// even then.
    std::string_view bytes;
    const JsonVerdict& verdict;
    bool too_long = false;
};

/// Cuts a stream of bytes into lines (MCP's stdio framing) and scans each as it comes in, so that a line
/// above the limit costs no memory and its id is still known. Blank lines and a carriage return before the
/// newline are dropped.
///
/// Usable by one thread at a time.
class Framer {
public:
    using OnLine = std::function<void(const Line&)>;

    /// Calls `on_line` for each line that `bytes` completes. The line is valid during that call.
    void feed(std::string_view bytes, const OnLine& on_line);

    /// Bytes of a line that has not ended yet are here.
    bool in_line() const { return length_ > 0; }

private:
    void end_of_line(const OnLine&);

    JsonScanner scanner_;
    std::string line_;
    std::size_t length_ = 0; // of the line so far, kept or not
};

} // namespace mayla::rpc
