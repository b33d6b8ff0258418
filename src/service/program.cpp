#include "service/program.hpp"

#include "base/error.hpp"

#include <cstdlib>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace mayla::service {

Finished ask(std::vector<std::string> argv, std::chrono::milliseconds limit,
             std::vector<std::string> environment) {
    Command command;
    command.argv = std::move(argv);
    command.environment = std::move(environment);
    command.deadline = Deadline::in(limit);
    try {
        return run(command);
    } catch (const Error& e) {
        // A program that is absent or stuck is an answer here: setup and doctor report it and go on.
        Finished failed;
        failed.status = e.code() == Code::timed_out ? 124 : 127;
        failed.err = e.message();
        return failed;
    }
}

std::string complaint(const Finished& finished) {
    for (const std::string* text : {&finished.err, &finished.out}) {
        const auto end = text->find_last_not_of(" \t\r\n");
        if (end == std::string::npos) continue;
        const auto newline = text->find_last_of('\n', end);
        const auto begin = newline == std::string::npos ? 0 : newline + 1;
        return text->substr(begin, end + 1 - begin);
    }
    return "exit status " + std::to_string(finished.status);
}

std::string find_program(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::string_view rest = path != nullptr ? path : "";
    while (!rest.empty()) {
        const auto colon = rest.find(':');
        const std::string_view folder = rest.substr(0, colon);
        rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
        if (folder.empty() || folder.front() != '/') continue;
        std::string candidate = std::string(folder) + "/" + name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return {};
}

} // namespace mayla::service
