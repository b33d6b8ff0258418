#include "service/manager.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"
#include "service/program.hpp"
#include "service/unit_templates.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace mayla::service {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view label = "mayla";

std::string domain() { return "gui/" + std::to_string(::getuid()); }
std::string target() { return domain() + "/" + std::string(label); }

fs::path job_file(const ManagerPlaces& places) { return places.home / "Library/LaunchAgents/mayla.plist"; }

/// Text of an XML element.
std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '\n':
            throw Error(Code::invalid_argument,
                        "A folder with a newline in its name cannot stand in a property list.");
        default:
            result += c;
        }
    }
    return result;
}

void fill(std::string& text, const std::string& placeholder, const std::string& value) {
    text.replace(text.find(placeholder), placeholder.size(), escaped(value));
}

bool loaded() { return ask({"launchctl", "print", target()}, limits::service_manager).status == 0; }

void must(const std::vector<std::string>& argv) {
    const Finished done = ask(argv, 4 * limits::service_manager);
    if (done.status == 0) return;
    std::string line;
    for (const auto& argument : argv) line += (line.empty() ? "" : " ") + argument;
    throw Error(Code::unavailable, "`" + line + "` failed: " + complaint(done));
}

} // namespace

std::string_view manager_name() noexcept { return "launchd"; }

std::string_view start_command() noexcept { return "mayla setup"; }

std::optional<std::string> manager_refusal() {
    if (find_program("launchctl").empty()) return "launchctl is not in PATH";
    const Finished done = ask({"launchctl", "print", domain()}, limits::service_manager);
    if (done.status == 0) return std::nullopt;
    return "launchd has no graphical session of this user (" + complaint(done) + ")";
}

std::vector<UnitFile> unit_files(const ManagerPlaces& places) {
    std::string job(templates::mayla_plist());
    fill(job, "@label@", std::string(label));
    fill(job, "@bindir@", places.bindir.string());
    fill(job, "@socket@", managed_socket(places)->string());
    return {{job_file(places), std::move(job)}};
}

std::optional<fs::path> managed_socket(const ManagerPlaces& places) {
    return places.home / ".mayla/run/mayla.sock";
}

void arm(const ManagerPlaces& places, bool anew) {
    const fs::path folder = managed_socket(places)->parent_path();
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw Error(Code::unavailable, "make " + folder.string() + ": " + error.message());
    ::chmod(folder.c_str(), 0700);
    if (anew && loaded()) must({"launchctl", "bootout", target()});
    if (!loaded()) must({"launchctl", "bootstrap", domain(), job_file(places).string()});
}

void disarm(const ManagerPlaces&) {
    if (!manager_refusal() && loaded()) must({"launchctl", "bootout", target()});
}

// launchd reads a job when it is bootstrapped, and only then.
void reload() {}

SocketState socket_state() { return loaded() ? SocketState::listening : SocketState::unknown; }

std::optional<bool> lingers() { return std::nullopt; }

} // namespace mayla::service
