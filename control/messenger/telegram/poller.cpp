#include "control/messenger/telegram/poller.h"

#include "contracts/base/id.h"
#include "contracts/messages/meta.h"
#include "control/messenger/telegram/address.h"
#include "control/store/telegram.h"
#include "control/store/users.h"

namespace control::telegram {

using contracts::ChatMessage;
using contracts::Error;
using contracts::ErrorKind;
using contracts::Json;
using contracts::Result;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr std::chrono::seconds kPoll{50};
constexpr milliseconds kPollLimit{60'000};
constexpr milliseconds kPressLimit{5'000};
constexpr milliseconds kHasty{1'000};
// After a week without updates Telegram counts from a random number, which may be lower: an old
// position would confirm updates that were never read.
constexpr std::chrono::hours kPlaceHolds{6 * 24};
constexpr std::chrono::hours kStrangerQuiet{6};
constexpr std::int64_t kStrangersTold = 1000;  // in that time

milliseconds rest_of(contracts::Backoff& backoff) {
    return backoff.next(contracts::random_number());
}

}  // namespace

Poller::Poller(const BotApi& bot, PollerNeeds needs)
    : bot_(bot),
      needs_(std::move(needs)),
      backoff_(500ms, 60s),
      loop_(
          "telegram bot " + bot.id(), [this](const std::stop_token& stop) { return poll(stop); },
          wake_, needs_.log) {}

Result<void> Poller::health() const {
    const std::scoped_lock lock(guard_);
    return state_;
}

void Poller::note(Result<void> state) {
    const std::scoped_lock lock(guard_);
    if (!state && (state_ || state_.error().message != state.error().message))
        needs_.log.error("a Telegram bot receives no messages",
                         {{"bot", bot_.id()}, {"error", state.error().describe()}});
    if (state && !state_)
        needs_.log.info("a Telegram bot receives messages again", {{"bot", bot_.id()}});
    state_ = std::move(state);
}

milliseconds Poller::wait_out(Error trouble) {
    note(fail(std::move(trouble)));
    return rest_of(backoff_);
}

milliseconds Poller::wait_out_refusal(const BotAnswer& answer) {
    const std::string told = "Telegram answers " + std::to_string(answer.status) + " to bot " +
                             bot_.id() + ": " + answer.description;
    const auto trouble = [&](ErrorKind kind, std::string_view next_step) {
        return Error{kind, told, "TELEGRAM_BOT_TOKENS", std::string(next_step)};
    };
    switch (answer.status) {
        case 429:
            note(fail(Error{ErrorKind::upstream, told}));
            return answer.retry_after;
        case 409:
            return wait_out(trouble(ErrorKind::conflict,
                                    "another program reads this bot's messages, or a webhook is "
                                    "set: stop that program, or call deleteWebhook"));
        case 401:
        case 404:
            return wait_out(trouble(
                ErrorKind::fatal,
                "the token is not valid, or is no longer valid: @BotFather shows the current one"));
        default:
            return wait_out(Error{ErrorKind::transient, told});
    }
}

Result<BotAnswer> Poller::ask(const std::stop_token& stop) {
    Result<std::optional<std::int64_t>> place =
        next_update(needs_.database, bot_.id(), needs_.clock.now() - kPlaceHolds);
    if (!place) return place.fault();
    Json parameters{{"timeout", kPoll.count()},
                    {"allowed_updates", Json::array({"message", "callback_query"})}};
    if (*place) parameters["offset"] = **place;
    return bot_.call("getUpdates", parameters, kPollLimit, stop);
}

Result<milliseconds> Poller::poll(const std::stop_token& stop) {
    const contracts::Instant began = needs_.clock.instant();
    Result<BotAnswer> answer = ask(stop);
    if (stop.stop_requested() && !answer) return 0ms;
    if (!answer) return wait_out(std::move(answer.error()));
    if (!answer->ok()) return wait_out_refusal(*answer);
    Result<std::vector<Update>> updates = read_updates(answer->result);
    if (!updates) return wait_out(std::move(updates.error()));
    const Result<void> taken = take_all(*updates, stop);
    if (stop.stop_requested() && !taken) return 0ms;
    if (!taken) return wait_out(taken.error());
    note({});
    backoff_.reset();
    // A server that does not hold the request open must not be asked in a tight loop.
    const bool was_hasty = updates->empty() && needs_.clock.instant() - began < kHasty;
    return was_hasty ? kHasty : 0ms;
}

Result<void> Poller::take_all(const std::vector<Update>& updates, const std::stop_token& stop) {
    if (updates.empty()) return {};
    Result<void> taken;
    std::optional<std::int64_t> last;
    for (const Update& update : updates) {
        taken = take(update, stop);
        if (!taken) break;
        last = update.id;
    }
    if (!last) return taken;
    const Result<void> moved = needs_.database.transaction([&](Transaction& tx) {
        return save_next_update(tx, bot_.id(), *last + 1, needs_.clock.now());
    });
    return moved ? taken : moved;
}

Result<void> Poller::take(const Update& update, const std::stop_token& stop) {
    if (update.kind == UpdateKind::other) {
        needs_.log.debug("a Telegram update of another kind was skipped",
                         {{"bot", bot_.id()}, {"update_id", update.id}});
        return {};
    }
    Result<Stored<contracts::User>> user = users::find_by_telegram_id(needs_.database, update.from);
    if (!user && user.error().kind == ErrorKind::not_found) return refuse_stranger(update);
    if (!user) return user.fault();
    ChatMessage message;
    static_cast<contracts::QueueMeta&>(message) = contracts::make_meta(needs_.clock);
    message.message_id = bot_.id() + ":" + std::to_string(update.id);
    message.request_id = message.message_id;
    message.user_id = user->entity.id;
    message.channel = contracts::Channel::telegram;
    message.address = format_address({bot_.id(), update.from});
    message.text = update.text;
    if (Result<void> delivered = needs_.deliver(message); !delivered) return delivered;
    if (update.kind == UpdateKind::press) answer_press(update, stop);
    return {};
}

Result<void> Poller::refuse_stranger(const Update& update) {
    bool told = false;
    const Result<void> done = needs_.database.transaction([&](Transaction& tx) -> Result<void> {
        const contracts::Timestamp now = needs_.clock.now();
        Result<bool> tell =
            tell_stranger(tx, update.from, now - kStrangerQuiet, now, kStrangersTold);
        if (!tell) return tell.fault();
        told = *tell;
        if (!told) return {};
        return add_reply(
            tx,
            {.request_id = contracts::make_uuid4(),
             .bot_id = bot_.id(),
             .chat_id = update.from,
             .text = "Hello! I only talk with people whom an administrator has added. Your "
                     "Telegram id is " +
                     update.from + ". Send it to an administrator, who can add you with /adduser " +
                     update.from + "."});
    });
    if (!done) return done;
    if (told) {
        needs_.log.info("refused a message from a stranger",
                        {{"bot", bot_.id()}, {"telegram_id", update.from}});
        needs_.on_reply();
    }
    return {};
}

// Makes the button stop waiting. If it fails, nothing is lost.
void Poller::answer_press(const Update& update, const std::stop_token& stop) {
    const Result<BotAnswer> answer = bot_.call(
        "answerCallbackQuery", {{"callback_query_id", update.press_id}}, kPressLimit, stop);
    if (!answer || !answer->ok())
        needs_.log.debug("could not answer a button press", {{"bot", bot_.id()}});
}

}  // namespace control::telegram
