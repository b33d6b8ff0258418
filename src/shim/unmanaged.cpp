#include "shim/unmanaged.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/own_program.hpp"
#include "base/process_spawn.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ; // NOLINT: there is no header for it everywhere

namespace mayla::shim {

namespace {

bool exists(const std::string& path) {
    struct stat s {};
    return ::stat(path.c_str(), &s) == 0;
}

/// Variables that a daemon needs. Those of a session are left behind: the daemon outlives it, and some are
/// keys.
bool is_wanted(std::string_view variable) {
    static constexpr std::array<std::string_view, 8> names{
        "HOME=", "USER=", "LOGNAME=", "PATH=", "LANG=", "SHELL=", "TMPDIR=", "TZ="};
    static constexpr std::array<std::string_view, 2> beginnings{"LC_", "XDG_"};
    const auto begins = [&](std::string_view with) { return variable.substr(0, with.size()) == with; };
    return std::any_of(names.begin(), names.end(), begins) ||
           std::any_of(beginnings.begin(), beginnings.end(), begins);
}

} // namespace

bool is_unmanaged(const Environment& environment) {
    try {
        return exists(data_folder(environment) + "/unmanaged");
    } catch (const Error&) {
        return false; // no home, hence no mark: the question has an answer
    }
}

std::string unmanaged_socket(const Environment& environment) {
    const SocketPaths paths = socket_paths(environment);
    const auto home = home_folder(environment);
    std::string why = "none is short enough";
    for (const std::string& path : paths.usable) {
        const std::string folder = parent_folder(path);
        const bool in_home = home && path == *home + "/.mayla/run/mayla.sock";
        if (!in_home && !exists(parent_folder(folder))) {
            why = "there is no " + parent_folder(folder);
            continue;
        }
        try {
            make_folders(folder);
        } catch (const Error& error) {
            why = error.message(); // the next place may do
            continue;
        }
        if (::chmod(folder.c_str(), 0700) == 0) return path;
        why = system_error(Code::unavailable, "make " + folder + " private", errno).message();
    }
    throw Error(Code::unavailable, "no place for the daemon's socket: " + why);
}

void start_unmanaged_daemon(const Environment& environment) {
    std::array<std::string, 3> arguments{parent_folder(own_program()) + "/mayla-daemon", "--listen",
                                         unmanaged_socket(environment)};
    const std::array<char*, 4> argv{arguments[0].data(), arguments[1].data(), arguments[2].data(), nullptr};
    std::vector<char*> variables;
    for (char** variable = environ; *variable != nullptr; ++variable)
        if (is_wanted(*variable)) variables.push_back(*variable);
    variables.push_back(nullptr);

    const OwnedFd nowhere = OwnedFd::adopt(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const pid_t middle = ::fork();
    if (middle == 0) {
        // A session without a terminal, and a parent that is gone: nothing that ends this session ends the
        // daemon.
        ::setsid();
        if (::chdir("/") != 0) ::_exit(errno);
        pid_t daemon = 0;
        ::_exit(spawn(daemon, nowhere.borrow(), nowhere.borrow(), argv.data(), variables.data()));
    }
    if (middle < 0) throw system_error(Code::unavailable, "fork", errno);
    int status = 0;
    while (::waitpid(middle, &status, 0) < 0 && errno == EINTR) {
    }
    const int error = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
    if (error != 0) throw system_error(Code::unavailable, "start " + arguments[0], error);
}

} // namespace mayla::shim
