#pragma once

#include "base/limits.hpp"
#include "base/log.hpp"
#include "daemon/links.hpp"
#include "event/listener.hpp"
#include "event/signal.hpp"
#include "event/timer.hpp"
#include "service/notify.hpp"

#include <optional>
#include <string>

namespace mayla::daemon {

/// When the daemon ends, and what it tells the service manager until then.
///
/// Rules (DESIGN 5)
///   L1  an end of our own choice (idle, asked to drain) exits 0 only if nobody waits on the listening socket
///   and the daemon has
///       lived long enough; otherwise it serves on: the service manager would start the next one at once, 230
///       times a second
///   L2  SIGTERM ends it in any case, after the calls that run, or after limits::shutdown_drain
///   L3  no timer fires while nothing is due: idle time is measured, not ticked
///
/// Thread rule: the loop only.
class Life {
public:
    struct Times {
        std::chrono::milliseconds shortest{limits::shortest_life};        ///< L1
        std::chrono::milliseconds idle_alone{limits::idle_alone};         ///< idle exit without connections
        std::chrono::milliseconds idle_connected{limits::idle_connected}; ///< and with some
    };

    Life(event::Loop& loop, event::Listener& listener, Links& links, service::Notify& notify, Log& log,
         Times times);

    /// A client said something.
    void active() { last_active_ = std::chrono::steady_clock::now(); }
    /// A call has ended or a connection has closed: what waits for that may go on.
    void settled();
    /// Ends once the calls are done, if L1 allows it.
    void drain(const std::string& why);
    /// The database is open, or is known not to be: from here on we serve.
    void ready(const std::string& status);

private:
    enum class State { serving, leaving, terminating };

    void terminate(const char* signal);
    void idle_check();
    void stop_taking_calls();
    void try_to_end();
    void serve_on();

    event::Loop& loop_;
    event::Listener& listener_;
    Links& links_;
    service::Notify& notify_;
    Log& log_;
    const Times times_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point last_active_ = started_;
    State state_ = State::serving;
    std::string why_;
    event::Timer idle_;
    event::Timer end_check_;
    event::Timer deadline_;
    event::Timer watchdog_;
    event::Signal term_;
    event::Signal interrupt_;
};

} // namespace mayla::daemon
