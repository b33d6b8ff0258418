#pragma once

#include <algorithm>
#include <chrono>

namespace mayla {

/// A point in time after which work is not worth going on with. Copied freely; every wait takes one.
class Deadline {
public:
    using Clock = std::chrono::steady_clock;

    static Deadline in(std::chrono::milliseconds from_now) { return Deadline(Clock::now() + from_now); }
    static constexpr Deadline never() { return Deadline(Clock::time_point::max()); }

    bool passed() const { return at_ != Clock::time_point::max() && Clock::now() >= at_; }
    Clock::time_point at() const { return at_; }
    /// What is left, never below zero; for poll(2) and its like. A Deadline::never() has an hour, again and
    /// again.
    std::chrono::milliseconds left() const {
        using std::chrono::milliseconds;
        if (at_ == Clock::time_point::max()) return std::chrono::hours(1);
        const auto rest = std::chrono::ceil<milliseconds>(at_ - Clock::now());
        return std::max(rest, milliseconds(0));
    }

private:
    explicit constexpr Deadline(Clock::time_point at) : at_(at) {}
    Clock::time_point at_;
};

} // namespace mayla
