#include "service/notify.hpp"

#include <cstdint>
#include <systemd/sd-daemon.h>

namespace mayla::service {

namespace {

void send(const std::string& state) { ::sd_notify(/*unset_environment=*/0, state.c_str()); }

} // namespace

Notify::Notify() {
    std::uint64_t microseconds = 0;
    if (::sd_watchdog_enabled(/*unset_environment=*/0, &microseconds) > 0)
        watchdog_ = std::chrono::milliseconds(microseconds / 1000);
}

void Notify::ready(std::string_view text) { send("READY=1\nSTATUS=" + std::string(text)); }

void Notify::status(std::string_view text) { send("STATUS=" + std::string(text)); }

void Notify::stopping() { send("STOPPING=1"); }

void Notify::alive() { send("WATCHDOG=1"); }

} // namespace mayla::service
