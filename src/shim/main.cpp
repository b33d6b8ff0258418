// mayla-shim: the stdio server that an MCP client starts, and a relay to the one daemon.

#include "base/error.hpp"
#include "base/paths.hpp"
#include "base/protocol.hpp"
#include "shim/platform.hpp"
#include "shim/pump.hpp"

#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <unistd.h>

namespace {

using namespace mayla;

constexpr const char* help =
    "usage: mayla-shim mcp\n"
    "\n"
    "Speaks MCP on stdin and stdout and relays calls to the May-la daemon, which the service\n"
    "manager starts. Started by MCP clients; `mayla setup` registers it.\n"
    "\n"
    "  --version  print the version\n"
    "  --help     print this\n";

void end_at_once(int) { ::_exit(0); }

/// Signals end the program wherever it is: it has nothing to put in order. They must reach it by its pid,
/// though: a Ctrl-C at the terminal is meant for others.
void settle_in() {
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t ends;
    sigemptyset(&ends);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        std::signal(number, end_at_once);
        sigaddset(&ends, number);
    }
    ::sigprocmask(SIG_UNBLOCK, &ends, nullptr); // whatever the client left blocked
    // On a terminal, where only a person types, a group of its own could not read.
    if (::isatty(STDIN_FILENO) == 0) ::setpgid(0, 0);
    shim::keep_heap_small();
}

int mcp() {
    settle_in();
    const Environment environment = process_environment();
    const auto temporary = environment("TMPDIR");
    shim::Pump pump(BorrowedFd(STDIN_FILENO), BorrowedFd(STDOUT_FILENO), environment,
                    temporary && !temporary->empty() ? *temporary : "/tmp");
    pump.run();
    return 0;
}

} // namespace

int main(int argc, char** argv) try {
    const std::string_view command = argc == 2 ? argv[1] : "";
    if (command == "mcp") return mcp();
    if (command == "--help" || command == "--version") {
        const std::string text =
            command == "--help" ? help : "mayla-shim " + std::string(protocol::build()) + '\n';
        return std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0 ? 1 : 0;
    }
    std::fprintf(stderr, "mayla-shim: %s; `mayla-shim --help` shows what there is.\n",
                 argc < 2   ? "a command is missing"
                 : argc > 2 ? "too many arguments"
                            : ("unknown argument " + std::string(command)).c_str());
    return 2;
} catch (const Error& error) {
    std::fprintf(stderr, "mayla-shim: %s\n", error.what());
    return 1;
}
