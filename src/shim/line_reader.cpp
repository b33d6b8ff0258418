#include "shim/line_reader.hpp"

#include "base/limits.hpp"

namespace mayla::shim {

namespace {

/// Empties it and frees its memory, which an assignment of an empty string would keep.
void release(std::string& text) { std::string().swap(text); }

} // namespace

std::optional<Line> LineReader::next(std::string_view& chunk) {
    if (done_) reset();
    const std::size_t newline = chunk.find('\n');
    const std::string_view piece = chunk.substr(0, newline);
    scanner_.feed(piece);
    if (begun_.size() + piece.size() > limits::message_bytes) {
        over_limit_ = true;
        release(begun_);
    }
    if (newline == chunk.npos) {
        if (!over_limit_) begun_.append(piece);
        chunk = {};
        return std::nullopt;
    }
    chunk.remove_prefix(newline + 1);
    done_ = true;
    std::string_view bytes = piece;
    if (!begun_.empty()) {
        begun_.append(piece);
        bytes = begun_;
    }
    return Line{over_limit_ ? std::string_view() : bytes, scanner_.finish(), over_limit_};
}

void LineReader::reset() {
    scanner_.reset();
    release(begun_);
    over_limit_ = false;
    done_ = false;
}

} // namespace mayla::shim
