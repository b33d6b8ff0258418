#include "store/database.hpp"

#include "base/limits.hpp"
#include "base/paths.hpp"
#include "store/failure.hpp"

#include <cassert>
#include <cerrno>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace mayla::store {

namespace {

/// Statements that a connection keeps prepared; ours are some dozens.
constexpr std::size_t cached_statements = 128;
/// Steps of SQLite's machine between two looks at the clock: some tens of microseconds.
constexpr int steps_between_looks = 2'000;

/// A path as a `file:` URI, for the one option that has no other form.
std::string immutable_uri(const std::string& path) {
    std::string uri = "file:";
    for (const char c : path) {
        if (c == '%')
            uri += "%25";
        else if (c == '?')
            uri += "%3f";
        else if (c == '#')
            uri += "%23";
        else
            uri += c;
    }
    return uri + "?immutable=1";
}

bool empty_or_absent(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) != 0 || status.st_size == 0;
}

/// Beside a database in a folder that nobody here can write, SQLite cannot make the files that WAL needs;
/// with nothing left in a WAL the file alone is the whole truth, for as long as nobody writes it.
bool lies_still(const std::string& path) {
    return ::access(parent_folder(path).c_str(), W_OK) != 0 && ::access(path.c_str(), R_OK) == 0 &&
           empty_or_absent(path + "-wal");
}

/// Readable by its owner only, whatever the umask. Only a file that was not there is opened: closing another
/// descriptor of a database in use would drop SQLite's locks on it (fcntl(2)).
void create_private(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) ::close(fd);
}

} // namespace

// ---- Statement ------------------------------------------------------------------------------------------

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), handle_(std::exchange(other.handle_, nullptr)), in_use_(other.in_use_) {}

Statement::~Statement() {
    if (handle_ == nullptr) return;
    if (in_use_ == nullptr) {
        sqlite3_finalize(handle_);
        return;
    }
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
    *in_use_ = false;
}

void Statement::check(int result) const {
    if (result != SQLITE_OK) database_->fail(result);
}

void Statement::bind_at(int index, std::nullptr_t) { check(sqlite3_bind_null(handle_, index)); }
void Statement::bind_at(int index, double value) { check(sqlite3_bind_double(handle_, index, value)); }
void Statement::bind_integer(int index, std::int64_t value) {
    check(sqlite3_bind_int64(handle_, index, value));
}

void Statement::bind_at(int index, std::string_view text) {
    database_->bound_bytes_ += text.size();
    // a null pointer would bind NULL
    const char* data = text.data() == nullptr ? "" : text.data();
    check(sqlite3_bind_text64(handle_, index, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind_at(int index, std::span<const std::uint8_t> blob) {
    database_->bound_bytes_ += blob.size();
    const void* data = blob.data() == nullptr ? static_cast<const void*>("") : blob.data();
    check(sqlite3_bind_blob64(handle_, index, data, blob.size(), SQLITE_TRANSIENT));
}

bool Statement::step() {
    database_->check_limits();
    const int result = sqlite3_step(handle_);
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) return false;
    database_->fail(result);
}

void Statement::run() {
    while (step()) {
    }
}

bool Statement::null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }
double Statement::real(int column) const { return sqlite3_column_double(handle_, column); }

std::string_view Statement::text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    if (data == nullptr) return {};
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::span<const std::uint8_t> Statement::blob(int column) const {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_, column));
    if (data == nullptr) return {};
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

// ---- Database -------------------------------------------------------------------------------------------

void Database::Close::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
void Database::Finalize::operator()(sqlite3_stmt* handle) const noexcept { sqlite3_finalize(handle); }

Database::Database(std::string path, Access access) : path_(std::move(path)) {
    open_file(access);
    sqlite3_extended_result_codes(handle_.get(), 1);
    sqlite3_busy_timeout(handle_.get(), static_cast<int>(limits::database_busy.count()));
    // temp_store: what SQLite sets aside for a savepoint holds people's text, and would lie in /var/tmp.
    execute("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;");
    struct stat status {};
    if (::stat(path_.c_str(), &status) == 0) {
        device_ = static_cast<std::uint64_t>(status.st_dev);
        inode_ = static_cast<std::uint64_t>(status.st_ino);
    }
}

Database::~Database() = default;

void Database::open_file(Access access) {
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    std::string name = path_;
    if (access == Access::read_write) {
        flags |= SQLITE_OPEN_READWRITE;
        create_private(path_);
    } else {
        flags |= SQLITE_OPEN_READONLY;
        if (lies_still(path_)) {
            flags |= SQLITE_OPEN_URI;
            name = immutable_uri(path_);
            immutable_ = true;
        }
    }
    sqlite3* handle = nullptr;
    const int result = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
    handle_.reset(handle);
    if (result != SQLITE_OK) fail(result);
    // SQLite opens a file that it may not write for reading and says nothing
    if (access == Access::read_write && sqlite3_db_readonly(handle, "main") == 1)
        throw failure(path_, SQLITE_READONLY, "no permission to write the file", EACCES);
}

Statement Database::prepare(std::string_view sql) {
    const auto make = [&](unsigned flags) {
        sqlite3_stmt* handle = nullptr;
        const int result = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), flags,
                                              &handle, nullptr);
        if (result != SQLITE_OK) fail(result);
        assert(handle != nullptr && "a statement without words");
        return handle;
    };
    auto& slot = statements_[std::string(sql)];
    if (slot && slot->in_use) return {*this, make(0), nullptr};
    if (!slot) {
        if (statements_.size() > cached_statements)
            std::erase_if(statements_,
                          [](const auto& entry) { return entry.second && !entry.second->in_use; });
        auto cached = std::make_unique<Cached>();
        cached->handle.reset(make(SQLITE_PREPARE_PERSISTENT));
        slot = std::move(cached);
    }
    slot->in_use = true;
    return {*this, slot->handle.get(), &slot->in_use};
}

void Database::execute(std::string_view sql) {
    const int result = sqlite3_exec(handle_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr);
    if (result != SQLITE_OK) fail(result);
}

std::int64_t Database::last_id() const noexcept { return sqlite3_last_insert_rowid(handle_.get()); }
std::int64_t Database::changes() const noexcept { return sqlite3_changes64(handle_.get()); }
bool Database::in_transaction() const noexcept { return sqlite3_get_autocommit(handle_.get()) == 0; }

bool Database::end_transaction() noexcept {
    if (in_transaction()) sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    return !in_transaction();
}

std::int64_t Database::user_version() {
    Statement query = prepare("PRAGMA user_version");
    query.step();
    return query.integer(0);
}

void Database::leave_wal_on_close(bool leave) {
    sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, leave ? 1 : 0, nullptr);
}

void Database::limit(Deadline deadline, const std::atomic<bool>* cancelled) {
    deadline_ = deadline;
    cancelled_ = cancelled;
    const auto look = [](void* self) { return static_cast<Database*>(self)->over_limits() ? 1 : 0; };
    sqlite3_progress_handler(handle_.get(), steps_between_looks, look, this);
}

bool Database::over_limits() const noexcept {
    return deadline_.passed() || (cancelled_ != nullptr && cancelled_->load(std::memory_order_relaxed));
}

void Database::check_limits() {
    if (over_limits()) fail(SQLITE_INTERRUPT);
}

bool Database::still_in_place() const noexcept {
    struct stat status {};
    return ::stat(path_.c_str(), &status) == 0 && static_cast<std::uint64_t>(status.st_dev) == device_ &&
           static_cast<std::uint64_t>(status.st_ino) == inode_;
}

void Database::fail(int result) {
    if (primary(result) == SQLITE_INTERRUPT && cancelled_ != nullptr && cancelled_->load())
        throw Failure(Code::cancelled, path_ + ": the call was taken back.", result);
    const char* text = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(result);
    const int kind = primary(result);
    // the errno is that of the last system call that failed, which says nothing about other kinds of failure
    const bool by_system = kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN;
    throw failure(path_, result, text, by_system && handle_ ? sqlite3_system_errno(handle_.get()) : 0);
}

} // namespace mayla::store
