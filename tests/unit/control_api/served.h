// The API over a private store, called without a network in between.
#pragma once

#include "control/api/api.h"
#include "control/http/message.h"
#include "control/vault/secrets.h"
#include "tests/support/temporary_directory.h"

#include <atomic>
#include <mutex>

namespace control {

// A test's request; `target` includes the query.
struct Ask {
    std::string method;
    std::string target;
    contracts::Json body{};  // null: no body
    std::vector<HttpHeader> headers{};
    std::string raw_body{};  // sent instead of `body`
};

class HeldClock final : public contracts::Clock {
public:
    [[nodiscard]] contracts::Timestamp now() const override {
        return contracts::Timestamp(std::chrono::milliseconds(ms_.load()));
    }
    [[nodiscard]] contracts::Instant instant() const override {
        return contracts::Instant(std::chrono::milliseconds(ms_.load()));
    }
    void advance(std::chrono::milliseconds by) { ms_ += by.count(); }

private:
    std::atomic<std::int64_t> ms_ = 1'768'046'400'000;
};

class KeptLines final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view line) override {
        const std::lock_guard lock(mutex_);
        text_.append(line).append("\n");
    }
    [[nodiscard]] std::string text() const {
        const std::lock_guard lock(mutex_);
        return text_;
    }

private:
    mutable std::mutex mutex_;
    std::string text_;
};

class Served {
public:
    explicit Served(ApiOptions options = {});

    [[nodiscard]] HttpResponse ask(const HttpHandler& door, const Ask& ask) const;
    // Asks as an administrator on this machine.
    [[nodiscard]] HttpResponse ask(const Ask& request) const { return ask(local, request); }
    // Asks with a token, as over the network.
    [[nodiscard]] HttpResponse ask_with(const std::string& token, Ask request) const;

    void write(const std::function<Result<void>(Transaction&)>& work) const;
    [[nodiscard]] std::string token(const NewToken& token) const;
    void add_user(const std::string& id, const std::string& telegram_id,
                  bool is_admin = false) const;
    void add_project(const std::string& id, const std::string& owner) const;
    void add_task(const std::string& id, const std::string& project) const;
    void run_worker(const std::string& id) const;
    // The same in one transaction, for many rows: each commit waits for the disk.
    [[nodiscard]] Result<void> put_user(Queries& db, const std::string& id,
                                        const std::string& telegram_id,
                                        bool is_admin = false) const;
    [[nodiscard]] Result<void> put_project(Queries& db, const std::string& id,
                                           const std::string& owner) const;
    [[nodiscard]] Result<void> put_task(Queries& db, const std::string& id,
                                        const std::string& project) const;
    // Every row of every table that the API writes: if two texts are equal, nothing was written.
    [[nodiscard]] std::string everything() const;

    tests::TemporaryDirectory directory;
    std::unique_ptr<Database> db;
    std::optional<Vault> vault;
    HeldClock clock;
    std::shared_ptr<KeptLines> log = std::make_shared<KeptLines>();
    std::unique_ptr<Api> api;
    HttpHandler tcp;
    HttpHandler local;
};

[[nodiscard]] contracts::Json json_of(const HttpResponse& response);

}  // namespace control
