#pragma once

#include "cli/places.hpp"
#include "cli/terminal.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace mayla::cli {

/// Which memories; empty means all.
struct Filter {
    std::string project; ///< a folder or a name; with none, every project's
    std::string scope;
    std::string kind;
    std::vector<std::string> tags;
    bool deleted = false;
};

struct NewMemory {
    std::string text; ///< "-": standard input
    std::string title, kind, scope, project;
    std::vector<std::string> tags;
};

// Each returns the exit status and throws Error for what the daemon refuses.

/// The newest `limit` (0: all), newest first.
int list_memories(const Places&, Terminal&, const Filter&, std::size_t limit);
/// What a session gets from `recall`.
int search_memories(const Places&, Terminal&, const std::string& words, const Filter&, std::size_t limit);
int show_memories(const Places&, Terminal&, const std::vector<std::string>& ids);
int add_memory(const Places&, Terminal&, NewMemory);
int forget_memories(const Places&, Terminal&, const std::vector<std::string>& ids, const std::string& reason);

enum class ExportFormat { jsonl, md };
/// All of them to a file, which appears when it is whole, or to standard output (`file` is "-").
int export_memories(const Places&, Terminal&, ExportFormat, const std::string& file, const Filter&);

} // namespace mayla::cli
