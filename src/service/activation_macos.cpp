#include "service/activation.hpp"

#include "base/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <launch.h>
#include <sys/socket.h>

namespace mayla::service {

const std::chrono::milliseconds shortest_life{std::chrono::seconds(15)};
const char* const manager_name = "launchd";

std::optional<OwnedFd> activated_socket() {
    int* fds = nullptr;
    std::size_t count = 0;
    const int rc = ::launch_activate_socket(socket_name, &fds, &count);
    if (rc == ESRCH || rc == ENOENT) return std::nullopt; // not started by launchd, or without this socket
    if (rc != 0) throw system_error(Code::unavailable, "socket activation (launchd)", rc);
    std::optional<OwnedFd> found;
    for (std::size_t i = 0; i < count; ++i) {
        OwnedFd fd = OwnedFd::adopt(fds[i]);
        if (!found) found = std::move(fd);
    }
    std::free(fds);
    if (!found) return std::nullopt;
    int listening = 0;
    socklen_t size = sizeof listening;
    if (::getsockopt(found->get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0)
        throw Error(Code::unavailable,
                    "what launchd passed as 'mayla' is not a listening socket (mayla setup writes a "
                    "right one)");
    ::fcntl(found->get(), F_SETFD, FD_CLOEXEC);
    ::fcntl(found->get(), F_SETFL, ::fcntl(found->get(), F_GETFL) | O_NONBLOCK);
    return found;
}

bool is_daemon(long) { return false; } // launchd has the socket; without it nothing is ended here

} // namespace mayla::service
