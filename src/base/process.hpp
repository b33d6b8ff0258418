#pragma once

#include "base/deadline.hpp"
#include "base/limits.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace mayla {

/// A program to run to its end.
struct Command {
    std::vector<std::string> argv; ///< argv[0] is looked up in PATH unless it holds a slash
    /// Changes to our environment: "NAME=value" sets, "NAME" takes away.
    std::vector<std::string> environment;
    Deadline deadline = Deadline::in(limits::git_command);
    std::size_t output_bytes = limits::child_output_bytes; ///< of stdout and stderr together
};

/// How it ended.
struct Finished {
    int status = 0; ///< exit code, or 128 + signal number
    std::string out;
    std::string err;
};

/// Runs a child to its end: a process group of its own, default signals, no descriptor of ours but the three
/// pipes. Blocks the caller; any thread. At the deadline and above the output limit the whole group is
/// killed. Throws Error: not_found (no such program), timed_out, too_large, unavailable (fork failed).
Finished run(const Command& command);

} // namespace mayla
