#include "daemon/socket.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/protocol.hpp"
#include "rpc/client.hpp"

#include <cerrno>
#include <csignal>
#include <sys/stat.h>

namespace mayla::daemon {

Socket::Socket(std::optional<OwnedFd> activated, const std::optional<std::string>& listen,
               const std::string& data_folder, Log& log)
    : activated_(std::move(activated)), lock_(data_folder) {
    if (!activated_ && !listen)
        throw Error(Code::invalid_argument,
                    "no socket was passed: mayla-daemon is started by the service manager (mayla "
                    "setup), or with --listen PATH");
    take_lock(log);
    if (!activated_) own_.emplace(*listen);
    lock_.sign(path());
}

std::string Socket::path() const {
    return activated_ ? service::bound_path(activated_->borrow()) : own_->path();
}

/// A daemon whose socket file was removed serves only those who are connected, and nobody can ask it to
/// leave: it is sent SIGTERM, if the process is surely a daemon of ours. Its sessions come to us.
bool Socket::take_from_hidden(const service::DataLock::Holder& holder, Log& log) {
    struct stat file {};
    if (holder.socket.empty() || ::lstat(holder.socket.c_str(), &file) == 0 || errno != ENOENT) return false;
    if (!service::is_daemon(holder.pid)) return false;
    log.warning("the daemon " + std::to_string(holder.pid) + " has lost its socket " + holder.socket +
                "; taking its place");
    return ::kill(static_cast<pid_t>(holder.pid), SIGTERM) == 0 &&
           lock_.take(Deadline::in(limits::lock_handover));
}

void Socket::take_lock(Log& log) {
    if (lock_.try_take()) return;
    const service::DataLock::Holder holder = lock_.holder();
    const std::string who = "the daemon " + std::to_string(holder.pid) + " on " + holder.socket;
    if (!activated_ && take_from_hidden(holder, log)) return;
    if (!activated_)
        throw Error(Code::unavailable, who + " serves this user's data already (" + lock_.path() +
                                           "); two daemons never work on the same data");
    log.info("asking " + who + " to leave");
    try {
        rpc::ClientOptions options;
        options.sockets = {holder.socket};
        options.build = std::string(protocol::build());
        options.hello = options.call = limits::lock_handover / 2;
        rpc::Client client(std::move(options));
        if (client.connect()) client.call("mayla/drain", nlohmann::json::object());
    } catch (const Error& error) { // it may be leaving already; the lock is what counts
        log.warning(who + " did not answer: " + error.message());
    }
    if (!lock_.take(Deadline::in(limits::lock_handover)))
        throw Error(Code::unavailable, who + " holds " + lock_.path() + " and does not leave; end it: kill " +
                                           std::to_string(holder.pid));
}

} // namespace mayla::daemon
