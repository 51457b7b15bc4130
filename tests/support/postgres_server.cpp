#include "tests/support/postgres_server.h"

#include "contracts/base/result.h"
#include "tests/support/eventually.h"

#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace tests {
namespace {

constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin/";
constexpr const char* kUser = "nobody";

void give_to_its_user(const std::string& path) {
    if (::geteuid() != 0) return;
    const passwd* user = ::getpwnam(kUser);
    if (user == nullptr || ::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0)
        throw std::runtime_error(contracts::system_error(errno, "chown " + path).describe());
}

}  // namespace

bool PostgresServer::is_installed() {
    return ::access((std::string(kPrograms) + "postgres").c_str(), X_OK) == 0;
}

std::string PostgresServer::program(const char* name) const {
    return options_.programs.empty() ? std::string(kPrograms) + name
                                     : options_.programs + '/' + name;
}

PostgresServer::PostgresServer(PostgresOptions options) : options_(std::move(options)) {
    give_to_its_user(directory_.text());
    run_successfully({.argv = as_its_user({program("initdb"), "-D", directory_ / "db", "-U", "test",
                                           "-A", "trust", "--no-sync", "--no-locale", "-E", "UTF8"},
                                          true),
                      .directory = "/"});
    start();
}

PostgresServer::~PostgresServer() {
    try {
        if (process_ && process_->running()) crash();
    } catch (const std::exception&) {
        // The destructor of the child process ends it in any case.
    }
}

std::vector<std::string> PostgresServer::as_its_user(std::vector<std::string> argv,
                                                     bool dies_with_us) const {
    if (::geteuid() != 0) return argv;
    std::vector<std::string> whole{"setpriv", "--reuid", kUser,
                                   "--regid", "nogroup", "--clear-groups"};
    // Changing the user clears the parent-death signal, so it is set afterwards.
    if (dies_with_us) whole.insert(whole.end(), {"--pdeathsig", "QUIT"});
    whole.insert(whole.end(), argv.begin(), argv.end());
    return whole;
}

void PostgresServer::start() {
    std::vector<std::string> argv{program("postgres"),  "-D", directory_ / "db",   "-k",
                                  directory_.text(),    "-c", "listen_addresses=", "-c",
                                  "shared_buffers=32MB"};
    if (!options_.synced)
        argv.insert(argv.end(), {"-c", "fsync=off", "-c", "full_page_writes=off"});
    argv.insert(argv.end(), options_.arguments.begin(), options_.arguments.end());
    process_.emplace(ChildOptions{.argv = as_its_user(std::move(argv), true), .directory = "/"});
    eventually("PostgreSQL answering", [this] {
        if (process_->running()) return answers();
        throw std::runtime_error("PostgreSQL ended: " + process_->error_output());
    });
}

bool PostgresServer::answers() const {
    return run({.argv = {program("pg_isready"), "-q", "-h", directory_.text()}, .directory = "/"})
        .end.success();
}

std::string PostgresServer::url(const std::string& schema) const {
    return "postgresql:///postgres?user=test&host=" + directory_.text() +
           "&options=-csearch_path%3D" + schema;
}

std::string PostgresServer::make_schema() {
    const std::string name = "s" + std::to_string(++schemas_);
    sql("CREATE SCHEMA " + name);
    return url(name);
}

std::string PostgresServer::sql(const std::string& text) const {
    return run_successfully(
        {.argv = {program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h",
                  directory_.text(), "-U", "test", "-c", text, "postgres"},
         .directory = "/"});
}

void PostgresServer::stop() {
    process_->send(SIGINT);
    process_->must_end();
}

void PostgresServer::crash() {
    process_->send(SIGQUIT);
    process_->must_end();
}

void PostgresServer::pause() {
    process_->send(SIGSTOP);
}

void PostgresServer::resume() {
    process_->send(SIGCONT);
}

PostgresServer& shared_postgres() {
    static PostgresServer server;
    return server;
}

}  // namespace tests
