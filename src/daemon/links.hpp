#pragma once

#include "base/config.hpp"
#include "base/log.hpp"
#include "daemon/connection.hpp"
#include "tools/effects.hpp"
#include "tools/services.hpp"

#include <map>
#include <string>
#include <vector>

namespace mayla::daemon {

/// All connections and the links that they carry. A link stays while it has a connection or a running call.
///
/// Thread rule: the loop only.
class Links {
public:
    struct Ports {
        std::function<void()> active;  ///< somebody said something
        std::function<void()> greeted; ///< a client has said hello
        std::function<void()> settled; ///< a call ended or a connection closed
    };

    Links(event::Loop& loop, mcp::Dispatcher& dispatcher, tools::Effects& effects,
          Config::Namespaces namespaces, Log& log, std::string daemon_uuid, Ports ports);

    /// Takes an accepted connection.
    void accept(OwnedFd fd);
    /// No more lines are read from anybody.
    void stop_reading();
    void resume_reading();

    std::size_t connections() const { return connections_.size(); }
    std::size_t running() const;
    std::size_t unwritten() const;
    /// The connections as `mayla status` shows them.
    std::vector<tools::DaemonStatus::Connection> list() const;

private:
    std::shared_ptr<mcp::Link> greeted(Connection& connection, const mcp::Hello& hello);
    void closed(Connection& connection);
    void settled(const std::string& link);
    void drop_if_done(const std::string& link);

    event::Loop& loop_;
    mcp::Dispatcher& dispatcher_;
    tools::Effects& effects_;
    Config::Namespaces namespaces_;
    Log& log_;
    std::string daemon_;
    Ports ports_;
    std::map<Connection*, std::unique_ptr<Connection>> connections_;
    std::map<std::string, std::shared_ptr<mcp::Link>> links_;
};

} // namespace mayla::daemon
