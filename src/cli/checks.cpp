#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/protocol.hpp"
#include "cli/claude.hpp"
#include "cli/daemon.hpp"
#include "cli/doctor.hpp"
#include "cli/files.hpp"
#include "cli/status.hpp"
#include "service/program.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

namespace mayla::cli {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using State = Check::State;

/// Below this the daemon soon cannot write: a WAL at its limit, and a backup of a small database.
constexpr std::uint64_t low_disk_bytes = 256u << 20;

/// The checks of one run; each member function adds its own.
class Examination {
public:
    explicit Examination(const Places& places) : places_(places) {}

    std::vector<Check> run() {
        runtime_folder();
        service_manager();
        data_folder();
        socket_paths();
        programs();
        daemon();
        disk();
        claude_code();
        linger();
        return std::move(checks_);
    }

private:
    void add(std::string name, State state, std::string detail, std::string remedy = {}) {
        checks_.push_back({std::move(name), state, std::move(detail), std::move(remedy)});
    }

    void runtime_folder() {
        const char* runtime = std::getenv("XDG_RUNTIME_DIR");
        if (runtime == nullptr || *runtime == '\0') {
            add("XDG_RUNTIME_DIR", State::info, "not set; the places that need no variable are used");
            return;
        }
        struct stat info {};
        if (::stat(runtime, &info) != 0 || !S_ISDIR(info.st_mode)) {
            add("XDG_RUNTIME_DIR", State::fail, fmt::format("{} is no folder", runtime),
                "unset XDG_RUNTIME_DIR");
        } else if (info.st_uid != ::getuid()) {
            add("XDG_RUNTIME_DIR", State::fail,
                fmt::format("{} belongs to another user (typical after su)", runtime),
                "unset XDG_RUNTIME_DIR");
        } else {
            add("XDG_RUNTIME_DIR", State::ok, runtime);
        }
    }

    void service_manager() {
        const auto refusal = service::manager_refusal();
        const bool marked = is_there(places_.unmanaged_mark());
        const std::string name(service::manager_name());
        if (refusal) {
            if (marked) {
                add("service manager", State::info, *refusal + "; sessions start the daemon");
            } else {
                add("service manager", State::fail, *refusal, "mayla setup");
            }
            return;
        }
        add("service manager", State::ok, name);
        if (marked) {
            add("unmanaged mark", State::fail,
                fmt::format("{} is left from a time without {}", places_.shown(places_.unmanaged_mark()),
                            name),
                "mayla setup");
        }
        unit_files();
        socket_unit();
    }

    void unit_files() {
        std::string stale;
        for (const auto& unit : service::unit_files(places_.manager())) {
            const auto content = read_file(unit.path);
            if (content == unit.content) continue;
            stale += fmt::format("{}{} {}", stale.empty() ? "" : ", ", places_.shown(unit.path),
                                 content ? "is not what this build writes" : "is missing");
        }
        if (stale.empty()) {
            add("unit files", State::ok, "present and current");
        } else {
            add("unit files", State::fail, stale, "mayla setup");
        }
    }

    void socket_unit() {
        const std::string restart(service::start_command());
        switch (service::socket_state()) {
        case service::SocketState::listening: {
            const auto path = service::managed_socket(places_.manager());
            if (path && !is_there(*path)) {
                add("socket", State::fail, fmt::format("active, but {} is gone", path->string()), restart);
            } else {
                add("socket", State::ok, path ? path->string() : "active");
            }
            return;
        }
        case service::SocketState::stopped:
            add("socket", State::fail, "stopped", restart);
            return;
        case service::SocketState::failed:
            add("socket", State::fail, "failed", restart);
            return;
        case service::SocketState::unknown:
            add("socket", State::fail, "the service manager does not know it", "mayla setup");
        }
    }

    void data_folder() {
        struct stat info {};
        const std::string shown = places_.shown(places_.data);
        if (::stat(places_.data.c_str(), &info) != 0) {
            add("data folder", State::info, shown + " is not there yet; the daemon makes it");
        } else if (info.st_uid != ::getuid()) {
            add("data folder", State::fail, shown + " belongs to another user",
                fmt::format("sudo chown -R {} {}", ::getuid(), shown));
        } else if ((info.st_mode & 077) != 0) {
            add("data folder", State::fail,
                fmt::format("{} is open to others (mode {:o})", shown, info.st_mode & 0777),
                "chmod 700 " + shown);
        } else if (::access(places_.data.c_str(), W_OK) != 0) {
            add("data folder", State::fail, shown + " cannot be written", "chmod 700 " + shown);
        } else {
            add("data folder", State::ok, shown);
        }
    }

    void socket_paths() {
        for (const std::string& path : places_.too_long) {
            add("socket path", places_.sockets.empty() ? State::fail : State::info,
                fmt::format("{} has {} bytes, and a socket's path at most {}", path, path.size(),
                            limits::socket_path_bytes),
                places_.sockets.empty() ? "export XDG_RUNTIME_DIR=/run/user/$(id -u)" : "");
        }
    }

    void programs() {
        for (const fs::path& program : {places_.shim(), places_.daemon()}) {
            const std::string name = program.filename().string();
            if (::access(program.c_str(), X_OK) != 0) {
                add(name, State::fail, program.string() + " is not there", "packaging/install");
                continue;
            }
            const Finished done = service::ask({program.string(), "--version"}, limits::service_manager);
            const bool same = done.status == 0 && done.out.find(protocol::build()) != std::string::npos;
            if (same) {
                add(name, State::ok, fmt::format("build {}", protocol::build()));
            } else {
                add(name, State::fail,
                    fmt::format("not of the same build as mayla ({}): {}", protocol::build(),
                                service::complaint(done)),
                    "packaging/install");
            }
        }
    }

    void daemon() {
        json status;
        try {
            rpc::Client client = connect(places_);
            status = client.call("mayla/status", json::object());
            add("daemon", State::ok,
                fmt::format("answers on {} (pid {}, mode {})", client.socket(), status.value("pid", 0),
                            status.value("mode", "?")));
        } catch (const Error& e) {
            // A finding like any other.
            add("daemon", State::fail, e.message(), daemon_remedy());
            lock_holder(0);
            return;
        }
        if (const std::string build = status.value("build", ""); build != protocol::build()) {
            add("daemon's build", State::info,
                fmt::format("{}, and this is {}; the daemon replaces itself at its next idle moment", build,
                            protocol::build()));
        }
        same_data(status);
        for (const auto& database : status.value("databases", json::array())) {
            const std::string name = database.value("name", "");
            if (database.value("state", "") == "open") {
                add(name + ".db", State::ok, size(database.value("bytes", std::int64_t{0})));
            } else {
                add(name + ".db", State::fail, database.value("reason", "unavailable"), "mayla logs -n 30");
            }
        }
        lock_holder(status.value("pid", 0));
    }

    std::string daemon_remedy() const {
        if (is_there(places_.unmanaged_mark())) return "mayla logs -n 30";
        if (service::manager_refusal() || service::socket_state() == service::SocketState::unknown)
            return "mayla setup";
        return std::string(service::start_command());
    }

    /// The service manager does not have this shell's variables: the daemon may keep its data elsewhere.
    void same_data(const json& status) {
        for (const auto& database : status.value("databases", json::array())) {
            const fs::path path = database.value("path", "");
            if (database.value("name", "") != "memory" || path.parent_path() == places_.data) continue;
            add("data folder's place", State::fail,
                fmt::format("the daemon works in {}, this shell says {}", path.parent_path().string(),
                            places_.data.string()),
                "systemctl --user import-environment XDG_DATA_HOME && systemctl --user restart mayla.socket");
        }
    }

    /// `daemon`: the process that answered, 0 if none did.
    void lock_holder(long daemon) {
        const fs::path path = places_.data / "lock";
        const OwnedFd fd = OwnedFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!fd) {
            if (daemon != 0)
                add("data lock", State::fail, path.string() + " cannot be opened",
                    "chmod u+rw " + path.string());
            return;
        }
        // Shared, and given back at once: a daemon that starts now tries again.
        const bool free = ::flock(fd.get(), LOCK_SH | LOCK_NB) == 0;
        // The daemon signs it: its process id, then its socket, a line each.
        const std::string text = read_file(path).value_or("");
        const std::string holder = text.substr(0, text.find('\n'));
        if (free && daemon != 0) {
            add("data lock", State::fail, "the daemon that answered does not hold it",
                "kill " + std::to_string(daemon));
        } else if (!free && daemon == 0) {
            add("data lock", State::fail,
                fmt::format("held by process {}, which does not answer here", holder), "kill " + holder);
        } else if (!free && holder != std::to_string(daemon)) {
            add("data lock", State::fail, fmt::format("held by another daemon, process {}", holder),
                "kill " + holder);
        } else {
            add("data lock", State::ok, free ? "free" : fmt::format("held by the daemon (pid {})", daemon));
        }
    }

    void disk() {
        fs::path folder = places_.data;
        while (!is_there(folder) && folder.has_relative_path()) folder = folder.parent_path();
        struct statvfs info {};
        if (::statvfs(folder.c_str(), &info) != 0) return;
        const std::uint64_t free = std::uint64_t{info.f_bavail} * info.f_frsize;
        const std::string text =
            size(static_cast<std::int64_t>(free)) + " free for " + places_.shown(places_.data);
        if (free < low_disk_bytes) {
            add("disk", State::fail, text, "df -h " + folder.string());
        } else {
            add("disk", State::ok, text);
        }
    }

    void claude_code() {
        const auto claude = ClaudeCode::find();
        if (!claude) {
            add("Claude Code", State::info, "`claude` is not in PATH, so its registration is not known");
            return;
        }
        const std::string mend = registration_command(places_);
        try {
            const auto entry = claude->registration();
            if (!entry) {
                add("Claude Code", State::fail, "May-la is not registered", mend);
            } else if (!fs::path(entry->command).is_absolute() ||
                       ::access(entry->command.c_str(), X_OK) != 0) {
                add("Claude Code", State::fail,
                    fmt::format("registered as {}, which is no program ({})", entry->command, entry->scope),
                    entry->of_user() ? "mayla setup" : "claude mcp remove mayla -s local");
            } else if (!is_ours(*entry, places_)) {
                add("Claude Code", State::info,
                    fmt::format("registered as {} {} ({}), not as this installation", entry->command,
                                entry->arguments, entry->scope));
            } else {
                add("Claude Code", State::ok, fmt::format("registered ({})", entry->scope));
            }
        } catch (const Error& e) {
            // A finding like any other.
            add("Claude Code", State::fail, e.message(), "claude mcp get mayla");
        }
    }

    void linger() {
        if (service::manager_refusal()) return;
        if (service::lingers() == false) {
            add("linger", State::info,
                "the service manager ends with your last logout; to keep it: loginctl enable-linger");
        }
    }

    const Places& places_;
    std::vector<Check> checks_;
};

} // namespace

std::vector<Check> examine(const Places& places) { return Examination(places).run(); }

} // namespace mayla::cli
