#pragma once

#include <functional>
#include <string_view>

namespace mayla::workspace {

/// Reads a file of git's own config format (git-config(1), "Syntax") and calls `each` for each variable in
/// order. Section and key are in lower case, subsections as they stand. Lines that make no sense are skipped.
using EachVariable = std::function<void(std::string_view section, std::string_view subsection,
                                        std::string_view key, std::string_view value)>;
void read_git_config(std::string_view text, const EachVariable& each);

} // namespace mayla::workspace
