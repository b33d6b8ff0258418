#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/protocol.hpp"
#include "daemon/instance.hpp"

#include <csignal>
#include <cstdio>
#include <sys/resource.h>
#include <thread>

using namespace mayla;

namespace {

/// The service manager's default of 1024 descriptors is one for each connection we promise, with nothing
/// left.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 16'384);
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(const daemon::Options& options) {
    std::signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    std::optional<OwnedFd> activated = service::activated_socket();
    const bool paced = activated.has_value();
    try {
        return daemon::Instance(options, std::move(activated), process_environment()).run();
    } catch (...) {
        // The socket would start the next one at once: a failure before READY waits first (DESIGN 5).
        if (paced) std::this_thread::sleep_for(limits::failure_pause);
        throw;
    }
}

} // namespace

int main(int count, char** arguments) try {
    const daemon::Options options = daemon::read_options(count, arguments);
    switch (options.action) {
    case daemon::Options::Action::show_version:
        return std::printf("mayla-daemon %s\n", std::string(protocol::build()).c_str()) < 0;
    case daemon::Options::Action::show_help:
        return std::fputs(daemon::usage, stdout) < 0;
    case daemon::Options::Action::serve:
        return serve(options);
    }
} catch (const Error& error) {
    std::fprintf(stderr, "mayla-daemon: %s\n", error.message().c_str());
    return error.code() == Code::invalid_argument ? 2 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "mayla-daemon: %s\n", error.what());
    return 1;
}
