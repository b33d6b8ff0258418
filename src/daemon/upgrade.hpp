#pragma once

#include "event/timer.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tuple>

namespace mayla::daemon {

/// Notices that the daemon's program was replaced, and asks for its place to be taken by the new one (DESIGN
/// 5). The new file must have been left alone for two seconds (an installer may still be writing) and must
/// run.
///
/// Thread rule: the loop only; the ports say where they are called.
class Upgrade {
public:
    struct Ports {
        /// Runs a job that may take a moment on a worker; false: not now.
        std::function<bool(std::function<void()>)> work;
        /// There is a new program, and it runs.
        std::function<void(const std::string& why)> found;
    };

    Upgrade(event::Loop& loop, std::string program, Ports ports);

    /// Looks, at the cost of one stat(2). To be called at each hello and when idle.
    void check();

private:
    /// What tells two files at one path apart: device, inode, time of change.
    using Mark = std::tuple<std::uint64_t, std::uint64_t, std::int64_t>;
    std::optional<Mark> mark() const;
    void tried(const Mark& mark, bool runs);

    event::Loop& loop_;
    std::string program_;
    Ports ports_;
    std::optional<Mark> ours_;
    std::optional<Mark> refused_; // it does not run: not to be tried again and again
    bool trying_ = false;
    event::Timer again_;
};

} // namespace mayla::daemon
