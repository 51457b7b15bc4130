// One connection to a PostgreSQL server, with its prepared statements. Deferred statements travel
// with the next query, so that BEGIN and savepoints need no round trip of their own.
//
// A server that does not answer within kAnswerPatience is considered lost. Thread: one at a time.
#pragma once

#include "control/store/database.h"
#include "control/store/postgres/libpq.h"

#include <chrono>
#include <map>

namespace control {

class PostgresConnection {
public:
    enum class Access { read_write, read_only };
    // Failure: `transient` if no server answers, `fatal` if it answers and refuses. Errors never
    // show the URL, which may contain a password.
    [[nodiscard]] static Result<std::unique_ptr<PostgresConnection>> open(const std::string& url,
                                                                          Access access);

    // Sent before the next query. If it fails, that query fails with its error.
    void defer(std::string_view sql, std::vector<Value> values = {});
    // One statement with the values of $1 $2 …, in one round trip. The statement stays prepared for
    // the next time.
    [[nodiscard]] Result<Rows> query(std::string_view sql, const std::vector<Value>& values);
    // The two halves of `query`: the checks that need no round trip, and the round trip.
    [[nodiscard]] Result<void> check(std::string_view sql, const std::vector<Value>& values) const;
    [[nodiscard]] Result<Rows> run(std::string_view sql, std::vector<Value> values);
    // Several statements without values. Nothing may be deferred.
    [[nodiscard]] Result<void> script(const std::string& sql);

    // No answer will arrive any more. Statements in progress may have been executed.
    [[nodiscard]] bool is_lost() const { return is_lost_; }
    // The server rolled the transaction back (or must), so that others could continue.
    [[nodiscard]] bool must_rerun() const { return must_rerun_; }
    // The last error was that of a deferred statement, and the query itself did not run.
    [[nodiscard]] bool deferred_failed() const { return deferred_failed_; }
    // The last statement's command tag, e.g. "COMMIT".
    [[nodiscard]] const std::string& last_tag() const { return last_tag_; }
    [[nodiscard]] bool in_transaction() const;
    // Drops deferred statements and ends the transaction, if there is one.
    void roll_back();

private:
    struct Close {
        void operator()(PGconn* connection) const { PQfinish(connection); }
        void operator()(PGresult* result) const { PQclear(result); }
    };
    using Answer = std::unique_ptr<PGresult, Close>;
    struct Statement {
        std::string name;
        std::size_t values = 0;
    };
    struct Asked {
        std::string sql;
        std::vector<Value> values;
    };
    struct Sent {
        std::string sql;
        bool is_preparation = false;
    };

    [[nodiscard]] Result<void> configure(Access access);
    [[nodiscard]] Result<void> send(const Asked& asked, std::vector<Sent>& sent);
    [[nodiscard]] Result<std::string> prepare(const Asked& asked, std::vector<Sent>& sent);
    [[nodiscard]] Result<Rows> receive(const std::vector<Sent>& sent);
    [[nodiscard]] bool wait_for(short events);
    [[nodiscard]] bool flush();
    [[nodiscard]] Answer next_answer();
    [[nodiscard]] Rows rows_of(const PGresult* answer);
    void note(const PGresult* answer);
    [[nodiscard]] Error lost();

    std::unique_ptr<PGconn, Close> connection_;
    std::map<std::string, Statement, std::less<>> statements_;
    std::vector<Asked> deferred_;
    std::chrono::seconds patience_{0};  // for the answers to everything that was sent together
    std::chrono::steady_clock::time_point deadline_{};
    std::size_t names_ = 0;
    bool is_lost_ = false;
    bool must_rerun_ = false;
    bool deferred_failed_ = false;
    std::string last_tag_;
};

}  // namespace control
