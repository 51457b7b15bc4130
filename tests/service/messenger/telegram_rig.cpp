#include "tests/service/messenger/telegram_rig.h"

#include "contracts/base/id.h"
#include "contracts/streams/entry.h"
#include "contracts/streams/publisher.h"
#include "control/store/users.h"
#include "tests/support/eventually.h"
#include "tests/support/http_request.h"

#include <stdexcept>

namespace tests {

namespace {

template <class T>
T demand(contracts::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().describe());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

TelegramServer& shared_telegram() {
    static TelegramServer server;
    return server;
}

std::int64_t next_bot() {
    static std::int64_t last = 1000;
    return ++last;
}

}  // namespace

TelegramRig::TelegramRig(int bots, std::chrono::milliseconds gap)
    : telegram_(shared_telegram()),
      gap_(gap),
      log_(lines_, contracts::LogLevel::debug, contracts::LogFormat::console, "telegram"),
      db_(demand(control::open_sqlite(directory_ / "store.db"))) {
    Json tokens = Json::array();
    for (int i = 0; i < bots; ++i) {
        bots_.push_back(std::to_string(next_bot()));
        tokens_.push_back(bots_.back() + ":SECRET-" + contracts::make_uuid4());
        tokens.push_back(tokens_.back());
    }
    (void)telegram_.control("forget", Json::object());
    (void)telegram_.control("bots", tokens);
    connection_ =
        demand(contracts::Connection::dial(demand(contracts::RedisAddress::parse(redis_.url()))));
}

TelegramRig::~TelegramRig() {
    stop_chat();
    stop();
}

std::unique_ptr<control::LedPost> TelegramRig::another_post(const std::string& daemon) {
    const auto make = [this] {
        return std::make_unique<control::MouthPost>(
            control::telegram::make_telegram({.database = *db_,
                                              .client = client_,
                                              .clock = clock_,
                                              .log = log_,
                                              .api_url = telegram_.url(),
                                              .tokens = tokens_,
                                              .gap = gap_}),
            demand(contracts::RedisAddress::parse(redis_.url())), clock_, log_);
    };
    return std::make_unique<control::LedPost>(
        control::LedPostNeeds{.lease = "telegram",
                              .daemon = daemon,
                              .database = *db_,
                              .clock = clock_,
                              .log = log_,
                              .length = std::chrono::milliseconds{900}},
        make);
}

void TelegramRig::start() {
    post_ = another_post("this one");
    post_->start();
}

void TelegramRig::stop() {
    if (post_) post_->stop();
    post_.reset();
}

void TelegramRig::restart() {
    stop();
    start();
}

void TelegramRig::start_chat() {
    chat_.emplace(
        control::chat::ChatNeeds{.database = *db_,
                                 .redis = demand(contracts::RedisAddress::parse(redis_.url())),
                                 .clock = clock_,
                                 .log = log_});
    demand(chat_->start());
}

void TelegramRig::stop_chat() {
    if (chat_) chat_->stop();
    chat_.reset();
}

void TelegramRig::add_user(std::int64_t person) {
    demand(db_->transaction([&](control::Transaction& tx) {
        const std::string id = std::to_string(person);
        return control::users::insert(tx, {"user-" + id, id, false}, clock_.now());
    }));
}

void TelegramRig::change_store(const std::string& sql, std::vector<control::Value> values) {
    demand(db_->transaction([&](control::Transaction& tx) -> contracts::Result<void> {
        auto done = tx.query(sql, values);
        if (!done) return contracts::fail(done.error());
        return {};
    }));
}

std::int64_t TelegramRig::count_rows(const std::string& table) {
    return demand(db_->query("SELECT COUNT(*) FROM " + table, {})).rows.front().integer(0);
}

std::int64_t TelegramRig::say(std::int64_t person, const std::string& text, std::size_t bot) {
    return telegram_
        .control("say", {{"bot", std::stoll(bots_[bot])}, {"from", person}, {"text", text}})
        .at("update_id");
}

void TelegramRig::control(const std::string& what, Json body, std::size_t bot) {
    body["bot"] = std::stoll(bots_[bot]);
    (void)telegram_.control(what, body);
}

void TelegramRig::poll_elsewhere() const {
    (void)http(telegram_.url(), {.method = "POST", .target = "/bot" + tokens_[0] + "/getUpdates"});
}

std::vector<Json> TelegramRig::inbox() {
    const auto all = demand(connection_->command({"XRANGE", "chat:inbox", "-", "+"}));
    std::vector<Json> found;
    for (std::size_t i = 0; i < all.view().size(); ++i)
        found.push_back(*contracts::parse_json(all.view()[i][1][1].text()));
    return found;
}

Json TelegramRig::inbox_entry(std::size_t count) {
    eventually("the message in chat:inbox", [&] { return inbox().size() >= count; });
    return inbox().back();
}

std::string TelegramRig::reply(const std::string& address, const std::string& text,
                               contracts::ReplyKind kind, const std::string& replaces,
                               std::string request_id) {
    contracts::ChatReply reply;
    static_cast<contracts::QueueMeta&>(reply) = contracts::make_meta(clock_);
    reply.request_id = request_id.empty() ? contracts::make_uuid4() : std::move(request_id);
    reply.address = address;
    reply.text = text;
    reply.kind = kind;
    if (!replaces.empty()) reply.replaces = replaces;
    (void)demand(contracts::publish(*connection_, "chat:outbox:telegram", reply));
    return reply.request_id;
}

std::vector<Json> TelegramRig::taken(const std::string& method, std::size_t bot) {
    std::vector<Json> found;
    for (Json& one : telegram_.exchanges(bots_[bot]))
        if (one["method"] == method && one["status"] == 200) found.push_back(std::move(one));
    return found;
}

std::vector<std::string> TelegramRig::texts(std::int64_t person, std::size_t bot) {
    std::vector<std::string> found;
    for (const Json& one : taken("sendMessage", bot))
        if (one["parameters"]["chat_id"] == person) found.push_back(one["parameters"]["text"]);
    return found;
}

std::vector<std::string> TelegramRig::expect_texts(std::int64_t person, std::size_t count,
                                                   std::size_t bot) {
    eventually("so many messages to the person",
               [&] { return texts(person, bot).size() >= count; });
    return texts(person, bot);
}

std::int64_t TelegramRig::place(std::size_t bot) {
    auto rows =
        demand(db_->query("SELECT next_update FROM telegram_bots WHERE bot_id = $1", {bots_[bot]}));
    return rows.rows.empty() ? 0 : rows.rows.front().integer(0);
}

void TelegramRig::check() const {
    for (const std::string& token : tokens_)
        if (lines_->text().find(token.substr(token.find(':') + 1)) != std::string::npos)
            throw std::runtime_error("a token stands in the log:\n" + lines_->text());
    if (const Json verdict = telegram_.verdict(); !verdict.empty())
        throw std::runtime_error("against aiogram's types: " + contracts::dump_json(verdict));
}

}  // namespace tests
