#include "cli/daemon.hpp"
#include "cli/files.hpp"
#include "cli/memory.hpp"
#include "cli/rows.hpp"

#include <fmt/core.h>

namespace mayla::cli {

namespace {

using nlohmann::json;

/// One object a line. The first seven members are what other programs rely on; the rest is what a later
/// import needs.
std::string as_json_line(const json& row) {
    nlohmann::ordered_json line;
    for (const char* member : {"id", "text", "kind", "tags"}) line[member] = row.value(member, json());
    line["project"] = text_of(row, "project_name");
    for (const char* member : {"created", "updated", "title", "anchors", "scope", "rev"}) {
        line[member] = row.value(member, json());
    }
    line["project_uuid"] = row.value("project", json());
    if (row.contains("forgotten")) line["forgotten"] = row["forgotten"];
    // Text is kept byte for byte and need not be UTF-8; JSON has to be.
    return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string as_markdown(const json& row) {
    const std::string title = text_of(row, "title");
    std::string text =
        fmt::format("## {}{}{}\n\n- kind: {}\n- project: {}\n", text_of(row, "id"), title.empty() ? "" : " ",
                    title, text_of(row, "kind"),
                    text_of(row, "project").empty() ? "(every project)" : text_of(row, "project_name"));
    if (const std::string tags = joined(row, "tags"); !tags.empty())
        text += fmt::format("- tags: {}\n", tags);
    text += fmt::format("- created: {}\n- updated: {}\n\n", text_of(row, "created"), text_of(row, "updated"));
    return text + text_of(row, "text") + "\n\n";
}

} // namespace

int export_memories(const Places& places, Terminal& out, ExportFormat format, const std::string& file,
                    const Filter& filter) {
    rpc::Client client = connect(places);
    std::size_t count = 0;
    const auto write_all = [&](const auto& write) {
        if (format == ExportFormat::md) write("# Memories of May-la\n\n");
        each_row(client, places, filter, [&](const json& row) {
            write(format == ExportFormat::jsonl ? as_json_line(row) : as_markdown(row));
            ++count;
        });
    };
    if (file == "-") {
        write_all([&](std::string_view text) { out.print(text); });
        return 0;
    }
    NewFile target(places.cwd / file, 0600);
    write_all([&](std::string_view text) { target.write(text); });
    target.keep();
    out.print(fmt::format("{} {} in {}\n", count, count == 1 ? "memory" : "memories", file));
    return 0;
}

} // namespace mayla::cli
