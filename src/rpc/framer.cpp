#include "rpc/framer.hpp"

#include "base/limits.hpp"

namespace mayla::rpc {

namespace {
/// A buffer that one large line has needed is given back after it.
constexpr std::size_t kept_capacity = 64u << 10;
} // namespace

void Framer::feed(std::string_view bytes, const OnLine& on_line) {
    while (!bytes.empty()) {
        const std::size_t newline = bytes.find('\n');
        const std::string_view part = bytes.substr(0, newline);
        scanner_.feed(part);
        length_ += part.size();
        if (length_ <= limits::message_bytes)
            line_.append(part);
        else
            line_.clear();
        if (newline == std::string_view::npos) return;
        bytes.remove_prefix(newline + 1);
        end_of_line(on_line);
    }
}

void Framer::end_of_line(const OnLine& on_line) {
    const JsonVerdict& verdict =
        scanner_.finish(); // white space around a value is JSON's own: "\r" needs no care
    if (!verdict.blank()) {
        const bool too_long = length_ > limits::message_bytes;
        on_line(Line{too_long ? std::string_view() : std::string_view(line_), verdict, too_long});
    }
    scanner_.reset();
    line_.clear();
    length_ = 0;
    if (line_.capacity() > kept_capacity) line_.shrink_to_fit();
}

} // namespace mayla::rpc
