#pragma once

#include "event/loop.hpp"

#include <chrono>

namespace mayla::event {

/// A timer that calls back on the loop. An idle daemon may wake at most once in ten seconds, so a timer runs
/// only while something waits for it.
class Timer {
public:
    Timer(Loop& loop, std::function<void()> callback);

    /// Calls back once after `delay`, replacing what was set before.
    void start_once(std::chrono::milliseconds delay);
    /// Calls back each `period`, first after one of them.
    void start_every(std::chrono::milliseconds period);
    void stop();
    bool active() const;

private:
    Loop& loop_;
    std::function<void()> callback_;
    Handle<uv_timer_t> handle_;
};

} // namespace mayla::event
