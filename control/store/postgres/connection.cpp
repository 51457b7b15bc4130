#include "control/store/postgres/connection.h"

#include "control/store/postgres/parameters.h"
#include "control/store/postgres/sqlstate.h"
#include "control/store/values.h"

#include <poll.h>
#include <cerrno>
#include <charconv>

namespace control {

namespace {

// A little longer than the server's own limits (below), so that the server can report them first.
constexpr std::chrono::seconds kWriterPatience{60};
constexpr std::chrono::seconds kReaderPatience{6};
constexpr std::size_t kMaxStatements = 512;
constexpr int kOldestServer = 120'000;

// From pg_type: the types of columns as the server reports them.
constexpr Oid kBoolean = 16;
constexpr Oid kIntegers[] = {20, 21, 23, 26, 1700};  // the last one, numeric, is the type of sums

// Our values come first, so that the URL can override them.
constexpr const char* kNames[] = {"application_name", "client_encoding",  "connect_timeout",
                                  "keepalives_idle",  "keepalives_count", "keepalives_interval",
                                  "tcp_user_timeout", "dbname",           nullptr};
constexpr const char* kValues[] = {"orchestratord", "UTF8",  "5",    "10", "3", "5",
                                   "20000",         nullptr, nullptr};
constexpr std::size_t kUrl = 7;

// Without an index, reads of a small table would lock all of it against other daemons'
// transactions. Two groups that wait for each other are stopped after a second, because starting
// again is quicker. A transaction that its owner forgot must not hold up the others.
constexpr const char* kWriterSettings =
    "SET enable_seqscan = off; SET lock_timeout = '250ms'; SET statement_timeout = '50s'; "
    "SET idle_in_transaction_session_timeout = '20s'; "
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') = 'off'";
constexpr const char* kReaderSettings =
    "SET default_transaction_read_only = on; SET statement_timeout = '5s'";

Value integer_or_text(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) return number;
    return text;
}

Value value_of(const PGresult* answer, int row, int column) {
    if (PQgetisnull(answer, row, column) != 0) return std::monostate{};
    std::string text(PQgetvalue(answer, row, column),
                     static_cast<std::size_t>(PQgetlength(answer, row, column)));
    const Oid type = PQftype(answer, column);
    if (type == kBoolean) return std::int64_t{text == "t" ? 1 : 0};
    for (const Oid integer : kIntegers)
        if (type == integer) return integer_or_text(text);
    return text;
}

// Values as texts, from which the server reads the type that it expects.
class Texts {
public:
    explicit Texts(const std::vector<Value>& values) {
        numbers_.reserve(values.size());
        for (const Value& value : values) {
            if (const auto* text = std::get_if<std::string>(&value)) {
                pointers_.push_back(text->c_str());
            } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
                numbers_.push_back(std::to_string(*number));
                pointers_.push_back(numbers_.back().c_str());
            } else {
                pointers_.push_back(nullptr);
            }
        }
    }
    [[nodiscard]] int count() const { return static_cast<int>(pointers_.size()); }
    [[nodiscard]] const char* const* data() const { return pointers_.data(); }

private:
    std::vector<std::string> numbers_;
    std::vector<const char*> pointers_;
};

}  // namespace

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const std::string& url,
                                                                     Access access) {
    if (Result<void> loaded = libpq::load(); !loaded) return loaded.fault();
    // libpq's message about an invalid URL contains the password.
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> readable(
        PQconninfoParse(url.c_str(), nullptr), PQconninfoFree);
    if (!readable)
        return fail(ErrorKind::fatal, "cannot be read", "DATABASE_URL",
                    "write postgresql://user:password@host:port/database, with % escapes for "
                    "special characters");
    const char* values[std::size(kValues)];
    std::copy(std::begin(kValues), std::end(kValues), values);
    values[kUrl] = url.c_str();
    auto connection = std::unique_ptr<PostgresConnection>(new PostgresConnection);
    connection->patience_ = access == Access::read_only ? kReaderPatience : kWriterPatience;
    connection->connection_.reset(PQconnectdbParams(kNames, values, 1));
    PGconn* raw = connection->connection_.get();
    if (PQstatus(raw) != CONNECTION_OK) {
        const bool answers = PQpingParams(kNames, values, 1) == PQPING_OK;
        return fail(answers ? ErrorKind::fatal : ErrorKind::transient,
                    "PostgreSQL: " + last_words(raw), "DATABASE_URL",
                    answers ? "check its user, password and database"
                            : "check its host, and that the server is running");
    }
    if (Result<void> configured = connection->configure(access); !configured)
        return fail(std::move(configured.error()).context("PostgreSQL"));
    return connection;
}

Result<void> PostgresConnection::configure(Access access) {
    PGconn* raw = connection_.get();
    // A server's notices do not belong on our standard error.
    PQsetNoticeReceiver(raw, [](void*, const PGresult*) {}, nullptr);
    if (PQserverVersion(raw) < kOldestServer)
        return fail(ErrorKind::fatal, "the server is older than version 12", "DATABASE_URL",
                    "upgrade it");
    const char* encoding = PQparameterStatus(raw, "server_encoding");
    if (encoding == nullptr || std::string_view(encoding) != "UTF8")
        return fail(ErrorKind::fatal, "the database does not have the encoding UTF8",
                    "DATABASE_URL", "create it with ENCODING 'UTF8' TEMPLATE template0");
    if (Result<void> set = script(access == Access::read_write ? kWriterSettings : kReaderSettings);
        !set)
        return set;
    if (PQsetnonblocking(raw, 1) != 0 || PQenterPipelineMode(raw) != 1) return fail(lost());
    return {};
}

void PostgresConnection::defer(std::string_view sql, std::vector<Value> values) {
    deferred_.push_back({std::string(sql), std::move(values)});
}

Result<Rows> PostgresConnection::query(std::string_view sql, const std::vector<Value>& values) {
    if (Result<void> sound = check(sql, values); !sound) return sound.fault();
    return run(sql, values);
}

Result<void> PostgresConnection::check(std::string_view sql,
                                       const std::vector<Value>& values) const {
    const auto known = statements_.find(sql);
    Result<std::size_t> wanted =
        known == statements_.end() ? count_parameters(sql) : known->second.values;
    if (!wanted) return wanted.fault();
    if (*wanted != values.size())
        return fail(ErrorKind::fatal, "the statement takes " + std::to_string(*wanted) +
                                          " values and got " + std::to_string(values.size()) +
                                          ": " + std::string(sql));
    return check_values(values);
}

Result<Rows> PostgresConnection::run(std::string_view sql, std::vector<Value> values) {
    if (is_lost_) return fail(lost());
    deadline_ = std::chrono::steady_clock::now() + patience_;
    must_rerun_ = false;
    deferred_failed_ = false;
    if (statements_.size() + deferred_.size() >= kMaxStatements) {
        statements_.clear();
        deferred_.insert(deferred_.begin(), Asked{"DEALLOCATE ALL", {}});
    }
    std::vector<Sent> sent;
    defer(sql, std::move(values));
    for (const Asked& one : deferred_)
        if (Result<void> done = send(one, sent); !done) return done.fault();
    deferred_.clear();
    if (PQpipelineSync(connection_.get()) != 1 || !flush()) return fail(lost());
    return receive(sent);
}

Result<void> PostgresConnection::send(const Asked& asked, std::vector<Sent>& sent) {
    Result<std::string> name = prepare(asked, sent);
    if (!name) return name.fault();
    const Texts texts(asked.values);
    if (PQsendQueryPrepared(connection_.get(), name->c_str(), texts.count(), texts.data(), nullptr,
                            nullptr, 0) != 1)
        return fail(lost());
    sent.push_back({asked.sql, false});
    return {};
}

Result<std::string> PostgresConnection::prepare(const Asked& asked, std::vector<Sent>& sent) {
    if (const auto found = statements_.find(asked.sql); found != statements_.end())
        return found->second.name;
    Statement statement{"s" + std::to_string(++names_), asked.values.size()};
    if (PQsendPrepare(connection_.get(), statement.name.c_str(), asked.sql.c_str(), 0, nullptr) !=
        1)
        return fail(lost());
    sent.push_back({asked.sql, true});
    return statements_.emplace(asked.sql, std::move(statement)).first->second.name;
}

// Reads the answers to everything that was sent, up to the mark that ends them. Returns the rows of
// the last one; of several errors it returns the first, because the server skips what follows it.
Result<Rows> PostgresConnection::receive(const std::vector<Sent>& sent) {
    Rows rows;
    std::optional<Error> error;
    for (const Sent& one : sent) {
        while (true) {
            const Answer answer = next_answer();
            if (is_lost_) return fail(error ? *std::move(error) : lost());
            if (!answer) break;
            const ExecStatusType status = PQresultStatus(answer.get());
            const bool skipped = status == PGRES_PIPELINE_ABORTED;
            if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
                note(answer.get());
                if (!error) {
                    error = error_of(answer.get(), one.sql);
                    deferred_failed_ = one.sql != sent.back().sql;
                }
            } else if (status == PGRES_EMPTY_QUERY && !error) {
                error = Error{ErrorKind::fatal, "not exactly one statement: "};
            } else if (!skipped && !one.is_preparation) {
                rows = rows_of(answer.get());
            }
            if (one.is_preparation && (skipped || status == PGRES_FATAL_ERROR))
                statements_.erase(one.sql);
        }
    }
    const Answer mark = next_answer();
    if (is_lost_ && !error) return fail(lost());
    if (!is_lost_ && (!mark || PQresultStatus(mark.get()) != PGRES_PIPELINE_SYNC))
        return fail(lost());
    if (error) return fail(*std::move(error));
    return rows;
}

void PostgresConnection::note(const PGresult* answer) {
    const char* state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
    if (state == nullptr || is_goodbye_state(state)) is_lost_ = true;
    if (state == nullptr || !is_rerun_state(state)) return;
    must_rerun_ = true;
    // The statement was prepared for a schema that has changed since: prepare it again.
    if (std::string_view(state) == "0A000" || std::string_view(state) == "26000") is_lost_ = true;
}

Rows PostgresConnection::rows_of(const PGresult* answer) {
    Rows rows;
    last_tag_ = PQcmdStatus(const_cast<PGresult*>(answer));
    const int columns = PQnfields(answer);
    const int count = PQntuples(answer);
    rows.rows.reserve(static_cast<std::size_t>(count));
    for (int row = 0; row < count; ++row) {
        std::vector<Value> values;
        values.reserve(static_cast<std::size_t>(columns));
        for (int column = 0; column < columns; ++column)
            values.push_back(value_of(answer, row, column));
        rows.rows.emplace_back(std::move(values));
    }
    for (const std::string_view word : {"INSERT", "UPDATE", "DELETE"})
        if (last_tag_.starts_with(word))
            rows.changed = std::strtoll(PQcmdTuples(const_cast<PGresult*>(answer)), nullptr, 10);
    return rows;
}

bool PostgresConnection::wait_for(short events) {
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline_ - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        pollfd one{PQsocket(connection_.get()), events, 0};
        const int ready = ::poll(&one, 1, static_cast<int>(left.count()));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

bool PostgresConnection::flush() {
    while (true) {
        const int left = PQflush(connection_.get());
        if (left == 0) return true;
        if (left < 0 || !wait_for(POLLIN | POLLOUT)) return false;
        // A server that waits for us to read would never accept the rest.
        if (PQconsumeInput(connection_.get()) != 1) return false;
    }
}

PostgresConnection::Answer PostgresConnection::next_answer() {
    while (!is_lost_ && PQisBusy(connection_.get()) != 0)
        if (!wait_for(POLLIN) || PQconsumeInput(connection_.get()) != 1) (void)lost();
    if (is_lost_) return nullptr;
    Answer answer(PQgetResult(connection_.get()));
    if (PQstatus(connection_.get()) != CONNECTION_OK) is_lost_ = true;
    return answer;
}

Result<void> PostgresConnection::script(const std::string& sql) {
    PGconn* raw = connection_.get();
    const bool pipelined = PQpipelineStatus(raw) != PQ_PIPELINE_OFF;
    if (pipelined && (PQexitPipelineMode(raw) != 1 || PQsetnonblocking(raw, 0) != 0))
        return fail(lost());
    const Answer answer(PQexec(raw, sql.c_str()));
    const ExecStatusType status = PQresultStatus(answer.get());
    const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!good) note(answer.get());
    if (PQstatus(raw) != CONNECTION_OK) is_lost_ = true;
    if (pipelined && !is_lost_ && (PQsetnonblocking(raw, 1) != 0 || PQenterPipelineMode(raw) != 1))
        return fail(lost());
    if (good) return {};
    if (answer && PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE) != nullptr)
        return fail(error_of(answer.get(), sql));
    return fail(lost());
}

bool PostgresConnection::in_transaction() const {
    if (is_lost_) return false;
    const PGTransactionStatusType status = PQtransactionStatus(connection_.get());
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

void PostgresConnection::roll_back() {
    deferred_.clear();
    if (in_transaction()) (void)query("ROLLBACK", {});
}

Error PostgresConnection::lost() {
    is_lost_ = true;
    std::string words = last_words(connection_.get());
    return Error{ErrorKind::transient,
                 "the connection to PostgreSQL was lost" + (words.empty() ? "" : ": " + words)};
}

}  // namespace control
