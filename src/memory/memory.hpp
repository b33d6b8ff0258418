#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mayla::memory {

/// Names one memory for ever; never given out twice. Shown and accepted as `#12`.
struct Id {
    std::int64_t value = 0;
    auto operator<=>(const Id&) const = default;
};

/// "#12".
std::string shown(Id id);
/// Reads `#12` or `12`. Throws Error{invalid_argument} that says how an id looks.
Id parse_id(std::string_view text);
/// All of them, without repeats. Throws as parse_id, and too_large above limits::memory_ids.
std::vector<Id> parse_ids(std::span<const std::string> texts);

/// One memory as it is stored. Text is kept byte for byte, control characters and NUL included; see quoted().
struct Memory {
    Id id;
    std::string uid;                     ///< uuid, the same in every export
    std::int64_t rev = 0;                ///< 1, 2, 3 …: grows with each change
    std::optional<std::int64_t> project; ///< row of the project; none: user scope
    std::string project_uuid;
    std::string project_name;
    std::string kind;
    std::string status; ///< asserted, confirmed
    std::string title;  ///< may be empty
    std::string text;
    std::size_t text_bytes = 0; ///< of the whole text, also where `text` is an excerpt
    std::vector<std::string> tags;
    std::vector<std::string> anchors; ///< files and symbols it is about
    std::vector<Id> supersedes;
    std::vector<Id> superseded_by;
    std::int64_t created_ms = 0; ///< UTC
    std::int64_t updated_ms = 0;
    std::string session; ///< who wrote this revision: Claude's session id, or what the tool said
    std::optional<std::int64_t> forgotten_ms;
    std::string forgotten_why;
};

/// The same for showing to a model, a terminal or a log: secrets redacted, control characters replaced
/// (DESIGN 9).
Memory quoted(Memory memory);

/// The title, or the first line of the text when it has none; at most `bytes` bytes, one line, fit to be
/// shown.
std::string headline(const Memory& memory, std::size_t bytes = 120);

} // namespace mayla::memory
