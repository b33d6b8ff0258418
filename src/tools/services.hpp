#pragma once

#include "store/readers.hpp"
#include "workspace/projects.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace mayla::tools {

/// What the daemon says of itself for `mayla status` and `mayla doctor`.
struct DaemonStatus {
    struct Connection {
        std::string role;
        std::string build;
        int protocol = 0;
        std::string cwd;
        std::chrono::seconds since{0}; ///< how long it has been there
        bool foreign = false;
    };
    long pid = 0;
    std::string daemon; ///< uuid of this run
    std::string mode;   ///< "systemd", "launchd" or "unmanaged"
    std::string socket;
    std::string executable;
    std::string log;
    std::string config;
    std::string database;
    std::string database_failure; ///< empty: it is open
    std::chrono::seconds uptime{0};
    std::size_t calls_running = 0;
    std::vector<Connection> connections;
};

/// What tools work with. Everything in it outlives every call and may be used from any worker.
struct Services {
    store::Readers& memory;
    workspace::Projects& projects;
    std::string home; ///< $HOME: never a project's root
    std::function<DaemonStatus()> status;
    std::function<void()> drain; ///< asks the daemon to end once its calls are done
};

} // namespace mayla::tools
