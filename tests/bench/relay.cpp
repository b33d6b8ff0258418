#include "bench/descriptors.hpp"

#include <poll.h>

namespace {

/// False at the end of the input.
bool pump(int from, int to) {
    char part[65536];
    const ssize_t got = ::read(from, part, sizeof part);
    if (got <= 0) return false;
    bench::write_all(to, {part, static_cast<std::size_t>(got)});
    return true;
}

} // namespace

/// relay SOCKET: the least that a shim can do. Copies stdin to a unix socket and back.
int main(int count, char** arguments) {
    if (count != 2) return 2;
    const int daemon = bench::connected(arguments[1]);
    pollfd both[] = {{STDIN_FILENO, POLLIN, 0}, {daemon, POLLIN, 0}};
    for (;;) {
        if (::poll(both, 2, -1) < 0) bench::fail("poll");
        if (both[0].revents && !pump(STDIN_FILENO, daemon)) return 0;
        if (both[1].revents && !pump(daemon, STDOUT_FILENO)) return 0;
    }
}
