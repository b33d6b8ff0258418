#pragma once

#include <functional>
#include <sys/types.h>

namespace mayla::tests {

/// Runs `body` in a forked child and gives its exit code (0: body returned true), or 128 + signal.
/// The parent must not have threads.
int in_child(const std::function<bool()>& body);

/// The same as an unprivileged user, when the test runs as root: permissions bind root as little as an empty
/// disk quota. `folder` and what lies in it is given to that user first.
int as_nobody(const char* folder, const std::function<bool()>& body);

/// Starts a child that runs `body` until it is killed or returns.
pid_t start_child(const std::function<void()>& body);
int wait_child(pid_t pid);

} // namespace mayla::tests
