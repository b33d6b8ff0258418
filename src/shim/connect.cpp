#include "shim/connect.hpp"

#include "base/limits.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace mayla::shim {

namespace {

OwnedFd stream_socket() {
    OwnedFd fd = OwnedFd::adopt(::socket(AF_UNIX, SOCK_STREAM, 0));
    if (!fd) return fd;
    ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
    ::fcntl(fd.get(), F_SETFL, O_NONBLOCK);
    return fd;
}

/// 0 or an errno value.
int connect_to(const OwnedFd& fd, const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(),
                path.size()); // within limits::socket_path_bytes: a NUL follows
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return 0;
    return errno;
}

} // namespace

Connected connect_daemon(const SocketPaths& paths) {
    Connected result;
    result.absent = !paths.usable.empty();
    const auto note = [&](const std::string& what) {
        result.cause += (result.cause.empty() ? "" : "; ") + what;
    };
    for (const std::string& path : paths.usable) {
        OwnedFd fd = stream_socket();
        const int error = fd ? connect_to(fd, path) : errno;
        if (error == 0) {
            result.fd = std::move(fd);
            result.path = path;
            result.absent = false;
            return result;
        }
        if (error != ENOENT && error != ECONNREFUSED) result.absent = false;
        note(path + ": " + std::strerror(error));
    }
    for (const std::string& path : paths.too_long)
        note(path + ": longer than the " + std::to_string(limits::socket_path_bytes) +
             " bytes that a socket's path may have");
    return result;
}

} // namespace mayla::shim
