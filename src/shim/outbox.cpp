#include "shim/outbox.hpp"

namespace mayla::shim {

namespace {

/// What may stay allocated while nothing waits.
constexpr std::size_t kept_bytes = 8u << 10;

} // namespace

void Outbox::written(std::size_t count) {
    head_ += count;
    if (head_ == bytes_.size()) return clear();
    if (head_ >= bytes_.size() / 2) {
        bytes_.erase(0, head_);
        head_ = 0;
    }
}

void Outbox::clear() {
    head_ = 0;
    if (bytes_.capacity() > kept_bytes) {
        std::string().swap(bytes_); // an assignment would keep the memory
    } else {
        bytes_.clear();
    }
}

} // namespace mayla::shim
