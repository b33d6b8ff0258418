#include "service/activation.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"

#include <climits>
#include <cstdlib>
#include <fcntl.h>
#include <string_view>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

namespace mayla::service {

const std::chrono::milliseconds shortest_life{limits::shortest_life};
const char* const manager_name = "systemd";

std::optional<OwnedFd> activated_socket() {
    char** raw_names = nullptr;
    const int count = ::sd_listen_fds_with_names(/*unset_environment=*/1, &raw_names);
    if (count < 0) throw system_error(Code::unavailable, "socket activation (LISTEN_FDS)", -count);
    std::optional<OwnedFd> found;
    for (int i = 0; i < count; ++i) {
        OwnedFd fd = OwnedFd::adopt(SD_LISTEN_FDS_START + i);
        const std::string name = raw_names && raw_names[i] ? raw_names[i] : "";
        if (name == socket_name && !found) found = std::move(fd);
    }
    if (raw_names) {
        for (char** name = raw_names; *name; ++name) std::free(*name);
        std::free(static_cast<void*>(raw_names));
    }
    if (!found) {
        if (count > 0)
            throw Error(Code::unavailable,
                        std::string("the service manager passed no descriptor named '") + socket_name +
                            "'; mayla.socket must have FileDescriptorName=mayla (mayla setup "
                            "writes it so)");
        return std::nullopt;
    }
    if (::sd_is_socket_unix(found->get(), SOCK_STREAM, /*listening=*/1, nullptr, 0) <= 0)
        throw Error(Code::unavailable,
                    "what the service manager passed as 'mayla' is not a listening unix stream "
                    "socket; mayla.socket must have one ListenStream= (mayla setup writes it so)");
    ::fcntl(found->get(), F_SETFL, ::fcntl(found->get(), F_GETFL) | O_NONBLOCK);
    return found;
}

bool is_daemon(long pid) {
    char path[PATH_MAX];
    const std::string link = "/proc/" + std::to_string(pid) + "/exe";
    const ssize_t size = pid > 0 ? ::readlink(link.c_str(), path, sizeof path) : -1;
    if (size <= 0) return false;
    std::string_view program(path, static_cast<std::size_t>(size));
    constexpr std::string_view deleted = " (deleted)"; // proc(5): the file was replaced
    if (program.ends_with(deleted)) program.remove_suffix(deleted.size());
    return program.ends_with("/mayla-daemon");
}

} // namespace mayla::service
