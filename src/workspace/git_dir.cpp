#include "workspace/git_dir.hpp"

#include "base/fd.hpp"
#include "base/text.hpp"
#include "workspace/git_config.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace mayla::workspace {

namespace fs = std::filesystem;

namespace {

bool is_folder(const std::string& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

/// `path`, taken relative to `folder`, with symlinks resolved; empty when it leads nowhere.
std::string resolved(const std::string& folder, std::string_view path) {
    std::error_code failed;
    const fs::path full = fs::canonical(fs::path(folder) / fs::path(path), failed);
    return failed ? std::string() : full.string();
}

bool is_commit_id(std::string_view text) {
    return (text.size() == 40 || text.size() == 64) &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// HEAD as git demands it: a commit id, or a reference below refs/.
bool is_head(const std::string& path) {
    const std::optional<std::string> head = read_small(path, 4096);
    return head && (is_commit_id(trimmed(*head)) || head->starts_with("ref: refs/") ||
                    head->starts_with("ref:\trefs/"));
}

/// The repository whose git directory is `folder`.
std::optional<GitDir> at_git_dir(const std::string& folder) {
    if (folder.empty() || !is_head(folder + "/HEAD")) return std::nullopt;
    GitDir git{folder, folder};
    if (const auto common = read_small(folder + "/commondir", 4096))
        git.common_dir = resolved(folder, trimmed(*common));
    if (git.common_dir.empty() || !is_folder(git.common_dir + "/objects") ||
        !is_folder(git.common_dir + "/refs"))
        return std::nullopt;
    return git;
}

} // namespace

std::optional<std::string> read_small(const std::string& path, std::size_t most) {
    // without O_NONBLOCK a FIFO of that name would hold the caller for ever
    const OwnedFd fd = OwnedFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    std::string out;
    std::array<char, 16384> block;
    for (;;) {
        const ssize_t n = ::read(fd.get(), block.data(), block.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return std::nullopt;
        if (n == 0) return out;
        out.append(block.data(), static_cast<std::size_t>(n));
        if (out.size() > most) return std::nullopt;
    }
}

std::optional<GitDir> git_at(const std::string& folder) {
    const std::string entry = (folder == "/" ? "" : folder) + "/.git";
    if (is_folder(entry)) return at_git_dir(resolved(entry, ""));
    const std::optional<std::string> file = read_small(entry, 16384);
    constexpr std::string_view mark = "gitdir: ";
    if (!file || !file->starts_with(mark)) return std::nullopt;
    std::string_view target = *file;
    target.remove_prefix(mark.size());
    while (!target.empty() && (target.back() == '\n' || target.back() == '\r')) target.remove_suffix(1);
    return at_git_dir(resolved(folder, target));
}

std::optional<GitDir> bare_at(const std::string& folder) { return at_git_dir(folder); }

std::string origin_url(const GitDir& git) {
    std::string url;
    const std::optional<std::string> config = read_small(git.common_dir + "/config");
    if (!config) return url;
    read_git_config(*config, [&url](std::string_view section, std::string_view subsection,
                                    std::string_view key, std::string_view value) {
        // of several the first is the one that is fetched from
        if (url.empty() && section == "remote" && subsection == "origin" && key == "url") url = value;
    });
    return url;
}

bool is_shallow(const GitDir& git) {
    const std::optional<std::string> list = read_small(git.common_dir + "/shallow", 16u << 20);
    return list && !list->empty();
}

bool has_commits(const GitDir& git) {
    const std::optional<std::string> head = read_small(git.git_dir + "/HEAD", 4096);
    if (!head) return false;
    if (!head->starts_with("ref:")) return is_commit_id(trimmed(*head));
    if (is_folder(git.common_dir + "/reftable")) return true; // not for us to read: git is asked
    const std::string reference(trimmed(std::string_view(*head).substr(4)));
    if (read_small(git.common_dir + "/" + reference, 4096)) return true;
    const std::optional<std::string> packed = read_small(git.common_dir + "/packed-refs", 64u << 20);
    return packed && packed->find(" " + reference + "\n") != std::string::npos;
}

bool names_submodule(const std::string& top, const std::string& path) {
    const std::optional<std::string> modules = read_small(top + "/.gitmodules");
    bool named = false;
    if (modules)
        read_git_config(*modules, [&](std::string_view section, std::string_view, std::string_view key,
                                      std::string_view value) {
            named = named || (section == "submodule" && key == "path" && value == path);
        });
    return named;
}

} // namespace mayla::workspace
