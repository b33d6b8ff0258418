// The store against a plain model: random operations, the same answers.

#include "base/text.hpp"

#include "memory_box.hpp"

#include <filesystem>
#include <map>
#include <random>
#include <set>

using namespace mayla;
using namespace mayla::memory;
using tests::Memories;

namespace {

struct Plain {
    std::string text;
    std::optional<std::int64_t> project;
    std::int64_t rev = 1;
    bool forgotten = false;
    std::set<std::int64_t> supersedes;
};

class Model {
public:
    std::map<std::int64_t, Plain> all;

    bool current(std::int64_t id) const {
        if (all.at(id).forgotten) return false;
        for (const auto& [newer, memory] : all)
            if (!memory.forgotten && memory.supersedes.count(id) != 0) return false;
        return true;
    }
    /// Memories that hold the word, in project 1 and the user's scope.
    std::set<std::int64_t> with(const std::string& word) const {
        std::set<std::int64_t> out;
        for (const auto& [id, memory] : all)
            if (current(id) && memory.project != 2 &&
                (" " + memory.text + " ").find(" " + word + " ") != std::string::npos)
                out.insert(id);
        return out;
    }
};

const std::vector<std::string> vocabulary{"zinc", "opal", "quartz", "onyx", "jade", "ruby", "topaz", "beryl"};

} // namespace

TEST_CASE("memory: random operations leave the store as a plain model says") {
    const auto seed = static_cast<unsigned>(GENERATE(1, 2, 3, 4, 5, 6));
    std::mt19937 random(seed);
    const auto below = [&random](std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
    };
    const auto words = [&] {
        std::string text;
        for (std::size_t i = 0, n = 1 + below(4); i < n; ++i)
            text += (i == 0 ? "" : " ") + vocabulary[below(vocabulary.size())];
        return text;
    };
    Memories box;
    Model model;
    const auto any_id = [&] { return static_cast<std::int64_t>(1 + below(model.all.size() + 1)); };

    for (int step = 0; step < 300; ++step) {
        INFO("seed " << seed << " step " << step);
        const std::size_t choice = below(10);
        if (choice < 5) {
            Draft draft{.text = words()};
            if (below(3) != 0) draft.project = 1 + static_cast<std::int64_t>(below(2));
            if (below(5) == 0 && !model.all.empty()) {
                const std::int64_t older = 1 + static_cast<std::int64_t>(below(model.all.size()));
                const bool same = model.all.at(older).text == draft.text; // would be a revision of it
                if (!same) draft.supersedes = {Id{older}};
            }
            std::optional<std::int64_t> there;
            for (const auto& [id, memory] : model.all)
                if (!there && memory.text == draft.text && memory.project == draft.project &&
                    model.current(id))
                    there = id;
            const Remembered result = box.remember(draft);
            if (there) {
                CHECK(result.id.value == *there);
                Plain& memory = model.all.at(*there);
                bool added = false;
                for (const Id id : draft.supersedes)
                    added = memory.supersedes.insert(id.value).second || added;
                if (added) ++memory.rev;
                CHECK((result.outcome == Remembered::Outcome::revised) == added);
            } else {
                CHECK(result.outcome == Remembered::Outcome::created);
                Plain memory{draft.text, draft.project};
                for (const Id id : draft.supersedes) memory.supersedes.insert(id.value);
                model.all.emplace(result.id.value, memory);
            }
        } else if (choice < 7) {
            const std::int64_t id = any_id();
            const std::string text = words();
            const auto there = model.all.find(id);
            if (there == model.all.end() || there->second.forgotten) {
                CHECK(box.error([&] { box.remember({.text = text, .id = Id{id}}); }).code() ==
                      Code::not_found);
            } else {
                if (there->second.text != text) ++there->second.rev;
                there->second.text = text;
                CHECK(box.remember({.text = text, .id = Id{id}}).rev == there->second.rev);
            }
        } else if (choice < 8) {
            const std::int64_t id = any_id();
            const auto there = model.all.find(id);
            if (there == model.all.end()) {
                CHECK(box.error([&] { box.forget({Id{id}}); }).code() == Code::not_found);
            } else {
                box.forget({Id{id}});
                if (!there->second.forgotten) ++there->second.rev;
                there->second.forgotten = true;
            }
        } else {
            const std::string& word = vocabulary[below(vocabulary.size())];
            const Page page = box.recall(word, 200);
            std::set<std::int64_t> found;
            for (const Memory& memory : page.rows) found.insert(memory.id.value);
            CHECK(found == model.with(word));
            CHECK(page.total == found.size());
        }
    }
    for (const auto& [id, memory] : model.all) {
        const Memory stored = box.get({id});
        CHECK(stored.text == memory.text);
        CHECK(stored.rev == memory.rev);
        CHECK(stored.project == memory.project);
        CHECK(stored.forgotten_ms.has_value() == memory.forgotten);
        auto versions = box.at.prepare("SELECT count(*) FROM versions WHERE memory = ?1");
        versions.bind(id);
        versions.step();
        CHECK(versions.integer(0) == memory.rev - 1);
    }
    // the word index says of itself that it agrees with the rows
    box.database.execute("INSERT INTO words (words) VALUES ('integrity-check')");
}

namespace {

/// Real prose where the machine has some, else made of words.
std::vector<std::string> paragraphs(std::size_t wanted) {
    std::vector<std::string> out;
    std::set<std::string> seen;
    std::error_code ignored;
    namespace fs = std::filesystem;
    for (auto entry = fs::recursive_directory_iterator("/usr/share/common-licenses", ignored);
         entry != fs::recursive_directory_iterator() && out.size() < wanted / 2; entry.increment(ignored)) {
        std::string text = entry->is_regular_file(ignored) ? tests::read_file(entry->path().string()) : "";
        for (std::size_t at = 0; at < text.size() && out.size() < wanted / 2;) {
            const std::size_t end = std::min(text.find("\n\n", at), text.size());
            std::string part = text.substr(at, end - at);
            at = end + 2;
            if (is_utf8(part) && !trimmed(part).empty() && seen.insert(part).second)
                out.push_back(std::move(part));
        }
    }
    std::mt19937 random(42);
    while (out.size() < wanted) {
        std::string text = "note " + std::to_string(out.size());
        for (int i = 0; i < 60; ++i)
            text += " w" + std::to_string(std::uniform_int_distribution<int>(0, 5000)(random));
        out.push_back(std::move(text));
    }
    return out;
}

} // namespace

TEST_CASE("memory: ten thousand notes are each found by their own words") {
    Memories box;
    const std::vector<std::string> notes = paragraphs(10'000);
    box.database.execute("BEGIN");
    std::vector<Id> ids;
    for (const std::string& note : notes) ids.push_back(box.note(note));
    box.database.execute("COMMIT");
    std::mt19937 random(7);
    for (int i = 0; i < 50; ++i) {
        const std::size_t which = std::uniform_int_distribution<std::size_t>(0, notes.size() - 1)(random);
        const Page page = box.recall(notes[which]);
        REQUIRE_FALSE(page.rows.empty());
        const bool first = std::any_of(page.rows.begin(), page.rows.end(),
                                       [&](const Memory& m) { return m.id == ids[which]; });
        INFO(notes[which]);
        CHECK(first);
        CHECK(page.all_words >= 1);
    }
    CHECK(box.recall("w1 w2 w3").total > 100);
    CHECK(statistics(box.at).live == 10'000);
}
