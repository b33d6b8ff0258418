#include "base/process.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/process_spawn.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace mayla {

namespace {

std::string_view name_of(std::string_view variable) { return variable.substr(0, variable.find('=')); }

std::vector<std::string> environment(const std::vector<std::string>& changes) {
    std::vector<std::string> out;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const auto same = [entry](const std::string& change) { return name_of(change) == name_of(*entry); };
        if (std::none_of(changes.begin(), changes.end(), same)) out.emplace_back(*entry);
    }
    for (const std::string& change : changes)
        if (change.find('=') != std::string::npos) out.push_back(change);
    return out;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (const std::string& text : texts)
        out.push_back(const_cast<char*>(text.c_str())); // posix_spawn's prototype; it does not write
    out.push_back(nullptr);
    return out;
}

struct Pipe {
    OwnedFd read;
    OwnedFd write;
};

/// A pipe whose ends no other child inherits, neither of them one of 0, 1, 2 (the child's file actions would
/// overwrite it).
Pipe make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw system_error(Code::unavailable, "a pipe to a child", errno);
    Pipe out{OwnedFd::adopt(ends[0]), OwnedFd::adopt(ends[1])};
    for (OwnedFd* end : {&out.read, &out.write}) {
        const int fd = ::fcntl(end->get(), F_DUPFD_CLOEXEC, 3);
        if (fd < 0) throw system_error(Code::unavailable, "a pipe to a child", errno);
        *end = OwnedFd::adopt(fd);
    }
    return out;
}

void no_wait(const OwnedFd& fd) { ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK); }

/// A child that is killed, group and all, and reaped when its owner gives up.
class Child {
public:
    explicit Child(pid_t pid) : pid_(pid) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (pid_ <= 0) return;
        ::kill(-pid_, SIGKILL);
        ::kill(pid_, SIGKILL);
        wait();
    }
    /// Its status as a shell would say it.
    int wait() {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0)
            if (errno != EINTR) break;
        pid_ = 0;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    /// The same without waiting; false while it runs.
    bool ended(int& result) {
        int status = 0;
        if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
        pid_ = 0;
        result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        return true;
    }

private:
    pid_t pid_;
};

/// Reads what is there. False at the end of the file.
bool read_some(const OwnedFd& fd, std::string& into) {
    std::array<char, 65536> buffer;
    const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
    if (n > 0) into.append(buffer.data(), static_cast<std::size_t>(n));
    return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

} // namespace

Finished run(const Command& command) {
    const std::string& program = command.argv.at(0);
    const auto late = [&program] {
        return Error(Code::timed_out, program + " did not end in time and was stopped");
    };
    Pipe out = make_pipe();
    Pipe err = make_pipe();
    const std::vector<std::string> variables = environment(command.environment);
    const std::vector<char*> argv = pointers(command.argv);
    const std::vector<char*> envp = pointers(variables);
    pid_t pid = 0;
    const int failed = spawn(pid, out.write.borrow(), err.write.borrow(), argv.data(), envp.data());
    if (failed == ENOENT) throw Error(Code::not_found, program + ": there is no such program in PATH");
    if (failed != 0) throw system_error(Code::unavailable, "starting " + program, failed);
    Child child(pid);
    out.write.reset();
    err.write.reset();
    no_wait(out.read);
    no_wait(err.read);

    Finished finished;
    while (out.read || err.read) {
        std::array<pollfd, 2> fds{{{out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}}};
        if (command.deadline.passed()) throw late();
        if (::poll(fds.data(), fds.size(), static_cast<int>(command.deadline.left().count())) <= 0) continue;
        if (fds[0].revents != 0 && !read_some(out.read, finished.out)) out.read.reset();
        if (fds[1].revents != 0 && !read_some(err.read, finished.err)) err.read.reset();
        if (finished.out.size() + finished.err.size() > command.output_bytes)
            throw Error(Code::too_large, program + " wrote more than " +
                                             std::to_string(command.output_bytes) + " bytes and was stopped");
    }
    // Its pipes are closed, which nearly always means that it has ended; one that closed them and runs on is
    // given the rest of its time.
    while (!child.ended(finished.status)) {
        if (command.deadline.passed()) throw late();
        ::poll(nullptr, 0, 1);
    }
    return finished;
}

} // namespace mayla
