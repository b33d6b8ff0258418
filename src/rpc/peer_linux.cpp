#include "rpc/peer.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mayla::rpc {

namespace {

// Newer than the headers of Debian 12 (linux 6.5 and 6.11).
constexpr int so_peerpidfd = 77;
constexpr unsigned long pidfd_get_mnt_namespace = 0xFF03;
constexpr unsigned long pidfd_get_user_namespace = 0xFF09;

enum class Verdict { same, other, unreadable, unsupported };

Verdict compare(BorrowedFd theirs, const char* ours) {
    struct stat a {
    }, b{};
    if (::fstat(theirs.get(), &a) != 0 || ::stat(ours, &b) != 0) return Verdict::unreadable;
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino ? Verdict::same : Verdict::other;
}

Verdict by_pidfd(BorrowedFd pidfd, unsigned long request, const char* ours) {
    const OwnedFd theirs = OwnedFd::adopt(::ioctl(pidfd.get(), request, 0));
    if (theirs) return compare(theirs.borrow(), ours);
    return errno == ENOTTY || errno == EINVAL || errno == EOPNOTSUPP ? Verdict::unsupported
                                                                     : Verdict::unreadable;
}

Verdict by_proc(long pid, const char* name) {
    const std::string theirs = "/proc/" + std::to_string(pid) + "/ns/" + name;
    const std::string ours = std::string("/proc/self/ns/") + name;
    struct stat a {
    }, b{};
    if (::stat(theirs.c_str(), &a) != 0 || ::stat(ours.c_str(), &b) != 0) return Verdict::unreadable;
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino ? Verdict::same : Verdict::other;
}

/// Field 22 of /proc/PID/stat (proc(5)): ticks since boot at which the process started. Empty if it is gone.
std::string start_time(long pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/stat";
    const OwnedFd file = OwnedFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char text[1024];
    const ssize_t size = file ? ::read(file.get(), text, sizeof text) : -1;
    if (size <= 0) return {};
    std::string_view rest(text, static_cast<std::size_t>(size));
    rest.remove_prefix(std::min(rest.rfind(')') + 1, rest.size())); // the name before it may hold anything
    for (int field = 2; field < 22 && !rest.empty(); ++field) {
        const std::size_t space = rest.find(' ');
        rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
    }
    return std::string(rest.substr(0, rest.find(' ')));
}

Verdict namespaces(BorrowedFd connection, long pid) {
    int raw = -1;
    socklen_t size = sizeof raw;
    if (::getsockopt(connection.get(), SOL_SOCKET, so_peerpidfd, &raw, &size) == 0) {
        const OwnedFd pidfd = OwnedFd::adopt(raw);
        const Verdict mount = by_pidfd(pidfd.borrow(), pidfd_get_mnt_namespace, "/proc/self/ns/mnt");
        const Verdict user = by_pidfd(pidfd.borrow(), pidfd_get_user_namespace, "/proc/self/ns/user");
        if (mount != Verdict::unsupported && user != Verdict::unsupported)
            return mount == Verdict::same ? user : mount;
    }
    // Older kernels. The start time before and after tells whether the pid has been given to another process
    // meanwhile.
    const std::string before = start_time(pid);
    const Verdict mount = by_proc(pid, "mnt");
    const Verdict user = by_proc(pid, "user");
    if (before.empty() || start_time(pid) != before) return Verdict::unreadable;
    return mount == Verdict::same ? user : mount;
}

} // namespace

Peer peer_of(BorrowedFd connection) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        throw system_error(Code::unavailable, "who is calling (SO_PEERCRED)", errno);
    Peer peer{static_cast<long>(credentials.uid), static_cast<long>(credentials.pid), std::nullopt};
    switch (peer.pid > 0 ? namespaces(connection, peer.pid) : Verdict::unreadable) {
    case Verdict::same:
        break;
    case Verdict::other:
        peer.foreign = "it runs in another mount or user namespace (a sandbox or container)";
        break;
    case Verdict::unreadable:
    case Verdict::unsupported:
        peer.foreign = "the namespaces of its process cannot be read";
        break;
    }
    return peer;
}

} // namespace mayla::rpc
