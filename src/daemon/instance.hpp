#pragma once

#include "base/config.hpp"
#include "base/log.hpp"
#include "base/paths.hpp"
#include "daemon/life.hpp"
#include "daemon/links.hpp"
#include "daemon/options.hpp"
#include "daemon/socket.hpp"
#include "daemon/upgrade.hpp"
#include "event/lane.hpp"
#include "store/writer.hpp"

#include <string>

namespace mayla::daemon {

/// The daemon. The order of the members is the order in which its parts come to life; they end the other way
/// round.
class Instance {
public:
    /// Throws Error{unavailable, invalid_argument} for what makes serving impossible. A database that cannot
    /// be opened does not: its tools say so.
    Instance(const Options& options, std::optional<OwnedFd> activated, const Environment& environment);

    /// Serves until it is time to end. Returns the exit status.
    int run();

private:
    struct Folders {
        explicit Folders(const Environment& environment);
        std::string data, state, config, home;
    };

    Config load_config();
    mcp::Dispatcher::Ports dispatcher_ports();
    tools::DaemonStatus status();
    void opened(const std::exception_ptr& failure);
    void active();
    void settled();
    void tell_state();
    void stop();

    Folders folders_;
    Log log_;
    Config config_;
    std::string uuid_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    service::Notify notify_;
    bool told_serving_ = true; // what STATUS= says
    Socket socket_;
    event::Loop loop_;

    store::Definition memory_database_;
    store::Readers memory_readers_;
    store::Writer memory_writer_;
    workspace::Projects projects_;
    tools::Effects effects_;
    tools::Services services_;

    mcp::Dispatcher dispatcher_;
    event::Lane quick_;
    Links links_;
    event::Listener listener_;
    Life life_;
    Upgrade upgrade_;
};

} // namespace mayla::daemon
