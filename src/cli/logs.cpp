#include "cli/logs.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "cli/files.hpp"

#include <array>
#include <chrono>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace mayla::cli {

namespace {

namespace fs = std::filesystem;

/// A log is read by people: twice a second is at once, and costs nothing.
constexpr std::chrono::milliseconds follow_pause{500};

/// Oldest first: daemon.4.log … daemon.1.log, daemon.log (base/log).
std::vector<fs::path> files(const Places& places) {
    std::vector<fs::path> all;
    for (std::size_t i = limits::log_files - 1; i > 0; --i)
        all.push_back(places.state / fmt::format("daemon.{}.log", i));
    all.push_back(places.state / "daemon.log");
    return all;
}

std::string_view last_lines(std::string_view text, std::size_t lines) {
    if (lines == 0 || text.empty()) return text;
    std::size_t at = text.size() - 1; // the newline that ends the last line does not begin another
    for (std::size_t i = 0; i < lines; ++i) {
        if (at == 0) return text;
        at = text.rfind('\n', at - 1);
        if (at == std::string_view::npos) return text;
    }
    return text.substr(at + 1);
}

/// A file that grows, and is replaced by a new one when it is rotated away.
class Tail {
public:
    explicit Tail(fs::path path) : path_(std::move(path)) { open(); }

    void skip_to_end() {
        if (fd_) ::lseek(fd_.get(), 0, SEEK_END);
    }

    /// What has been written since the last time.
    std::string more() {
        std::string text = rest();
        struct stat now {
        }, held{};
        const bool replaced = ::stat(path_.c_str(), &now) == 0 &&
                              (!fd_ || (::fstat(fd_.get(), &held) == 0 && held.st_ino != now.st_ino));
        if (!replaced) return text;
        open();
        return text + rest();
    }

private:
    void open() { fd_ = OwnedFd::adopt(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)); }

    std::string rest() {
        std::string text;
        std::array<char, 65536> chunk;
        for (ssize_t n = 0; fd_ && (n = ::read(fd_.get(), chunk.data(), chunk.size())) > 0;) {
            text.append(chunk.data(), static_cast<std::size_t>(n));
        }
        return text;
    }

    fs::path path_;
    OwnedFd fd_;
};

} // namespace

int logs(const Places& places, Terminal& out, std::size_t lines, bool follow) {
    Tail tail(places.state / "daemon.log");
    // First the end, then what is there: a line written between the two shows twice rather than never.
    tail.skip_to_end();
    std::string text;
    for (const fs::path& file : files(places)) text += read_file(file).value_or("");
    if (text.empty() && !follow) {
        throw Error(Code::not_found,
                    fmt::format("There is no log in {}: no daemon has run yet. See: mayla status",
                                places.shown(places.state)));
    }
    const auto show = [&](std::string_view part) {
        // Escape sequences in a line (a file name, say) are for no terminal to obey.
        out.print(out.interactive() ? shown(part) : std::string(part));
        out.flush();
    };
    show(last_lines(text, lines));
    while (follow) {
        std::this_thread::sleep_for(follow_pause);
        if (const std::string part = tail.more(); !part.empty()) show(part);
    }
    return 0;
}

} // namespace mayla::cli
