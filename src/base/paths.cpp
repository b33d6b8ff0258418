#include "base/paths.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mayla {

namespace {

std::optional<std::string> absolute(const Environment& environment, const char* name) {
    std::optional<std::string> value = environment(name);
    if (!value || value->empty() || value->front() != '/') return std::nullopt;
    while (value->size() > 1 && value->back() == '/') value->pop_back();
    return value;
}

std::string below(const std::string& folder, const char* name) {
    return folder == "/" ? folder + name : folder + '/' + name;
}

std::string own_folder(const Environment& environment, const char* variable, const char* default_below_home) {
    if (const auto base = absolute(environment, variable)) return below(*base, "mayla");
    if (const auto home = home_folder(environment)) return below(*home, default_below_home) + "/mayla";
    throw Error(Code::unavailable,
                "no home folder: HOME is not an absolute path and the user database knows none "
                "for uid " +
                    std::to_string(::getuid()) + "; set HOME or " + variable);
}

bool is_folder(const std::string& path) {
    struct stat s {};
    return ::stat(path.c_str(), &s) == 0 && S_ISDIR(s.st_mode);
}

} // namespace

Environment process_environment() {
    return [](const char* name) -> std::optional<std::string> {
        const char* value = std::getenv(name);
        if (value == nullptr) return std::nullopt;
        return value;
    };
}

std::optional<std::string> home_folder(const Environment& environment) {
    if (auto home = absolute(environment, "HOME")) return home;
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
        return std::nullopt;
    const std::string from_database = found->pw_dir == nullptr ? "" : found->pw_dir;
    return absolute([&](const char*) { return from_database; }, "HOME");
}

std::string data_folder(const Environment& e) { return own_folder(e, "XDG_DATA_HOME", ".local/share"); }
std::string state_folder(const Environment& e) { return own_folder(e, "XDG_STATE_HOME", ".local/state"); }
std::string cache_folder(const Environment& e) { return own_folder(e, "XDG_CACHE_HOME", ".cache"); }
std::string config_folder(const Environment& e) { return own_folder(e, "XDG_CONFIG_HOME", ".config"); }

SocketPaths socket_paths(const Environment& environment) {
    SocketPaths paths;
    const auto add = [&](std::string path) {
        auto& list = path.size() > limits::socket_path_bytes ? paths.too_long : paths.usable;
        for (const std::string& there : list)
            if (there == path) return;
        list.push_back(std::move(path));
    };
    if (const auto runtime = absolute(environment, "XDG_RUNTIME_DIR"))
        add(below(*runtime, "mayla/daemon.sock"));
    add("/run/user/" + std::to_string(::getuid()) + "/mayla/daemon.sock");
    if (const auto home = home_folder(environment)) add(below(*home, ".mayla/run/mayla.sock"));
    return paths;
}

std::string parent_folder(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

void make_folders(const std::string& path) {
    if (is_folder(path)) return;
    const std::string parent = parent_folder(path);
    if (parent != path) make_folders(parent);
    if (::mkdir(path.c_str(), 0700) == 0 || is_folder(path)) return;
    throw system_error(Code::unavailable, "make the folder " + path, errno);
}

} // namespace mayla
