#pragma once

#include "base/process.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace mayla::service {

/// Runs a program of the system for a person's command and waits for it. As in a shell, one that is not
/// installed ends with 127 and one that took longer than `limit` with 124, each with a sentence in `err`.
Finished ask(std::vector<std::string> argv, std::chrono::milliseconds limit,
             std::vector<std::string> environment = {});

/// The last line that a program wrote, standard error first: what a person would look at. Never empty.
std::string complaint(const Finished&);

/// The absolute path of a program in PATH, or empty.
std::string find_program(const std::string& name);

} // namespace mayla::service
