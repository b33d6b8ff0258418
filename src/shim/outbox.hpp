#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mayla::shim {

/// Bytes on their way out, joined so that one write takes many lines: a unix socket charges each write with
/// whole buffers and blocks after some hundred small ones. Gives its memory back when it is empty.
class Outbox {
public:
    void add(std::string_view bytes) { bytes_.append(bytes); }
    void add_line(std::string_view line) {
        bytes_.append(line);
        bytes_ += '\n';
    }

    bool empty() const noexcept { return head_ == bytes_.size(); }
    std::size_t size() const noexcept { return bytes_.size() - head_; }
    std::string_view pending() const noexcept { return std::string_view(bytes_).substr(head_); }

    /// The first `count` bytes are gone.
    void written(std::size_t count);
    void clear();

private:
    std::string bytes_;
    std::size_t head_ = 0;
};

} // namespace mayla::shim
