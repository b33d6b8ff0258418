#include "base/process_spawn.hpp"

#include "base/process_close.hpp"

#include <csignal>
#include <fcntl.h>
#include <spawn.h>

namespace mayla {

int spawn(pid_t& pid, BorrowedFd out, BorrowedFd err, char* const argv[], char* const envp[]) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out.get(), 1);
    ::posix_spawn_file_actions_adddup2(&actions, err.get(), 2);

    sigset_t none;
    sigset_t all;
    // Macros on macOS, hence without the ::
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    const int flags =
        POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP | close_others(actions);
    ::posix_spawnattr_setflags(&attributes, static_cast<short>(flags));

    const int result = ::posix_spawnp(&pid, argv[0], &actions, &attributes, argv, envp);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    return result;
}

} // namespace mayla
