// A private PostgreSQL cluster in a directory of its own, reached over a unix socket alone, run as
// nobody where we are root, ended with the object and with the test. Throws std::runtime_error.
#pragma once

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <optional>
#include <string>
#include <vector>

namespace tests {

struct PostgresOptions {
    // Waits for the disk at each commit. What was committed survives crash() either way: only a
    // machine that fails needs the disk.
    bool synced = false;
    std::vector<std::string> arguments{};  // e.g. {"-c", "max_connections=8"}
};

class PostgresServer {
public:
    // Returns when it answers.
    explicit PostgresServer(PostgresOptions options = {});
    ~PostgresServer();

    // Whether the programs are installed here.
    [[nodiscard]] static bool is_installed();

    // postgresql://…, with a schema of this name as its only one; it must be there (see
    // make_schema).
    [[nodiscard]] std::string url(const std::string& schema = "public") const;
    // A new, empty schema, or database; returns its URL.
    [[nodiscard]] std::string make_schema();
    // Runs statements as the cluster's owner; returns what psql prints, without headings.
    std::string sql(const std::string& text) const;
    [[nodiscard]] bool answers() const;
    [[nodiscard]] pid_t pid() const { return process_->pid(); }

    // Asks its clients to go, and waits.
    void stop();
    // As after a crash: nothing is written down that was not committed.
    void crash();
    // After stop or crash: again at the same address.
    void start();
    // Connections stay open and nothing answers, until resume().
    void pause();
    void resume();

private:
    [[nodiscard]] std::vector<std::string> as_its_user(std::vector<std::string> argv,
                                                       bool dies_with_us) const;

    PostgresOptions options_;
    TemporaryDirectory directory_;
    std::optional<ChildProcess> process_;
    int schemas_ = 0;
};

// The one cluster of this test program, begun when it is first asked for.
[[nodiscard]] PostgresServer& shared_postgres();

}  // namespace tests
