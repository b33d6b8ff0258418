#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mayla {

/// Looks up an environment variable. A parameter everywhere, so that tests need no setenv.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The environment of this process. Not to be called while another thread changes it.
Environment process_environment();

/// The user's home: HOME when it is an absolute path, else the user database's. Without slash at the end.
std::optional<std::string> home_folder(const Environment&);

/// May-la's own folders, after the XDG base directory specification: a relative value counts as not set.
/// None is created here. They throw Error{unavailable} when the user has no home.
std::string data_folder(const Environment&);   ///< $XDG_DATA_HOME/mayla, else ~/.local/share/mayla
std::string state_folder(const Environment&);  ///< $XDG_STATE_HOME/mayla, else ~/.local/state/mayla
std::string cache_folder(const Environment&);  ///< $XDG_CACHE_HOME/mayla, else ~/.cache/mayla
std::string config_folder(const Environment&); ///< $XDG_CONFIG_HOME/mayla, else ~/.config/mayla

/// Where the daemon's socket may be, in the order in which clients try (DESIGN 4): clients are started with
/// few variables at times, so the places that need none are always among them.
struct SocketPaths {
    std::vector<std::string> usable;
    std::vector<std::string> too_long; ///< over limits::socket_path_bytes: nothing can listen there
};
SocketPaths socket_paths(const Environment&);

/// The folder of a path: everything before the last slash; "/" for "/x", "." without a slash.
std::string parent_folder(const std::string& path);

/// Makes a folder and those above it that are missing, each 0700. Throws Error{unavailable} naming the
/// folder.
void make_folders(const std::string& path);

} // namespace mayla
