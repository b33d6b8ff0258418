#pragma once

#include "service/manager.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace mayla::cli {

/// Every path that a command needs, looked up once.
struct Places {
    std::filesystem::path home;
    std::filesystem::path config_home; ///< XDG_CONFIG_HOME, else ~/.config
    std::filesystem::path data;        ///< memories and the lock
    std::filesystem::path state;       ///< the log
    std::filesystem::path bindir;      ///< where this program, and with it the others, is installed
    std::filesystem::path cwd;
    std::vector<std::string> sockets;  ///< in the order in which clients try them
    std::vector<std::string> too_long; ///< sockets on which nothing can listen

    /// The places of this process. Throws Error{unavailable} without a home or a current folder.
    static Places find();

    std::filesystem::path daemon() const { return bindir / "mayla-daemon"; }
    std::filesystem::path shim() const { return bindir / "mayla-shim"; }
    /// The mark that there is no service manager, so that shims start the daemon (DESIGN 5).
    std::filesystem::path unmanaged_mark() const { return data / "unmanaged"; }
    service::ManagerPlaces manager() const { return {home, config_home, bindir}; }

    /// A path as people write it: below home with a tilde.
    std::string shown(const std::filesystem::path&) const;
};

} // namespace mayla::cli
