#pragma once

#include "base/fd.hpp"
#include "base/paths.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>

namespace mayla::shim {

/// Brings a daemon's socket into being when none is there: asks the service manager or, where `mayla setup`
/// found none and left the `unmanaged` mark, starts the daemon itself. The service manager gets each request
/// once until reset(). Never blocks for it: its client runs as a child, whose end is an event on fd().
class Waker {
public:
    using Clock = std::chrono::steady_clock;

    explicit Waker(const Environment& environment) : environment_(environment) {}
    ~Waker();
    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;

    /// Takes the next step, unless one is under way, none is left, or the last one failed.
    void wake(Clock::time_point now);
    /// What was asked for is over; the next wake() begins anew.
    void reset() noexcept;

    /// Readable when the child has something to say or has ended.
    BorrowedFd fd() const noexcept { return output_.borrow(); }
    /// Takes it. True when the child has ended: connecting may work now.
    bool readable();
    std::optional<Clock::time_point> deadline() const noexcept;
    /// Ends a child that is past its deadline. True if it did.
    bool expire(Clock::time_point now);

    /// Why the last step did not help, for people; empty when nothing is known against it.
    const std::string& complaint() const noexcept { return complaint_; }
    /// The one sentence that tells a person what to do about a daemon that does not come.
    std::string remedy() const;

private:
    void ask_service_manager(const std::vector<std::string>& command, Clock::time_point now);
    void start_daemon(Clock::time_point now);
    void reap();

    const Environment& environment_;
    std::size_t taken_ = 0;           // commands
    Clock::time_point start_after_{}; // when a daemon may be started (again)
    pid_t child_ = 0;
    OwnedFd output_; // of the child
    Clock::time_point deadline_{};
    std::string command_;
    std::string said_;
    std::string complaint_;
};

} // namespace mayla::shim
