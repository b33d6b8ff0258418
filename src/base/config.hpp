#pragma once

#include <string>

namespace mayla {

/// `config.toml` in the config folder. All settings are optional.
struct Config {
    enum class Namespaces {
        same, ///< only peers in our own mount and user namespace are served
        any,  ///< development containers of the same user as well
    };

    struct {
        Namespaces namespaces = Namespaces::same;
    } security;
};

/// Reads the file; one that is not there is all defaults. Throws Error{invalid_argument} that names file,
/// line and, for an unknown key, the nearest that exists.
Config read_config(const std::string& path);

} // namespace mayla
