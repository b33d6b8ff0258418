#include "base/process_close.hpp"

namespace mayla {

int close_others(posix_spawn_file_actions_t& actions) {
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    return 0;
}

} // namespace mayla
