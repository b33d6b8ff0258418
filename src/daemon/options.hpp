#pragma once

#include <optional>
#include <string>

namespace mayla::daemon {

/// The command line of mayla-daemon.
struct Options {
    enum class Action { serve, show_version, show_help };
    Action action = Action::serve;
    std::optional<std::string>
        listen; ///< --listen PATH: a socket of our own, where no service manager has one
};

/// Throws Error{invalid_argument}.
Options read_options(int count, char** arguments);

extern const char* const usage;

} // namespace mayla::daemon
