#pragma once

#include <spawn.h>

namespace mayla {

/// Makes the child close every descriptor above 2, after its other file actions. Returns the spawn flags for
/// it.
int close_others(posix_spawn_file_actions_t& actions);

} // namespace mayla
