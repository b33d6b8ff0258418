#include "bench/descriptors.hpp"

/// echo SOCKET: the least that a daemon can do. Answers each line with itself; says "ready" when it listens.
int main(int count, char** arguments) {
    if (count != 2) return 2;
    const int listener = bench::listening(arguments[1]);
    bench::write_all(STDOUT_FILENO, "ready\n");
    bench::echo_for_ever(listener);
}
