#pragma once

#include "base/deadline.hpp"
#include "base/error.hpp"

#include <atomic>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace mayla::store {

/// What SQLite reported, as an Error with our code; `result()` is SQLite's extended result code.
class Failure : public Error {
public:
    Failure(Code code, std::string message, int result) : Error(code, std::move(message)), result_(result) {}
    int result() const noexcept { return result_; }

private:
    int result_;
};

class Database;

/// One use of a prepared statement: bind, step, read. The end of its scope resets it and gives it back to the
/// connection's cache. Columns count from 0, parameters from 1. Views into a row are valid until the next
/// step.
class Statement {
public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    /// Binds all parameters in order. Text may hold any byte, NUL as well.
    template <typename... Values>
    Statement& bind(const Values&... values) {
        int index = 0;
        (bind_at(++index, values), ...);
        return *this;
    }
    void bind_at(int index, std::nullptr_t);
    void bind_at(int index, std::nullopt_t) { bind_at(index, nullptr); }
    void bind_at(int index, double value);
    void bind_at(int index, std::string_view text);
    void bind_at(int index, const std::string& text) { bind_at(index, std::string_view(text)); }
    void bind_at(int index, const char* text) { bind_at(index, std::string_view(text)); }
    void bind_at(int index, std::span<const std::uint8_t> blob);
    template <std::integral Integer>
    void bind_at(int index, Integer value) {
        bind_integer(index, static_cast<std::int64_t>(value));
    }
    template <typename Value>
    void bind_at(int index, const std::optional<Value>& value) {
        if (value) {
            bind_at(index, *value);
        } else {
            bind_at(index, nullptr);
        }
    }

    /// The next row; false after the last. Throws Failure.
    bool step();
    /// Steps to the end; rows are dropped.
    void run();

    bool null(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string_view text(int column) const;
    std::span<const std::uint8_t> blob(int column) const;

private:
    friend class Database;
    Statement(Database& database, sqlite3_stmt* handle, bool* in_use) noexcept
        : database_(&database), handle_(handle), in_use_(in_use) {}
    void bind_integer(int index, std::int64_t value);
    void check(int result) const;

    Database* database_;
    sqlite3_stmt* handle_;
    bool* in_use_; ///< the mark in the cache; null for a statement that is not in it
};

/// One connection to one database file. Not thread-safe: one thread at a time.
class Database {
public:
    enum class Access {
        read_write, ///< created when absent (mode 0600), WAL, synchronous=FULL
        read_only,  ///< a file on a read-only file system is opened as it lies
    };

    /// Opens the file and applies the pragmas that hold for every connection. Throws Failure.
    Database(std::string path, Access access);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    const std::string& path() const noexcept { return path_; }

    Statement prepare(std::string_view sql);
    /// Runs one or more statements without parameters.
    void execute(std::string_view sql);
    std::int64_t last_id() const noexcept;
    /// Rows changed by the last statement.
    std::int64_t changes() const noexcept;
    bool in_transaction() const noexcept;
    /// Ends a transaction that only read, or takes back one that wrote. False when that failed.
    bool end_transaction() noexcept;

    std::int64_t user_version();
    /// Whether closing leaves the file as it lies. Else the last connection folds the WAL into it.
    void leave_wal_on_close(bool leave);

    /// From now on statements fail with timed_out after `deadline`, with cancelled once `*cancelled` is true
    /// (null: never).
    void limit(Deadline deadline, const std::atomic<bool>* cancelled);

    /// Bytes bound to parameters since the last call of `reset_bound_bytes`: what a transaction is about to
    /// write.
    std::size_t bound_bytes() const noexcept { return bound_bytes_; }
    void reset_bound_bytes() noexcept { bound_bytes_ = 0; }

    /// Whether the path still names the file that was opened.
    bool still_in_place() const noexcept;
    /// Whether the file was opened as it lies, unlocked: nobody here can write its folder.
    bool immutable() const noexcept { return immutable_; }

    sqlite3* handle() noexcept { return handle_.get(); }

    /// Throws the Failure for a result code of SQLite.
    [[noreturn]] void fail(int result);

private:
    friend class Statement;
    struct Close {
        void operator()(sqlite3* handle) const noexcept;
    };
    struct Finalize {
        void operator()(sqlite3_stmt* handle) const noexcept;
    };
    struct Cached {
        std::unique_ptr<sqlite3_stmt, Finalize> handle;
        bool in_use = false;
    };

    void open_file(Access access);
    void check_limits();
    bool over_limits() const noexcept;

    std::string path_;
    std::unique_ptr<sqlite3, Close> handle_;
    std::unordered_map<std::string, std::unique_ptr<Cached>> statements_;
    Deadline deadline_ = Deadline::never();
    const std::atomic<bool>* cancelled_ = nullptr;
    std::size_t bound_bytes_ = 0;
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
    bool immutable_ = false;
};

/// A view of the database that does not change while it is held. What only reads takes a Snapshot&.
class Snapshot {
public:
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    Statement prepare(std::string_view sql) { return database_->prepare(sql); }

protected:
    explicit Snapshot(Database& database) noexcept : database_(&database) {}
    ~Snapshot() = default;
    Database* database_;
};

/// One job's part of a commit; what writes takes a Transaction&. Only the writer makes one. An exception that
/// leaves the job takes back what the job wrote and nothing else.
class Transaction : public Snapshot {
public:
    Transaction(Database& database, std::int64_t now_ms) noexcept : Snapshot(database), now_ms_(now_ms) {}

    /// The time of this job: milliseconds since 1970, UTC.
    std::int64_t now_ms() const noexcept { return now_ms_; }
    std::int64_t last_id() const noexcept { return database_->last_id(); }
    std::int64_t changes() const noexcept { return database_->changes(); }

private:
    std::int64_t now_ms_;
};

} // namespace mayla::store
