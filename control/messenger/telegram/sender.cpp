#include "control/messenger/telegram/sender.h"

#include "contracts/base/id.h"
#include "control/messenger/telegram/utf16.h"

#include <algorithm>
#include <set>

namespace control::telegram {

using contracts::Json;
using contracts::Result;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr int kThreads = 4;
constexpr milliseconds kLongestRest{60'000};
constexpr milliseconds kCallLimit{30'000};
constexpr milliseconds kGrace{3'000};  // for messages in progress at shutdown
constexpr std::string_view kNoText = "(an empty message)";

Json entities_of(const FormattedText& text) {
    Json entities = Json::array();
    for (const Entity& entity : text.entities) {
        Json one{
            {"type", to_text(entity.style)}, {"offset", entity.offset}, {"length", entity.length}};
        if (entity.style == Style::text_link) one["url"] = entity.detail;
        if (entity.style == Style::pre && !entity.detail.empty()) one["language"] = entity.detail;
        entities.push_back(std::move(one));
    }
    return entities;
}

// Link previews are off: Telegram would fetch any URL that an agent writes, and with it whatever
// the agent put into the URL.
Json message_to(const Address& chat, const FormattedText& text) {
    return {{"chat_id", std::stoll(chat.chat)},
            {"text", to_utf8(text.text)},
            {"entities", entities_of(text)},
            {"link_preview_options", {{"is_disabled", true}}}};
}

std::vector<FormattedText> parts_of(const TelegramReply& reply) {
    std::vector<FormattedText> parts =
        split(reply.markdown ? format_markdown(reply.text) : format_plain(reply.text));
    if (parts.empty()) parts.push_back(format_plain(kNoText));
    return parts;
}

FormattedText progress_text(const std::string& markdown) {
    std::vector<FormattedText> parts = split(format_markdown(markdown), kLongestText - 2);
    if (parts.empty()) return format_plain("…");
    if (parts.size() > 1) parts.front().text.append(u" …");
    return std::move(parts.front());
}

}  // namespace

Sender::Sender(const std::vector<BotApi>& bots, SenderNeeds needs)
    : bots_(bots),
      needs_(std::move(needs)),
      lanes_(needs_.gap),
      pool_(kThreads),
      loop_("telegram replies", [this] { return pass(); }, wake_, needs_.log) {}

Sender::~Sender() {
    stop();
}

void Sender::start() {
    loop_.start();
}

void Sender::stop() {
    loop_.stop();
    {
        std::unique_lock lock(guard_);
        stops_ = true;
        settled_.wait_for(lock, kGrace, [this] { return under_way_ == 0; });
    }
    cancel_.request_stop();
    pool_.stop();
}

const BotApi& Sender::bot_of(const std::string& id) const {
    const auto found = std::ranges::find(bots_, id, &BotApi::id);
    return found != bots_.end() ? *found : bots_.front();
}

Result<BotAnswer> Sender::call(const Address& chat, std::string_view method,
                               const Json& parameters) const {
    return bot_of(chat.bot).call(method, parameters, kCallLimit, cancel_.get_token());
}

Result<milliseconds> Sender::pass() {
    Result<std::vector<TelegramReply>> waiting = waiting_replies(needs_.database);
    if (!waiting) return waiting.fault();
    const std::scoped_lock lock(guard_);
    lanes_.forget_idle(needs_.clock.instant());
    return begin_what_is_due(*waiting);
}

milliseconds Sender::begin_what_is_due(const std::vector<TelegramReply>& waiting) {
    const contracts::Instant now = needs_.clock.instant();
    milliseconds rest = kLongestRest;
    const auto take = [&](const Address& chat, std::function<void()> work) {
        if (lanes_.is_free(chat, now)) return begin(chat, std::move(work));
        // A busy chat wakes us when it is free.
        if (!lanes_.at(chat).is_busy)
            rest = std::min(rest, std::chrono::ceil<milliseconds>(lanes_.next(chat) - now));
    };
    std::set<Address> replied_to;
    for (const TelegramReply& reply : waiting) {
        const Address chat{reply.bot_id, reply.chat_id};
        replied_to.insert(chat);
        take(chat, [this, chat, seq = reply.seq] { send_next(chat, seq); });
    }
    for (const auto& [chat, lane] : lanes_.all())
        if (!lane.progress.pending.empty() && !replied_to.contains(chat))
            take(chat, [this, chat] { edit_progress(chat); });
    return rest;
}

void Sender::begin(const Address& chat, std::function<void()> work) {
    lanes_.at(chat).is_busy = true;
    ++under_way_;
    // Its lane gives a chat one job at a time; the pool's keys are only names.
    (void)pool_.submit(std::to_string(++begun_), [this, chat, work = std::move(work)](auto) {
        const auto stops = [this] {
            const std::scoped_lock lock(guard_);
            return stops_;
        };
        if (!stops()) work();
        {
            const std::scoped_lock lock(guard_);
            lanes_.at(chat).is_busy = false;
            --under_way_;
        }
        settled_.notify_all();
        wake_.notify();
    });
}

void Sender::send_next(const Address& chat, std::int64_t seq) {
    Result<std::optional<TelegramReply>> reply = find_reply(needs_.database, seq);
    if (reply && !*reply) return;
    const Result<void> done = reply ? send_part(chat, **reply) : reply.fault();
    if (done) return;
    needs_.log.warning("a reply has to wait for the store", {{"error", done.error().describe()}});
    const std::scoped_lock lock(guard_);
    lanes_.failed(chat, needs_.clock.instant(), contracts::random_number());
}

Result<void> Sender::send_part(const Address& chat, TelegramReply& reply) {
    std::vector<FormattedText> parts = parts_of(reply);
    bool is_plain = false;
    {
        const std::scoped_lock lock(guard_);
        const Lane& lane = lanes_.at(chat);
        is_plain = lane.is_plain;
        if (lane.sent_seq == reply.seq)
            reply.parts_sent = std::max(reply.parts_sent, lane.sent_parts);
    }
    const auto count = static_cast<std::int64_t>(parts.size());
    if (reply.parts_sent >= count) return note_sent(reply, true);
    FormattedText& part = parts[static_cast<std::size_t>(reply.parts_sent)];
    if (is_plain) part.entities.clear();
    const Result<BotAnswer> answer = call(chat, "sendMessage", message_to(chat, part));
    switch (judge(chat, answer, !part.entities.empty())) {
        case Outcome::again:
            return {};
        case Outcome::give_up:
            needs_.log.error("a reply was dropped: its chat does not accept it",
                             {{"bot", chat.bot},
                              {"chat", chat.chat},
                              {"request_id", reply.request_id},
                              {"status", answer->status},
                              {"error", answer->description}});
            return note_sent(reply, true);
        case Outcome::sent:
            ++reply.parts_sent;
            {
                const std::scoped_lock lock(guard_);
                lanes_.at(chat).sent_seq = reply.seq;
                lanes_.at(chat).sent_parts = reply.parts_sent;
            }
            return note_sent(reply, reply.parts_sent >= count);
    }
    return {};
}

Result<void> Sender::note_sent(const TelegramReply& reply, bool is_whole) {
    return needs_.database.transaction([&](Transaction& tx) {
        return is_whole ? erase_reply(tx, reply.seq)
                        : save_parts_sent(tx, reply.seq, reply.parts_sent);
    });
}

Sender::Outcome Sender::judge(const Address& chat, const Result<BotAnswer>& answer,
                              bool has_entities) {
    const contracts::Instant now = needs_.clock.instant();
    const std::scoped_lock lock(guard_);
    const int status = answer ? answer->status : 0;
    if (status == 200) {
        lanes_.sent(chat, now);
        return Outcome::sent;
    }
    // A plain message is better than none.
    if (status == 400 && has_entities) {
        lanes_.sent(chat, now);
        lanes_.at(chat).is_plain = true;
        return Outcome::again;
    }
    const bool is_of_the_token = status == 401 || status == 404;
    if (status >= 400 && status < 500 && status != 429 && !is_of_the_token) {
        lanes_.sent(chat, now);
        return Outcome::give_up;
    }
    if (status == 429)
        lanes_.paused(chat, now, answer->retry_after);
    else
        lanes_.failed(chat, now, contracts::random_number());
    if (!stops_)
        needs_.log.warning("a reply was refused and will be sent again",
                           {{"bot", chat.bot},
                            {"chat", chat.chat},
                            {"status", status},
                            {"error", answer ? answer->description : answer.error().describe()}});
    return Outcome::again;
}

void Sender::show_progress(const Address& chat, const std::string& request_id,
                           const std::optional<std::string>& replaces, std::string text) {
    {
        const std::scoped_lock lock(guard_);
        ProgressLine& line = lanes_.at(chat).progress;
        const std::string& begun_by = replaces ? *replaces : request_id;
        if (line.request_id != begun_by) line = {.request_id = begun_by};
        line.pending = std::move(text);
    }
    wake_.notify();
}

void Sender::drop_progress(const Address& chat) {
    const std::scoped_lock lock(guard_);
    lanes_.at(chat).progress.pending.clear();
}

void Sender::edit_progress(const Address& chat) {
    ProgressLine line;
    {
        const std::scoped_lock lock(guard_);
        line = lanes_.at(chat).progress;
        lanes_.at(chat).progress.pending.clear();
    }
    if (line.pending.empty()) return;
    Json parameters = message_to(chat, progress_text(line.pending));
    if (line.message_id != 0)
        parameters["message_id"] = line.message_id;
    else
        parameters["disable_notification"] = true;
    const char* method = line.message_id != 0 ? "editMessageText" : "sendMessage";
    const Result<BotAnswer> answer = call(chat, method, parameters);
    take_edited(chat, std::move(line), answer);
}

void Sender::take_edited(const Address& chat, ProgressLine line, const Result<BotAnswer>& answer) {
    const contracts::Instant now = needs_.clock.instant();
    const std::scoped_lock lock(guard_);
    ProgressLine& current = lanes_.at(chat).progress;
    const bool is_current = current.request_id == line.request_id;
    const int status = answer ? answer->status : 0;
    if (status == 429)
        lanes_.paused(chat, now, answer->retry_after);
    else if (status == 0 || status >= 500)
        lanes_.failed(chat, now, contracts::random_number());
    else
        lanes_.sent(chat, now);
    if (!is_current) return;
    const auto id = status == 200 && answer->result.is_object() ? answer->result.find("message_id")
                                                                : Json::const_iterator{};
    if (status == 200 && line.message_id == 0 && answer->result.is_object() &&
        id != answer->result.end() && id->is_number_integer())
        current.message_id = id->get<std::int64_t>();
    // The user may have deleted the message: the next progress begins a new one.
    if (status == 400) current.message_id = 0;
    const bool comes_again = status == 0 || status == 429 || status >= 500;
    if (comes_again && current.pending.empty()) current.pending = std::move(line.pending);
}

}  // namespace control::telegram
