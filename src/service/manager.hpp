#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The service manager of this user: systemd's user manager, or launchd. Everything here is for people's
/// commands: it runs systemctl or launchctl and waits for them.
///
/// Thread rule: for programs of one thread.
namespace mayla::service {

/// One definition that the service manager reads.
struct UnitFile {
    std::filesystem::path path;
    std::string content;
};

/// Where our definitions point.
struct ManagerPlaces {
    std::filesystem::path home;
    std::filesystem::path config_home; ///< XDG_CONFIG_HOME
    std::filesystem::path bindir;      ///< folder of mayla-daemon
};

enum class SocketState {
    listening, ///< the manager listens for us
    stopped,   ///< known to the manager, and not listening
    failed,    ///< the manager gave it up
    unknown,   ///< the manager knows no socket of ours
};

/// "systemd" or "launchd".
std::string_view manager_name() noexcept;

/// Why the service manager cannot be used, in one clause ("systemctl is not installed"); nothing if it can.
std::optional<std::string> manager_refusal();

/// Our definitions, filled in. Throws Error{invalid_argument} if a path cannot stand in one (a newline).
std::vector<UnitFile> unit_files(const ManagerPlaces&);

/// The path on which the manager listens for us, if it says so.
std::optional<std::filesystem::path> managed_socket(const ManagerPlaces&);

/// Reads the definitions again, listens now and at every login. `anew` also stops what runs by old
/// definitions; sessions connect again by themselves. Throws Error{unavailable} with the manager's own words.
void arm(const ManagerPlaces&, bool anew);

/// Ends the daemon and the socket, and forgets about them. No error if there was none.
void disarm(const ManagerPlaces&);

/// Makes the manager read its definitions again, after ours went.
void reload();

SocketState socket_state();

/// What a person types to start the socket.
std::string_view start_command() noexcept;

/// Whether the user's manager runs on after the last logout; nothing where that question makes no sense.
std::optional<bool> lingers();

} // namespace mayla::service
