#include "workspace/root.hpp"

#include "base/error.hpp"
#include "base/paths.hpp"
#include "workspace/git_dir.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <sys/stat.h>

namespace mayla::workspace {

namespace fs = std::filesystem;

namespace {

/// Files that stand at the top of a project.
constexpr std::array<std::string_view, 28> markers{
    "Cargo.toml",     "go.mod",      "package.json", "pyproject.toml",   "setup.py",
    "setup.cfg",      "pom.xml",     "build.gradle", "build.gradle.kts", "settings.gradle",
    "CMakeLists.txt", "meson.build", "Makefile",     "configure.ac",     "composer.json",
    "Gemfile",        "mix.exs",     "rebar.config", "deno.json",        "pubspec.yaml",
    "Package.swift",  "build.sbt",   "stack.yaml",   "dune-project",     "project.clj",
    "WORKSPACE",      ".hg",         ".svn",
};

std::string joined(const std::string& folder, std::string_view name) {
    return (folder == "/" ? std::string() : folder) + "/" + std::string(name);
}

/// The nearest folder at or above `path` that exists, with symlinks resolved.
std::string nearest_folder(std::string_view path) {
    fs::path at = fs::path(path).lexically_normal();
    for (;;) {
        std::error_code failed;
        const fs::path real = fs::canonical(at, failed);
        if (!failed && fs::is_directory(real, failed)) return real.string();
        if (at == at.parent_path()) return "/";
        at = at.parent_path();
    }
}

bool is_or_is_above(const std::string& folder, const std::string& path) {
    return folder == "/" || path == folder || path.starts_with(folder + "/");
}

/// A folder that everyone may write (/tmp) is nobody's project, whatever lies in it.
bool is_shared(const std::string& folder) {
    struct stat status {};
    return ::stat(folder.c_str(), &status) == 0 && (status.st_mode & S_ISVTX) != 0;
}

bool has_marker(const std::string& folder) {
    if (is_shared(folder)) return false;
    return std::any_of(markers.begin(), markers.end(), [&](std::string_view name) {
        std::error_code ignored;
        return fs::exists(joined(folder, name), ignored);
    });
}

/// Inside of a `.git` folder the caller works on the repository around it.
std::string out_of_git_dir(const std::string& folder) {
    for (fs::path at = folder; at != at.parent_path(); at = at.parent_path())
        if (at.filename() == ".git" && git_at(at.parent_path().string())) return at.parent_path().string();
    return folder;
}

} // namespace

Root root_of(std::string_view path, std::string_view home) {
    if (path.empty() || path.front() != '/' || path.find('\0') != std::string_view::npos)
        throw Error(Code::invalid_argument, "'" + std::string(path) + "' is not an absolute path.");
    const std::string own_home =
        home.empty() ? home_folder(process_environment()).value_or("/") : std::string(home);
    const std::string real_home = nearest_folder(own_home);
    const auto of_the_home = [&](const std::string& folder) { return is_or_is_above(folder, real_home); };

    const std::string start = nearest_folder(path);
    if (of_the_home(start)) return {start, Root::Kind::plain, true};

    for (fs::path at = out_of_git_dir(start); !of_the_home(at.string()); at = at.parent_path())
        if (git_at(at.string()) || bare_at(at.string())) return {at.string(), Root::Kind::git, false};
    for (fs::path at = start; !of_the_home(at.string()); at = at.parent_path())
        if (has_marker(at.string())) return {at.string(), Root::Kind::marker, false};
    return {start, Root::Kind::plain, false};
}

} // namespace mayla::workspace
