#include "shim/waker.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/process_spawn.hpp"
#include "shim/platform.hpp"
#include "shim/unmanaged.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ; // NOLINT: there is no header for it everywhere

namespace mayla::shim {

namespace {

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& s : strings) result.push_back(s.data());
    result.push_back(nullptr);
    return result;
}

/// Ours, with the folder that the service manager's client needs to find its manager: sessions may be started
/// without it.
std::vector<std::string> child_environment(const Environment& environment) {
    constexpr std::string_view name = "XDG_RUNTIME_DIR";
    const auto runtime = environment(name.data());
    const bool usable = runtime && runtime->substr(0, 1) == "/";
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable)
        if (usable || std::string_view(*variable).substr(0, name.size() + 1) != std::string(name) + '=')
            variables.emplace_back(*variable);
    if (!usable) variables.push_back(std::string(name) + "=/run/user/" + std::to_string(::getuid()));
    return variables;
}

std::string joined(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
    return line;
}

} // namespace

Waker::~Waker() {
    if (child_ != 0) ::kill(child_, SIGKILL); // its parent ends: init takes what is left
}

void Waker::reset() noexcept {
    taken_ = 0;
    start_after_ = {};
    complaint_.clear();
}

void Waker::wake(Clock::time_point now) {
    if (child_ != 0) return;
    if (is_unmanaged(environment_)) return start_daemon(now);
    const auto commands = wake_commands();
    if (taken_ < commands.size() && complaint_.empty()) ask_service_manager(commands[taken_++], now);
}

void Waker::ask_service_manager(const std::vector<std::string>& command, Clock::time_point now) {
    int ends[2];
    if (::pipe(ends) != 0) return;
    output_ = OwnedFd::adopt(ends[0]);
    const OwnedFd child_end = OwnedFd::adopt(ends[1]);
    ::fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    ::fcntl(ends[1], F_SETFD, FD_CLOEXEC);

    command_ = joined(command);
    said_.clear();
    std::vector<std::string> arguments = command;
    std::vector<std::string> variables = child_environment(environment_);
    const int error = spawn(child_, child_end.borrow(), child_end.borrow(), pointers(arguments).data(),
                            pointers(variables).data());
    if (error != 0) {
        child_ = 0;
        output_.reset();
        complaint_ = "no service manager: " + command.front() + ": " + std::strerror(error);
        return;
    }
    deadline_ = now + limits::service_manager;
}

void Waker::start_daemon(Clock::time_point now) {
    // More than once: the first may meet the lock of a daemon that is on its way out, and end.
    if (now < start_after_) return;
    start_after_ = now + limits::daemon_start;
    try {
        start_unmanaged_daemon(environment_);
        complaint_.clear();
    } catch (const Error& error) {
        // A fifth place for catch: the cause stands in the answer of the calls that wait for this daemon.
        complaint_ = error.message();
    }
}

bool Waker::readable() {
    std::array<char, 256> buffer{};
    for (;;) {
        const ssize_t got = ::read(output_.get(), buffer.data(), buffer.size());
        if (got > 0) {
            if (said_.size() < limits::complaint_bytes)
                said_.append(buffer.data(), static_cast<std::size_t>(got));
            continue;
        }
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return false;
        reap();
        return true;
    }
}

/// The child closed its output, which it does by ending.
void Waker::reap() {
    output_.reset();
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    child_ = 0;
    complaint_.clear();
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    while (!said_.empty() && said_.back() == '\n') said_.pop_back();
    complaint_ = "`" + command_ + "` failed" + (said_.empty() ? "" : ": " + said_);
}

std::optional<Waker::Clock::time_point> Waker::deadline() const noexcept {
    if (child_ == 0) return std::nullopt;
    return deadline_;
}

std::string Waker::remedy() const {
    if (is_unmanaged(environment_)) return "Run `mayla doctor`: it says what is wrong.";
    if (!complaint_.empty())
        return "Run `mayla setup`; if that does not help, `mayla doctor` says what is wrong.";
    return "Run `" + std::string(mending_command()) +
           "`; if that does not help, `mayla doctor` says what is wrong.";
}

bool Waker::expire(Clock::time_point now) {
    if (child_ == 0 || now < deadline_) return false;
    ::kill(-child_, SIGKILL); // spawn() gave it a process group of its own
    reap();
    complaint_ = "`" + command_ + "` did not end within " +
                 std::to_string(limits::service_manager.count() / 1000) + " s";
    return true;
}

} // namespace mayla::shim
