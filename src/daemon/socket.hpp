#pragma once

#include "base/log.hpp"
#include "service/activation.hpp"
#include "service/data_lock.hpp"
#include "service/own_socket.hpp"

#include <optional>
#include <string>

namespace mayla::daemon {

/// The data lock and the listening socket, in the order that makes a second daemon impossible: the lock
/// first, then, without a service manager, a socket of our own.
class Socket {
public:
    /// With an activated socket, a daemon that holds the lock is asked to leave and given
    /// limits::lock_handover; without one we are the second and give up. Throws Error{unavailable} naming the
    /// holder.
    Socket(std::optional<OwnedFd> activated, const std::optional<std::string>& listen,
           const std::string& data_folder, Log& log);

    BorrowedFd fd() const { return activated_ ? activated_->borrow() : own_->fd(); }
    bool activated() const { return activated_.has_value(); }
    std::string path() const;
    /// Whether lock and socket are still what their paths name. If not, somebody has cleared their folders,
    /// another daemon may have taken the place, and we have to leave.
    bool in_place() const { return lock_.in_place() && (!own_ || own_->in_place()); }

private:
    void take_lock(Log& log);
    bool take_from_hidden(const service::DataLock::Holder& holder, Log& log);

    std::optional<OwnedFd> activated_;
    service::DataLock lock_;
    std::optional<service::OwnSocket> own_; // goes before the lock does
};

} // namespace mayla::daemon
