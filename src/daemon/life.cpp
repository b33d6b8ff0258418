#include "daemon/life.hpp"

#include "base/limits.hpp"

#include <csignal>

namespace mayla::daemon {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Life::Life(event::Loop& loop, event::Listener& listener, Links& links, service::Notify& notify, Log& log,
           Times times)
    : loop_(loop), listener_(listener), links_(links), notify_(notify), log_(log), times_(times),
      idle_(loop, [this] { idle_check(); }), end_check_(loop, [this] { try_to_end(); }),
      deadline_(loop,
                [this] {
                    log_.warning(
                        "calls still run after the time to end them; their clients will ask the next daemon");
                    loop_.stop();
                }),
      watchdog_(loop, [this] { notify_.alive(); }), term_(loop, SIGTERM, [this] { terminate("SIGTERM"); }),
      interrupt_(loop, SIGINT, [this] { terminate("SIGINT"); }) {}

void Life::ready(const std::string& status) {
    notify_.ready(status);
    if (const auto period = notify_.watchdog()) watchdog_.start_every(*period / 2);
    idle_.start_once(times_.idle_alone);
}

void Life::idle_check() {
    const milliseconds allowed = links_.connections() > 0 ? times_.idle_connected : times_.idle_alone;
    const auto idle = std::chrono::duration_cast<milliseconds>(steady_clock::now() - last_active_);
    if (links_.running() > 0)
        idle_.start_once(allowed); // a call is no idleness, however long it takes
    else if (idle < allowed)
        idle_.start_once(allowed - idle);
    else
        drain("idle");
}

void Life::drain(const std::string& why) {
    if (state_ != State::serving) return;
    state_ = State::leaving;
    why_ = why;
    stop_taking_calls();
}

void Life::terminate(const char* signal) {
    if (state_ == State::terminating) return;
    state_ = State::terminating;
    why_ = signal;
    notify_.stopping();
    stop_taking_calls();
}

void Life::stop_taking_calls() {
    listener_.pause();
    links_.stop_reading();
    deadline_.start_once(limits::shutdown_drain);
    // What has been answered must also leave: that is not told by an event of ours, so it is looked at.
    end_check_.start_every(milliseconds(10));
    try_to_end();
}

void Life::settled() {
    if (state_ != State::serving) try_to_end();
}

void Life::try_to_end() {
    if (links_.running() > 0 || links_.unwritten() > 0) return;
    if (state_ == State::leaving) {
        if (listener_.somebody_waits()) return serve_on(); // L1
        if (steady_clock::now() - started_ < times_.shortest) return;
        notify_.stopping();
    }
    log_.info("ending: " + why_);
    loop_.stop();
}

void Life::serve_on() {
    state_ = State::serving;
    deadline_.stop();
    end_check_.stop();
    active();
    links_.resume_reading();
    listener_.resume();
    idle_.start_once(times_.idle_alone);
}

} // namespace mayla::daemon
