#include "bench/descriptors.hpp"

#include <systemd/sd-daemon.h>

/// The least that a socket-activated service can do: takes its socket, says READY=1, answers lines with
/// themselves.
int main() {
    if (sd_listen_fds(1) != 1) return 1;
    if (sd_notify(0, "READY=1") <= 0) return 1;
    bench::echo_for_ever(SD_LISTEN_FDS_START);
}
