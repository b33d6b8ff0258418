#include "bench/descriptors.hpp"

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <vector>

extern char** environ; // macOS declares it in no header

/// Takes times where a script would measure itself. Each prints nanoseconds, a line for each sample.
///
///   measure reply COUNT AT_ONCE LINE PROGRAM ARG...   start AT_ONCE programs, write LINE to each, until all
///   have answered measure exit  COUNT AT_ONCE PROGRAM ARG...        start AT_ONCE programs, until all have
///   ended measure eof   COUNT LINE PROGRAM ARG...           the end of stdin, until the program has ended
///   (after an answer to LINE) measure calls COUNT FIRST LINE PROGRAM ARG...     answers to LINE, one after
///   the other, once FIRST is answered measure connect SOCKET LINE                       connect, write LINE,
///   until the answer
///
/// Each `%` in the LINE of `calls` becomes the number of the call.
namespace {

using Clock = std::chrono::steady_clock;

void print(Clock::time_point begin) {
    std::printf("%lld\n", static_cast<long long>(std::chrono::nanoseconds(Clock::now() - begin).count()));
}

/// A program with pipes for stdin and stdout.
struct Program {
    pid_t pid;
    int in;
    int out;

    explicit Program(char** command) {
        int to[2];
        int from[2];
        bench::checked(::pipe(to), "pipe");
        bench::checked(::pipe(from), "pipe");
        for (const int end : {to[0], to[1], from[0], from[1]}) ::fcntl(end, F_SETFD, FD_CLOEXEC);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
        errno = posix_spawn(&pid, command[0], &actions, nullptr, command, environ);
        if (errno != 0) bench::fail(command[0]);
        posix_spawn_file_actions_destroy(&actions);
        ::close(to[0]);
        ::close(from[1]);
        in = to[1];
        out = from[0];
    }

    void answer(const std::string& line) const {
        bench::write_all(in, line);
        if (bench::Lines(out).next().empty()) {
            errno = EPIPE;
            bench::fail("no answer");
        }
    }

    void end() const {
        ::close(in);
        ::waitpid(pid, nullptr, 0);
        ::close(out);
    }
};

std::string line_of(const char* text) { return std::string(text) + "\n"; }

std::vector<Program> started(int at_once, char** command) {
    std::vector<Program> programs;
    for (int i = 0; i < at_once; ++i) programs.emplace_back(command);
    return programs;
}

void reply(int count, int at_once, const std::string& line, char** command) {
    while (count-- > 0) {
        const auto begin = Clock::now();
        const std::vector<Program> programs = started(at_once, command);
        for (const Program& program : programs) bench::write_all(program.in, line);
        for (const Program& program : programs)
            if (bench::Lines(program.out).next().empty()) bench::fail("no answer");
        print(begin);
        for (const Program& program : programs) program.end();
    }
}

void exits(int count, int at_once, char** command) {
    while (count-- > 0) {
        const auto begin = Clock::now();
        const std::vector<Program> programs = started(at_once, command);
        for (const Program& program : programs) ::waitpid(program.pid, nullptr, 0);
        print(begin);
        for (const Program& program : programs) {
            ::close(program.in);
            ::close(program.out);
        }
    }
}

void eof(int count, const std::string& line, char** command) {
    while (count-- > 0) {
        const Program program(command);
        program.answer(line);
        const auto begin = Clock::now();
        ::close(program.in);
        ::waitpid(program.pid, nullptr, 0);
        print(begin);
        ::close(program.out);
    }
}

void calls(int count, const std::string& first, const std::string& line, char** command) {
    const Program program(command);
    bench::Lines lines(program.out);
    bench::write_all(program.in, first);
    if (lines.next().empty()) bench::fail("no answer");
    for (int i = 1; i <= count; ++i) {
        std::string mine = line;
        for (auto place = mine.find('%'); place != std::string::npos; place = mine.find('%'))
            mine.replace(place, 1, std::to_string(i));
        const auto begin = Clock::now();
        bench::write_all(program.in, mine);
        if (lines.next().empty()) bench::fail("no answer");
        print(begin);
    }
    program.end();
}

void connect(const char* socket, const std::string& line) {
    const auto begin = Clock::now();
    const int fd = bench::connected(socket);
    bench::write_all(fd, line);
    if (bench::Lines(fd).next().empty()) bench::fail("no answer");
    print(begin);
}

} // namespace

int main(int count, char** arguments) {
    std::signal(SIGPIPE, SIG_IGN);
    const std::string what = count > 3 ? arguments[1] : "";
    if (what == "reply" && count > 5)
        reply(std::atoi(arguments[2]), std::atoi(arguments[3]), line_of(arguments[4]), arguments + 5);
    else if (what == "exit" && count > 4)
        exits(std::atoi(arguments[2]), std::atoi(arguments[3]), arguments + 4);
    else if (what == "eof" && count > 4)
        eof(std::atoi(arguments[2]), line_of(arguments[3]), arguments + 4);
    else if (what == "calls" && count > 5)
        calls(std::atoi(arguments[2]), line_of(arguments[3]), line_of(arguments[4]), arguments + 5);
    else if (what == "connect" && count == 4)
        connect(arguments[2], line_of(arguments[3]));
    else
        return 2;
    return 0;
}
