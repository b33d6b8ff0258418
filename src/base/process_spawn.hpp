#pragma once

#include "base/fd.hpp"

#include <sys/types.h>

namespace mayla {

/// posix_spawnp with stdin on /dev/null, no other descriptor open in the child, a process group of its own,
/// default signal actions and none blocked. Returns 0 or an errno value.
int spawn(pid_t& pid, BorrowedFd out, BorrowedFd err, char* const argv[], char* const envp[]);

} // namespace mayla
