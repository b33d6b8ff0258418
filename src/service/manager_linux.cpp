#include "service/manager.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"
#include "service/program.hpp"
#include "service/unit_templates.hpp"

#include <cstdlib>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mayla::service {

namespace {

namespace fs = std::filesystem;

/// The manager's address for systemctl. A shell that lost XDG_RUNTIME_DIR (su, cron) still has a manager, if
/// the user is logged in somewhere.
std::vector<std::string> bus_environment() {
    if (const char* set = std::getenv("XDG_RUNTIME_DIR"); set != nullptr && *set != '\0') return {};
    std::string usual = "/run/user/" + std::to_string(::getuid());
    struct stat info {};
    if (::stat(usual.c_str(), &info) != 0 || info.st_uid != ::getuid()) return {};
    return {"XDG_RUNTIME_DIR=" + usual};
}

Finished systemctl(std::vector<std::string> arguments,
                   std::chrono::milliseconds limit = limits::service_manager) {
    arguments.insert(arguments.begin(), {"systemctl", "--user"});
    return ask(std::move(arguments), limit, bus_environment());
}

void must(std::vector<std::string> arguments) {
    std::string line = "systemctl --user";
    for (const auto& argument : arguments) line += " " + argument;
    // A restart waits for the old daemon: up to TimeoutStopSec of the unit.
    const Finished done = systemctl(std::move(arguments), 4 * limits::service_manager);
    if (done.status != 0) throw Error(Code::unavailable, "`" + line + "` failed: " + complaint(done));
}

/// A path inside a quoted word of ExecStart= (systemd.service(5), "Command lines").
std::string escaped(const std::string& path) {
    std::string result;
    for (const char c : path) {
        if (c == '\n')
            throw Error(Code::invalid_argument,
                        "A folder with a newline in its name cannot stand in a unit file.");
        if (c == '"' || c == '\\') result += '\\';
        if (c == '%') result += '%';
        result += c;
    }
    return result;
}

std::string property(const std::string& text, const std::string& key) {
    const auto begin = ("\n" + text).find("\n" + key + "=");
    if (begin == std::string::npos) return {};
    const auto value = begin + key.size() + 1;
    return text.substr(value, text.find('\n', value) - value);
}

} // namespace

std::string_view manager_name() noexcept { return "systemd"; }

std::string_view start_command() noexcept { return "systemctl --user restart mayla.socket"; }

std::optional<std::string> manager_refusal() {
    if (find_program("systemctl").empty()) return "systemctl is not installed";
    const Finished done = systemctl({"show", "--property=Version", "--value"});
    // In a chroot systemctl succeeds without asking anybody.
    if (done.status == 0 && done.out.find_first_not_of("\n") != std::string::npos) return std::nullopt;
    return "`systemctl --user` says: " + complaint(done);
}

std::vector<UnitFile> unit_files(const ManagerPlaces& places) {
    std::string service(templates::mayla_service());
    const std::string placeholder = "@bindir@";
    service.replace(service.find(placeholder), placeholder.size(), escaped(places.bindir.string()));
    const fs::path folder = places.config_home / "systemd/user";
    return {{folder / "mayla.socket", std::string(templates::mayla_socket())},
            {folder / "mayla.service", std::move(service)},
            {folder / "mayla-rearm.service", std::string(templates::mayla_rearm())}};
}

std::optional<fs::path> managed_socket(const ManagerPlaces&) {
    const Finished done = systemctl({"show", "mayla.socket", "--property=Listen"});
    // "Listen=/run/user/1000/mayla/daemon.sock (Stream)"
    const std::string value = property(done.out, "Listen");
    const auto kind = value.rfind(" (");
    if (done.status != 0 || kind == std::string::npos) return std::nullopt;
    return value.substr(0, kind);
}

void arm(const ManagerPlaces& places, bool anew) {
    reload();
    must({"enable", "mayla.socket"});
    must({anew ? "restart" : "start", "mayla.socket"});
    // A socket can count as active although somebody removed its file; only a restart makes it again.
    std::error_code ignored;
    const auto socket = managed_socket(places);
    if (socket && !fs::exists(*socket, ignored)) must({"restart", "mayla.socket"});
}

void disarm(const ManagerPlaces&) {
    if (manager_refusal() || socket_state() == SocketState::unknown) return;
    must({"disable", "--now", "mayla.socket"});
    must({"stop", "mayla.service"});
}

void reload() { must({"daemon-reload"}); }

SocketState socket_state() {
    const Finished done =
        systemctl({"show", "mayla.socket", "--property=LoadState", "--property=ActiveState"});
    if (done.status != 0 || property(done.out, "LoadState") != "loaded") return SocketState::unknown;
    const std::string active = property(done.out, "ActiveState");
    if (active == "active") return SocketState::listening;
    return active == "failed" ? SocketState::failed : SocketState::stopped;
}

std::optional<bool> lingers() {
    const passwd* user = ::getpwuid(::getuid());
    if (user == nullptr) return std::nullopt;
    std::error_code ignored;
    return fs::exists(fs::path("/var/lib/systemd/linger") / user->pw_name, ignored);
}

} // namespace mayla::service
