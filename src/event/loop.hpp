#pragma once

#include "base/sync.hpp"
#include "event/handle.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <vector>

namespace mayla::event {

/// The event loop: everything that is called back by it runs on the thread that called run(). It never
/// blocks.
///
/// Thread rule: post() may be called from any thread; everything else only from the loop's own.
class Loop {
public:
    using Job = std::function<void()>;

    /// Throws Error{unavailable} when the system gives no descriptors for it.
    Loop();
    /// All handles must be gone; what they still have to close is closed here.
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Runs until stop(). An exception that a callback lets out is given to `on_failure`, and the loop goes
    /// on: it is a fault of one request, not of the daemon.
    void run();
    /// Makes run() return after the callbacks that are due.
    void stop();
    /// Runs `job` on the loop's thread, soon, in the order of posting. Never runs it from inside post().
    void post(Job job);
    /// Monotonic milliseconds, as of the start of this turn of the loop.
    std::uint64_t now() const;

    /// Who hears of exceptions from callbacks; without one they end the program.
    void on_failure(std::function<void(std::exception_ptr)> handler) { failure_ = std::move(handler); }
    /// Calls `callback` and gives what it throws to on_failure. For the rooms' own trampolines.
    template <class F>
    void guard(F&& callback) noexcept {
        try {
            callback();
        } catch (...) {
            failed(std::current_exception());
        }
    }

    uv_loop_t* raw() { return &loop_; }
    /// A buffer that a callback may use until it returns; one for all, since callbacks never run inside each
    /// other.
    std::vector<char>& scratch() { return scratch_; }

private:
    void drain();
    void failed(std::exception_ptr) noexcept;

    uv_loop_t loop_{};
    Handle<uv_async_t> wake_;
    Sync<std::vector<Job>> posted_;
    std::function<void(std::exception_ptr)> failure_;
    std::vector<char> scratch_ = std::vector<char>(64u << 10);
};

} // namespace mayla::event
