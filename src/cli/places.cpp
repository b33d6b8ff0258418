#include "cli/places.hpp"

#include "base/error.hpp"
#include "base/own_program.hpp"
#include "base/paths.hpp"

namespace mayla::cli {

namespace fs = std::filesystem;

Places Places::find() {
    const Environment environment = process_environment();
    const auto home = home_folder(environment);
    if (!home) throw Error(Code::unavailable, "This user has no home folder; set HOME to an absolute path.");
    Places places;
    places.home = *home;
    places.config_home = fs::path(config_folder(environment)).parent_path();
    places.data = data_folder(environment);
    places.state = state_folder(environment);
    places.bindir = fs::path(own_program()).parent_path();
    std::error_code error;
    places.cwd = fs::current_path(error);
    if (error) throw Error(Code::unavailable, "The current folder is gone; `cd` to one that exists.");
    SocketPaths sockets = socket_paths(environment);
    places.sockets = std::move(sockets.usable);
    places.too_long = std::move(sockets.too_long);
    return places;
}

std::string Places::shown(const fs::path& path) const {
    const std::string text = path.string();
    const std::string prefix = home.string() + "/";
    return text.compare(0, prefix.size(), prefix) == 0 ? "~/" + text.substr(prefix.size()) : text;
}

} // namespace mayla::cli
