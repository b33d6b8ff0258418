#include "base/error.hpp"
#include "base/process.hpp"

#include "support/catch.hpp"

#include <csignal>
#include <fcntl.h>
#include <unistd.h>

using namespace mayla;

namespace {
Code code_of(const Command& command) {
    try {
        run(command);
    } catch (const Error& e) {
        return e.code();
    }
    FAIL("no error");
    return Code::internal;
}
} // namespace

TEST_CASE("process: output, errors and status come back") {
    const Finished finished = run({.argv = {"sh", "-c", "echo out; echo err >&2; exit 3"}});
    CHECK(finished.out == "out\n");
    CHECK(finished.err == "err\n");
    CHECK(finished.status == 3);
    CHECK(run({.argv = {"sh", "-c", "kill -TERM $$"}}).status == 128 + SIGTERM);
    CHECK(run({.argv = {"cat"}}).out.empty());
}

TEST_CASE("process: the environment is ours with the changes asked for") {
    const Finished finished = run({.argv = {"sh", "-c", "echo \"$MAYLA_A|$HOME|${PATH:+set}\""},
                                   .environment = {"MAYLA_A=b c", "HOME"}});
    CHECK(finished.out == "b c||set\n");
}

TEST_CASE("process: the child has three descriptors and default signals") {
    const int open_by_us = ::open("/dev/null", O_RDONLY); // without O_CLOEXEC
    REQUIRE(open_by_us >= 0);
    const std::string fd = std::to_string(open_by_us);
    CHECK(
        run({.argv = {"sh", "-c", "if true <&" + fd + "; then echo open; else echo closed; fi 2>/dev/null"}})
            .out == "closed\n");
    ::close(open_by_us);
    std::signal(SIGPIPE, SIG_IGN);
    CHECK(run({.argv = {"sh", "-c", "kill -PIPE $$; echo alive"}}).status == 128 + SIGPIPE);
    std::signal(SIGPIPE, SIG_DFL);
}

TEST_CASE("process: a program that is not there, does not end, or says too much") {
    CHECK(code_of({.argv = {"mayla-no-such-program"}}) == Code::not_found);
    CHECK(code_of({.argv = {"sh", "-c", "sleep 1000 & sleep 1000"},
                   .deadline = Deadline::in(std::chrono::milliseconds(50))}) == Code::timed_out);
    CHECK(code_of({.argv = {"sh", "-c", "exec >&- 2>&-; sleep 1000"},
                   .deadline = Deadline::in(std::chrono::milliseconds(50))}) == Code::timed_out);
    CHECK(code_of({.argv = {"sh", "-c", "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaa; done"},
                   .output_bytes = 100'000}) == Code::too_large);
}
