#include "support/child.hpp"

#include <cerrno>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mayla::tests {

namespace {
constexpr uid_t nobody = 65534;
}

pid_t start_child(const std::function<void()>& body) {
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    try {
        body();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "child: %s\n", e.what());
        ::_exit(99);
    }
    ::_exit(0);
}

int wait_child(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int in_child(const std::function<bool()>& body) {
    return wait_child(start_child([&] {
        if (!body()) ::_exit(1);
    }));
}

int as_nobody(const char* folder, const std::function<bool()>& body) {
    namespace fs = std::filesystem;
    if (::geteuid() == 0) {
        if (::chown(folder, nobody, nobody) != 0) return -1;
        for (const auto& entry : fs::recursive_directory_iterator(folder))
            if (::lchown(entry.path().c_str(), nobody, nobody) != 0) return -1;
    }
    return in_child([&] {
        if (::geteuid() == 0 &&
            (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0))
            return false;
        return body();
    });
}

} // namespace mayla::tests
