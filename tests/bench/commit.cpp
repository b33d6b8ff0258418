#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <sqlite3.h>

namespace {

sqlite3* database = nullptr;

void checked(int result) {
    if (result == SQLITE_OK || result == SQLITE_DONE) return;
    std::fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(database));
    std::exit(1);
}

void run(const std::string& statement) {
    checked(sqlite3_exec(database, statement.c_str(), nullptr, nullptr, nullptr));
}

sqlite3_stmt* prepared(const char* text) {
    sqlite3_stmt* statement = nullptr;
    checked(sqlite3_prepare_v2(database, text, -1, &statement, nullptr));
    return statement;
}

void insert(sqlite3_stmt* statement, const std::string& text) {
    checked(sqlite3_bind_text(statement, 1, text.data(), static_cast<int>(text.size()), SQLITE_STATIC));
    checked(sqlite3_step(statement));
    checked(sqlite3_reset(statement));
}

} // namespace

/// commit FILE COUNT TEXT: how long SQLite alone needs to make one row durable, with its row in a full text
/// index, in WAL mode with synchronous=FULL. Prints nanoseconds, a line for each commit. `%` in TEXT becomes
/// the number of the row.
int main(int count, char** arguments) {
    if (count != 4) return 2;
    checked(sqlite3_open(arguments[1], &database));
    run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE IF NOT EXISTS memories(id INTEGER PRIMARY KEY, text TEXT NOT NULL);"
        "CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(text, tokenize='porter unicode61');");
    sqlite3_stmt* const row = prepared("INSERT INTO memories(text) VALUES(?)");
    sqlite3_stmt* const words = prepared("INSERT INTO words(text) VALUES(?)");
    const std::string text = arguments[3];
    for (int i = 0; i < std::atoi(arguments[2]); ++i) {
        std::string mine = text;
        if (const auto place = mine.find('%'); place != std::string::npos)
            mine.replace(place, 1, std::to_string(i));
        const auto begin = std::chrono::steady_clock::now();
        run("BEGIN IMMEDIATE");
        insert(row, mine);
        insert(words, mine);
        run("COMMIT");
        const auto time = std::chrono::steady_clock::now() - begin;
        std::printf("%lld\n", static_cast<long long>(std::chrono::nanoseconds(time).count()));
    }
    sqlite3_finalize(row);
    sqlite3_finalize(words);
    return sqlite3_close(database);
}
