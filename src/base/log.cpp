#include "base/log.hpp"

#include "base/limits.hpp"
#include "base/paths.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <vector>

namespace mayla {

struct Log::Logger {
    spdlog::logger logger;
};

Log::Log(const std::string& folder) {
    auto to_stderr = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    to_stderr->set_pattern("mayla-daemon: %l: %v"); // the service manager adds the time
    to_stderr->set_level(spdlog::level::warn);
    std::vector<spdlog::sink_ptr> sinks{to_stderr};
    std::string failure;
    const std::string path = folder + "/daemon.log";
    try {
        make_folders(folder);
        // log_files in all: the one that is written and those that were rotated away.
        auto file = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path, limits::log_file_bytes,
                                                                           limits::log_files - 1);
        file->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %P %l %v");
        sinks.push_back(std::move(file));
        path_ = path;
    } catch (const std::exception& error) { // no log file is no reason not to serve
        failure = error.what();
    }
    logger_ = std::make_unique<Logger>(Logger{spdlog::logger("mayla", sinks.begin(), sinks.end())});
    logger_->logger.flush_on(spdlog::level::info);
    if (!failure.empty()) warning("no log file: " + failure);
}

Log::~Log() = default;

void Log::info(std::string_view message) { logger_->logger.info("{}", message); }
void Log::warning(std::string_view message) { logger_->logger.warn("{}", message); }
void Log::error(std::string_view message) { logger_->logger.error("{}", message); }

} // namespace mayla
