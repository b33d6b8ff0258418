#include "daemon/options.hpp"

#include "base/error.hpp"

#include <string_view>

namespace mayla::daemon {

const char* const usage =
    "usage: mayla-daemon [--listen PATH]\n"
    "\n"
    "The one May-la daemon of a user. The service manager starts it on the first connect and passes\n"
    "its socket (mayla setup). Without a service manager:\n"
    "  --listen PATH   listen on a socket of its own\n"
    "  --version       print the version\n";

Options read_options(int count, char** arguments) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string_view argument = arguments[i];
        if (argument == "--version") {
            options.action = Options::Action::show_version;
        } else if (argument == "--help" || argument == "-h") {
            options.action = Options::Action::show_help;
        } else if (argument == "--listen") {
            if (++i == count) throw Error(Code::invalid_argument, "--listen needs the path of a socket");
            options.listen = arguments[i];
        } else {
            throw Error(Code::invalid_argument,
                        "unknown argument '" + std::string(argument) + "'; see --help");
        }
    }
    return options;
}

} // namespace mayla::daemon
