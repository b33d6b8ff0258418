#include "base/process_close.hpp"

namespace mayla {

int close_others(posix_spawn_file_actions_t&) { return POSIX_SPAWN_CLOEXEC_DEFAULT; }

} // namespace mayla
