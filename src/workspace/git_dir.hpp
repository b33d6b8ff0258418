#pragma once

#include <cstddef>
#include <optional>
#include <string>

/// What a git repository says of itself in its files, read without git.
namespace mayla::workspace {

/// The bytes of a regular file of at most `most` bytes; none when there is no such file.
std::optional<std::string> read_small(const std::string& path, std::size_t most = 1u << 20);

/// Where a repository keeps its things (gitrepository-layout(5)). All paths absolute, symlinks resolved.
struct GitDir {
    std::string git_dir;    ///< of this work tree
    std::string common_dir; ///< of all of its work trees; the same unless this one is linked
    bool linked() const { return git_dir != common_dir; }
};

/// The repository whose work tree has its top at `folder`. None if there is none, or a `.git` that leads
/// nowhere.
std::optional<GitDir> git_at(const std::string& folder);
/// The repository that `folder` itself is, without a work tree.
std::optional<GitDir> bare_at(const std::string& folder);

/// The URL of the remote `origin` as it stands in the repository's config; empty when it has none.
std::string origin_url(const GitDir& git);
bool is_shallow(const GitDir& git);
/// Whether HEAD leads to a commit.
bool has_commits(const GitDir& git);
/// Whether `.gitmodules` at the top of a work tree names `path` (relative to it) as a submodule.
bool names_submodule(const std::string& top, const std::string& path);

} // namespace mayla::workspace
