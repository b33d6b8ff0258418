#include "cli/doctor.hpp"

#include "cli/claude.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace mayla::cli {

namespace {

struct Mark {
    Style style;
    const char* word;
};

Mark mark_of(Check::State state) {
    switch (state) {
    case Check::State::ok:
        return {Style::good, "ok"};
    case Check::State::fail:
        return {Style::bad, "FAIL"};
    case Check::State::info:
        return {Style::note, "note"};
    }
    return {Style::plain, "?"};
}

std::string lower_word(Check::State state) {
    return state == Check::State::ok ? "ok" : state == Check::State::fail ? "fail" : "info";
}

} // namespace

int doctor(const Places& places, Terminal& out, bool as_json) {
    const auto checks = examine(places);
    const auto failed = std::count_if(checks.begin(), checks.end(),
                                      [](const Check& check) { return check.state == Check::State::fail; });
    if (as_json) {
        nlohmann::json rows = nlohmann::json::array();
        for (const Check& check : checks) {
            rows.push_back({{"name", check.name},
                            {"state", lower_word(check.state)},
                            {"detail", check.detail},
                            {"remedy", check.remedy}});
        }
        const nlohmann::json answer = {{"ok", failed == 0}, {"checks", std::move(rows)}};
        out.print(answer.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
        return failed == 0 ? 0 : 1;
    }
    for (const Check& check : checks) {
        const Mark mark = mark_of(check.state);
        out.print(fmt::format("{}{}  {:<18} {}\n", out.styled(mark.style, mark.word),
                              std::string(4 - std::string_view(mark.word).size(), ' '), check.name,
                              check.detail));
        if (!check.remedy.empty())
            out.print(fmt::format("      {}\n", out.styled(Style::bold, check.remedy)));
    }
    out.print(failed == 0 ? "Nothing is wrong.\n"
                          : fmt::format("{} of {} checks failed; the command below each mends it.\n", failed,
                                        checks.size()));
    return failed == 0 ? 0 : 1;
}

} // namespace mayla::cli
