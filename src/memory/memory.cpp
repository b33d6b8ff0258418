#include "memory/memory.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/redact.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <charconv>

namespace mayla::memory {

std::string shown(Id id) { return "#" + std::to_string(id.value); }

Id parse_id(std::string_view text) {
    std::string_view digits = trimmed(text);
    if (digits.starts_with('#')) digits.remove_prefix(1);
    Id id;
    const char* const end = digits.data() + digits.size();
    const auto [stop, failed] = std::from_chars(digits.data(), end, id.value);
    if (digits.empty() || failed != std::errc() || stop != end || id.value <= 0)
        throw Error(Code::invalid_argument,
                    "'" + shown_line(cut(text, 80)) +
                        "' is not the id of a memory. An id looks like #12; recall shows them.");
    return id;
}

std::vector<Id> parse_ids(std::span<const std::string> texts) {
    if (texts.size() > limits::memory_ids)
        throw Error(Code::too_large, std::to_string(texts.size()) + " ids; one call may name " +
                                         std::to_string(limits::memory_ids) + " memories.");
    std::vector<Id> ids;
    for (const std::string& text : texts) {
        const Id id = parse_id(text);
        if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    }
    return ids;
}

Memory quoted(Memory memory) {
    const auto line = [](std::string& text) { text = mayla::shown_line(redact(text)); };
    memory.text = mayla::shown(redact(memory.text));
    for (std::string* text :
         {&memory.title, &memory.kind, &memory.project_name, &memory.session, &memory.forgotten_why})
        line(*text);
    for (std::vector<std::string>* list : {&memory.tags, &memory.anchors})
        std::for_each(list->begin(), list->end(), line);
    return memory;
}

std::string headline(const Memory& memory, std::size_t bytes) {
    std::string line = mayla::shown_line(redact(memory.title));
    if (line.empty()) {
        const std::string text = redact(memory.text);
        const std::string_view solid = trimmed(text);
        line = mayla::shown_line(solid.substr(0, solid.find('\n')));
    }
    if (line.size() <= bytes) return line;
    constexpr std::string_view dots = "\xE2\x80\xA6";
    return std::string(cut(line, bytes > dots.size() ? bytes - dots.size() : 0)) + std::string(dots);
}

} // namespace mayla::memory
