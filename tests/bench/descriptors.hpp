#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/// What the bench programs share: descriptors, lines and unix sockets. A failure ends the program with its
/// reason.
namespace bench {

[[noreturn]] inline void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

inline int checked(int result, const char* what) {
    if (result < 0) fail(what);
    return result;
}

inline void write_all(int fd, std::string_view data) {
    while (!data.empty()) {
        const ssize_t written = ::write(fd, data.data(), data.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write");
        data.remove_prefix(static_cast<std::size_t>(written));
    }
}

/// Reads lines from a descriptor.
class Lines {
public:
    explicit Lines(int fd) : fd_(fd) {}

    /// The next line with its newline; empty at the end.
    std::string next() {
        for (;;) {
            if (const std::size_t end = buffer_.find('\n'); end != std::string::npos) {
                std::string line = buffer_.substr(0, end + 1);
                buffer_.erase(0, end + 1);
                return line;
            }
            char part[65536];
            const ssize_t got = ::read(fd_, part, sizeof part);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return {};
            buffer_.append(part, static_cast<std::size_t>(got));
        }
    }

private:
    int fd_;
    std::string buffer_;
};

inline sockaddr_un address_of(std::string_view path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        fail("socket path");
    }
    std::copy(path.begin(), path.end(), address.sun_path);
    return address;
}

inline int connected(std::string_view path) {
    const int fd = checked(::socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    const sockaddr_un address = address_of(path);
    checked(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
    return fd;
}

inline int listening(const char* path) {
    ::unlink(path);
    const int fd = checked(::socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    const sockaddr_un address = address_of(path);
    checked(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
    checked(::listen(fd, 64), "listen");
    return fd;
}

/// Answers each line of each connection, one connection after the other, with the same line.
[[noreturn]] inline void echo_for_ever(int listener) {
    for (;;) {
        const int fd = checked(::accept(listener, nullptr, nullptr), "accept");
        Lines lines(fd);
        for (std::string line = lines.next(); !line.empty(); line = lines.next()) write_all(fd, line);
        ::close(fd);
    }
}

} // namespace bench
