#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace mayla::service {

/// What the daemon tells its service manager (sd_notify(3)). Without one, or with launchd, which asks
/// nothing, all of it does nothing.
///
/// Thread rule: from any thread.
class Notify {
public:
    Notify();

    void ready(std::string_view status);
    void status(std::string_view text);
    void stopping();
    void alive();
    /// How long the service manager lets pass between two signs of life (WatchdogSec=); empty: it does not
    /// watch.
    std::optional<std::chrono::milliseconds> watchdog() const { return watchdog_; }

private:
    std::optional<std::chrono::milliseconds> watchdog_;
};

} // namespace mayla::service
