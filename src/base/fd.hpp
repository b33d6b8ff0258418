#pragma once

#include <utility>

namespace mayla {

/// A descriptor that somebody else owns. Copied freely, closed by nobody.
class BorrowedFd {
public:
    constexpr BorrowedFd() noexcept = default;
    explicit constexpr BorrowedFd(int fd) noexcept : fd_(fd) {}

    constexpr int get() const noexcept { return fd_; }
    explicit constexpr operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// A descriptor that is closed with its owner. Adoption is spelled out: OwnedFd::adopt(fd).
class OwnedFd {
public:
    OwnedFd() noexcept = default;
    static OwnedFd adopt(int fd) noexcept {
        OwnedFd owned;
        owned.fd_ = fd;
        return owned;
    }

    OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    OwnedFd& operator=(OwnedFd&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    OwnedFd(const OwnedFd&) = delete;
    OwnedFd& operator=(const OwnedFd&) = delete;
    ~OwnedFd() { reset(); }

    int get() const noexcept { return fd_; }
    BorrowedFd borrow() const noexcept { return BorrowedFd(fd_); }
    explicit operator bool() const noexcept { return fd_ >= 0; }

    /// Hands the descriptor to the caller, who now has to close it.
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
    void reset() noexcept;

private:
    int fd_ = -1;
};

} // namespace mayla
