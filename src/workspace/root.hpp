#pragma once

#include <string>
#include <string_view>

namespace mayla::workspace {

/// The folder that a caller works in (DESIGN 6).
struct Root {
    enum class Kind {
        git,    ///< the top of a git work tree (each linked worktree its own), or a bare repository
        marker, ///< the nearest folder that holds a project file (Cargo.toml, package.json …)
        plain,  ///< the directory itself
    };
    std::string path; ///< absolute, symlinks resolved, no slash at the end
    Kind kind = Kind::plain;
    /// $HOME, `/` or a folder above $HOME: memory works there, indexing and files do not.
    bool memory_only = false;
};

/// The root of a path. A file counts as its folder, a path that is gone as its nearest folder that exists.
/// $HOME never is a git root, whatever lies in it. Reads the file system only, no process. Any thread.
/// `home` is $HOME when empty. Throws Error{invalid_argument} for a path that is not absolute.
Root root_of(std::string_view path, std::string_view home = {});

} // namespace mayla::workspace
