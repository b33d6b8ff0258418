#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace mayla {

/// The daemon's log: `<state folder>/daemon.log`, at most limits::log_files of limits::log_file_bytes;
/// warnings and errors go to stderr too, which the service manager keeps. Where the file cannot be written,
/// stderr is all there is.
///
/// Nothing of what users said or stored is logged, and no environment.
///
/// Thread rule: from any thread.
class Log {
public:
    explicit Log(const std::string& folder);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void info(std::string_view message);
    void warning(std::string_view message);
    void error(std::string_view message);
    /// The file; empty when there is none.
    const std::string& path() const { return path_; }

private:
    struct Logger;
    std::string path_;
    std::unique_ptr<Logger> logger_;
};

} // namespace mayla
