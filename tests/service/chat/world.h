// A chat role on a real Redis and a real store. The test plays the other side of its streams: the
// messengers, the worker manager and, unless it starts a real one, the worker.
#pragma once

#include "contracts/base/json.h"
#include "contracts/messages/chat.h"
#include "contracts/streams/connection.h"
#include "control/chat/chat.h"
#include "tests/support/redis_server.h"
#include "tests/support/temporary_directory.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace tests {

using contracts::Json;

class World {
public:
    explicit World(control::chat::ChatSettings settings = quick());
    ~World();

    // Settings with waits short enough for a test.
    [[nodiscard]] static control::chat::ChatSettings quick();

    void start();
    // Destroys the role as a daemon does at its end; the store stays.
    void stop();

    void add_user(const std::string& id, bool is_admin = false);
    // Sends a message as a terminal does; returns the message's id.
    std::string say(const std::string& user, const std::string& text, std::string message_id = {});
    void notify(const std::string& user, const std::string& text, const std::string& id,
                const std::string& kind = "task_completed");
    void send(std::string_view stream, const Json& message);

    // The next message of a stream that this test has not seen; waits for it.
    Json next(const std::string& stream);
    [[nodiscard]] std::vector<Json> all(std::string_view stream);
    // The next message for the terminal; skips progress messages.
    Json reply();
    // Whether nothing but progress messages has come since the last `reply`.
    [[nodiscard]] bool is_quiet();

    // The next message of worker:commands, which must be a create.
    Json expect_create();
    void expect_delete(const std::string& worker);
    // Answers as the worker manager: the worker runs.
    void answer_create(const Json& create, const std::string& worker);
    void refuse_create(const Json& create, const std::string& error);
    void set_status(const std::string& worker, const std::string& status);
    // Reads and answers messages as the worker.
    Json input_of(const std::string& worker);
    void answer(const std::string& worker, const Json& input, const std::string& text,
                const Json& more = Json::object());

    // Exchanges a first message and its answer, so that the user has a Product Owner.
    void acquaint(const std::string& user, const std::string& worker);

    [[nodiscard]] control::Database& database() { return *db_; }
    [[nodiscard]] std::string redis_url() const { return redis_.url(); }
    [[nodiscard]] std::string get(const std::string& key);
    void restart_redis();
    // The conversation, oldest first: "user: hello".
    [[nodiscard]] std::vector<std::string> conversation(const std::string& user);
    void write(const std::function<control::Result<void>(control::Transaction&)>& work);
    [[nodiscard]] contracts::Timestamp now() const { return clock_.now(); }

private:
    contracts::Connection& connection();

    RedisServer redis_{RedisOptions{.durable = true}};
    TemporaryDirectory directory_;
    contracts::SystemClock clock_;
    control::chat::ChatSettings settings_;
    std::unique_ptr<control::Database> db_;
    std::optional<control::chat::ChatRole> role_;
    std::optional<contracts::Connection> connection_;
    std::map<std::string, std::string> seen_;  // the last id read of each stream
    int messages_ = 0;
};

inline const std::string kOutbox = "chat:outbox:terminal";

}  // namespace tests
