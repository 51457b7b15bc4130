#include "tests/service/chat/world.h"

#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "control/store/conversations.h"
#include "control/store/users.h"
#include "tests/support/eventually.h"

#include <stdexcept>

namespace tests {

namespace names = contracts::names;
using namespace std::chrono_literals;

namespace {

template <class T>
T demand(contracts::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().describe());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

void require(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error(what);
}

contracts::Log quiet_log() {
    return contracts::Log(std::make_shared<contracts::DescriptorSink>(2),
                          contracts::LogLevel::warning, contracts::LogFormat::console, "chat");
}

}  // namespace

World::World(control::chat::ChatSettings settings)
    : settings_(std::move(settings)), db_(demand(control::open_sqlite(directory_ / "store.db"))) {}

World::~World() {
    stop();
}

control::chat::ChatSettings World::quick() {
    control::chat::ChatSettings settings;
    settings.hire_wait = 10ms;
    settings.progress_every = 50ms;
    settings.vanished_after = 100ms;
    return settings;
}

void World::start() {
    role_.emplace(
        control::chat::ChatNeeds{.database = *db_,
                                 .redis = demand(contracts::RedisAddress::parse(redis_.url())),
                                 .clock = clock_,
                                 .log = quiet_log(),
                                 .settings = settings_});
    demand(role_->start());
}

void World::stop() {
    role_.reset();
}

void World::restart_redis() {
    connection_.reset();
    redis_.restart();
}

contracts::Connection& World::connection() {
    if (!connection_ || connection_->broken())
        connection_.emplace(demand(
            contracts::Connection::dial(demand(contracts::RedisAddress::parse(redis_.url())))));
    return *connection_;
}

void World::write(const std::function<control::Result<void>(control::Transaction&)>& work) {
    demand(db_->transaction(work));
}

void World::add_user(const std::string& id, bool is_admin) {
    write([&](control::Transaction& tx) {
        return control::users::insert(tx, {id, "local-" + id, is_admin}, clock_.now());
    });
}

void World::send(std::string_view stream, const Json& message) {
    (void)demand(contracts::publish_data(connection(), stream, contracts::dump_json(message)));
}

std::string World::say(const std::string& user, const std::string& text, std::string message_id) {
    if (message_id.empty()) message_id = "auto-" + std::to_string(++messages_);
    send(names::kChatInbox, {{"request_id", "r-" + message_id},
                             {"correlation_id", "c-" + message_id},
                             {"user_id", user},
                             {"channel", "terminal"},
                             {"address", "at-" + user},
                             {"text", text},
                             {"message_id", message_id}});
    return message_id;
}

void World::notify(const std::string& user, const std::string& text, const std::string& id,
                   const std::string& kind) {
    send(names::kChatNotices,
         {{"request_id", id}, {"user_id", user}, {"kind", kind}, {"text", text}});
}

Json World::next(const std::string& stream) {
    std::string& seen = seen_.try_emplace(stream, "0").first->second;
    Json message;
    eventually("a message on " + stream, [&] {
        const auto reply = demand(connection().command(
            {"XRANGE", stream, seen == "0" ? "-" : "(" + seen, "+", "COUNT", "1"}));
        if (reply.view().size() == 0) return false;
        seen = std::string(reply.view()[0][0].text());
        message = Json::parse(reply.view()[0][1][1].text());
        return true;
    });
    return message;
}

std::vector<Json> World::all(std::string_view stream) {
    const auto reply = demand(connection().command({"XRANGE", stream, "-", "+"}));
    std::vector<Json> messages;
    for (std::size_t i = 0; i < reply.view().size(); ++i)
        messages.push_back(Json::parse(reply.view()[i][1][1].text()));
    return messages;
}

Json World::reply() {
    for (;;) {
        Json message = next(kOutbox);
        if (message["kind"] != "progress") return message;
    }
}

bool World::is_quiet() {
    const std::string seen = seen_.try_emplace(kOutbox, "0").first->second;
    const auto reply =
        demand(connection().command({"XRANGE", kOutbox, seen == "0" ? "-" : "(" + seen, "+"}));
    for (std::size_t i = 0; i < reply.view().size(); ++i)
        if (Json::parse(reply.view()[i][1][1].text())["kind"] != "progress") return false;
    return true;
}

Json World::expect_create() {
    Json command = next(std::string(names::kWorkerCommands));
    require(command["command"] == "create", "not a create: " + command.dump());
    return command;
}

void World::expect_delete(const std::string& worker) {
    const Json command = next(std::string(names::kWorkerCommands));
    require(command["command"] == "delete" && command["worker_id"] == worker,
            "not a delete of " + worker + ": " + command.dump());
}

void World::set_status(const std::string& worker, const std::string& status) {
    (void)demand(connection().command({"HSET", names::worker_status(worker), "status", status}));
}

void World::answer_create(const Json& create, const std::string& worker) {
    set_status(worker, "RUNNING");
    send(names::kWorkerResponsesPo,
         {{"request_id", create["request_id"]}, {"success", true}, {"worker_id", worker}});
}

void World::refuse_create(const Json& create, const std::string& error) {
    send(names::kWorkerResponsesPo,
         {{"request_id", create["request_id"]}, {"success", false}, {"error", error}});
}

Json World::input_of(const std::string& worker) {
    return next(names::po_input(worker));
}

void World::answer(const std::string& worker, const Json& input, const std::string& text,
                   const Json& more) {
    Json output{{"request_id", input["request_id"]},
                {"user_id", input["user_id"]},
                {"text", text},
                {"timestamp", "2026-01-10T12:00:00Z"}};
    output.update(more);
    send(names::po_output(worker), output);
}

void World::acquaint(const std::string& user, const std::string& worker) {
    say(user, "hello");
    answer_create(expect_create(), worker);
    answer(worker, input_of(worker), "Good day.");
    require(reply()["text"] == "Good day.", "the first answer of " + worker + " has not come");
}

std::string World::get(const std::string& key) {
    return std::string(demand(connection().command({"GET", key})).view().text());
}

std::vector<std::string> World::conversation(const std::string& user) {
    std::vector<std::string> said;
    for (const auto& one : demand(control::conversations::last(*db_, user, {}, 100)))
        said.push_back(std::string(contracts::to_text(one.role)) + ": " + one.text);
    return said;
}

}  // namespace tests
