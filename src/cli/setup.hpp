#pragma once

#include "cli/places.hpp"
#include "cli/terminal.hpp"

namespace mayla::cli {

struct SetupOptions {
    bool dry_run = false;
    bool claude = true;
};

/// Hands the socket to the service manager (or marks that there is none), registers with Claude Code and
/// proves all of it by a call. Safe to repeat. The exit status.
int setup(const Places&, Terminal&, const SetupOptions&);

/// Takes back what setup did. Memories stay. The exit status.
int unsetup(const Places&, Terminal&, const SetupOptions&);

} // namespace mayla::cli
